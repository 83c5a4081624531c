#include "storage/codec.hpp"

#include "storage/bytes.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

namespace herald::codec {

namespace {

constexpr char body_version[] = {static_cast<char>(version)};

byte_writer begin(std::string& out, size_t expected_size) {
  out.reserve(expected_size);
  return byte_writer{out}.number(version);
}

caf::error unknown_version(uint8_t found) {
  return fail(errc::incompatible,
              "the record has format version " + std::to_string(found)
                + ", this program reads version " + std::to_string(version));
}

// Version 0 was never written.
caf::error check_version(std::string_view record) {
  if (record.empty())
    return fail(errc::corrupt, "the record is empty");
  auto found = static_cast<uint8_t>(record.front());
  if (found == 0)
    return fail(errc::corrupt, "the record has no format version");
  if (found != version)
    return unknown_version(found);
  return caf::none;
}

template <class T, class Fill>
caf::expected<T> decode(std::string_view record, Fill fill) {
  if (auto err = check_version(record))
    return err;
  byte_reader in{record.substr(1)};
  T result{};
  fill(in, result);
  if (!in.done())
    return fail(errc::corrupt, "the record of " + std::to_string(record.size())
                                 + " bytes does not fit its format");
  return result;
}

bool read_bool(byte_reader& in) {
  auto number = in.number<uint8_t>();
  if (number > 1)
    in.spoil();
  return number == 1;
}

template <class Enum>
Enum read_enum(byte_reader& in, Enum first, Enum last) {
  auto number = in.number<uint8_t>();
  if (number < static_cast<uint8_t>(first)
      || number > static_cast<uint8_t>(last)) {
    in.spoil();
    return first;
  }
  return static_cast<Enum>(number);
}

signature_method read_method(byte_reader& in) {
  return read_enum(in, signature_method::sha1, signature_method::sha512);
}

entrance read_entrance(byte_reader& in) {
  return read_enum(in, entrance::hub, entrance::intergov);
}

failure read_failure(byte_reader& in) {
  return read_enum(in, failure::none, failure::damaged);
}

template <class Enum>
uint8_t number_of(Enum value) {
  return static_cast<uint8_t>(value);
}

int64_t read_signed(byte_reader& in) {
  return static_cast<int64_t>(in.number<uint64_t>());
}

std::string read_string(byte_reader& in) {
  return std::string{in.text()};
}

// A count is believed only as far as the bytes that are left allow, so that
// damaged ones do not ask for memory.
template <class T, class ReadOne>
std::vector<T> read_list(byte_reader& in, size_t least_bytes, ReadOne one) {
  std::vector<T> result;
  auto count = in.number<uint32_t>();
  if (count > in.left() / least_bytes) {
    in.spoil();
    return result;
  }
  result.reserve(count);
  for (uint32_t i = 0; i < count; ++i)
    result.push_back(one(in));
  return result;
}

field read_field(byte_reader& in) {
  auto name = read_string(in);
  return {std::move(name), read_string(in)};
}

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

} // namespace

std::string encode(const event_meta& what, size_t body_size) {
  std::string result;
  auto out = begin(result, 64 + what.id.size() + what.topic.size()
                             + what.content_type.size() + what.self.size());
  out.text(what.id)
    .text(what.topic)
    .text(what.content_type)
    .text(what.self)
    .number(static_cast<uint64_t>(what.accepted_at))
    .number(static_cast<uint32_t>(body_size))
    .number(static_cast<uint32_t>(what.fields.size()));
  for (const auto& [name, value] : what.fields)
    out.text(name).text(value);
  return result;
}

caf::expected<event_meta> decode_event(std::string_view record) {
  return decode<event_meta>(record, [](byte_reader& in, event_meta& out) {
    out.id = read_string(in);
    out.topic = read_string(in);
    out.content_type = read_string(in);
    out.self = read_string(in);
    out.accepted_at = read_signed(in);
    out.body_size = in.number<uint32_t>();
    out.fields = read_list<field>(in, 8, read_field);
  });
}

std::string_view body_prefix() {
  return {body_version, sizeof(body_version)};
}

caf::expected<std::string_view> decode_body(std::string_view record) {
  if (auto err = check_version(record))
    return err;
  return record.substr(1);
}

std::string encode(const subscription& what) {
  std::string result;
  auto out = begin(result, 128 + what.topic.size() + what.topic_key.size()
                             + what.callback.size() + what.secret.size());
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
    .number(what.revision)
    .number(static_cast<uint32_t>(what.starts.size()));
  for (auto start : what.starts)
    out.number(start);
  write(out, what.policy);
  out.number(uint8_t{what.pending.has_value()});
  if (what.pending)
    write(out, *what.pending);
  return result;
}

caf::expected<subscription> decode_subscription(std::string_view record) {
  return decode<subscription>(record, [](byte_reader& in, subscription& out) {
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
  });
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

std::string encode(const lag& what) {
  std::string result;
  begin(result, 25).number(what.after).number(what.until).number(what.resume);
  return result;
}

caf::expected<lag> decode_lag(std::string_view record) {
  return decode<lag>(record, [](byte_reader& in, lag& out) {
    out.after = in.number<sequence>();
    out.until = in.number<sequence>();
    out.resume = in.number<sequence>();
  });
}

std::string encode(const condition& what) {
  std::string result;
  begin(result, 33)
    .number(what.failures)
    .number(static_cast<uint64_t>(what.since))
    .number(static_cast<uint64_t>(what.last_attempt))
    .number(static_cast<uint64_t>(what.open_until))
    .number(what.probes);
  return result;
}

caf::expected<condition> decode_condition(std::string_view record) {
  return decode<condition>(record, [](byte_reader& in, condition& out) {
    out.failures = in.number<uint32_t>();
    out.since = read_signed(in);
    out.last_attempt = read_signed(in);
    out.open_until = read_signed(in);
    out.probes = in.number<uint32_t>();
  });
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

std::string encode(const job& what) {
  std::string result;
  begin(result, 13)
    .number(what.attempt)
    .number(static_cast<uint64_t>(what.due));
  return result;
}

caf::expected<job> decode_job(std::string_view record) {
  return decode<job>(record, [](byte_reader& in, job& out) {
    out.attempt = in.number<uint32_t>();
    out.due = read_signed(in);
  });
}

std::string encode(const attempt_record& what) {
  std::string result;
  begin(result, 12 + what.excerpt.size())
    .number(what.duration_ms)
    .number(what.status)
    .number(number_of(what.why))
    .text(what.excerpt);
  return result;
}

caf::expected<attempt_record> decode_attempt(std::string_view record) {
  return decode<attempt_record>(record,
                                [](byte_reader& in, attempt_record& out) {
                                  out.duration_ms = in.number<uint32_t>();
                                  out.status = in.number<uint16_t>();
                                  out.why = read_failure(in);
                                  out.excerpt = read_string(in);
                                });
}

std::string encode(const dead_letter& what) {
  std::string result;
  begin(result, 24)
    .number(what.up_to)
    .number(static_cast<uint64_t>(what.at))
    .number(what.attempts)
    .number(what.status)
    .number(number_of(what.why));
  return result;
}

caf::expected<dead_letter> decode_dead(std::string_view record) {
  return decode<dead_letter>(record, [](byte_reader& in, dead_letter& out) {
    out.up_to = in.number<uint64_t>();
    out.at = read_signed(in);
    out.attempts = in.number<uint32_t>();
    out.status = in.number<uint16_t>();
    out.why = read_failure(in);
  });
}

std::string encode(const ping& what) {
  std::string result;
  begin(result, 21)
    .number(static_cast<uint64_t>(what.since))
    .number(what.attempts)
    .number(static_cast<uint64_t>(what.due));
  return result;
}

caf::expected<ping> decode_ping(std::string_view record) {
  return decode<ping>(record, [](byte_reader& in, ping& out) {
    out.since = read_signed(in);
    out.attempts = in.number<uint32_t>();
    out.due = read_signed(in);
  });
}

std::string encode(const topic_content& what) {
  std::string result;
  begin(result,
        21 + what.etag.size() + what.last_modified.size() + what.digest.size())
    .number(what.changes)
    .text(what.etag)
    .text(what.last_modified)
    .text(what.digest);
  return result;
}

caf::expected<topic_content> decode_content(std::string_view record) {
  return decode<topic_content>(record, [](byte_reader& in, topic_content& out) {
    out.changes = in.number<uint64_t>();
    out.etag = read_string(in);
    out.last_modified = read_string(in);
    out.digest = read_string(in);
  });
}

std::string encode(const store_shape& what) {
  std::string result;
  begin(result, 9)
    .number(uint32_t{what.logs})
    .number(uint32_t{what.partitions});
  return result;
}

caf::expected<store_shape> decode_shape(std::string_view record) {
  return decode<store_shape>(record, [](byte_reader& in, store_shape& out) {
    out.logs = in.number<uint32_t>();
    out.partitions = in.number<uint32_t>();
  });
}

std::string encode_number(uint64_t what) {
  std::string result;
  begin(result, 9).number(what);
  return result;
}

caf::expected<uint64_t> decode_number(std::string_view record) {
  return decode<uint64_t>(record, [](byte_reader& in, uint64_t& out) {
    out = in.number<uint64_t>();
  });
}

} // namespace herald::codec
