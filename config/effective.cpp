#include "config/effective.hpp"

#include "config/uri.hpp"

#include <algorithm>
#include <thread>

namespace herald {

namespace {

bool is_base_url_loopback(const config& settings) {
  if (settings.base_url.empty())
    return true;
  auto text = settings.base_url;
  auto url = parse_uri(text);
  // Of IPv6 without brackets.
  return url && is_loopback_host(url->host_address());
}

} // namespace

bool is_only_on_loopback(const config& settings) {
  return std::all_of(settings.listen.begin(), settings.listen.end(),
                     [](const endpoint& x) { return is_loopback_host(x.host); })
         && is_base_url_loopback(settings);
}

allowed_addresses effective_allow(const config& settings) {
  auto result = settings.callbacks.allow;
  if (!result.given)
    result.loopback_too
      = is_only_on_loopback(settings) && settings.proxies.trusted.empty();
  return result;
}

std::string effective_base_url(const config& settings) {
  if (!settings.base_url.empty() || settings.listen.empty())
    return settings.base_url;
  return "http://" + settings.listen.front().to_string();
}

size_t effective_threads(const config& settings) {
  if (settings.threads > 0)
    return settings.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace herald
