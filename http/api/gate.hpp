#pragma once

#include "config/config.hpp"
#include "http/exchange.hpp"

#include <optional>
#include <string>
#include <vector>

namespace herald {

/// What every request passes before it is routed (docs/security.md, "The
/// gate"): a node on a developer's machine is reached by every web page that he
/// opens, under every name that its owner points at 127.0.0.1. Pure functions,
/// any thread.

/// The part of the configuration that the gate is made of.
struct gate_options {
  gate_options() = default;

  /// `base_url` is the effective one (config/effective.hpp).
  gate_options(const config& from, const std::string& base_url);

  std::string base_host;            ///< Lower case, no brackets.
  uint16_t base_port = 0;           ///< The scheme's own if none is given.
  std::string base_path;            ///< `/a/b`, or empty.
  std::vector<std::string> hosts;   ///< Further names, lower case.
  std::vector<std::string> origins; ///< Of other web pages, `http://h:81`.
  std::vector<ip_network> proxies;  ///< Whose word on their client counts.
  /// Loopback may be called only because nobody said anything about it: then
  /// nobody may come through a proxy, which would lend him that right.
  bool refuses_proxied = false;
};

/// Lets the request pass, or returns the answer. Only the head is looked at, so
/// that no body is read in vain. Of what passes, the target is left with path
/// and query only, without the path of the base URL, and `client` is set; of
/// all, `answer_fields`, which let a page of an allowed origin read the answer.
///
/// - Host (RFC 9110, 7.2), and the authority of an absolute target: a literal
///   address, `localhost`, the base URL's host or a further one, compared whole
///   and without their ports. Another is 421, a malformed one 400. Health
///   checks take any well-formed one.
/// - A request that changes something and comes from a web page of another
///   origin (`Sec-Fetch-Site`, else `Origin`) is 403, unless that origin is
///   allowed. The preflight of such a one is answered.
/// - Fields that a proxy writes are 403 where `refuses_proxied`.
std::optional<http_response> pass_gate(http_request& request,
                                       const gate_options& options);

/// Who asks, for what is counted by client: the peer, or, if that is a trusted
/// proxy, the last address in `Forwarded` (RFC 7239), else `X-Forwarded-For`,
/// that is none. Of IPv6 the network, `2001:db8:1:2::/64`.
std::string client_of(const http_request& request,
                      const std::vector<ip_network>& proxies);

} // namespace herald
