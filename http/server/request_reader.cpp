#include "http/server/request_reader.hpp"

#include "http/form.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>

namespace herald {

namespace http = boost::beast::http;

namespace {

using boost::beast::error_code;
using text_view = boost::beast::string_view;

// No more is set aside for a body before its bytes have come.
constexpr size_t max_reserved_body = 64 * 1024;

std::string_view view(text_view text) {
  return {text.data(), text.size()};
}

refusal make_refusal(unsigned status, std::string sentence) {
  refusal result;
  result.status = status;
  result.sentence = std::move(sentence);
  return result;
}

// Beast calls every request line that does not end as it should a wrong
// version.
bool names_other_version(std::string_view bytes) {
  auto line = bytes.substr(0, bytes.find("\r\n"));
  auto last = line.substr(line.rfind(' ') + 1);
  return last.starts_with("HTTP/") && last != "HTTP/1.0" && last != "HTTP/1.1";
}

// RFC 9112, 3.2: origin form and absolute form; of the whole server only
// OPTIONS asks. CONNECT is no method here, whatever its target.
bool is_request_target(std::string_view method, std::string_view target) {
  auto start = lowered(target.substr(0, 8));
  return target.starts_with('/') || start.starts_with("http://")
         || start.starts_with("https://") || method == "CONNECT"
         || (method == "OPTIONS" && target == "*");
}

/// Writes what Beast finds straight into our own request.
class parser : public http::basic_parser<true> {
public:
  explicit parser(http_request& to) : to_(to) {
    // nop
  }

  /// 10 or 11, once there is a header.
  int version() const { return version_; }

private:
  void on_request_impl(http::verb, text_view method, text_view target,
                       int version, error_code&) override {
    version_ = version;
    to_.method = view(method);
    to_.target = view(target);
  }

  void on_response_impl(int, text_view, int, error_code&) override {
    // nop
  }

  // Fields after the body are not trusted to be fields of the request.
  void on_field_impl(http::field, text_view name, text_view value,
                     error_code&) override {
    if (!in_body_)
      to_.fields.emplace_back(lowered(view(name)), view(value));
  }

  void on_header_impl(error_code&) override { in_body_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                         error_code&) override {
    to_.body.reserve(std::min<size_t>(length.value_or(0), max_reserved_body));
  }

  std::size_t on_body_impl(text_view body, error_code&) override {
    to_.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, text_view, error_code&) override {
    // nop
  }

  std::size_t on_chunk_body_impl(std::uint64_t, text_view body,
                                 error_code&) override {
    to_.body.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(error_code&) override {
    // nop
  }

  http_request& to_;
  int version_ = 11;
  bool in_body_ = false;
};

} // namespace

class request_reader::implementation {
public:
  implementation(size_t header_bytes, size_t body_bytes)
    : header_bytes_(header_bytes), body_bytes_(body_bytes) {
    restart();
  }

  void restart() {
    request = http_request{};
    started_ = false;
    header_checked_ = false;
    sound = false;
    parser_.emplace(request);
    parser_->eager(true);
    parser_->header_limit(static_cast<uint32_t>(header_bytes_));
    parser_->body_limit(body_bytes_);
  }

  step feed(std::string_view bytes, size_t& used);
  size_t expected_body() const;
  bool expects_continue() const;

  http_request request;
  refusal why;
  bool sound = false; // The head.

  const parser& now() const { return *parser_; }

private:
  size_t skip_empty_lines(std::string_view bytes);
  step fail_with(refusal what);
  step fail_with(error_code ec);
  bool check_header();
  size_t count(std::string_view name) const;

