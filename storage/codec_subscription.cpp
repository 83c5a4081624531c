#include "storage/codec_internal.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>

namespace herald::codec {

namespace {

std::string_view view(const subscription_id& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void read_id(byte_reader& in, subscription_id& id) {
  auto bytes = in.raw(id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
}

void write(byte_writer& out, const intent& what) {
  out.number(uint8_t{what.subscribe})
    .text(what.secret)
    .number(number_of(what.method))
    .number(static_cast<uint64_t>(what.lease_seconds))
    .number(static_cast<uint64_t>(what.requested_at))
    .number(number_of(what.from))
    .text(what.topic);
}

intent read_intent(byte_reader& in) {
  intent result;
  result.subscribe = read_bool(in);
  result.secret = read_string(in);
  result.method = read_method(in);
  result.lease_seconds = read_signed(in);
  result.requested_at = read_signed(in);
  result.from = read_entrance(in);
  result.topic = read_string(in);
  return result;
}

using std::chrono::milliseconds;

void write(byte_writer& out, milliseconds what) {
  out.number(static_cast<uint64_t>(what.count()));
}

milliseconds read_duration(byte_reader& in) {
  return milliseconds{read_signed(in)};
}

/// What is not set is one byte.
template <class T, class WriteOne>
void write(byte_writer& out, const std::optional<T>& what, WriteOne one) {
  out.number(uint8_t{what.has_value()});
  if (what)
    one(*what);
}

template <class T, class ReadOne>
void read(byte_reader& in, std::optional<T>& what, ReadOne one) {
  if (read_bool(in))
    what = one(in);
}

void write(byte_writer& out, const delivery_policy& what) {
  auto put_duration = [&](milliseconds x) { write(out, x); };
  out.number(static_cast<uint32_t>(what.retry_schedule.size()));
  for (auto delay : what.retry_schedule)
    write(out, delay);
  write(out, what.retry_max_age, put_duration);
  write(out, what.timeout, put_duration);
  write(out, what.in_flight, [&](uint32_t x) { out.number(x); });
  write(out, what.rate,
        [&](double x) { out.number(std::bit_cast<uint64_t>(x)); });
  out.number(uint8_t{what.ordered});
  write(out, what.signature,
        [&](signature_method x) { out.number(number_of(x)); });
  out.number(static_cast<uint32_t>(what.headers.size()));
  for (const auto& [name, value] : what.headers)
    out.text(name).text(value);
}

delivery_policy read_policy(byte_reader& in) {
  delivery_policy result;
  result.retry_schedule
    = read_list<milliseconds>(in, sizeof(uint64_t), read_duration);
  read(in, result.retry_max_age, read_duration);
  read(in, result.timeout, read_duration);
  read(in, result.in_flight,
       [](byte_reader& from) { return from.number<uint32_t>(); });
  read(in, result.rate, [](byte_reader& from) {
    return std::bit_cast<double>(from.number<uint64_t>());
  });
  result.ordered = read_bool(in);
  read(in, result.signature, read_method);
  result.headers = read_list<field>(in, 8, read_field);
  return result;
}

// -- members by tag -----------------------------------------------------------

/// A tag is never used again for something else.
enum member : uint16_t { verify_token = 1 };

void write(byte_writer& out, const tagged_members& what) {
  out.number(static_cast<uint32_t>(what.size()));
  for (auto& [tag, text] : what)
    out.number(tag).text(text);
}

tagged_members read_members(byte_reader& in) {
  return read_list<std::pair<uint16_t, std::string>>(
    in, sizeof(uint16_t) + sizeof(uint32_t), [](byte_reader& from) {
      auto tag = from.number<uint16_t>();
      return std::pair{tag, read_string(from)};
    });
}

tagged_members members_of(const subscription& what) {
  tagged_members result;
  if (what.pending && !what.pending->verify_token.empty())
    result.emplace_back(member::verify_token, what.pending->verify_token);
  result.insert(result.end(), what.later.begin(), what.later.end());
  return result;
}

void take_members(tagged_members from, subscription& out) {
  for (auto& [tag, text] : from)
    if (tag == member::verify_token && out.pending)
      out.pending->verify_token = std::move(text);
    else
      out.later.emplace_back(tag, std::move(text));
}

} // namespace

std::string encode(const tagged_members& what) {
  std::string result;
  auto out = begin(result, 16);
  write(out, what);
  return result;
}

caf::expected<tagged_members> decode_members(std::string_view record) {
  return decode<tagged_members>(
    record,
    [](byte_reader& in, tagged_members& out) { out = read_members(in); });
}

std::string encode(const subscription& what) {
  return encode(what, what.revision);
}

std::string encode(const subscription& what, uint64_t revision) {
  std::string result;
  auto out = begin(result,
                   128 + what.topic.size() + what.topic_key.size()
                     + what.callback.size() + what.secret.size(),
                   subscription_version);
  out.raw(view(what.id))
    .text(what.topic)
    .text(what.topic_key)
    .text(what.callback)
    .number(uint8_t{what.active})
    .number(uint8_t{what.paused})
    .text(what.secret)
    .number(number_of(what.method))
    .number(static_cast<uint64_t>(what.lease_seconds))
    .number(static_cast<uint64_t>(what.created_at))
    .number(static_cast<uint64_t>(what.expires_at))
    .number(number_of(what.from))
    .number(revision)
    .number(static_cast<uint32_t>(what.starts.size()));
  for (auto start : what.starts)
    out.number(start);
  write(out, what.policy);
  out.number(uint8_t{what.pending.has_value()});
  if (what.pending)
    write(out, *what.pending);
  write(out, members_of(what));
  return result;
}

caf::expected<subscription> decode_subscription(std::string_view record) {
  auto fill = [record](byte_reader& in, subscription& out) {
    read_id(in, out.id);
    out.topic = read_string(in);
    out.topic_key = read_string(in);
    out.callback = read_string(in);
    out.active = read_bool(in);
    out.paused = read_bool(in);
    out.secret = read_string(in);
    out.method = read_method(in);
    out.lease_seconds = read_signed(in);
    out.created_at = read_signed(in);
    out.expires_at = read_signed(in);
    out.from = read_entrance(in);
    out.revision = in.number<uint64_t>();
    out.starts = read_list<sequence>(in, sizeof(sequence), [](auto& from) {
      return from.template number<sequence>();
    });
    out.policy = read_policy(in);
    if (read_bool(in))
      out.pending = read_intent(in);
    if (record.front() >= subscription_version)
      take_members(read_members(in), out);
  };
  return decode<subscription>(record, fill, subscription_version);
}

std::string encode(const delivery_policy& what) {
  std::string result;
  auto out = begin(result, 64);
  write(out, what);
  return result;
}

caf::expected<delivery_policy> decode_policy(std::string_view record) {
  return decode<delivery_policy>(
    record,
    [](byte_reader& in, delivery_policy& out) { out = read_policy(in); });
}

std::string encode(const revision_row& what) {
  std::string result;
  begin(result, 18).number(uint8_t{what.dropped}).raw(view(what.id));
  return result;
}

caf::expected<revision_row> decode_revision(std::string_view record) {
  return decode<revision_row>(record, [](byte_reader& in, revision_row& out) {
    out.dropped = read_bool(in);
    read_id(in, out.id);
  });
}

} // namespace herald::codec
