#include "actors/topics/topic_layers.hpp"

#include <algorithm>

namespace herald {

std::string_view published_key_in(std::string_view topic, std::string& buffer) {
  if (is_url_key(topic))
    return topic;
  buffer.resize(topic.size());
  std::transform(topic.begin(), topic.end(), buffer.begin(), lower);
  return buffer;
}

} // namespace herald
