#include "http/cli/bulk.hpp"

#include "config/errc.hpp"
#include "http/cli/terminal.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

namespace herald {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr size_t max_line_bytes = 16 << 20;
constexpr uint64_t max_told_failures = 20;
constexpr int max_tries = 8;
constexpr std::chrono::milliseconds first_wait = 250ms;

/// Hands out lines, counts what became of them and tells people. Thread-safe.
class work {
public:
  work(const bulk_options& options, std::istream& in, uint64_t total)
    : options_(options), in_(in), bar_(options.label, total) {
    // nop
  }

  bool take(bulk_line& into);
  void finish(const bulk_line& what, caf::expected<std::string> outcome);
  void stop(const caf::error& why);

  bulk_result result() const { return result_; }
  const caf::error& broken() const { return broken_; }

private:
  bool wanted(const std::string& text) const;
  void tell(const bulk_line& what, const caf::error& why);
  void draw();

  const bulk_options& options_;
  std::mutex mutex_;
  std::istream& in_;
  progress_bar bar_;
  uint64_t lines_ = 0;
  uint64_t bytes_ = 0;
  bulk_result result_;
  caf::error broken_;
  clock::time_point begin_ = clock::now();
};

bool work::wanted(const std::string& text) const {
  auto first = text.find_first_not_of(" \t");
  return first != std::string::npos
         && !(options_.skip_notes && text[first] == '#');
}

bool work::take(bulk_line& into) {
  std::lock_guard guard{mutex_};
  while (!broken_ && std::getline(in_, into.text)) {
    ++lines_;
    bytes_ += into.text.size() + 1;
    if (into.text.size() > max_line_bytes) {
      broken_ = fail(errc::invalid,
                     "line " + std::to_string(lines_) + " is over 16 MiB");
      return false;
    }
    if (into.text.ends_with('\r'))
      into.text.pop_back();
    into.number = lines_;
    if (wanted(into.text))
      return true;
  }
  return false;
}

void work::tell(const bulk_line& what, const caf::error& why) {
  if (++result_.failed > max_told_failures)
    return;
  bar_.clear();
  std::cerr << "herald: line " << what.number << ": " << describe(why) << "\n";
  if (result_.failed == max_told_failures)
    std::cerr << "herald: further failures are only counted\n";
}

void work::draw() {
  std::chrono::duration<double> passed = clock::now() - begin_;
  result_.seconds = passed.count();
  auto all = result_.done + result_.failed;
  auto rate = static_cast<double>(all) / std::max(result_.seconds, 0.001);
  auto text = grouped(all) + " " + options_.unit + ", "
              + grouped(static_cast<uint64_t>(rate)) + "/s";
  if (result_.failed > 0)
    text += ", " + grouped(result_.failed) + " failed";
  bar_.update(bytes_, text);
}

void work::finish(const bulk_line& what, caf::expected<std::string> outcome) {
  std::lock_guard guard{mutex_};
  if (!outcome)
    tell(what, outcome.error());
  else
    ++result_.done;
  if (outcome && !outcome->empty()) {
    bar_.clear();
    std::fwrite(outcome->data(), 1, outcome->size(), stdout);
  }
  draw();
}

void work::stop(const caf::error& why) {
  std::lock_guard guard{mutex_};
  if (!broken_)
    broken_ = why;
}

bool is_gone(const caf::error& why) {
  return code_of(why) == errc::unreachable || code_of(why) == errc::timeout;
}

void run_lines(work& lines, node_client& node, const bulk_step& step) {
  bulk_line line;
  while (lines.take(line)) {
    auto outcome = step(node, line);
    if (!outcome && is_gone(outcome.error()))
      lines.stop(outcome.error());
    lines.finish(line, std::move(outcome));
  }
}

uint64_t size_of(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  auto result = file ? static_cast<int64_t>(file.tellg()) : 0;
  file.clear();
  file.seekg(0);
  file.clear(); // A pipe has no positions.
  return static_cast<uint64_t>(std::max<int64_t>(result, 0));
}

} // namespace

caf::expected<bulk_result> run_bulk(const client_settings& to,
                                    const std::string& path,
                                    const bulk_options& options,
                                    const bulk_step& step) {
  std::ifstream file;
  if (path != "-")
    file.open(path, std::ios::binary);
  if (path != "-" && !file)
    return fail(errc::invalid, "cannot read " + path);
  std::vector<std::unique_ptr<node_client>> nodes;
  for (uint64_t i = 0; i < options.connections; ++i) {
    auto node = node_client::make(to);
    if (!node)
      return std::move(node.error());
    nodes.push_back(std::move(*node));
  }
  auto total = path == "-" ? 0 : size_of(file);
  work lines{options, path == "-" ? std::cin : file, total};
  std::vector<std::thread> threads;
  for (auto& node : nodes)
    threads.emplace_back([&] { run_lines(lines, *node, step); });
  for (auto& x : threads)
    x.join();
  std::fflush(stdout);
  if (lines.broken())
    return lines.broken();
  return lines.result();
}

caf::expected<http_response> persist(node_client& node,
                                     const node_request& what, bool again) {
  auto wait = first_wait;
  for (int i = 1;; ++i) {
    auto answer = node.exchange(what);
    auto last = i == max_tries;
    if (!answer && (last || !again))
      return answer;
    if (answer && (last || !is_transient(*answer)))
      return answer;
    std::this_thread::sleep_for(answer ? retry_after(*answer, wait) : wait);
    wait *= 2;
  }
}

std::string summary_of(const bulk_result& what, std::string_view verb,
                       std::string_view unit) {
  auto rate = static_cast<double>(what.done) / std::max(what.seconds, 0.001);
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.1f", what.seconds);
  std::string result{verb};
  result.append(" ").append(grouped(what.done)).append(" ").append(unit);
  result.append(" in ").append(seconds).append(" s (");
  result.append(grouped(static_cast<uint64_t>(rate))).append("/s)");
  if (what.failed > 0)
    result.append("; ").append(grouped(what.failed)).append(" failed");
  return result;
}

} // namespace herald
