#include "config/version.hpp"
#include "http/api/openapi.hpp"
#include "http/api/routes.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <string>

using namespace herald;
using nlohmann::json;

namespace {

const std::set<std::string> methods{"get", "put", "post", "delete", "patch"};

json description() {
  return json::parse(openapi_text());
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Calls `see` with every `$ref` below `part`.
void each_reference(const json& part,
                    const std::function<void(const std::string&)>& see) {
  if (!part.is_structured())
    return;
  for (auto& [name, value] : part.items())
    if (name == "$ref")
      see(value.get<std::string>());
    else
      each_reference(value, see);
}

} // namespace

TEST(openapi, is_a_description_of_version_3_1) {
  auto all = description();
  EXPECT_TRUE(all["openapi"].get<std::string>().starts_with("3.1."));
  EXPECT_FALSE(all["info"]["title"].empty());
  EXPECT_EQ(all["info"]["version"], std::string{version()});
}

TEST(openapi, has_every_route) {
  auto paths = description()["paths"];
  for (auto& [path, names] : all_routes())
    for (auto& name : names)
      EXPECT_TRUE(paths.contains(path)
                  && paths[path].contains(lower_case(name)))
        << name << ' ' << path;
}

TEST(openapi, has_no_other_route) {
  auto routes = all_routes();
  auto paths = description()["paths"];
  for (auto& [path, item] : paths.items()) {
    auto known = std::find_if(routes.begin(), routes.end(),
                              [&](auto& x) { return x.first == path; });
    ASSERT_NE(known, routes.end()) << path;
    for (auto& [name, operation] : item.items()) {
      if (!methods.contains(name))
        continue;
      auto is_same = [&](auto& x) { return lower_case(x) == name; };
      EXPECT_TRUE(
        std::any_of(known->second.begin(), known->second.end(), is_same))
        << name << ' ' << path;
    }
  }
}

TEST(openapi, says_what_each_operation_does_and_answers) {
  auto paths = description()["paths"];
  std::set<std::string> ids;
  for (auto& [path, item] : paths.items())
    for (auto& [name, operation] : item.items()) {
      if (!methods.contains(name))
        continue;
      auto where = name + ' ' + path;
      EXPECT_FALSE(operation.value("summary", "").empty()) << where;
      EXPECT_FALSE(operation.value("responses", json{}).empty()) << where;
      EXPECT_TRUE(ids.insert(operation.value("operationId", "")).second)
        << where;
    }
}

TEST(openapi, names_the_id_in_a_path_as_a_parameter) {
  auto paths = description()["paths"];
  for (auto& [path, item] : paths.items())
    EXPECT_EQ(path.find("{id}") != std::string::npos,
              item.contains("parameters"))
      << path;
}

TEST(openapi, refers_only_to_what_is_there) {
  auto all = description();
  each_reference(all, [&](const std::string& where) {
    ASSERT_TRUE(where.starts_with("#/")) << where;
    EXPECT_TRUE(all.contains(json::json_pointer{where.substr(1)})) << where;
  });
}
