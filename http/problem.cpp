#include "http/problem.hpp"

#include "config/errc.hpp"
#include "http/content_coding.hpp"
#include "http/form.hpp"
#include "http/json/text.hpp"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

namespace herald {

namespace {

std::string_view problem_name(unsigned status) {
  switch (status) {
    case 400:
      return "invalid";
    case 401:
      return "unauthorized";
    case 403:
      return "refused";
    case 404:
      return "not-found";
    case 405:
      return "method-not-allowed";
    case 408:
      return "timeout";
    case 409:
      return "conflict";
    case 413:
      return "too-large";
    case 415:
      return "unsupported-type";
    case 417:
      return "expectation-failed";
    case 429:
      return "overloaded";
    case 431:
      return "header-too-large";
    case 501:
      return "not-supported";
    case 503:
      return "unavailable";
    case 505:
      return "version-not-supported";
    case 421:
      return "misdirected";
    case status_loop_detected:
      return "loop";
    default:
      return status < 500 ? "invalid" : "internal";
  }
}

void add_common_fields(http_response& to, const refusal& why) {
  if (why.retry_after > 0)
    to.fields.emplace_back("Retry-After", std::to_string(why.retry_after));
  if (!why.allow.empty())
    to.fields.emplace_back("Allow", why.allow);
  if (why.status == 415 && why.field == "Content-Encoding")
    to.fields.emplace_back("Accept-Encoding", readable_codings);
}

http_response intergov_response(const refusal& why) {
  auto phrase = reason_phrase(why.status);
  auto result = intergov_error(why.status, "generic-http-error", phrase,
                               why.sentence, "[]");
  add_common_fields(result, why);
  return result;
}

refusal make_refusal(unsigned status, const caf::error& err,
                     unsigned retry_after = 0) {
  refusal result;
  result.status = status;
  result.sentence = describe(err);
  result.retry_after = retry_after;
  return result;
}

} // namespace

refusal bad_request(std::string name, std::string sentence) {
  refusal result;
  result.sentence = std::move(sentence);
  result.field = std::move(name);
  return result;
}

std::string_view reason_phrase(unsigned status) {
  namespace http = boost::beast::http;
  auto text = http::obsolete_reason(http::int_to_status(status));
  return {text.data(), text.size()};
}

refusal to_refusal(const caf::error& err) {
  switch (code_of(err)) {
    case errc::invalid:
      return make_refusal(400, err);
    case errc::refused:
      return make_refusal(403, err);
    case errc::not_found:
      return make_refusal(404, err);
    case errc::conflict:
      return make_refusal(409, err);
    case errc::too_large:
      return make_refusal(413, err);
    case errc::overloaded:
      return make_refusal(503, err, retry_overloaded_s);
    case errc::corrupt:
    case errc::incompatible:
    case errc::permission:
      return make_refusal(500, err);
    default:
      return make_refusal(503, err, retry_unavailable_s);
  }
}

http_response problem_response(const refusal& why) {
  nlohmann::ordered_json body;
  body["type"] = "urn:herald:problem:" + std::string{problem_name(why.status)};
  body["title"] = reason_phrase(why.status);
  body["status"] = why.status;
  body["detail"] = why.sentence;
  if (!why.field.empty())
    body["field"] = why.field;
  if (why.limit)
    body["limit"] = *why.limit;
  http_response result{
    why.status, {{"Content-Type", "application/problem+json"}}, dump(body)};
  add_common_fields(result, why);
  return result;
}

http_response text_response(const refusal& why) {
  http_response result{why.status,
                       {{"Content-Type", "text/plain; charset=utf-8"}},
                       why.sentence + '\n'};
  add_common_fields(result, why);
  return result;
}

http_response intergov_error(unsigned status, std::string_view code,
                             std::string_view title, std::string_view detail,
                             std::string_view source) {
  nlohmann::ordered_json one;
  one["status"] = reason_phrase(status);
  one["code"] = code;
  one["title"] = title;
  one["detail"] = detail;
  one["source"] = nlohmann::ordered_json::parse(source);
  nlohmann::ordered_json body;
  body["errors"] = nlohmann::ordered_json::array({one});
  return {status, {{"Content-Type", "application/json"}}, dump(body)};
}

http_response refuse(const http_request& request, const refusal& why) {
  auto path = split_target(request.target).path;
  if (path == "/hub")
    return text_response(why);
  if (path == "/subscriptions" && request.method == "POST"
      && media_type(request.value("content-type")) != "application/json")
    return intergov_response(why);
  return problem_response(why);
}

} // namespace herald
