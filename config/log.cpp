#include "config/log.hpp"

#include "config/log_line.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cassert>
#include <memory>
#include <mutex>

namespace herald {

namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* json_pattern = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}";

using line_sink = std::function<void(std::string_view line)>;

/// Hands the payload, which has no time in it, to a function.
class function_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit function_sink(line_sink target) : target_(std::move(target)) {
    // nop
  }

protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    target_({msg.payload.data(), msg.payload.size()});
  }

  void flush_() override {
    // nop
  }

private:
  line_sink target_;
};

/// Changed only by `start_logging` and `redirect_log`; `lock` makes that safe
/// even where a thread is logging already.
struct logging {
  std::mutex lock;
  log_format format = log_format::text;
  line_sink redirected;
  std::shared_ptr<spdlog::logger> logger;

  logging() { rebuild(); }

  void rebuild() {
    spdlog::sink_ptr sink;
    if (redirected)
      sink = std::make_shared<function_sink>(redirected);
    else
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    logger = std::make_shared<spdlog::logger>("herald", std::move(sink));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == log_format::json ? json_pattern : text_pattern,
      spdlog::pattern_time_type::utc));
    logger->set_level(spdlog::level::trace);
  }
};

logging& state() {
  // Never destroyed, so that threads may log until the process ends.
  static auto instance = new logging;
  return *instance;
}

} // namespace

namespace detail {

std::atomic<log_level> active_log_level{log_level::info};

void write_log(log_level level, std::string_view component,
               std::string_view event, log_fields fields) {
  assert(level < log_level::off);
  auto& log = state();
  std::unique_lock guard{log.lock};
  auto format = log.format;
  auto logger = log.logger;
  guard.unlock();
  auto line = format == log_format::json
                ? json_members(level, component, event, fields)
                : text_line(level, component, event, fields);
  // Our levels are checked before; spdlog only writes.
  logger->log(spdlog::level::info, spdlog::string_view_t{line});
}

} // namespace detail

void start_logging(const log_config& settings) {
  auto& log = state();
  std::lock_guard guard{log.lock};
  log.format = settings.format;
  log.rebuild();
  detail::active_log_level = to_log_level(settings.level);
}

void redirect_log(std::function<void(std::string_view line)> sink) {
  auto& log = state();
  std::lock_guard guard{log.lock};
  log.redirected = std::move(sink);
  log.rebuild();
}

} // namespace herald
