// Requests and answers as they come over the wire, cut anywhere.
#include "http/client/answer_parser.hpp"
#include "http/server/request_reader.hpp"
#include "tests/fuzz/expect.hpp"

#include <string>

namespace {

// Larger than the inputs: how much of a header counts against the limit depends
// on how it is cut.
constexpr size_t header_limit = 64 * 1024;
constexpr size_t body_limit = 512;

/// The requests that a reader takes from `bytes` if they come in pieces of
/// `piece` bytes. What is broken may be found out sooner or later.
std::string read_all(std::string_view bytes, size_t piece) {
  using herald::request_reader;
  std::string told;
  request_reader reader{header_limit, body_limit};
  std::string waiting;
  while (!bytes.empty() || !waiting.empty()) {
    auto more = bytes.substr(0, piece);
    bytes.remove_prefix(more.size());
    waiting.append(more);
    for (;;) {
      size_t used = 0;
      auto step = reader.feed(waiting, used);
      HERALD_EXPECT(used <= waiting.size());
      waiting.erase(0, used);
      if (step == request_reader::step::failed) {
        HERALD_EXPECT(reader.why().status >= 400);
        return told;
      }
      if (step == request_reader::step::more)
        break;
      auto& request = reader.request();
      HERALD_EXPECT(request.body.size() <= body_limit);
      told += request.method + ' ' + request.target + ' ' + request.body + '|';
      reader.restart();
    }
    if (more.empty())
      return told;
  }
  return told;
}

void read_answer(std::string_view bytes) {
  herald::answer_parser parser;
  parser.start({body_limit, 64, true});
  size_t used = 0;
  auto result = parser.feed(bytes, used);
  HERALD_EXPECT(used <= bytes.size());
  if (result == herald::answer_parser::progress::more)
    result = parser.finish();
  if (result == herald::answer_parser::progress::done)
    HERALD_EXPECT(parser.result().status >= 100);
  HERALD_EXPECT(parser.result().body.size() <= 64);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto whole = read_all(text, size + 1);
  HERALD_EXPECT(read_all(text, 1) == whole);
  HERALD_EXPECT(read_all(text, 7) == whole);
  read_answer(text);
  return 0;
}
