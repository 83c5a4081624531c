#include "storage/rocksdb/folder.hpp"

#include "config/errc.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace herald {

namespace fs = std::filesystem;

namespace {

constexpr mode_t rights_of_others = S_IRWXG | S_IRWXO;
constexpr const char* inner_name = "store";

std::error_code last_error() {
  return {errno, std::generic_category()};
}

caf::error refused(const std::string& what, std::error_code why) {
  auto sentence = what + ": " + why.message();
  if (why == std::errc::permission_denied
      || why == std::errc::operation_not_permitted
      || why == std::errc::read_only_file_system)
    return fail(errc::permission, sentence + "; let herald's user write there");
  if (why == std::errc::no_space_on_device)
    return fail(errc::full, sentence);
  return fail(errc::unavailable, sentence);
}

/// Parents get the rights that the umask leaves (a node's leaves others none),
/// the folder none for others.
caf::error make_folder(const std::string& path) {
  std::error_code why;
  auto clean = fs::path{path}.lexically_normal();
  if (!clean.has_filename()) // It ends with a slash.
    clean = clean.parent_path();
  if (clean.has_parent_path())
    fs::create_directories(clean.parent_path(), why);
  if (why)
    return refused("cannot make the folder " + path, why);
  if (::mkdir(clean.c_str(), S_IRWXU) == 0 || errno == EEXIST)
    return caf::none;
  return refused("cannot make the folder " + path, last_error());
}

/// Takes the rights of others away, as far as there are any.
caf::error tighten(const std::string& path, mode_t mode) {
  if ((mode & rights_of_others) == 0
      || ::chmod(path.c_str(), mode & S_IRWXU) == 0)
    return caf::none;
  return refused("cannot keep others out of " + path, last_error());
}

/// `000012.sst` and its like.
bool is_numbered(std::string_view name) {
  constexpr std::string_view kinds[] = {".sst", ".log", ".blob", ".dbtmp"};
  auto dot = std::min(name.find('.'), name.size());
  auto kind = name.substr(dot);
  return dot > 0
         && name.substr(0, dot).find_first_not_of("0123456789")
              == std::string_view::npos
         && std::find(std::begin(kinds), std::end(kinds), kind)
              != std::end(kinds);
}

/// What RocksDB makes, also if it was killed while it made a new store.
bool is_of_store(std::string_view name) {
  return name == "LOCK" || name == "CURRENT" || name == "IDENTITY"
         || name == "LOG" || name.starts_with("LOG.old.")
         || name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-")
         || is_numbered(name);
}

bool counts(std::string_view name) {
  return !name.starts_with('.') && name != "lost+found";
}

bool has_store(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path / "CURRENT", ignored);
}

/// `inner`: the store's own folder may stand in it.
caf::error check_content(const std::string& path, bool inner) {
  if (has_store(path))
    return caf::none;
  std::error_code why;
  for (fs::directory_iterator i{path, why}, end; !why && i != end;
       i.increment(why)) {
    auto name = i->path().filename().string();
    if (counts(name) && !is_of_store(name) && !(inner && name == inner_name))
      return fail(errc::invalid,
                  std::string{path}.append(" holds ").append(name).append(
                    ", which is no part of a store: choose a folder "
                    "of its own for --data"));
  }
  return why ? refused("cannot read the folder " + path, why) : caf::error{};
}

caf::error tighten_files(const std::string& path) {
  std::error_code why;
  for (fs::directory_iterator i{path, why}, end; !why && i != end;
       i.increment(why)) {
    struct stat file {};
    auto name = i->path().string();
    if (!is_of_store(i->path().filename().string())
        || ::lstat(name.c_str(), &file) != 0 || !S_ISREG(file.st_mode)
        || file.st_uid != ::geteuid())
      continue;
    if (auto err = tighten(name, file.st_mode))
      return err;
  }
  return why ? refused("cannot read the folder " + path, why) : caf::error{};
}

caf::error check_rights(const std::string& path, const struct stat& folder) {
  if (!S_ISDIR(folder.st_mode))
    return fail(errc::invalid, path + " is no folder: choose one for --data");
  if (folder.st_uid == ::geteuid())
    return caf::none;
  if (folder.st_uid != 0)
    return fail(errc::permission,
                path + " belongs to another user (id "
                  + std::to_string(folder.st_uid)
                  + "), who could read and change what is in it: give it to "
                    "herald's user, or choose another --data folder");
  if ((folder.st_mode & S_IWOTH) != 0)
    return fail(errc::permission,
                "everybody may write to " + path
                  + ": take that right away, or choose another --data folder");
  return caf::none;
}

bool may_write(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

/// A folder of our own, made and tightened.
caf::expected<std::string> prepare_own(const std::string& path,
                                       const struct stat& folder) {
  // A volume that belonged to root when the store was made.
  auto inner = (fs::path{path} / inner_name).string();
  auto has_inner = !has_store(path) && has_store(inner);
  if (auto err = check_content(path, has_inner))
    return err;
  if (auto err = tighten(path, folder.st_mode))
    return err;
  if (has_inner)
    return prepare_folder(inner);
  if (auto err = tighten_files(path))
    return err;
  return path;
}

} // namespace

caf::expected<std::string> prepare_folder(const std::string& path) {
  if (auto err = make_folder(path))
    return err;
  struct stat folder {};
  if (::stat(path.c_str(), &folder) != 0)
    return refused("cannot read the folder " + path, last_error());
  if (auto err = check_rights(path, folder))
    return err;
  if (folder.st_uid == ::geteuid())
    return prepare_own(path, folder);
  if (auto err = check_content(path, true))
    return err;
  if (has_store(path) || !may_write(path)) {
    if (auto err = tighten_files(path))
      return err;
    return path; // Where it was; or opening it says what is not allowed.
  }
  return prepare_folder((fs::path{path} / inner_name).string());
}

} // namespace herald
