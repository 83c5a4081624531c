// Content codings: the first byte says which, the rest is the body.
#include "config/errc.hpp"
#include "http/content_coding.hpp"
#include "tests/fuzz/expect.hpp"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  constexpr size_t max = 64 * 1024;
  constexpr std::array<const char*, 5> codings{"gzip", "deflate", "x-gzip",
                                               "gzip, deflate", "identity"};
  if (size == 0)
    return 0;
  std::string_view body{reinterpret_cast<const char*>(data + 1), size - 1};
  auto coding = codings[data[0] % codings.size()];
  auto content = herald::decode_content(body, coding, max);
  if (content)
    HERALD_EXPECT(content->size() <= max || herald::is_plain(coding));
  else
    HERALD_EXPECT(herald::code_of(content.error()) == herald::errc::invalid
                  || herald::code_of(content.error())
                       == herald::errc::too_large);
  return 0;
}
