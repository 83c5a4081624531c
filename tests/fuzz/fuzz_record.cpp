// Stored records and keys, damaged in any way.
#include "config/errc.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "tests/fuzz/expect.hpp"

namespace {

using namespace herald;

template <class T>
void check(const caf::expected<T>& decoded) {
  if (decoded)
    return;
  auto code = code_of(decoded.error());
  HERALD_EXPECT(code == errc::corrupt || code == errc::incompatible);
}

/// What can be read is written as the same bytes.
template <class T>
void check_same(const caf::expected<T>& decoded, std::string_view record) {
  check(decoded);
  if (decoded)
    HERALD_EXPECT(codec::encode(*decoded) == record);
}

/// Where earlier versions are read as well: what is written is read as the
/// same.
template <class T, class Decode>
void check_stable(const caf::expected<T>& decoded, Decode decode) {
  check(decoded);
  if (!decoded)
    return;
  auto written = codec::encode(*decoded);
  auto again = decode(written);
  HERALD_EXPECT(again && codec::encode(*again) == written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto event = codec::decode_event(text))
    HERALD_EXPECT(codec::encode(*event, event->body_size) == text);
  check_stable(codec::decode_subscription(text), codec::decode_subscription);
  check_same(codec::decode_revision(text), text);
  check_same(codec::decode_job(text), text);
  check_same(codec::decode_attempt(text), text);
  check_same(codec::decode_dead(text), text);
  check_stable(codec::decode_ping(text), codec::decode_ping);
  check_stable(codec::decode_content(text), codec::decode_content);
  check_same(codec::decode_shape(text), text);
  check_same(codec::decode_place(text), text);
  check_same(codec::decode_members(text), text);
  check(codec::decode_number(text));
  check(codec::decode_body(text));
  if (auto name = keys::parse_event(text))
    HERALD_EXPECT(keys::event(name->log, name->seq) == text);
  if (auto name = keys::parse_fetched(text))
    HERALD_EXPECT(keys::fetched(name->log, name->topic) == text);
  if (auto name = keys::parse_topic(text))
    HERALD_EXPECT(keys::topic(name->topic_key, name->id) == text);
  if (auto name = keys::parse_job(text))
    HERALD_EXPECT(keys::job(*name) == text);
  keys::parse_due(text);
  keys::parse_lag(text);
  keys::parse_attempt(text);
  keys::parse_dead(text);
  keys::parse_history(text);
  keys::parse_revision(text);
  return 0;
}
