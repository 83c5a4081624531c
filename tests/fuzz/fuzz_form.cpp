// Forms and query strings: `a=b&c=%20`.
#include "http/form.hpp"
#include "tests/fuzz/expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto parsed = herald::form::parse(text);
  if (!parsed)
    return 0;
  HERALD_EXPECT(parsed->fields().size() <= herald::max_form_fields);
  for (auto& each : parsed->fields()) {
    HERALD_EXPECT(parsed->find(each.name) != nullptr);
    HERALD_EXPECT(!each.sound || herald::is_utf8(each.value));
    HERALD_EXPECT(each.value.size() <= size);
  }
  auto parts = herald::split_target(text);
  HERALD_EXPECT(parts.path.size() + parts.query.size() <= size + 1);
  herald::media_type(text);
  return 0;
}
