#pragma once

#include "config/config.hpp"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace herald {

/// Logs to stderr, one line per event of the program:
///
///     2026-01-31T12:00:00.000Z info spreader cursor_advanced partition=3
///     {"time":"…","level":"info","component":"spreader",
///      "event":"cursor_advanced","partition":3}
///
/// `component` and `event` are literals in snake_case and stay stable, so that
/// people can search and alert on them. Never log secrets, tokens, bodies,
/// header values or query strings of callbacks. Safe on every thread; a line is
/// written whole. A stderr that blocks blocks the caller.
///
///     log_warn("transport", "connect_failed",
///              {{"origin", origin}, {"attempt", attempt}});
///
/// Where a field is costly to make, ask `log_enabled` first.

enum class log_level : uint8_t { trace, debug, info, warn, error, off };

/// A field's value. Text is not copied: it must outlive the call.
class log_value {
public:
  using variant
    = std::variant<bool, int64_t, uint64_t, double, std::string_view>;

  template <std::convertible_to<std::string_view> Text>
  log_value(const Text& text) : value_(std::string_view{text}) {
    // nop
  }

  log_value(bool value) : value_(value) {
    // nop
  }

  log_value(std::floating_point auto value)
    : value_(static_cast<double>(value)) {
    // nop
  }

  template <std::signed_integral Number>
  log_value(Number value) : value_(static_cast<int64_t>(value)) {
    // nop
  }

  template <std::unsigned_integral Number>
  log_value(Number value) : value_(static_cast<uint64_t>(value)) {
    // nop
  }

  /// Whole milliseconds; let the key end in `_ms`.
  log_value(milliseconds value) : log_value(value.count()) {
    // nop
  }

  const variant& get() const { return value_; }

private:
  variant value_;
};

struct log_field {
  std::string_view key; ///< snake_case, units last.
  log_value value;
};

using log_fields = std::initializer_list<log_field>;

/// Sets level and format. Call once, before threads start. Until then, level
/// `info` and text.
void start_logging(const log_config& settings);

/// Sends lines (without time, without line end) to `sink` instead of stderr, or
/// back to stderr if it is empty. For tests.
void redirect_log(std::function<void(std::string_view line)> sink);

namespace detail {

extern std::atomic<log_level> active_log_level;

void write_log(log_level level, std::string_view component,
               std::string_view event, log_fields fields);

} // namespace detail

/// True if lines of this level are written. One relaxed load.
inline bool log_enabled(log_level level) {
  return level >= detail::active_log_level.load(std::memory_order_relaxed);
}

inline void log_event(log_level level, std::string_view component,
                      std::string_view event, log_fields fields = {}) {
  if (log_enabled(level))
    detail::write_log(level, component, event, fields);
}

inline void log_debug(std::string_view component, std::string_view event,
                      log_fields fields = {}) {
  log_event(log_level::debug, component, event, fields);
}

inline void log_info(std::string_view component, std::string_view event,
                     log_fields fields = {}) {
  log_event(log_level::info, component, event, fields);
}

inline void log_warn(std::string_view component, std::string_view event,
                     log_fields fields = {}) {
  log_event(log_level::warn, component, event, fields);
}

inline void log_error(std::string_view component, std::string_view event,
                      log_fields fields = {}) {
  log_event(log_level::error, component, event, fields);
}

} // namespace herald
