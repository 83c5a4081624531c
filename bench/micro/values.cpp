#include "bench/micro/values.hpp"

#include "actors/delivery/wire.hpp"

namespace herald::micro {

namespace {

constexpr unix_ms some_time = 1'790'000'000'000;

/// 26 characters, as a ULID has.
std::string make_id(uint64_t n) {
  auto digits = std::to_string(n);
  return "01M8AJVRDH161QZ7" + std::string(10 - digits.size(), '0') + digits;
}

/// Members as a notification has them, without the braces.
std::string members() {
  std::string result;
  for (int i = 0; result.size() < body_bytes - 64; ++i)
    result
      += R"("member)" + std::to_string(i)
         + R"(": {"unit": "piece", "amount": 12.75, "tags": ["a", "b"]}, )";
  return result;
}

} // namespace

event make_event(uint64_t n) {
  event result;
  result.id = make_id(n);
  result.topic = "http://publisher.example/feeds/" + std::to_string(n % 10'000);
  result.content_type = "application/json";
  result.accepted_at = some_time + static_cast<unix_ms>(n);
  result.seq = n;
  result.body_size = body_bytes;
  result.body = std::string(body_bytes, 'x');
  result.fresh_id = true;
  result.wire = event_fields(result, "http://127.0.0.1:8080/hub");
  return result;
}

subscription make_subscription(std::string_view topic, uint64_t n) {
  subscription result;
  result.topic = result.topic_key = topic;
  result.callback = "http://127.0.0.1:9000/s/" + std::to_string(n);
  result.id = make_subscription_id(result.topic_key, true, result.callback);
  result.active = true;
  result.secret = secret;
  result.lease_seconds = 864'000;
  result.created_at = some_time;
  result.expires_at = some_time + 864'000'000;
  result.starts = {0};
  return result;
}

std::string make_json() {
  return "{" + members() + R"("predicate": "un.cefact.trade.invoice"})";
}

std::string make_cloud_event() {
  return R"({"specversion": "1.0", "id": "1", "source": "/orders", )"
         R"("datacontenttype": "application/json", "data": {)"
         + members() + R"("last": true}, "type": "un.cefact.trade.invoice"})";
}

} // namespace herald::micro
