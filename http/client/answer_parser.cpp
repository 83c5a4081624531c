#include "http/client/answer_parser.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "http/content_coding.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>

namespace herald {

namespace http = boost::beast::http;

using boost::beast::string_view;
using boost::system::error_code;

namespace {

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `HTTP/1.1 204 No Content` (RFC 9112, 4); 0 for another line. The reason and
/// the blank before it may be missing.
uint16_t status_in(std::string_view line) {
  constexpr std::string_view shape = "HTTP/1.x ";
  constexpr size_t digits = 3;
  if (line.size() < shape.size() + digits || !line.starts_with("HTTP/1.")
      || !is_digit(line[shape.size() - 2]) || line[shape.size() - 1] != ' ')
    return 0;
  auto code = line.substr(shape.size(), digits);
  auto rest = line.substr(shape.size() + digits);
  if (!std::all_of(code.begin(), code.end(), is_digit)
      || (!rest.empty() && rest[0] != ' ' && rest[0] != '\r'))
    return 0;
  return static_cast<uint16_t>((code[0] - '0') * 100 + (code[1] - '0') * 10
                               + (code[2] - '0'));
}

/// Writes into an `answer`. Beast's own containers allocate for each field.
class sink_parser : public http::basic_parser<false> {
public:
  sink_parser(answer& into, const answer_limits& limits)
    : into_(into), limits_(limits) {
    eager(true);
    header_limit(answer_parser::max_header);
    body_limit(boost::none); // counted here: see on_body
  }

  /// Its framing cannot be trusted: HTTP/1.0 knows no transfer coding (RFC
  /// 9112, 6.1), HTTP/1.1 no identity.
  bool is_faulty() const { return is_faulty_; }

private:
  void on_request_impl(http::verb, string_view, string_view, int,
                       error_code&) override {
    // An answer parser never gets here.
  }

  void on_response_impl(int code, string_view, int version,
                        error_code& ec) override {
    if (code < 100)
      ec = http::error::bad_status;
    code_ = code;
    version_ = version;
  }

  void on_field_impl(http::field name, string_view text, string_view value,
                     error_code& ec) override {
    if (into_.status != 0)
      return; // a trailer
    if (name == http::field::transfer_encoding)
      on_transfer_encoding(lowered(view(value)), ec);
    if (name == http::field::retry_after)
      into_.retry_after
        = trimmed(view(value)).substr(0, answer_parser::max_retry_after);
    if (limits_.keep_fields)
      into_.fields.emplace_back(lowered(view(text)), trimmed(view(value)));
  }

  /// No request of ours asks for another coding than chunked (no TE; RFC 9112,
  /// 7.4): behind one, the body would be something else than it seems.
  void on_transfer_encoding(const std::string& coding, error_code& ec) {
    is_faulty_ = is_faulty_ || version_ == 10 || coding != "chunked";
    if (coding != "chunked" && coding != "identity")
      ec = http::error::bad_transfer_encoding;
  }

  void on_header_impl(error_code&) override {
    into_.status = static_cast<uint16_t>(code_);
  }

  void on_body_init_impl(const boost::optional<uint64_t>&,
                         error_code&) override {
    // nop
  }

  size_t on_body_impl(string_view bytes, error_code& ec) override {
    return on_body(bytes, ec);
  }

  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {
    // nop
  }

  size_t on_chunk_body_impl(uint64_t, string_view bytes,
                            error_code& ec) override {
    return on_body(bytes, ec);
  }

  void on_finish_impl(error_code&) override {
    // nop
  }

  size_t on_body(string_view bytes, error_code& ec) {
    into_.body_bytes += bytes.size();
    auto room
      = limits_.keep_body - std::min(limits_.keep_body, into_.body.size());
    into_.body.append(bytes.data(), std::min(room, bytes.size()));
    if (into_.body_bytes > limits_.max_body)
      ec = http::error::body_limit;
    return bytes.size();
  }

  answer& into_;
  const answer_limits& limits_;
  int code_ = 0;
  int version_ = 11;
  bool is_faulty_ = false;
};

} // namespace

caf::error take_codings_off(answer& from, size_t max_body) {
  constexpr std::string_view name = "content-encoding";
  std::string codings;
  for (auto& [key, value] : from.fields)
    if (key == name)
      codings.append(codings.empty() ? "" : ",").append(value);
  if (is_plain(codings))
    return caf::none;
  auto content = decode_content(from.body, codings, max_body);
  if (!content)
    return std::move(content.error());
  from.body = std::move(*content);
  std::erase_if(from.fields, [&](const field& x) { return x.first == name; });
  return caf::none;
}

struct answer_parser::impl {
  answer result;
  answer_limits limits;
  std::optional<sink_parser> parser;
  error_code why;
  unsigned interim = 0;
  bool line_read = false; ///< The end of the status line has come.

  void expect_answer() {
    result.status = 0;
    result.status_line = 0;
    line_read = false;
    result.body_bytes = 0;
    result.retry_after.clear();
    result.body.clear();
    result.fields.clear();
    parser.emplace(result, limits);
  }

  bool is_interim() const { return result.status / 100 == 1; }

  // The parser takes nothing of a header before it has all of it, so the line
  // is at the beginning until then.
  void read_line(std::string_view bytes) {
    auto end = bytes.find('\n');
    if (line_read || end == std::string_view::npos)
      return;
    line_read = true;
    auto status = status_in(bytes.substr(0, end));
    result.status_line = status >= 200 ? status : 0;
  }

  progress fail(error_code ec) {
    why = ec;
    if (is_interim())
      result.status = 0;
    return ec == http::error::body_limit ? progress::too_long
                                         : progress::broken;
  }

  // 101 would hand the connection to a protocol that was never asked for.
  progress skip_interim() {
    if (result.status == 101 || ++interim > max_interim)
      return fail(http::error::bad_status);
    expect_answer();
    return progress::more;
  }
};

answer_parser::answer_parser() : impl_(std::make_unique<impl>()) {
  // nop
}

answer_parser::~answer_parser() = default;

void answer_parser::start(const answer_limits& limits) {
  impl_->limits = limits;
  impl_->interim = 0;
  impl_->why.clear();
  impl_->expect_answer();
}

answer_parser::progress answer_parser::feed(std::string_view bytes,
                                            size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    auto rest = bytes.substr(used);
    impl_->read_line(rest);
    error_code ec;
    used += impl_->parser->put(boost::asio::buffer(rest), ec);
    if (ec && ec != http::error::need_more)
      return impl_->fail(ec);
    if (!impl_->parser->is_done())
      return progress::more;
    if (!impl_->is_interim())
      return progress::done;
    if (impl_->skip_interim() == progress::broken)
      return progress::broken;
  }
  return progress::more;
}

answer_parser::progress answer_parser::finish() {
  error_code ec;
  if (impl_->parser->got_some())
    impl_->parser->put_eof(ec);
  else
    ec = http::error::end_of_stream;
  return ec ? impl_->fail(ec) : progress::done;
}

bool answer_parser::keep_alive() const {
  return impl_->parser->keep_alive() && !impl_->parser->is_faulty();
}

std::string answer_parser::reason() const {
  return impl_->why.message();
}

answer& answer_parser::result() {
  return impl_->result;
}

} // namespace herald
