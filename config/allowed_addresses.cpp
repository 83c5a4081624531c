#include "config/allowed_addresses.hpp"

#include "config/errc.hpp"

namespace herald {

caf::error add_word(allowed_addresses& to, std::string_view word) {
  if (word == "public") {
    to.public_too = true;
  } else if (word == "loopback") {
    to.loopback_too = true;
  } else if (word == "private") {
    to.private_too = true;
  } else if (auto block = ip_network::parse(word)) {
    to.blocks.push_back(*block);
  } else {
    return fail(errc::invalid,
                "\"" + std::string{word}
                  + "\" is not accepted: expected public, loopback, private, "
                    "or a block such as 10.0.0.0/8, 192.0.2.7 or fc00::/7");
  }
  return caf::none;
}

std::vector<std::string> words_of(const allowed_addresses& from) {
  std::vector<std::string> result;
  if (from.public_too)
    result.emplace_back("public");
  if (from.loopback_too)
    result.emplace_back("loopback");
  if (from.private_too)
    result.emplace_back("private");
  for (auto& block : from.blocks)
    result.push_back(block.to_string());
  return result;
}

} // namespace herald