  size_t header_bytes_;
  size_t body_bytes_;
  bool started_ = false;
  bool header_checked_ = false;
  std::optional<parser> parser_;
};

using step = request_reader::step;

step request_reader::implementation::fail_with(refusal what) {
  why = std::move(what);
  return step::failed;
}

step request_reader::implementation::fail_with(error_code ec) {
  if (ec == http::error::header_limit) {
    auto result = make_refusal(431, "The request's header is too large.");
    result.limit = header_bytes_;
    return fail_with(std::move(result));
  }
  if (ec == http::error::body_limit) {
    auto result = make_refusal(413, "The request's body is too large.");
    result.limit = body_bytes_;
    return fail_with(std::move(result));
  }
  return fail_with(
    make_refusal(400, "The request is not HTTP: " + ec.message() + '.'));
}

size_t request_reader::implementation::count(std::string_view name) const {
  auto matches = [&](const field& x) { return x.first == name; };
  return static_cast<size_t>(
    std::count_if(request.fields.begin(), request.fields.end(), matches));
}

// What Beast leaves to the server: RFC 9112, 3.2, 6.1 and 6.3; RFC 9110,
// 10.1.1. docs/conformance.md has each rule.
bool request_reader::implementation::check_header() {
  auto hosts = count("host");
  if (hosts > 1 || (hosts == 0 && parser_->version() == 11)) {
    why = make_refusal(400, "The field Host must be given once.");
    return false;
  }
  if (auto codings = count("transfer-encoding"); codings > 0) {
    auto is_chunked
      = codings == 1
        && lowered(request.value("transfer-encoding")) == "chunked";
    if (!is_chunked || count("content-length") > 0
        || parser_->version() == 10) {
      why
        = make_refusal(400, "The field Transfer-Encoding may be chunked, once, "
                            "in HTTP/1.1 and without Content-Length.");
      return false;
    }
  }
  if (!is_request_target(request.method, request.target)) {
    why = make_refusal(400, "The request's target must be a path or an http "
                            "URL.");
    return false;
  }
  auto expect = request.value("expect");
  if (expect.empty() || lowered(expect) == "100-continue")
    return true;
  why = make_refusal(417, "Only Expect: 100-continue is understood.");
  return false;
}

// Some clients end a body with an empty line too many (RFC 9112, 2.2).
size_t
request_reader::implementation::skip_empty_lines(std::string_view bytes) {
  auto first
    = started_ ? 0 : std::min(bytes.find_first_not_of("\r\n"), bytes.size());
  started_ = started_ || first < bytes.size();
  return first;
}

step request_reader::implementation::feed(std::string_view bytes,
                                          size_t& used) {
  used = skip_empty_lines(bytes);
  bytes.remove_prefix(used);
  if (bytes.empty())
    return step::more;
  error_code ec;
  auto parsed
    = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  used += parsed;
  // Before what is wrong with the body, which may come of the header.
  auto is_too_large = ec == http::error::body_limit;
  if ((parser_->is_header_done() || is_too_large) && !header_checked_) {
    header_checked_ = true;
    sound = check_header();
    if (!sound)
      return step::failed;
  }
  if (ec == http::error::bad_version && names_other_version(bytes))
    return fail_with(make_refusal(505, "Only HTTP/1.0 and 1.1 are spoken "
                                       "here."));
  if (ec && ec != http::error::need_more)
    return fail_with(ec);
  if (parser_->is_done())
    return step::complete;
  // Nothing between the parts of a chunked body needs this many bytes.
  if (bytes.size() - parsed >= header_bytes_)
    return fail_with(make_refusal(400, "The chunked body is malformed."));
  return step::more;
}

bool request_reader::implementation::expects_continue() const {
  return parser_->is_header_done() && !parser_->is_done()
         && parser_->version() == 11 && !request.value("expect").empty();
}

size_t request_reader::implementation::expected_body() const {
  auto length = parser_->content_length();
  return length ? static_cast<size_t>(*length) : body_bytes_;
}

request_reader::request_reader(size_t header_bytes, size_t body_bytes)
  : impl_(std::make_unique<implementation>(header_bytes, body_bytes)) {
  // nop
}

request_reader::~request_reader() = default;

void request_reader::restart() {
  impl_->restart();
}

step request_reader::feed(std::string_view bytes, size_t& used) {
  return impl_->feed(bytes, used);
}

http_request& request_reader::request() {
  return impl_->request;
}

const refusal& request_reader::why() const {
  return impl_->why;
}

bool request_reader::has_header() const {
  return impl_->now().is_header_done();
}

bool request_reader::has_sound_head() const {
  return impl_->sound;
}

bool request_reader::expects_continue() const {
  return impl_->expects_continue();
}

bool request_reader::keep_alive() const {
  return has_header() && impl_->now().keep_alive();
}

bool request_reader::is_http_1_0() const {
  return has_header() && impl_->now().version() == 10;
}

size_t request_reader::expected_body() const {
  return impl_->expected_body();
}

} // namespace herald
