#include "config/effective.hpp"

#include <algorithm>
#include <thread>

namespace herald {

namespace {

bool is_loopback(const endpoint& address) {
  return address.host == "::1" || address.host.starts_with("127.");
}

} // namespace

bool listens_only_on_loopback(const config& settings) {
  return std::all_of(settings.listen.begin(), settings.listen.end(),
                     is_loopback);
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
