#pragma once

#include "http/api/routes.hpp"
#include "http/form.hpp"
#include "http/ulid.hpp"
#include "tests/http/api/form_type.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace herald::test {

using nlohmann::json;

/// Asks `route` and reads what it decides.
class the_routes : public testing::Test {
protected:
  decision ask(std::string method, std::string target,
               std::vector<field> fields = {}, std::string body = {}) {
    request = {std::move(method), std::move(target), std::move(fields),
               std::move(body)};
    return route(request, options);
  }

  decision hub(std::string body) {
    return ask("POST", "/hub", {{"content-type", form_type}}, std::move(body));
  }

  decision intergov(std::string body) {
    return ask("POST", "/subscriptions", {{"content-type", form_type}},
               std::move(body));
  }

  decision events(std::string target, std::string type, std::string body) {
    return ask("POST", std::move(target), {{"content-type", std::move(type)}},
               std::move(body));
  }

  static const intent_request& intent_of(const decision& x) {
    return std::get<intent_command>(x).what;
  }

  static const event& event_of(const decision& x) {
    return std::get<publish_command>(x).events.at(0);
  }

  static std::string value(const http_response& x, std::string_view name) {
    for (auto& [key, text] : x.fields)
      if (key == name)
        return text;
    return {};
  }

  /// `STATUS body` of an answer, `(a decision)` otherwise.
  static std::string answer(const decision& x) {
    if (auto* known = std::get_if<http_response>(&x))
      return std::to_string(known->status) + ' ' + known->body;
    return "(a decision)";
  }

  static bool begins(const std::string& text, std::string_view start) {
    return text.starts_with(start);
  }

  http_request request;
  route_options options;
  const std::string pair
    = "hub.callback=http%3A%2F%2Fh%2Fcb&hub.topic=http%3A%2F%2Ft%2Ff&";
};

} // namespace herald::test
