#include "tests/end_to_end/support/system_calls.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace herald::end_to_end {

namespace {

constexpr std::string_view unfinished = " <unfinished ...>";
constexpr std::string_view resumed = " resumed>";

/// Takes what stands before `end` off `text`, and `end` itself; all of it if
/// there is no `end`.
std::string_view take(std::string_view& text, std::string_view end) {
  auto size = text.find(end);
  auto result = text.substr(0, size);
  text.remove_prefix(std::min(text.size(), result.size() + end.size()));
  return result;
}

/// `7</path>, "text", 4) = 4`: the last sign of equality is strace's own.
void finish(system_call& what, std::string_view text, size_t line) {
  auto at = text.rfind(" = ");
  what.arguments += text.substr(0, at);
  if (at == std::string_view::npos)
    return;
  auto result = std::string{text.substr(at + 3)};
  what.result = result.starts_with('?') ? -1 : std::atol(result.c_str());
  what.end = line;
}

/// `7</path>, …`: the path.
std::string file_of(std::string_view arguments) {
  auto first = arguments.substr(0, arguments.find(','));
  take(first, "<");
  return std::string{first.substr(0, first.rfind('>'))};
}

/// Reads the lines of all threads in turn.
class trace_reader {
public:
  void read(std::string_view line) {
    ++number_;
    auto thread = std::atoi(std::string{take(line, " ")}.c_str());
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
    if (line.starts_with("<... "))
      resume(thread, line);
    else if (!line.starts_with("+++") && !line.starts_with("---"))
      begin(thread, line);
  }

  std::vector<system_call> calls;

private:
  void begin(int thread, std::string_view line) {
    system_call one;
    one.thread = thread;
    one.begin = number_;
    one.name = take(line, "(");
    auto is_open = line.ends_with(unfinished);
    if (is_open)
      line.remove_suffix(unfinished.size());
    one.file = file_of(line);
    if (is_open) {
      one.arguments = line;
      open_[thread] = calls.size();
    } else {
      finish(one, line, number_);
    }
    calls.push_back(std::move(one));
  }

  void resume(int thread, std::string_view line) {
    auto which = open_.find(thread);
    if (which == open_.end())
      return;
    take(line, resumed);
    finish(calls[which->second], line, number_);
    open_.erase(which);
  }

  size_t number_ = 0;
  std::map<int, size_t> open_; ///< Thread to the call that it is in.
};

bool is_write(const system_call& what) {
  static const std::set<std::string> names{"write",   "writev",   "pwrite64",
                                           "pwritev", "pwritev2", "sendto",
                                           "sendmsg", "sendmmsg"};
  return names.contains(what.name);
}

bool is_fsync(const system_call& what) {
  return what.name == "fsync" || what.name == "fdatasync";
}

bool is_wal(const std::string& file) {
  return file.ends_with(".log");
}

bool has(const system_call& what, std::string_view text) {
  return what.arguments.find(text) != std::string::npos;
}

bool is_acceptance(const system_call& what) {
  return is_write(what) && what.file.starts_with("socket:")
         && has(what, "HTTP/1.1 202 ") && has(what, R"(\"sequence\":)");
}

/// The first of `trace` for which `is` is true; null if there is none.
template <class Condition>
const system_call* find(const std::vector<system_call>& trace, Condition is) {
  auto found = std::find_if(trace.begin(), trace.end(), is);
  return found == trace.end() ? nullptr : &*found;
}

/// What is wrong with the acknowledgement of one event.
std::optional<std::string> broken_promise(const std::vector<system_call>& trace,
                                          const std::string& topic) {
  auto name = R"(\"topic\":\")" + topic + R"(\")";
  auto answer = find(trace, [&](const system_call& x) {
    return is_acceptance(x) && has(x, name);
  });
  if (answer == nullptr)
    return topic + ": no 202 in the trace";
  auto at = " (202 at line " + std::to_string(answer->begin) + ")";
  auto write = find(trace, [&](const system_call& x) {
    return is_write(x) && is_wal(x.file) && x.result > 0 && has(x, topic + ";")
           && x.end < answer->begin;
  });
  if (write == nullptr)
    return topic + ": answered before it was written" + at;
  auto sync = find(trace, [&](const system_call& x) {
    return is_fsync(x) && x.file == write->file && x.result == 0
           && x.begin > write->end && x.end < answer->begin;
  });
  if (sync == nullptr)
    return topic + ": answered before it was fsynced; written at line "
           + std::to_string(write->end) + at;
  return std::nullopt;
}

} // namespace

std::vector<system_call> parse_trace(std::string_view trace) {
  trace_reader reader;
  while (!trace.empty())
    reader.read(take(trace, "\n"));
  return std::move(reader.calls);
}

std::vector<std::string>
broken_promises(const std::vector<system_call>& trace,
                const std::vector<std::string>& topics) {
  std::vector<std::string> result;
  for (auto& topic : topics)
    if (auto wrong = broken_promise(trace, topic))
      result.push_back(std::move(*wrong));
  auto answers = static_cast<size_t>(
    std::count_if(trace.begin(), trace.end(), is_acceptance));
  if (answers > topics.size())
    result.push_back(std::to_string(answers) + " answers to "
                     + std::to_string(topics.size()) + " events");
  return result;
}

std::string durable_body(const std::string& topic) {
  return "of " + topic + "; again, of " + topic + ";";
}

} // namespace herald::end_to_end
