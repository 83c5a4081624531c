#include "storage/rocksdb/internal.hpp"

#include <cassert>

namespace herald {

namespace {

bool mentions(const rocksdb::Status& status, std::string_view text) {
  return status.ToString().find(text) != std::string::npos;
}

bool is_locked(const rocksdb::Status& status) {
  return mentions(status, "While lock file")
         || mentions(status, "lock hold by");
}

bool is_permission(const rocksdb::Status& status) {
  return mentions(status, "Permission denied")
         || mentions(status, "Operation not permitted")
         || mentions(status, "Read-only file system");
}

caf::error no_space(const std::string& path) {
  return fail(errc::full, "no space left on the device of " + path
                            + ": free some, herald then goes on by itself");
}

errc code_of_status(const rocksdb::Status& status) {
  return status.IsCorruption() ? errc::corrupt : errc::unavailable;
}

} // namespace

caf::error to_error(const rocksdb::Status& status, const std::string& path,
                    std::string_view action) {
  assert(!status.ok());
  if (status.IsNoSpace())
    return no_space(path);
  return fail(code_of_status(status), std::string{action} + " the store in "
                                        + path + ": " + status.ToString());
}

caf::error open_error(const rocksdb::Status& status, const std::string& path) {
  assert(!status.ok());
  if (is_permission(status))
    return fail(errc::permission, "no permission on " + path + " ("
                                    + status.ToString()
                                    + "): let herald's user write there");
  if (is_locked(status))
    return fail(errc::busy, "another herald uses " + path
                              + ": stop it, or choose another --data folder");
  if (status.IsNoSpace())
    return no_space(path);
  if (status.IsCorruption())
    return fail(errc::corrupt,
                "the store in " + path + " is damaged (" + status.ToString()
                  + "): restore the folder from a backup, or move it away to "
                    "start with an empty one");
  return fail(errc::unavailable,
              "cannot open the store in " + path + ": " + status.ToString());
}

} // namespace herald
