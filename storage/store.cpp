#include "storage/store.hpp"

namespace herald {

bool commit_batch::empty() const {
  return advance.empty() && put.empty() && drop.empty() && lagging.empty()
         && unlag.empty() && attempts.empty() && dead.empty() && undead.empty()
         && failing.empty() && recovered.empty();
}

} // namespace herald
