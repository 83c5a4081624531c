#pragma once

#include "http/cli/flags.hpp"
#include "http/exchange.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

struct node_request {
  std::string method = "GET";
  std::string target;        ///< Path and query, below the node's own path.
  std::vector<field> fields; ///< Without Host, Content-Length, Authorization.
  std::string body;
};

/// A blocking HTTP/1.1 client for the commands: one connection to one node,
/// http or https, kept open between exchanges. Not for the engine, which has
/// http_client. One thread at a time; each thread has its own.
class node_client {
public:
  static constexpr std::chrono::seconds default_timeout{30};
  static constexpr size_t max_answer_bytes = 64 << 20;

  /// Errors: `invalid` (the URL of the node).
  static caf::expected<std::unique_ptr<node_client>>
  make(const client_settings& to,
       std::chrono::milliseconds timeout = default_timeout);

  node_client(const node_client&) = delete;
  node_client& operator=(const node_client&) = delete;
  ~node_client();

  /// Sends the request and waits for the whole answer, whatever its status,
  /// up to the timeout. A kept connection that turns out to be closed is
  /// replaced once. Errors: `unreachable`, `timeout`, `too_large`; the sentence
  /// names the node.
  caf::expected<http_response> exchange(const node_request& what);

private:
  class core;
  explicit node_client(std::unique_ptr<core> made);
  std::unique_ptr<core> core_;
};

/// A value for a query or a form, percent-encoded but for RFC 3986's
/// unreserved characters.
std::string form_encoded(std::string_view text);

/// `?a=1&b=2` of those whose value is not empty; nothing if there are none.
std::string query_of(const std::vector<field>& parameters);

/// `a=1&b=2` of those whose value is not empty: a form's body.
std::string form_of(const std::vector<field>& parameters);

/// What an answer that is no success says, for people: `400: sentence`.
std::string explain(const http_response& answer);

/// How long the answer asks to wait, or `otherwise`; at most a minute, so that
/// a person sees something happen.
std::chrono::milliseconds retry_after(const http_response& answer,
                                      std::chrono::milliseconds otherwise);

/// True for answers that promise that a later try may succeed.
bool is_transient(const http_response& answer);

} // namespace herald
