#include "tests/http/api/routes_fixture.hpp"

using namespace herald;
using namespace herald::test;

TEST_F(the_routes, websub_01_take_callback_mode_and_topic_alone) {
  auto result = hub(pair + "hub.mode=subscribe");
  auto& what = intent_of(result);
  EXPECT_EQ(what.topic, "http://t/f");
  EXPECT_EQ(what.topic_key, "http://t/f");
  EXPECT_EQ(what.callback, "http://h/cb");
  EXPECT_TRUE(what.what.subscribe);
  EXPECT_EQ(what.what.lease_seconds, 864'000);
  EXPECT_EQ(what.what.method, signature_method::sha256);
  EXPECT_EQ(what.what.secret, "");
  EXPECT_EQ(what.what.from, entrance::hub);
  EXPECT_FALSE(what.skip_verification);
  EXPECT_FALSE(what.must_exist);
  EXPECT_EQ(what.denied, "");
  EXPECT_EQ(what.id, make_subscription_id("http://t/f", true, "http://h/cb"));
}

TEST_F(the_routes, websub_02_take_a_secret) {
  auto result = hub(pair + "hub.mode=subscribe&hub.secret=s%26t");
  EXPECT_EQ(intent_of(result).what.secret, "s&t");
}

TEST_F(the_routes, websub_04_take_an_unsubscription) {
  auto result = hub(pair + "hub.mode=unsubscribe");
  EXPECT_FALSE(intent_of(result).what.subscribe);
  EXPECT_FALSE(intent_of(result).must_exist);
}

TEST_F(the_routes, websub_05_take_forms_only) {
  auto body = pair + "hub.mode=subscribe";
  for (auto* type :
       {"application/json", "text/plain", "multipart/form-data", ""})
    EXPECT_TRUE(begins(answer(events("/hub", type, body)), "415 ")) << type;
  EXPECT_EQ(answer(events("/hub",
                          "Application/X-WWW-Form-URLencoded; "
                          "charset=UTF-8",
                          body)),
            "(a decision)");
  auto get = std::get<http_response>(ask("GET", "/hub?" + body));
  EXPECT_EQ(get.status, 405U);
  EXPECT_EQ(value(get, "Allow"), "POST");
  EXPECT_EQ(value(get, "Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(the_routes, websub_06_take_two_modes_in_any_letter_case) {
  EXPECT_TRUE(intent_of(hub(pair + "hub.mode=SubScribe")).what.subscribe);
  EXPECT_FALSE(intent_of(hub(pair + "hub.mode=UNSUBSCRIBE")).what.subscribe);
  EXPECT_EQ(answer(hub(pair + "hub.mode=renew")),
            "400 hub.mode must be subscribe or unsubscribe.\n");
  EXPECT_EQ(answer(hub(pair)), "400 hub.mode is missing.\n");
  EXPECT_EQ(answer(hub(pair + "hub.mode=")), "400 hub.mode is missing.\n");
  EXPECT_EQ(answer(hub("")), "400 hub.mode is missing.\n");
}

TEST_F(the_routes, websub_07_name_the_field_that_is_missing_or_invalid) {
  struct {
    const char* body;
    const char* start;
  } cases[]{
    {"hub.topic=a.b", "400 hub.callback is missing."},
    {"hub.callback=&hub.topic=a.b", "400 hub.callback is missing."},
    {"hub.callback=http://h/", "400 hub.topic is missing."},
    {"hub.callback=nonsense&hub.topic=a.b", "400 hub.callback is not usable: "},
    {"hub.callback=/cb&hub.topic=a.b", "400 hub.callback is not usable: "},
    {"hub.callback=http://h/&hub.topic=a..b", "400 hub.topic is not usable: "},
    {"hub.callback=http://h/%zz&hub.topic=a.b",
     "400 hub.callback must be percent-encoded UTF-8."},
    {"hub.callback=http://h/&hub.topic=%ff",
     "400 hub.topic must be percent-encoded UTF-8."},
  };
  for (auto& [body, start] : cases) {
    auto text = answer(hub(std::string{"hub.mode=subscribe&"} + body));
    EXPECT_TRUE(begins(text, start)) << body << ": " << text;
  }
}

TEST_F(the_routes, websub_08_clamp_the_lease) {
  auto lease = [&](const std::string& text) {
    auto result = hub(pair + "hub.mode=subscribe&hub.lease_seconds=" + text);
    auto* what = std::get_if<intent_command>(&result);
    return what != nullptr ? what->what.what.lease_seconds : -1;
  };
  EXPECT_EQ(lease("3600"), 3600);
  EXPECT_EQ(lease("007200"), 7200);
  EXPECT_EQ(lease("1"), 60);
  EXPECT_EQ(lease("999999999"), 365 * 24 * 3600);
  EXPECT_EQ(lease("99999999999999999999999999"), 365 * 24 * 3600);
  for (auto* bad : {"0", "000", "-5", "abc", "1.5", "1e3", "0x10", "+5", "%2B5",
                    "5s", "%ff", ""})
    EXPECT_EQ(lease(bad), -1) << bad;
  EXPECT_EQ(answer(hub(pair + "hub.mode=subscribe&hub.lease_seconds=0")),
            "400 hub.lease_seconds must be a positive decimal integer.\n");
}

TEST_F(the_routes, websub_09_ignore_the_lease_of_an_unsubscription) {
  auto result = hub(pair + "hub.mode=unsubscribe&hub.lease_seconds=garbage");
  EXPECT_FALSE(intent_of(result).what.subscribe);
}

TEST_F(the_routes, websub_10_take_secrets_below_200_bytes) {
  auto with = [&](const std::string& secret) {
    return hub(pair + "hub.mode=subscribe&hub.secret=" + secret);
  };
  EXPECT_EQ(intent_of(with(std::string(199, 's'))).what.secret.size(), 199U);
  EXPECT_EQ(answer(with(std::string(200, 's'))),
            "400 hub.secret must be shorter than 200 bytes.\n");
  std::string wide; // 100 characters, 200 bytes.
  for (int i = 0; i < 100; ++i)
    wide += "%C3%A9";
  EXPECT_TRUE(begins(answer(with(wide)), "400 hub.secret"));
  EXPECT_EQ(intent_of(with("")).what.secret, "");
}

TEST_F(the_routes, websub_11_ignore_unknown_fields) {
  EXPECT_EQ(answer(hub("x=%zz&hub.unknown=1&" + pair + "hub.mode=subscribe")),
            "(a decision)");
}

TEST_F(the_routes, take_the_first_of_repeated_hub_fields) {
  auto result = hub(pair
                    + "hub.mode=subscribe&hub.mode=x&hub.callback=x&"
                      "hub.secret=1&hub.secret=2");
  EXPECT_EQ(intent_of(result).callback, "http://h/cb");
  EXPECT_EQ(intent_of(result).what.secret, "1");
}

TEST_F(the_routes, do_not_read_hub_fields_in_the_query) {
  EXPECT_EQ(answer(ask("POST", "/hub?hub.mode=subscribe&" + pair,
                       {{"content-type", form_type}}, "")),
            "400 hub.mode is missing.\n");
}

TEST_F(the_routes, websub_16_tell_callbacks_apart_by_their_query) {
  auto of = [&](const char* callback) {
    auto result = hub(std::string{"hub.mode=subscribe&hub.topic=a.b&"
                                  "hub.callback=http://h/cb"}
                      + callback);
    return intent_of(result).id;
  };
  EXPECT_NE(of("%3Fa=1"), of("%3Fa=2"));
  EXPECT_EQ(of("%3Fa=1"), of("%3Fa=1"));
}

TEST_F(the_routes, websub_17_take_http_and_https_only) {
  auto with = [&](const char* callback, const char* topic) {
    return answer(hub(std::string{"hub.mode=subscribe&hub.callback="} + callback
                      + "&hub.topic=" + topic));
  };
  EXPECT_EQ(with("https://h/", "https://t/"), "(a decision)");
  EXPECT_TRUE(begins(with("ftp://h/", "http://t/"), "400 hub.callback"));
  EXPECT_TRUE(begins(with("http://h/", "ftp://t/"), "400 hub.topic"));
}

TEST_F(the_routes, websub_18_decode_once) {
  auto result = hub("hub.mode=subscribe&hub.topic=a.b&"
                    "hub.callback=http%3A%2F%2Fh%2F%253Fx");
  EXPECT_EQ(intent_of(result).callback, "http://h/%3Fx");
}

TEST_F(the_routes, websub_19_note_topics_that_policy_refuses) {
  options.topics.allow = {"http://t/*", "Public.*"};
  auto denied = [&](const std::string& topic, const char* mode) {
    auto result
      = hub("hub.callback=http://h/&hub.topic=" + topic + "&hub.mode=" + mode);
    return !intent_of(result).denied.empty();
  };
  EXPECT_FALSE(denied("http://t/f", "subscribe"));
  EXPECT_TRUE(denied("http://T/f", "subscribe"));
  EXPECT_TRUE(denied("http://u/f", "subscribe"));
  EXPECT_FALSE(denied("public.news", "subscribe"));
  EXPECT_FALSE(denied("PUBLIC.*", "subscribe"));
  EXPECT_FALSE(denied("public", "subscribe"));
  EXPECT_TRUE(denied("private.news", "subscribe"));
  EXPECT_TRUE(denied("*", "subscribe"));
  EXPECT_FALSE(denied("private.news", "unsubscribe"));
}

TEST_F(the_routes, websub_20_keep_the_query_of_a_callback) {
  auto result = hub("hub.mode=subscribe&hub.topic=a.b&hub.callback="
                    "http%3A%2F%2Fh%2Fcb%3Fhub.mode%3Dx%26a%3D%252B");
  EXPECT_EQ(intent_of(result).callback, "http://h/cb?hub.mode=x&a=%2B");
}

TEST_F(the_routes, websub_23_answer_202_with_nothing) {
  EXPECT_EQ(accepted_response().status, 202U);
  EXPECT_EQ(accepted_response().body, "");
}

TEST_F(the_routes, websub_29_refuse_fragments) {
  EXPECT_TRUE(begins(answer(hub("hub.mode=subscribe&hub.topic=a.b&"
                                "hub.callback=http://h/%23f")),
                     "400 hub.callback"));
  EXPECT_TRUE(begins(answer(hub("hub.mode=subscribe&hub.callback=http://h/&"
                                "hub.topic=http://t/%23f")),
                     "400 hub.topic"));
}

TEST_F(the_routes, websub_59_sign_with_sha1_for_old_clients) {
  auto method = [&](const char* more) {
    return intent_of(hub(pair + "hub.mode=subscribe" + more)).what.method;
  };
  EXPECT_EQ(method(""), signature_method::sha256);
  EXPECT_EQ(method("&hub.verify=async"), signature_method::sha1);
  EXPECT_EQ(method("&hub.verify="), signature_method::sha1);
}

TEST_F(the_routes, websub_49_take_a_fat_publish) {
  auto result = events("/hub?hub.mode=publish&hub.topic=http%3A%2F%2Ft%2Ff",
                       "text/xml; charset=x", "<rss/>");
  EXPECT_TRUE(std::get<publish_command>(result).fat);
  auto& what = event_of(result);
  EXPECT_EQ(what.topic, "http://t/f");
  EXPECT_EQ(what.content_type, "text/xml; charset=x");
  EXPECT_EQ(what.body, "<rss/>");
  EXPECT_EQ(what.id, "");
  EXPECT_EQ(answer(events("/hub?hub.mode=publish&hub.topic=", "a/b", "x"))
              .substr(0, 13),
            "400 hub.topic");
  EXPECT_EQ(published_response({{}}, {{}}, true).status, 204U);
}

TEST_F(the_routes, bound_the_fields_of_a_form) {
  std::string body;
  for (size_t i = 0; i <= max_form_fields; ++i)
    body += "x&";
  EXPECT_EQ(answer(hub(body)), "400 The form has too many fields.\n");
  EXPECT_TRUE(begins(answer(intergov(body)), "400 "));
}
