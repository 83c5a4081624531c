#pragma once

#include "storage/model.hpp"

#include <cstdint>
#include <optional>

namespace herald {

/// How often one subscriber may be called: a token bucket with room for a tenth
/// of a second, at least one token. A 429 halves the rate, from what was sent
/// in the last second; each success then raises it a little, a tenth in a
/// second, until it no longer matters. Pure arithmetic on the caller's clock;
/// not thread-safe.
class rate_limit {
public:
  /// The policy's rate in attempts a second; nothing: no limit but those that
  /// 429s teach.
  void configure(std::optional<double> per_second);

  /// Takes a token, or answers false.
  bool take(unix_ms now);

  /// When the next token is there; `now` if there is one.
  unix_ms next(unix_ms now) const;

  /// The subscriber answered 429.
  void too_many(unix_ms now);

  void succeeded();

  /// The limit in force, or nothing.
  std::optional<double> rate() const;

  /// Rates that 429s teach do not fall below this.
  static constexpr double slowest = 0.1;

private:
  double tokens(unix_ms now) const;

  std::optional<double> configured_;
  std::optional<double> learned_;
  unix_ms struck_ = 0; ///< When a 429 counted last: one a second does.
  double enough_ = 0;  ///< A learned rate above this is forgotten.
  double left_ = 1;    ///< Tokens, at `at_`.
  unix_ms at_ = 0;
  unix_ms second_ = 0;  ///< The second that is being counted.
  uint32_t sent_ = 0;   ///< In it.
  uint32_t before_ = 0; ///< In the one before.
};

} // namespace herald
