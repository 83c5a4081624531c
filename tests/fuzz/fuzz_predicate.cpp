// Topics: normalisation, and matching against its definition.
#include "storage/topic.hpp"
#include "tests/fuzz/expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  using namespace herald;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto cut = text.find('\n');
  auto first = text.substr(0, cut);
  auto second = cut == std::string_view::npos ? first : text.substr(cut + 1);
  auto published = parse_published_topic(first);
  auto subscribed = parse_subscribed_topic(second);
  if (published) {
    // Normalised once is normalised for good.
    auto again = parse_published_topic(published->text);
    HERALD_EXPECT(again && again->key == published->key
                  && again->text == published->text);
    HERALD_EXPECT(topic_matches(published->key, published->key));
    HERALD_EXPECT(topic_log(published->key, 7) < 7);
    HERALD_EXPECT(published->is_url || topic_matches("*", published->key));
  }
  if (subscribed) {
    HERALD_EXPECT(subscribed->text == second);
    HERALD_EXPECT(subscribed->is_url == is_url_key(subscribed->key));
    HERALD_EXPECT(subscribed->key.find('\0') == std::string::npos);
  }
  if (published && subscribed && topic_matches(subscribed->key, published->key)
      && subscribed->key != "*" && !published->is_url) {
    auto want = predicate_parts(subscribed->key);
    auto have = predicate_parts(published->key);
    HERALD_EXPECT(want.size() <= have.size());
    for (size_t i = 0; i < want.size(); ++i)
      HERALD_EXPECT(want[i] == have[i]);
  }
  return 0;
}
