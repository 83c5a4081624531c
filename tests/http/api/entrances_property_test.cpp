// Random topics and callbacks at every entrance: what one accepts no other
// refuses, and what comes out is what went in.
#include "storage/target.hpp"
#include "tests/http/api/routes_fixture.hpp"

#include <cstdlib>
#include <random>

namespace herald::test {

namespace {

constexpr int rounds = 20'000;

uint64_t seed() {
  auto* text = std::getenv("HERALD_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10)
                         : std::random_device{}();
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

/// Texts that are nearly topics and callbacks.
class text_maker {
public:
  explicit text_maker(uint64_t with) : rng_(with) {
    // nop
  }

  std::string next() {
    std::string result;
    auto pieces = 1 + rng_() % 6;
    for (size_t i = 0; i < pieces; ++i)
      result += piece();
    if (rng_() % 8 == 0)
      result.insert(rng_() % (result.size() + 1), 1, static_cast<char>(rng_()));
    return result;
  }

private:
  std::string piece() {
    static const std::vector<std::string> all{"http://",
                                              "https://",
                                              "HTTP://",
                                              "http:",
                                              "ftp://",
                                              "h",
                                              "example.com",
                                              "127.0.0.1",
                                              "[::1]",
                                              "[::1%25lo]",
                                              ":80",
                                              ":0",
                                              ":99999",
                                              ":",
                                              "/",
                                              "/a/b",
                                              "?x=1&y=%26",
                                              "?hub.topic=x",
                                              "#f",
                                              "%41",
                                              "%",
                                              "%zz",
                                              "%00",
                                              "user:pw@",
                                              "@",
                                              "a",
                                              "UN",
                                              "un.",
                                              ".",
                                              "..",
                                              "*",
                                              ".*",
                                              "a*",
                                              "*.b",
                                              "UN.CEFACT.TRADE.CO",
                                              "UN.CEFACT",
                                              "message.1e6c",
                                              " ",
                                              "\t",
                                              "\n",
                                              "\x7f",
                                              "\xc3\xa9",
                                              "\xff",
                                              "\xe2\x82",
                                              ",",
                                              "&",
                                              "=",
                                              "+",
                                              ";",
                                              "[",
                                              "]",
                                              "|",
                                              "\\",
                                              "\"",
                                              "<",
                                              "{}",
                                              std::string(1, '\0')};
    return all[rng_() % all.size()];
  }

  std::mt19937_64 rng_;
};

bool is_refused(const decision& what) {
  auto* known = std::get_if<http_response>(&what);
  return known != nullptr && known->status >= 400 && known->status < 500;
}

class entrances : public the_routes {
protected:
  const event* published(const decision& what) {
    auto* found = std::get_if<publish_command>(&what);
    return found != nullptr ? &found->events.at(0) : nullptr;
  }

  const intent_request* asked(const decision& what) {
    auto* found = std::get_if<intent_command>(&what);
    return found != nullptr ? &found->what : nullptr;
  }

  /// Publishes under `topic` at an entrance; its topic, or "" if refused.
  std::string topic_at(decision what) {
    auto* found = published(what);
    EXPECT_TRUE(found != nullptr || is_refused(what)) << answer(what);
    return found != nullptr ? found->topic : std::string{};
  }

  void check_publishing(const std::string& text) {
    auto encoded = percent_encode(text);
    auto by_query = topic_at(events("/events?topic=" + encoded, "a/b", "x"));
    auto by_fat = topic_at(
      events("/hub?hub.mode=publish&hub.topic=" + encoded, "a/b", "x"));
    EXPECT_EQ(by_query, by_fat);
    auto member = json(text);
    std::string quoted;
    try {
      quoted = member.dump();
    } catch (const json::exception&) {
      EXPECT_EQ(by_query, "") << "a topic that is no UTF-8";
      return;
    }
    auto by_json = topic_at(
      events("/events", "application/json", "{\"predicate\":" + quoted + "}"));
    auto is_url = by_query.find('/') != std::string::npos;
    EXPECT_EQ(by_json, is_url ? "" : by_query);
    auto by_line = topic_at(events("/events", "application/x-ndjson",
                                   "{\"topic\":" + quoted + ",\"data\":1}"));
    EXPECT_EQ(by_line, by_query);
    auto by_type = topic_at(events(
      "/events", "application/cloudevents+json",
      R"({"specversion":"1.0","id":"1","source":"s","type":)" + quoted + "}"));
    EXPECT_EQ(by_type, by_query);
    // The only thing that is ever changed.
    if (is_url) {
      EXPECT_EQ(by_query, text);
    }
  }

  void check_pings(const std::string& text) {
    auto result = hub("hub.mode=publish&hub.url=" + percent_encode(text));
    auto* found = std::get_if<ping_command>(&result);
    if (text.find(",http") == std::string::npos) {
      EXPECT_EQ(found != nullptr, parse_target(text).engaged());
    }
    EXPECT_TRUE(found != nullptr || is_refused(result));
  }

  void check_subscribing(const std::string& topic,
                         const std::string& callback) {
    auto fields = "hub.mode=subscribe&hub.topic=" + percent_encode(topic)
                  + "&hub.callback=" + percent_encode(callback);
    auto by_hub = hub(fields);
    auto by_intergov = intergov(fields);
    for (auto* each : {&by_hub, &by_intergov})
      EXPECT_TRUE(asked(*each) != nullptr || is_refused(*each));
    auto* one = asked(by_hub);
    auto* other = asked(by_intergov);
    // The entrance of intergov knows predicates only, without a dot at the end.
    if (topic.find('/') == std::string::npos && !topic.empty()
        && !topic.ends_with('.')) {
      EXPECT_EQ(one != nullptr, other != nullptr);
    }
    if (one == nullptr)
      return;
    EXPECT_EQ(one->callback, callback);
    EXPECT_EQ(one->topic, topic);
    EXPECT_TRUE(parse_target(callback));
    if (other != nullptr) {
      EXPECT_EQ(one->id, other->id);
    }
  }
};

} // namespace

TEST_F(entrances, agree_on_topics_to_publish) {
  auto with = seed();
  text_maker make{with};
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    auto text = make.next();
    SCOPED_TRACE("HERALD_SEED=" + std::to_string(with) + ", round "
                 + std::to_string(i) + ": " + percent_encode(text));
    check_publishing(text);
    check_pings(text);
  }
}

TEST_F(entrances, agree_on_topics_and_callbacks_to_subscribe) {
  auto with = seed();
  text_maker make{with};
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    auto topic = make.next();
    auto callback = i % 2 == 0 ? make.next() : "http://h/" + make.next();
    SCOPED_TRACE("HERALD_SEED=" + std::to_string(with) + ", round "
                 + std::to_string(i) + ": " + percent_encode(topic) + " "
                 + percent_encode(callback));
    check_subscribing(topic, callback);
  }
}

TEST_F(entrances, undo_percent_encoding_once) {
  auto with = seed();
  std::mt19937_64 rng{with};
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    std::string value;
    for (auto n = rng() % 20; n > 0; --n)
      value += "%+&=;,aA0 25"[rng() % 12];
    auto parsed = form::parse("a=1&name=" + percent_encode(value) + "&b=%25");
    SCOPED_TRACE(value);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->find("name")->value, value);
    EXPECT_EQ(parsed->find("b")->value, "%");
  }
}

} // namespace herald::test
