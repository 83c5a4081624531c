#include "http/cli/topic_client.hpp"

#include "actors/fetcher/url_reference.hpp"
#include "config/errc.hpp"
#include "config/text.hpp"
#include "http/cli/bulk.hpp"
#include "storage/target.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view accepted_types
  = "application/atom+xml, application/rss+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, text/html;q=0.9, application/xhtml+xml;q=0.9, */*;q=0.5";

std::string_view value_of(const http_response& answer, std::string_view name) {
  auto i = std::find_if(answer.fields.begin(), answer.fields.end(),
                        [&](const field& x) { return x.first == name; });
  return i == answer.fields.end() ? std::string_view{} : i->second;
}

bool is_success(const http_response& answer) {
  return answer.status >= 200 && answer.status < 300;
}

bool redirects(unsigned status, std::string_view method) {
  if (status == 307 || status == 308)
    return true;
  return method == "GET" && status >= 301 && status <= 303;
}

/// As a base URL for `node_client`, so that Host is as the URL writes it.
std::string root_of(const target& what) {
  return (what.tls ? "https://" : "http://") + what.authority;
}

client_settings settings_for(const target& what, const client_settings& node) {
  client_settings result;
  result.node = root_of(what);
  result.is_node = false;
  auto own = parse_target(node.node);
  if (own && own->origin == what.origin)
    result.token = node.token;
  result.insecure = node.insecure;
  return result;
}

caf::expected<http_response> send_to(const std::string& url, node_request what,
                                     const client_settings& node) {
  auto to = parse_target(url);
  if (!to)
    return fail(errc::invalid, url + ": " + describe(to.error()));
  auto client = node_client::make(settings_for(*to, node));
  if (!client)
    return std::move(client.error());
  what.target = to->path;
  return what.method == "POST" ? persist(**client, what, false)
                               : (*client)->exchange(what);
}

caf::error no_hub(const std::string& url) {
  return fail(errc::not_found,
              url
                + " names no hub: neither its Link header nor a link element "
                  "of a feed or of a page's head has rel=\"hub\"");
}

} // namespace

web_exchange make_web_exchange(const client_settings& node) {
  return [node](const std::string& url, const node_request& what) {
    return send_to(url, what, node);
  };
}

std::optional<std::string> redirect_of(const http_response& answer,
                                       std::string_view url,
                                       std::string_view method) {
  auto location = trimmed(value_of(answer, "location"));
  if (!redirects(answer.status, method) || location.empty())
    return std::nullopt;
  auto result = resolve_reference(url, location.substr(0, location.find('#')));
  auto from = parse_target(url);
  auto to = parse_target(result);
  if (!from || !to || (method != "GET" && from->tls && !to->tls))
    return std::nullopt;
  return result;
}

caf::expected<web_answer> follow(std::string url, const node_request& what,
                                 const web_exchange& send) {
  for (int i = 0; i <= max_redirects; ++i) {
    auto answer = send(url, what);
    if (!answer)
      return std::move(answer.error());
    auto next = redirect_of(*answer, url, what.method);
    if (!next)
      return web_answer{std::move(url), std::move(*answer)};
    url = std::move(*next);
  }
  return fail(errc::refused, "redirected more than "
                               + std::to_string(max_redirects)
                               + " times, at last to " + url);
}

caf::expected<found_topic> find_topic(const std::string& url,
                                      const web_exchange& send) {
  if (auto valid = parse_target(url); !valid)
    return fail(errc::invalid, url + ": " + describe(valid.error()));
  node_request what;
  what.fields = {{"Accept", std::string{accepted_types}}};
  auto answer = follow(url, what, send);
  if (!answer)
    return std::move(answer.error());
  if (!is_success(answer->response))
    return fail(errc::refused,
                answer->url + " answers " + explain(answer->response));
  found_topic result;
  result.links
    = discover(answer->response.fields, answer->response.body, answer->url);
  if (result.links.hubs.empty())
    return no_hub(answer->url);
  result.topic = result.links.self.empty() ? answer->url : result.links.self;
  result.url = std::move(answer->url);
  return result;
}

caf::expected<std::string> ask_hub(const std::string& hub,
                                   const node_request& what,
                                   const web_exchange& send) {
  auto answer = follow(hub, what, send);
  if (!answer)
    return std::move(answer.error());
  if (!is_success(answer->response))
    return fail(errc::refused, "the hub " + answer->url + " answers "
                                 + explain(answer->response));
  return std::move(answer->url);
}

} // namespace herald
