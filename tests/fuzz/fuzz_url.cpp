// Callbacks and topic URLs, relative references, links in header fields.
#include "actors/fetcher/discovery.hpp"
#include "storage/target.hpp"
#include "tests/fuzz/expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto parsed = herald::parse_target(text)) {
    HERALD_EXPECT(parsed->port != 0 && !parsed->host.empty());
    HERALD_EXPECT(parsed->path.starts_with('/')
                  || parsed->path.starts_with('?'));
    for (auto& part : {parsed->path, parsed->authority, parsed->origin})
      for (auto c : part)
        HERALD_EXPECT(static_cast<unsigned char>(c) > 0x20 && c != 0x7f);
    // What is kept is what was given.
    HERALD_EXPECT(text.find(parsed->authority) != std::string_view::npos);
  }
  std::string all{text};
  auto cut = all.find('\n');
  std::vector<herald::field> fields;
  if (cut != std::string::npos)
    fields.emplace_back("link", all.substr(0, cut));
  auto body = cut == std::string::npos ? all : all.substr(cut + 1);
  auto found = herald::discover(fields, body, "http://h/a/b?c");
  for (auto& hub : found.hubs)
    HERALD_EXPECT(herald::parse_target(hub).engaged());
  HERALD_EXPECT(found.self.empty()
                || herald::parse_target(found.self).engaged());
  return 0;
}
