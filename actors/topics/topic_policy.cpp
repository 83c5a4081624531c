#include "actors/topics/topic_policy.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace herald {

namespace {

bool is_url_denied_by(const std::string& text, const std::string& pattern) {
  return !glob_matches(pattern, text);
}

// A subscription to `a.b` is one to `a.b.*`: a pattern may mean either.
bool is_predicate_denied_by(const std::string& key,
                            const std::string& pattern) {
  auto folded = lowered(pattern);
  return !glob_matches(folded, key) && !glob_matches(folded, key + ".*");
}

} // namespace

std::string denial(const topic& what, const topics_config& policy) {
  auto denied_by = [&](const std::string& pattern) {
    return what.is_url ? is_url_denied_by(what.text, pattern)
                       : is_predicate_denied_by(what.key, pattern);
  };
  if (std::all_of(policy.allow.begin(), policy.allow.end(), denied_by))
    return "This hub does not offer the topic.";
  return {};
}

} // namespace herald
