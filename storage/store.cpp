#include "storage/store.hpp"

namespace herald {

bool commit_batch::empty() const {
  return advance.empty() && put.empty() && drop.empty() && lagging.empty()
         && unlag.empty() && attempts.empty() && dead.empty() && undead.empty()
         && failing.empty() && recovered.empty();
}

bool is_other_body(size_t size, std::string_view digest, const event& again) {
  return size != again.body.size()
         || (!digest.empty() && !again.digest.empty()
             && digest != again.digest);
}

} // namespace herald
