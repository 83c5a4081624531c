#include "bench/load/node_process.hpp"

#include "bench/load/http_get.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/net.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace fs = std::filesystem;

namespace herald::bench {

namespace {

constexpr double patience_seconds = 30;
constexpr size_t tail_bytes = 2000;

std::vector<std::string> command(const fs::path& binary, const fs::path& folder,
                                 uint16_t port,
                                 const std::vector<std::string>& extra,
                                 const fs::path& trusted) {
  std::vector<std::string> result;
  if (!trusted.empty())
    result = {"env", "SSL_CERT_FILE=" + trusted.string()};
  for (auto& word :
       {binary.string(), std::string{"serve"}, std::string{"--listen"},
        "127.0.0.1:" + std::to_string(port), std::string{"--data"},
        (folder / "store").string()})
    result.push_back(word);
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

} // namespace

node_process::node_process(const fs::path& binary, const fs::path& folder,
                           const std::vector<std::string>& extra_arguments,
                           const fs::path& trusted)
  : port_{free_port()}, log_{folder / "node.log"},
    process_{command(binary, folder, port_, extra_arguments, trusted), log_} {
  await_ready();
}

void node_process::await_ready() {
  auto deadline = monotonic_ns() + seconds_to_ns(patience_seconds);
  while (http_get(port_, "/readyz").status != 200) {
    if (!process_.running() || monotonic_ns() > deadline)
      throw std::runtime_error{"the node ended or did not get ready; it said: "
                               + log_tail()};
    pause_ms(2);
  }
}

node_process::stopped node_process::stop() {
  auto begin = monotonic_ns();
  process_.signal(SIGTERM);
  auto code = process_.wait(patience_seconds);
  if (!code) {
    process_.signal(SIGKILL);
    code = process_.wait(patience_seconds);
  }
  return {code.value_or(-1), static_cast<double>(monotonic_ns() - begin) / 1e9};
}

std::string node_process::log_tail() const {
  auto text = read_text(log_);
  return text.substr(text.size() - std::min(text.size(), tail_bytes));
}

} // namespace herald::bench
