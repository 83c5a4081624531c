#include "http/api/gate.hpp"

#include "config/effective.hpp"
#include "config/text.hpp"
#include "http/api/routes.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"

#include <boost/url/pct_string_view.hpp>

#include <algorithm>
#include <charconv>

namespace herald {

namespace {

constexpr uint16_t http_port = 80;
constexpr uint16_t https_port = 443;
constexpr std::string_view preflight_s = "600";

refusal make_refusal(unsigned status, std::string name, std::string sentence) {
  auto result = bad_request(std::move(name), std::move(sentence));
  result.status = status;
  return result;
}

std::string without_dot(std::string host) {
  if (host.size() > 1 && host.back() == '.')
    host.pop_back();
  return host;
}

// -- authorities --------------------------------------------------------------

/// Host and port as they are written in an authority.
struct place {
  std::string host;  ///< Lower case, without brackets or a dot at the end.
  uint16_t port = 0; ///< 0: none is given.
};

/// The digits of a port; 0 for none.
std::optional<uint16_t> to_port(std::string_view digits) {
  uint16_t result = 0;
  if (digits.empty())
    return result;
  auto end = digits.data() + digits.size();
  auto [stop, code] = std::from_chars(digits.data(), end, result);
  if (code != std::errc{} || stop != end || result == 0)
    return std::nullopt;
  return result;
}

/// A registered name may hold almost anything (RFC 3986, 3.2.2).
bool is_name_character(char c) {
  constexpr std::string_view others = "-._~!$&'()*+,;=%";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
         || others.find(c) != std::string_view::npos;
}

/// Nothing for what is no `host[:port]` (RFC 9110, 4.2.1): user information
/// does not belong there.
std::optional<place> parse_place(std::string_view text) {
  auto end = text.starts_with('[') ? text.find(']') : text.find(':');
  if (text.starts_with('[')) {
    if (end == std::string_view::npos)
      return std::nullopt;
    ++end;
  }
  auto host = lowered(text.substr(0, end));
  auto behind = text.substr(std::min(end, text.size()));
  if (!behind.empty() && behind[0] != ':')
    return std::nullopt;
  auto port = to_port(behind.empty() ? behind : behind.substr(1));
  if (!port)
    return std::nullopt;
  if (!host.starts_with('[')) {
    if (!std::all_of(host.begin(), host.end(), is_name_character)
        || !boost::urls::make_pct_string_view(host))
      return std::nullopt;
    return place{without_dot(std::move(host)), *port};
  }
  host = host.substr(1, host.size() - 2);
  if (host.find(':') == std::string::npos || !ip_address::parse(host))
    return std::nullopt;
  return place{std::move(host), *port};
}

/// What `base_url` says of host and port, the scheme's own port filled in.
struct page_origin {
  std::string host;
  uint16_t port = 0;
  uint16_t usual_port = 0; ///< Of its scheme.
};

std::optional<page_origin> read_origin(std::string_view text) {
  auto is_https = lowered(text.substr(0, 8)) == "https://";
  if (!is_https && lowered(text.substr(0, 7)) != "http://")
    return std::nullopt;
  text.remove_prefix(is_https ? 8 : 7);
  auto where = parse_place(text);
  if (!where || where->host.empty())
    return std::nullopt;
  auto usual = is_https ? https_port : http_port;
  return page_origin{where->host, where->port == 0 ? usual : where->port,
                     usual};
}

bool is_known_host(const std::string& host, const gate_options& options) {
  return ip_address::parse(host) || host == "localhost"
         || (!host.empty() && host == options.base_host)
         || std::find(options.hosts.begin(), options.hosts.end(), host)
              != options.hosts.end();
}

/// The authority of an absolute target, or nothing for any other target.
std::optional<std::string_view> authority_of(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"})
    if (lowered(target.substr(0, scheme.size())) == scheme) {
      target.remove_prefix(scheme.size());
      return target.substr(0, target.find_first_of("/?#"));
    }
  return std::nullopt;
}

// -- paths --------------------------------------------------------------------

/// What is below `base`, as a target of its own.
std::optional<std::string> target_below(std::string_view base,
                                        std::string_view target) {
  if (!target.starts_with(base))
    return std::nullopt;
  std::string result{target.substr(base.size())};
  if (result.empty() || result[0] == '?')
    result.insert(0, 1, '/');
  return result[0] == '/' ? std::optional{result} : std::nullopt;
}

/// A proxy may have taken `base` off, which may be called like a route: with
/// `/events` as base, `/events` is that route and `/events/hub` is `/hub`.
std::string local_target(std::string_view target, std::string_view base) {
  if (auto authority = authority_of(target))
    target.remove_prefix(target.find("//") + 2 + authority->size());
  std::string whole{target};
  if (whole.empty() || whole[0] == '?')
    whole.insert(0, 1, '/');
  auto below = base.empty() ? std::nullopt : target_below(base, target);
  if (!below)
    return whole;
  auto path = split_target(*below).path;
  auto is_meant
    = path == "/" ? !is_route(split_target(whole).path) : is_route(path);
  return is_meant ? *below : whole;
}

bool is_health_check(std::string_view target) {
  auto path = split_target(target).path;
  return path == "/healthz" || path == "/readyz";
}

// -- rules --------------------------------------------------------------------

using rule_result = std::optional<refusal>;

rule_result check_place(std::string_view text, const std::string& what,
                        bool any, const gate_options& options) {
  auto where = parse_place(text);
  if (!where)
    return make_refusal(400, "Host", what + " must be a host and a port.");
  if (any || is_known_host(where->host, options))
    return std::nullopt;
  return make_refusal(
    421, "Host",
    what
      + " names a host that this node is not known by. It answers to "
        "addresses, localhost, the host of --base-url and the names of "
        "--hosts-allow.");
}

// HTTP/1.0 may leave Host out; the reader demands it of 1.1.
rule_result check_host(const http_request& request, bool any,
                       const gate_options& options) {
  auto is_host = [](const field& x) { return x.first == "host"; };
  auto found
    = std::find_if(request.fields.begin(), request.fields.end(), is_host);
  if (found == request.fields.end())
    return std::nullopt;
  return check_place(trimmed(found->second), "The field Host", any, options);
}

bool is_proxy_field(const std::string& name) {
  return name == "forwarded" || name == "via"
         || name.starts_with("x-forwarded-");
}

rule_result check_proxied(const http_request& request,
                          const gate_options& options) {
  if (!options.refuses_proxied)
    return std::nullopt;
  auto found
    = std::find_if(request.fields.begin(), request.fields.end(),
                   [](const field& x) { return is_proxy_field(x.first); });
  if (found == request.fields.end())
    return std::nullopt;
  return make_refusal(
    403, found->first,
    "The request came through a proxy (" + found->first
      + "), but this node may call loopback addresses, because it listens on "
        "loopback only and nobody said otherwise: whoever the proxy lets in "
        "could reach services of this machine. Say what may be called with "
        "--callbacks-allow (public, for most), or which proxies are trusted "
        "with --proxies-trusted.");
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS"
         || method == "TRACE";
}

std::vector<std::string_view> values_of(const http_request& request,
                                        std::string_view name) {
  std::vector<std::string_view> result;
  for (auto& [key, value] : request.fields)
    if (key == name)
      result.push_back(trimmed(value));
  return result;
}

/// The origin that the request names if it is one of the allowed ones.
std::optional<std::string_view> allowed_origin(const http_request& request,
                                               const gate_options& options) {
  auto given = values_of(request, "origin");
  if (given.size() != 1
      || std::find(options.origins.begin(), options.origins.end(),
                   lowered(given[0]))
           == options.origins.end())
    return std::nullopt;
  return given[0];
}

// A Host without a port means the port of the origin's scheme: only the proxy
// in front knows which one it was.
bool is_own_origin(const page_origin& from, const http_request& request,
                   const gate_options& options) {
  if (from.host == options.base_host && from.port == options.base_port)
    return true;
  auto where = parse_place(trimmed(request.value("host")));
  if (!where || where->host.empty())
    return false;
  auto port = where->port == 0 ? from.usual_port : where->port;
  return from.host == where->host && from.port == port;
}

bool is_of_other_page(const http_request& request,
                      const gate_options& options) {
  auto sites = values_of(request, "sec-fetch-site");
  if (!sites.empty())
    return std::any_of(sites.begin(), sites.end(), [](std::string_view x) {
      return x != "same-origin" && x != "none";
    });
  auto origins = values_of(request, "origin");
  return std::any_of(origins.begin(), origins.end(), [&](std::string_view x) {
    auto from = read_origin(x);
    return !from || !is_own_origin(*from, request, options);
  });
}

rule_result check_page(const http_request& request,
                       const gate_options& options) {
  if (is_safe(request.method) || !is_of_other_page(request, options)
      || allowed_origin(request, options))
    return std::nullopt;
  return make_refusal(403, "Origin",
                      "The request comes from a web page of another origin. "
                      "Those that may change something are named with "
                      "--origins-allow.");
}

bool is_preflight(const http_request& request, const gate_options& options) {
  return request.method == "OPTIONS"
         && !request.value("access-control-request-method").empty()
         && allowed_origin(request, options);
}

http_response preflight_response(const http_request& request) {
  http_response result{204, {}, {}};
  result.fields.emplace_back("Access-Control-Allow-Methods",
                             "GET, HEAD, POST, PUT, PATCH, DELETE");
  // Its bytes were read as those of a field, so they can be one.
  if (auto asked = request.value("access-control-request-headers");
      !asked.empty())
    result.fields.emplace_back("Access-Control-Allow-Headers",
                               std::string{asked});
  result.fields.emplace_back("Access-Control-Max-Age",
                             std::string{preflight_s});
  return result;
}

/// The fields that let a page of an allowed origin read the answer (Fetch,
/// 3.2). Never credentials.
std::vector<field> cors_fields(const http_request& request,
                               const gate_options& options) {
  if (options.origins.empty())
    return {};
  std::vector<field> result{{"Vary", "Origin"}};
  if (auto origin = allowed_origin(request, options)) {
    result.emplace_back("Access-Control-Allow-Origin", std::string{*origin});
    result.emplace_back("Access-Control-Expose-Headers",
                        "Location, Retry-After");
  }
  return result;
}

} // namespace

gate_options::gate_options(const config& from, const std::string& base_url)
  : hosts(from.hosts.allow), origins(from.origins.allow),
    proxies(from.proxies.trusted) {
  auto allow = effective_allow(from);
  refuses_proxied = !allow.given && allow.loopback_too;
  auto path = base_url.find('/', base_url.find("://") + 3);
  if (path != std::string::npos)
    base_path = base_url.substr(path);
  if (auto own = read_origin(std::string_view{base_url}.substr(0, path))) {
    base_host = own->host;
    base_port = own->port;
  }
}

std::optional<http_response> pass_gate(http_request& request,
                                       const gate_options& options) {
  request.answer_fields = cors_fields(request, options);
  std::optional<std::string> authority{authority_of(request.target)};
  request.target = local_target(request.target, options.base_path);
  request.client = client_of(request, options.proxies);
  auto any = is_health_check(request.target);
  auto why = check_host(request, any, options);
  if (!why && authority)
    why = check_place(*authority, "The target", any, options);
  if (!why && !any)
    why = check_proxied(request, options);
  if (!why)
    why = check_page(request, options);
  if (why)
    return refuse(request, *why);
  if (is_preflight(request, options))
    return preflight_response(request);
  return std::nullopt;
}

} // namespace herald
