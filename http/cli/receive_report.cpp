#include "http/cli/receive_report.hpp"

#include "actors/delivery/wire.hpp"
#include "config/units.hpp"
#include "http/form.hpp"
#include "http/json/text.hpp"
#include "storage/topic.hpp"

#include <boost/url/pct_string_view.hpp>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include <array>
#include <optional>

namespace herald {

namespace {

constexpr int64_t tolerance_s = 300;

constexpr std::array<std::pair<std::string_view, signature_method>, 4> methods{
  {{"sha1", signature_method::sha1},
   {"sha256", signature_method::sha256},
   {"sha384", signature_method::sha384},
   {"sha512", signature_method::sha512}}};

bool same(std::string_view x, std::string_view y) {
  return x.size() == y.size()
         && CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

bool hub_signature_is_right(std::string_view given, std::string_view secret,
                            std::string_view body) {
  for (auto& [name, method] : methods)
    if (given.substr(0, given.find('=')) == name)
      return same(given, hub_signature(method, secret, body));
  return false;
}

std::optional<int64_t> parse_stamp(std::string_view text) {
  auto result = parse_count(text, 0, INT64_MAX);
  if (!result)
    return std::nullopt;
  return static_cast<int64_t>(*result);
}

/// Any of the signatures, which stand side by side while keys change, will do.
bool standard_signature_is_right(const http_request& request,
                                 std::string_view secret, unix_ms now) {
  auto stamp = parse_stamp(request.value("webhook-timestamp"));
  if (!stamp || std::abs(now / 1000 - *stamp) > tolerance_s)
    return false;
  auto right = standard_signature(secret, request.value("webhook-id"), *stamp,
                                  request.body);
  auto given = request.value("webhook-signature");
  for (size_t begin = 0; begin < given.size();) {
    auto end = std::min(given.find(' ', begin), given.size());
    if (same(given.substr(begin, end - begin), right))
      return true;
    begin = end + 1;
  }
  return false;
}

std::string value_in(const std::optional<form>& query, const char* name) {
  auto* found = query ? query->find(name) : nullptr;
  return found != nullptr && found->sound ? found->value : "";
}

received_kind kind_of(const http_request& request, const std::string& mode,
                      const std::string& challenge) {
  if (request.method == "POST")
    return received_kind::delivery;
  if (request.method != "GET")
    return received_kind::other;
  if (mode == "denied")
    return received_kind::denial;
  return challenge.empty() ? received_kind::other : received_kind::verification;
}

/// `12:00:00.000`, the time of day in UTC.
std::string clock_time(unix_ms time) {
  return rfc3339(time).substr(11, 12);
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

std::string painted(signature_verdict what, const paint& where) {
  auto text = to_string(what);
  switch (what) {
    case signature_verdict::ok:
      return where.green(text);
    case signature_verdict::bad:
      return where.red(text);
    default:
      return where.yellow(text);
  }
}

std::string painted_status(unsigned status, const paint& where) {
  auto text = std::to_string(status);
  return status / 100 == 2 ? where.green(text) : where.red(text);
}

std::string delivery_line(const received& what, const paint& where) {
  std::string result = where.bold("delivery") + "  " + or_dash(what.path);
  result += "  topic " + or_dash(what.topic);
  result += "  id " + or_dash(what.id);
  result += "  attempt " + or_dash(what.attempt);
  result += "  " + grouped(what.bytes) + " bytes";
  result += "  signature " + painted(what.signature, where);
  result += "  answered " + painted_status(what.status, where);
  return what.duplicate ? result + "  " + where.yellow("duplicate") : result;
}

std::string verification_line(const received& what, const paint& where) {
  auto result = where.cyan("challenge") + "  " + or_dash(what.path);
  result += "  " + or_dash(what.mode) + " to " + or_dash(what.topic);
  if (!what.lease.empty())
    result += "  lease " + printable(what.lease) + " s";
  return result + "  answered " + painted_status(what.status, where);
}

std::string denial_line(const received& what, const paint& where) {
  auto result = where.red("denied") + "  " + or_dash(what.path) + "  topic "
                + or_dash(what.topic);
  return what.reason.empty() ? result
                             : result + "  reason: " + printable(what.reason);
}

std::string_view name_of(received_kind kind) {
  constexpr std::array<std::string_view, 4> names{"delivery", "verification",
                                                  "denial", "other"};
  return names[static_cast<size_t>(kind)];
}

/// Percent-decoded; as it is if it is not encoded soundly.
std::string decoded(std::string_view text) {
  auto view = boost::urls::make_pct_string_view({text.data(), text.size()});
  return view ? view->decode() : std::string{text};
}

} // namespace

std::string_view to_string(signature_verdict what) {
  constexpr std::array<std::string_view, 4> names{"ok", "bad", "none",
                                                  "unchecked"};
  return names[static_cast<size_t>(what)];
}

signature_verdict check_signatures(const http_request& request,
                                   std::string_view secret, unix_ms now) {
  auto hub = request.value("x-hub-signature");
  auto standard = request.value("webhook-signature");
  if (hub.empty() && standard.empty())
    return signature_verdict::none;
  if (secret.empty())
    return signature_verdict::unchecked;
  if (!hub.empty() && !hub_signature_is_right(hub, secret, request.body))
    return signature_verdict::bad;
  if (!standard.empty() && !standard_signature_is_right(request, secret, now))
    return signature_verdict::bad;
  return signature_verdict::ok;
}

bool is_expected(const received& what, const std::string& topic) {
  if (topic.empty())
    return true;
  auto wanted = parse_subscribed_topic(topic);
  if (what.kind != received_kind::delivery) {
    auto asked = parse_subscribed_topic(what.topic);
    return wanted && asked && wanted->key == asked->key;
  }
  auto is_url = what.topic.find("://") != std::string::npos;
  if (!wanted || wanted->is_url || is_url)
    return wanted && wanted->is_url == is_url;
  return topic_matches(wanted->key, published_key(what.topic));
}

// Link = <URL>; rel="self", <URL>; rel="hub" (RFC 8288).
std::string self_link(std::string_view link) {
  for (auto begin = link.find('<'); begin != link.npos;
       begin = link.find('<', begin + 1)) {
    auto end = link.find('>', begin);
    if (end == link.npos)
      return {};
    auto next = std::min(link.find('<', end), link.size());
    auto parameters = lowered(link.substr(end, next - end));
    if (parameters.find("rel=\"self\"") != std::string::npos
        || parameters.find("rel=self") != std::string::npos)
      return std::string{link.substr(begin + 1, end - begin - 1)};
  }
  return {};
}

received take_apart(const http_request& request, std::string_view secret,
                    unix_ms now) {
  auto target = split_target(request.target);
  auto query = form::parse(target.query);
  received result;
  result.time = now;
  result.path = target.path;
  result.mode = value_in(query, "hub.mode");
  result.challenge = value_in(query, "hub.challenge");
  result.kind = kind_of(request, result.mode, result.challenge);
  if (result.kind != received_kind::delivery) {
    result.topic = value_in(query, "hub.topic");
    result.lease = value_in(query, "hub.lease_seconds");
    result.reason = value_in(query, "hub.reason");
    return result;
  }
  result.topic = decoded(request.value("herald-topic"));
  if (result.topic.empty())
    result.topic = self_link(request.value("link"));
  result.id = request.value("webhook-id");
  result.attempt = request.value("herald-attempt");
  result.bytes = request.body.size();
  result.signature = check_signatures(request, secret, now);
  return result;
}

std::string line_of(const received& what, const paint& where) {
  auto result = where.dim(clock_time(what.time)) + "  ";
  if (what.kind == received_kind::delivery)
    result += delivery_line(what, where);
  else if (what.kind == received_kind::verification)
    result += verification_line(what, where);
  else if (what.kind == received_kind::denial)
    result += denial_line(what, where);
  else
    result += "not a delivery  " + or_dash(what.path) + "  answered "
              + painted_status(what.status, where);
  return result + "\n";
}

std::string json_of(const received& what) {
  nlohmann::ordered_json result;
  result["kind"] = name_of(what.kind);
  result["time"] = rfc3339(what.time);
  result["path"] = what.path;
  result["topic"] = what.topic;
  if (what.kind == received_kind::delivery) {
    result["id"] = what.id;
    result["attempt"] = parse_stamp(what.attempt).value_or(0);
    result["bytes"] = what.bytes;
    result["signature"] = to_string(what.signature);
    result["duplicate"] = what.duplicate;
  } else {
    result["mode"] = what.mode;
    result["lease_seconds"] = parse_stamp(what.lease).value_or(0);
    result["challenge"] = what.challenge;
    result["reason"] = what.reason;
  }
  result["status"] = what.status;
  return dump(result) + "\n";
}

void receive_counts::remember(std::string key) {
  if (order_.size() == max_remembered) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(key);
  seen_.insert(std::move(key));
}

// A delivery with a bad signature counts as nothing else (WebSub 7.1).
void receive_counts::add(received& what, bool secret_known) {
  ++deliveries_;
  if (secret_known && what.signature != signature_verdict::ok) {
    ++bad_signatures_;
    return;
  }
  if (what.status / 100 != 2) {
    ++failed_;
    return;
  }
  auto key = what.path + '\n' + what.id;
  what.duplicate = !what.id.empty() && seen_.contains(key);
  if (what.duplicate) {
    ++duplicates_;
    return;
  }
  ++distinct_;
  if (!what.id.empty())
    remember(std::move(key));
}

std::string receive_counts::summary() const {
  return grouped(deliveries_) + " deliveries, " + grouped(distinct_)
         + " distinct, " + grouped(duplicates_) + " duplicates, "
         + grouped(bad_signatures_) + " bad signatures, " + grouped(failed_)
         + " answered with an error\n";
}

std::string receive_counts::summary_json() const {
  nlohmann::ordered_json result;
  result["kind"] = "summary";
  result["deliveries"] = deliveries_;
  result["distinct"] = distinct_;
  result["duplicates"] = duplicates_;
  result["bad_signatures"] = bad_signatures_;
  result["failed"] = failed_;
  return dump(result) + "\n";
}

} // namespace herald
