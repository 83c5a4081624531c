#include "http/content_coding.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <vector>

#include <zlib.h>

namespace herald {

namespace {

// What zlib expects in front of the data (its inflateInit2).
constexpr int frame_gzip = MAX_WBITS + 16;
constexpr int frame_zlib = MAX_WBITS;
constexpr int frame_none = -MAX_WBITS;

constexpr size_t step_bytes = 16 * 1024;

enum class outcome : uint8_t { done, broken, too_large };

/// Reads one stream after the other. One use.
class inflater {
public:
  inflater(std::string_view from, int frame) : frame_(frame) {
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    state_.avail_in = static_cast<uInt>(from.size());
    ready_ = inflateInit2(&state_, frame) == Z_OK;
  }

  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  ~inflater() { inflateEnd(&state_); }

  // A gzip file may have several members (RFC 1952, 2.2).
  outcome run(std::string& out, size_t max) {
    auto result = ready_ ? read(out, max) : outcome::broken;
    while (result == outcome::done && state_.avail_in > 0
           && frame_ == frame_gzip && inflateReset(&state_) == Z_OK)
      result = read(out, max);
    return result == outcome::done && state_.avail_in > 0 ? outcome::broken
                                                          : result;
  }

private:
  outcome read(std::string& out, size_t max) {
    for (auto code = Z_OK; code != Z_STREAM_END;) {
      auto size = out.size();
      // One byte too many is enough to know.
      auto room = std::min(step_bytes, max + 1 - size);
      out.resize(size + room);
      state_.next_out = reinterpret_cast<Bytef*>(out.data() + size);
      state_.avail_out = static_cast<uInt>(room);
      code = inflate(&state_, Z_NO_FLUSH);
      out.resize(size + room - state_.avail_out);
      if (out.size() > max)
        return outcome::too_large;
      auto is_stuck = state_.avail_in == 0 && state_.avail_out > 0;
      if (code != Z_STREAM_END && (code != Z_OK || is_stuck))
        return outcome::broken;
    }
    return outcome::done;
  }

  int frame_;
  bool ready_ = false;
  z_stream state_{};
};

outcome inflate_from(std::string_view body, int frame, std::string& out,
                     size_t max) {
  out.clear();
  return inflater{body, frame}.run(out, max);
}

bool is_gzip(std::string_view coding) {
  return coding == "gzip" || coding == "x-gzip";
}

// Many senders of deflate leave zlib's frame away (RFC 9110, 8.4.1.2).
outcome take_off(std::string_view coding, std::string_view body,
                 std::string& out, size_t max) {
  if (is_gzip(coding))
    return inflate_from(body, frame_gzip, out, max);
  auto result = inflate_from(body, frame_zlib, out, max);
  return result == outcome::broken ? inflate_from(body, frame_none, out, max)
                                   : result;
}

/// In the order in which they were put on, `identity` left out.
std::vector<std::string> list_of(std::string_view codings) {
  auto result = split_list(codings);
  for (auto& each : result)
    each = lowered(each);
  std::erase_if(result, [](auto& x) { return x.empty() || x == "identity"; });
  return result;
}

caf::error explain(outcome what, const std::string& coding, size_t max) {
  if (what == outcome::too_large)
    return fail(errc::too_large, "holds more than " + print_size(max)
                                   + " behind its content coding");
  return fail(errc::invalid, "is not " + coding + ", as Content-Encoding says");
}

} // namespace

bool is_plain(std::string_view codings) {
  return list_of(codings).empty();
}

caf::expected<std::string>
decode_content(std::string_view body, std::string_view codings, size_t max) {
  auto all = list_of(codings);
  auto unknown = std::find_if(all.begin(), all.end(), [](auto& x) {
    return !is_gzip(x) && x != "deflate";
  });
  if (unknown != all.end() || all.size() > max_codings)
    return fail(errc::refused,
                "has a content coding that cannot be read here; accepted: "
                  + std::string{readable_codings});
  std::string result{body};
  for (; !all.empty(); all.pop_back()) {
    std::string inner;
    if (auto how = take_off(all.back(), result, inner, max);
        how != outcome::done)
      return explain(how, all.back(), max);
    result = std::move(inner);
  }
  return result;
}

} // namespace herald
