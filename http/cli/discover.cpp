#include "http/cli/discover.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace herald {

namespace {

std::string line(std::string_view name, const std::string& value) {
  std::string result{"  "};
  result.append(name).append(6 - name.size(), ' ').append(value);
  return result += "\n";
}

std::string accepted_text(const std::string& hub, bool subscribe) {
  return hub
         + (subscribe ? " accepted; it verifies the callback\n"
                      : " accepted; it asks the callback whether it agrees\n");
}

std::string json_text(const std::string& url, const found_topic& what,
                      const std::string& hub, const subscribe_wish& wish) {
  nlohmann::ordered_json result;
  result["url"] = url;
  result["read"] = what.url;
  result["hubs"] = what.links.hubs;
  result["hub"] = hub;
  result["topic"] = what.topic;
  result["callback"] = wish.callback;
  result["result"] = "accepted";
  return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
         + "\n";
}

} // namespace

std::string found_text(const std::string& url, const found_topic& what) {
  std::string result;
  if (what.url != url)
    result = url + " leads to " + what.url + "\n";
  result += what.url + " says:\n";
  for (auto& x : what.links.hubs)
    result += line("hub", x);
  auto& self = what.links.self;
  return result
         + line("self",
                self.empty() ? "not named; its own URL is the topic" : self);
}

caf::expected<std::string> ask_hubs(const found_topic& what,
                                    const subscribe_wish& wish,
                                    const web_exchange& send) {
  auto hubs = what.links.hubs;
  for (auto i = hubs.begin();; ++i) {
    auto accepted = ask_hub(*i, hub_request(wish), send);
    if (accepted || i + 1 == hubs.end())
      return accepted;
    complain(describe(accepted.error()) + "; trying the next hub",
             exit_failure);
  }
}

int run_discovered(const client_settings& node, const subscribe_wish& wish) {
  auto send = make_web_exchange(node);
  auto found = find_topic(wish.topic, send);
  if (!found)
    return complain(describe(found.error()),
                    found.error() == errc::invalid ? exit_usage : exit_failure);
  if (!node.json)
    std::cout << found_text(wish.topic, *found) << std::flush;
  auto exact = wish;
  exact.topic = found->topic;
  auto hub = ask_hubs(*found, exact, send);
  if (!hub)
    return complain(describe(hub.error()), exit_failure);
  std::cout << (node.json ? json_text(wish.topic, *found, *hub, exact)
                          : accepted_text(*hub, wish.subscribe));
  return exit_success;
}

} // namespace herald
