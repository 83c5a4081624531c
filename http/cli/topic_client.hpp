#pragma once

#include "actors/fetcher/discovery.hpp"
#include "http/cli/node_client.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// What a subscriber does on the web before a hub knows it: asks topics who
/// their hub is (WebSub 4), and asks any hub (WebSub 5.1). Blocking, for the
/// commands.

/// How many redirects of one request are followed.
inline constexpr int max_redirects = 5;

/// Sends a request to an absolute URL that `parse_target` takes; the target of
/// the request is ignored. The seam to the network.
using web_exchange = std::function<caf::expected<http_response>(
  const std::string& url, const node_request& what)>;

/// The real one, by `node_client`. Answers that promise that a later POST may
/// succeed are waited for. The token of `node` goes to that node's own origin
/// only. Errors: as `node_client`.
web_exchange make_web_exchange(const client_settings& node);

/// Where an answer of `url` sends the request on to; nothing if it does not, or
/// to what is no web URL. GET is redirected by 301, 302, 303, 307 and 308; POST
/// by 307 and 308 alone, which keep its body (WebSub 5.1.1), and from https to
/// https only, because of the secret in it. Pure.
std::optional<std::string> redirect_of(const http_response& answer,
                                       std::string_view url,
                                       std::string_view method);

struct web_answer {
  std::string url; ///< That answered, after the redirects.
  http_response response;
};

/// Sends `what` to `url` and follows redirects. Errors: `refused` after more
/// than `max_redirects`, those of `send`.
caf::expected<web_answer> follow(std::string url, const node_request& what,
                                 const web_exchange& send);

struct found_topic {
  std::string url;   ///< That was read, after the redirects.
  topic_links links; ///< At least one hub.
  std::string topic; ///< To subscribe to: `links.self`, or `url` without one.
};

/// GETs `url` and reads who its hubs are. Errors: `invalid` (the URL),
/// `refused` (an answer other than 2xx), `not_found` (it names no hub), those
/// of `send`. The sentence says it all.
caf::expected<found_topic> find_topic(const std::string& url,
                                      const web_exchange& send);

/// POSTs `what` to `hub`; the URL that accepted it with a 2xx. Errors:
/// `refused` with the hub's own sentence, those of `send`.
caf::expected<std::string> ask_hub(const std::string& hub,
                                   const node_request& what,
                                   const web_exchange& send);

} // namespace herald
