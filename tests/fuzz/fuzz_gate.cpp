// The gate: three lines, for Host, Origin and Forwarded.
#include "http/api/gate.hpp"
#include "tests/fuzz/expect.hpp"

namespace {

std::string_view take_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  herald::gate_options options;
  options.base_host = "hub.example.org";
  options.base_port = 443;
  options.base_path = "/h";
  options.origins = {"https://app.example"};
  options.proxies = {*herald::ip_network::parse("127.0.0.0/8")};
  herald::http_request request{"POST", "/h/events", {}, {}};
  request.peer = *herald::ip_address::parse("127.0.0.1");
  for (auto name : {"host", "origin", "forwarded"})
    request.fields.emplace_back(name, take_line(text));
  request.target.append(text);
  auto answer = herald::pass_gate(request, options);
  HERALD_EXPECT(!request.client.empty());
  HERALD_EXPECT(!answer || answer->status >= 400);
  HERALD_EXPECT(answer || request.target.starts_with('/'));
  return 0;
}
