#include "tests/http/api/routes_fixture.hpp"

using namespace herald;
using namespace herald::test;

TEST_F(the_routes, intergov_take_a_subscription) {
  auto result = intergov("hub.topic=UN.CEFACT.*&hub.callback=http://h/cb&"
                         "hub.mode=subscribe");
  auto& what = intent_of(result);
  EXPECT_EQ(what.topic_key, "un.cefact");
  EXPECT_EQ(what.what.lease_seconds, 432'000);
  EXPECT_EQ(what.what.from, entrance::intergov);
  EXPECT_FALSE(what.skip_verification);
  EXPECT_FALSE(what.must_exist);
  EXPECT_EQ(what.id, make_subscription_id("un.cefact", false, "http://h/cb"));
  options.intergov.verify = false;
  EXPECT_TRUE(intent_of(intergov("hub.topic=*&hub.callback=http://h/&"
                                 "hub.mode=unsubscribe&hub.lease_seconds=x"))
                .must_exist);
  EXPECT_TRUE(intent_of(intergov("hub.topic=a&hub.callback=http://h/&"
                                 "hub.mode=subscribe"))
                .skip_verification);
}

TEST_F(the_routes, intergov_say_what_is_wrong_in_its_words) {
  auto error_of = [&](const std::string& body) {
    auto result = intergov(body);
    auto& response = std::get<http_response>(result);
    EXPECT_EQ(response.status, 400U) << body;
    return json::parse(response.body)["errors"][0];
  };
  EXPECT_EQ(error_of("hub.callback=http://h/"), json::parse(R"({
    "status":"Bad Request","code":"missing-attributes-error",
    "title":"Missing Attributes Error",
    "detail":"Missing required attributes: ['hub.topic', 'hub.mode'].",
    "source":["hub.topic","hub.mode"]})"));
  EXPECT_EQ(error_of("hub.topic=UN.A&hub.callback=http://h/&hub.mode=x"),
            json::parse(R"({
    "status":"Bad Request","code":"topic-validation-error",
    "title":"Topic Validation Error","detail":"\"hub.topic\" attribute is invalid",
    "source":["Predicates shorter than 4 elements must include wildcard as the last element"]})"));
  EXPECT_EQ(error_of("hub.topic=a&hub.callback=ftp://h&hub.mode=x"),
            json::parse(R"({
    "status":"Bad Request","code":"callback-url-validation-error",
    "title":"Callback URL Validation Error",
    "detail":"\"hub.callback\" attribute is invalid",
    "source":["Unsupported url scheme: \"ftp\". Must be one of: ['http', 'https']."]})"));
  EXPECT_EQ(error_of("hub.topic=a&hub.callback=http://h/&hub.mode=x&"
                     "hub.lease_seconds=3599"),
            json::parse(R"({
    "status":"Bad Request","code":"lease-seconds-validation-error",
    "title":"Lease Seconds Validation Error",
    "detail":"\"hub.lease_seconds\" attribute is invalid. Must be integer in range 3600-31536000",
    "source":[{"value":"3599","min":3600,"max":31536000}]})"));
  EXPECT_EQ(error_of("hub.topic=a&hub.callback=http://h/&hub.mode=x"),
            json::parse(R"({
    "status":"Bad Request","code":"unknown-mode-error",
    "title":"Unknown Mode Error",
    "detail":"Uknown \"hub.mode\" attribute value: \"x\". Accepted:['subscribe', 'unsubscribe'].",
    "source":[{"key":"hub.mode","value":"x","expected":["subscribe","unsubscribe"]}]})"));
}

TEST_F(the_routes, intergov_give_the_reasons_of_the_original) {
  auto reason = [&](const std::string& topic, const std::string& callback) {
    auto result = intergov("hub.mode=subscribe&hub.topic=" + topic
                           + "&hub.callback=" + callback);
    auto& response = std::get<http_response>(result);
    return json::parse(response.body)["errors"][0]["source"][0]
      .get<std::string>();
  };
  EXPECT_EQ(reason("a", ""), "URL must contain scheme");
  EXPECT_EQ(reason("a", "h/cb"), "URL must contain scheme");
  EXPECT_EQ(reason("a", "192.168.0.1:80"), "URL must contain scheme");
  EXPECT_EQ(reason("a", "http://"), "URL must contain domain or ip");
  EXPECT_EQ(reason("a", "http:h"), "URL must contain domain or ip");
  EXPECT_EQ(reason("a", "http:///x"), "URL must contain domain or ip");
  EXPECT_NE(reason("a", "http://h/%23f"), "");
  EXPECT_NE(reason("a", "http://[/"), "");
  EXPECT_EQ(reason("", "http://h/"), "Predicate must not be empty");
  EXPECT_EQ(reason("a..b", "http://h/"),
            "Predicate must not contain empty elements");
  EXPECT_EQ(reason("a.*.*", "http://h/"),
            "Predicate may contain only one wildcard and only as the last "
            "element");
  EXPECT_EQ(reason("a.*.b", "http://h/"),
            "Only last element of a predicate can be a wildcard");
  EXPECT_NE(reason("a/b", "http://h/"), "");
  EXPECT_NE(reason("http://t/", "http://h/"), "");
}

TEST_F(the_routes, intergov_take_leases_within_its_bounds) {
  auto status = [&](const std::string& lease) {
    return answer(intergov("hub.topic=a&hub.callback=http://h/&hub.mode="
                           "subscribe&hub.lease_seconds="
                           + lease))
      .substr(0, 3);
  };
  EXPECT_EQ(status("3600"), "(a ");
  EXPECT_EQ(status("31536000"), "(a ");
  for (auto* bad : {"3599", "31536001", "abc", "", "-1", "3600.5"})
    EXPECT_EQ(status(bad), "400") << bad;
}

TEST_F(the_routes, intergov_refuse_oversize_secrets) {
  auto result
    = intergov("hub.topic=a&hub.callback=http://h/&hub.mode=subscribe&"
               "hub.secret="
               + std::string(200, 's'));
  EXPECT_EQ(json::parse(answer(result).substr(4))["errors"][0]["code"],
            "secret-validation-error");
}

TEST_F(the_routes, intergov_refuse_other_content_types) {
  auto result = events("/subscriptions", "application/json; a=b", "{}");
  EXPECT_EQ(std::get<http_response>(result).status, 415U);
  EXPECT_EQ(json::parse(answer(result).substr(4)), json::parse(R"({"errors":[{
    "status":"Unsupported Media Type","code":"generic-http-error",
    "title":"Unsupported Media Type",
    "detail":"Unsupported mimetype. Value: \"application/json\". Value must be one of ['application/x-www-form-urlencoded'].",
    "source":{"value":"application/json","include":["application/x-www-form-urlencoded"],"exclude":[]}}]})"));
}

TEST_F(the_routes, intergov_know_no_such_subscription) {
  http_request unknown{"POST", "/subscriptions", {}, {}};
  auto response = intent_error(unknown, fail(errc::not_found, "no such id"));
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"errors":[{
    "status":"Not Found","code":"generic-http-error","title":"Not Found",
    "detail":"Subscription with given parameters not found","source":[]}]})"));
}
