#include "storage/model.hpp"

#include "storage/bytes.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string>

namespace herald {

namespace {

// The length in front keeps (ab, c) and (a, bc) apart.
std::string framed(std::string_view first, std::string_view second) {
  auto result = std::to_string(first.size());
  result.reserve(result.size() + 1 + first.size() + second.size());
  return result.append(":").append(first).append(second);
}

std::string_view view(const subscription_id& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// The finaliser of splitmix64.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

} // namespace

uint32_t parse_hops(std::string_view text) {
  auto digits = text.find_first_not_of("0123456789");
  if (text.empty() || digits != std::string_view::npos)
    return max_hops;
  uint32_t result = 0;
  auto [end, code]
    = std::from_chars(text.data(), text.data() + text.size(), result);
  return code == std::errc{} ? std::min(result, max_hops + 1) : max_hops + 1;
}

uint32_t hops_of(const event_meta& what) {
  for (auto& [name, value] : what.fields)
    if (name == hops_field)
      return parse_hops(value);
  return 0;
}

std::string subscription_id::to_string() const {
  return to_hex(view(*this));
}

std::optional<subscription_id> subscription_id::parse(std::string_view text) {
  subscription_id result;
  auto decoded = from_hex(text);
  if (!decoded || decoded->size() != result.bytes.size())
    return std::nullopt;
  std::copy(decoded->begin(), decoded->end(), result.bytes.begin());
  return result;
}

partition_id subscription_id::partition(size_t partitions) const {
  assert(partitions > 0);
  auto placement = byte_reader{view(*this)}.number<uint32_t>();
  return static_cast<partition_id>(placement % partitions);
}

subscription_id make_subscription_id(std::string_view topic_key, bool is_url,
                                     std::string_view callback) {
  subscription_id result;
  auto identity = sha256(framed(topic_key, callback));
  auto placement = is_url ? identity : sha256(callback);
  std::copy_n(placement.begin(), 4, result.bytes.begin());
  std::copy_n(identity.begin() + 4, 12, result.bytes.begin() + 4);
  return result;
}

std::string_view to_string(failure why) {
  switch (why) {
    case failure::none:
      return "none";
    case failure::dns:
      return "dns";
    case failure::connect:
      return "connect";
    case failure::tls:
      return "tls";
    case failure::timeout:
      return "timeout";
    case failure::status:
      return "status";
    case failure::protocol:
      return "protocol";
    case failure::policy:
      return "policy";
    case failure::expired:
      return "expired";
    case failure::damaged:
      return "damaged";
  }
  return "unknown";
}

} // namespace herald

size_t std::hash<herald::job_key>::operator()(
  const herald::job_key& key) const noexcept {
  auto event = key.seq + (uint64_t{key.log} << 48);
  auto [first, second] = key.sub.halves();
  return herald::seeded(first, second ^ herald::mix(event));
}
