#pragma once

#include "config/effective.hpp"
#include "http/api/gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace herald::test {

/// Asks the gate of a node at `https://hub.example.org`.
class the_gate : public testing::Test {
protected:
  the_gate() { settings.base_url = "https://hub.example.org"; }

  gate_options options() const {
    return {settings, effective_base_url(settings)};
  }

  std::optional<http_response> ask(std::string method, std::string target,
                                   std::vector<field> fields) {
    request = {std::move(method), std::move(target), std::move(fields), {}};
    request.peer = *ip_address::parse("192.0.2.1");
    return pass_gate(request, options());
  }

  /// The status of the answer; 0 if the request passed.
  unsigned status(std::string method, std::string target,
                  std::vector<field> fields) {
    auto result = ask(std::move(method), std::move(target), std::move(fields));
    return result ? result->status : 0;
  }

  unsigned with_host(const std::string& host, std::string target = "/events") {
    return status("GET", std::move(target), {{"host", host}});
  }

  /// Of a request that changes something, beside its Host.
  unsigned from_page(std::vector<field> fields,
                     const std::string& host = "localhost:8080") {
    fields.emplace_back("host", host);
    return status("POST", "/events", std::move(fields));
  }

  unsigned from_origin(const std::string& origin,
                       const std::string& host = "localhost:8080") {
    return from_page({{"origin", origin}}, host);
  }

  /// What is routed of a target.
  std::string routed(const std::string& target) {
    EXPECT_EQ(status("GET", target, {{"host", "localhost"}}), 0U) << target;
    return request.target;
  }

  static std::string value(const http_response& x, std::string_view name) {
    for (auto& [key, text] : x.fields)
      if (key == name)
        return text;
    return {};
  }

  config settings;
  http_request request;
};

} // namespace herald::test
