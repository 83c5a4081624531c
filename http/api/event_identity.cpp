#include "http/api/event_identity.hpp"

#include "storage/bytes.hpp"

#include <initializer_list>

namespace herald {

namespace {

constexpr size_t id_digits = 32;

// The first part says what kind of name it is, so that none is another's.
std::string id_over(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (auto part : parts)
    text.append(std::to_string(part.size())).append(":").append(part);
  return to_hex(sha256(text)).substr(0, id_digits);
}

} // namespace

std::string keyed_event_id(std::string_view tenant, std::string_view topic_key,
                           std::string_view key) {
  return id_over({"key", tenant, topic_key, key});
}

std::string keyed_line_id(std::string_view tenant, std::string_view topic_key,
                          std::string_view key, std::string_view index) {
  return id_over({"line", tenant, topic_key, key, index});
}

std::string cloud_event_id(std::string_view tenant, std::string_view topic_key,
                           std::string_view source, std::string_view id) {
  return id_over({"cloudevent", tenant, topic_key, source, id});
}

} // namespace herald
