#include "config/errc.hpp"
#include "http/content_coding.hpp"

#include <gmock/gmock.h>

#include <string>

#include <zlib.h>

using namespace herald;
using testing::HasSubstr;

namespace {

// What zlib puts around the data (its deflateInit2).
constexpr int coding_gzip = MAX_WBITS + 16;
constexpr int coding_zlib = MAX_WBITS;
constexpr int coding_raw = -MAX_WBITS;

constexpr size_t coding_room = 1 << 20;

std::string in_coding(std::string_view text, int frame) {
  z_stream state{};
  EXPECT_EQ(deflateInit2(&state, Z_DEFAULT_COMPRESSION, Z_DEFLATED, frame, 8,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string result(deflateBound(&state, text.size()) + 64, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  result.resize(result.size() - state.avail_out);
  deflateEnd(&state);
  return result;
}

/// The content, or `! CODE`.
std::string content_of(std::string_view body, std::string_view codings,
                       size_t max = coding_room) {
  auto result = decode_content(body, codings, max);
  return result ? *result : "! " + to_string(code_of(result.error()));
}

std::string why_not(std::string_view body, std::string_view codings,
                    size_t max = coding_room) {
  auto result = decode_content(body, codings, max);
  return result ? "no error" : describe(result.error());
}

/// Longer than what is decoded at once, and not all alike.
std::string long_text() {
  std::string result;
  for (int i = 0; result.size() < 100'000; ++i)
    result += std::to_string(i) + ' ';
  return result;
}

const std::string coding_text = "a text, a text, a text and its end";

} // namespace

TEST(a_content_coding, is_none_where_nothing_was_done) {
  for (auto* none : {"", " ", "identity", "Identity", "identity, IDENTITY"}) {
    EXPECT_TRUE(is_plain(none)) << none;
    EXPECT_EQ(content_of("x\n", none), "x\n") << none;
  }
  for (auto* some : {"gzip", "identity, gzip", "br", "x"})
    EXPECT_FALSE(is_plain(some)) << some;
}

TEST(a_content_coding, is_taken_off) {
  auto zipped = in_coding(coding_text, coding_gzip);
  for (auto* name : {"gzip", "x-gzip", "GZip", " gzip ", "identity,gzip"})
    EXPECT_EQ(content_of(zipped, name), coding_text) << name;
  EXPECT_EQ(content_of(in_coding(coding_text, coding_zlib), "deflate"),
            coding_text);
  EXPECT_EQ(content_of(in_coding(coding_text, coding_raw), "Deflate"),
            coding_text);
}

TEST(a_content_coding, may_be_around_nothing_and_around_much) {
  auto much = long_text();
  for (auto& [frame, name] :
       {std::pair{coding_gzip, "gzip"}, std::pair{coding_zlib, "deflate"},
        std::pair{coding_raw, "deflate"}}) {
    EXPECT_EQ(content_of(in_coding("", frame), name), "");
    EXPECT_EQ(content_of(in_coding(much, frame), name), much);
  }
}

TEST(a_content_coding, takes_at_most_so_much_room) {
  auto much = long_text();
  for (auto& [frame, name] :
       {std::pair{coding_gzip, "gzip"}, std::pair{coding_zlib, "deflate"},
        std::pair{coding_raw, "deflate"}}) {
    auto body = in_coding(much, frame);
    EXPECT_EQ(content_of(body, name, much.size()), much);
    EXPECT_EQ(content_of(body, name, much.size() - 1), "! too_large");
    EXPECT_EQ(content_of(in_coding("", frame), name, 0), "");
    EXPECT_EQ(content_of(in_coding("x", frame), name, 0), "! too_large");
  }
  EXPECT_THAT(why_not(in_coding(much, coding_gzip), "gzip", 1024),
              HasSubstr("holds more than 1KiB"));
}

TEST(a_content_coding, does_not_let_a_bomb_go_off) {
  std::string zeros(16 << 20, '\0');
  for (auto& [frame, name] :
       {std::pair{coding_gzip, "gzip"}, std::pair{coding_zlib, "deflate"},
        std::pair{coding_raw, "deflate"}}) {
    auto bomb = in_coding(zeros, frame);
    EXPECT_LT(bomb.size(), 64'000U);
    EXPECT_EQ(content_of(bomb, name, 1 << 16), "! too_large");
  }
  auto twice = in_coding(in_coding(zeros, coding_gzip), coding_gzip);
  EXPECT_EQ(content_of(twice, "gzip, gzip", 1 << 16), "! too_large");
}

TEST(a_content_coding, is_broken_if_its_end_is_missing) {
  for (auto& [frame, name] :
       {std::pair{coding_gzip, "gzip"}, std::pair{coding_zlib, "deflate"},
        std::pair{coding_raw, "deflate"}}) {
    auto whole = in_coding(coding_text, frame);
    for (size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(content_of(whole.substr(0, size), name), "! invalid")
        << name << ' ' << size;
  }
}

TEST(a_content_coding, is_broken_if_something_is_behind_its_end) {
  for (auto& [frame, name] :
       {std::pair{coding_gzip, "gzip"}, std::pair{coding_zlib, "deflate"},
        std::pair{coding_raw, "deflate"}})
    for (auto& more : {std::string{"x"}, std::string(8, '\0'),
                       std::string{"more than a header has"}})
      EXPECT_EQ(content_of(in_coding(coding_text, frame) + more, name),
                "! invalid")
        << name;
}

TEST(a_content_coding, is_broken_if_it_is_another_or_damaged) {
  auto zipped = in_coding(coding_text, coding_gzip);
  EXPECT_EQ(content_of(coding_text, "gzip"), "! invalid");
  EXPECT_EQ(content_of(coding_text, "deflate"), "! invalid");
  EXPECT_EQ(content_of(zipped, "deflate"), "! invalid");
  EXPECT_EQ(content_of(in_coding(coding_text, coding_zlib), "gzip"),
            "! invalid");
  zipped[zipped.size() - 8] ^= 1; // Its checksum.
  EXPECT_EQ(content_of(zipped, "gzip"), "! invalid");
  EXPECT_EQ(why_not(zipped, "gzip"), "is not gzip, as Content-Encoding says");
}

// RFC 1952, 2.2.
TEST(a_content_coding, of_gzip_has_members_one_after_the_other) {
  auto members = in_coding("one ", coding_gzip) + in_coding("", coding_gzip)
                 + in_coding("two", coding_gzip);
  EXPECT_EQ(content_of(members, "gzip"), "one two");
  EXPECT_EQ(content_of(members, "gzip", 7), "one two");
  EXPECT_EQ(content_of(members, "gzip", 6), "! too_large");
  members.pop_back();
  EXPECT_EQ(content_of(members, "gzip"), "! invalid");
  for (auto frame : {coding_zlib, coding_raw})
    EXPECT_EQ(
      content_of(in_coding("one", frame) + in_coding("two", frame), "deflate"),
      "! invalid");
}

TEST(a_content_coding, may_be_around_another) {
  auto inner = in_coding(coding_text, coding_zlib);
  auto both = in_coding(inner, coding_gzip);
  EXPECT_EQ(content_of(both, "deflate, gzip"), coding_text);
  EXPECT_EQ(content_of(both, "deflate,identity,x-gzip"), coding_text);
  EXPECT_EQ(content_of(both, "gzip, deflate"), "! invalid");
  EXPECT_EQ(content_of(both, "gzip"), inner);
}

TEST(a_content_coding, is_bounded_in_number) {
  std::string body = coding_text;
  std::string names;
  for (size_t i = 0; i < max_codings; ++i) {
    body = in_coding(body, coding_gzip);
    names += i == 0 ? "gzip" : ", gzip";
  }
  EXPECT_EQ(content_of(body, names), coding_text);
  EXPECT_EQ(content_of(body, "identity, " + names), coding_text);
  EXPECT_EQ(content_of(in_coding(body, coding_gzip), names + ", gzip"),
            "! refused");
}

TEST(a_content_coding, that_is_not_known_is_refused) {
  for (auto* name : {"br", "zstd", "compress", "gzip, br", "br, gzip",
                     "gzip;q=1", "gzip deflate", "*", "chunked"}) {
    EXPECT_EQ(content_of("x", name), "! refused") << name;
    EXPECT_THAT(why_not("x", name), HasSubstr("accepted: gzip, deflate"));
  }
}
