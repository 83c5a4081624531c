#include "actors/fetcher/url_reference.hpp"

#include <gtest/gtest.h>

namespace herald::test {

// RFC 3986, 5.4.
TEST(url_reference, resolves_the_examples_of_the_standard) {
  std::pair<std::string_view, std::string_view> examples[]
    = {{"g:h", "g:h"},
       {"g", "http://a/b/c/g"},
       {"./g", "http://a/b/c/g"},
       {"g/", "http://a/b/c/g/"},
       {"/g", "http://a/g"},
       {"//g", "http://g"},
       {"?y", "http://a/b/c/d;p?y"},
       {"g?y", "http://a/b/c/g?y"},
       {"#s", "http://a/b/c/d;p?q#s"},
       {"g#s", "http://a/b/c/g#s"},
       {"g?y#s", "http://a/b/c/g?y#s"},
       {";x", "http://a/b/c/;x"},
       {"g;x", "http://a/b/c/g;x"},
       {"g;x?y#s", "http://a/b/c/g;x?y#s"},
       {"", "http://a/b/c/d;p?q"},
       {".", "http://a/b/c/"},
       {"./", "http://a/b/c/"},
       {"..", "http://a/b/"},
       {"../", "http://a/b/"},
       {"../g", "http://a/b/g"},
       {"../..", "http://a/"},
       {"../../", "http://a/"},
       {"../../g", "http://a/g"},
       {"../../../g", "http://a/g"},
       {"../../../../g", "http://a/g"},
       {"/./g", "http://a/g"},
       {"/../g", "http://a/g"},
       {"g.", "http://a/b/c/g."},
       {".g", "http://a/b/c/.g"},
       {"g..", "http://a/b/c/g.."},
       {"..g", "http://a/b/c/..g"},
       {"./../g", "http://a/b/g"},
       {"./g/.", "http://a/b/c/g/"},
       {"g/./h", "http://a/b/c/g/h"},
       {"g/../h", "http://a/b/c/h"},
       {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
       {"g;x=1/../y", "http://a/b/c/y"},
       {"g?y/./x", "http://a/b/c/g?y/./x"},
       {"g?y/../x", "http://a/b/c/g?y/../x"},
       {"g#s/./x", "http://a/b/c/g#s/./x"},
       {"http:g", "http:g"}};
  for (auto& [reference, expected] : examples)
    EXPECT_EQ(resolve_reference("http://a/b/c/d;p?q", reference), expected)
      << reference;
}

TEST(url_reference, changes_no_byte_without_need) {
  for (std::string_view x : {"https://h/a/../b", "HTTPS://H/%7e?x[]=1|2"})
    EXPECT_EQ(resolve_reference("http://a/b", x), x);
  EXPECT_EQ(resolve_reference("http://a/%7e/b", "c?x[]=1"),
            "http://a/%7e/c?x[]=1");
  EXPECT_EQ(resolve_reference("http://a", "b"), "http://a/b");
  EXPECT_EQ(resolve_reference("http://a?q", "b"), "http://a/b");
  EXPECT_EQ(resolve_reference("http://a//b/", "../c"), "http://a//c");
  EXPECT_EQ(resolve_reference("http://a/b#f", ""), "http://a/b");
}

TEST(url_reference, encodes_what_iris_have) {
  EXPECT_EQ(resolve_reference("http://a/", "caf\xc3\xa9 au lait"),
            "http://a/caf%C3%A9%20au%20lait");
}

} // namespace herald::test
