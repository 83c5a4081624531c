#include "actors/delivery/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace herald {

namespace {

constexpr double burst_seconds = 0.1;

/// What a success adds to a learned rate: it grows by a tenth each second,
/// however high it is.
constexpr double gain = 0.1;

/// Sums of fractions may leave a whole token so much short.
constexpr double hair = 1e-9;

double capacity(double rate) {
  return std::max(1.0, rate * burst_seconds);
}

} // namespace

void rate_limit::configure(std::optional<double> per_second) {
  configured_ = per_second;
}

std::optional<double> rate_limit::rate() const {
  if (configured_ && learned_)
    return std::min(*configured_, *learned_);
  return configured_ ? configured_ : learned_;
}

double rate_limit::tokens(unix_ms now) const {
  auto per_second = *rate();
  auto since = static_cast<double>(std::max<unix_ms>(now - at_, 0));
  return std::min(left_ + since * per_second / 1000, capacity(per_second));
}

bool rate_limit::take(unix_ms now) {
  if (now / 1000 != second_) {
    before_ = now / 1000 == second_ + 1 ? sent_ : 0;
    second_ = now / 1000;
    sent_ = 0;
  }
  if (rate()) {
    auto there = tokens(now);
    if (there < 1 - hair)
      return false;
    left_ = there - 1;
    at_ = now;
  }
  ++sent_;
  return true;
}

unix_ms rate_limit::next(unix_ms now) const {
  if (!rate())
    return now;
  auto missing = 1 - hair / 2 - tokens(now);
  if (missing <= 0)
    return now;
  return now + static_cast<unix_ms>(std::ceil(missing * 1000 / *rate()));
}

void rate_limit::too_many(unix_ms now) {
  if (learned_ && now < struck_ + 1000)
    return;
  struck_ = now;
  auto observed = static_cast<double>(std::max({sent_, before_, 1u}));
  auto until_now = rate().value_or(observed);
  enough_ = std::max(enough_, 2 * until_now);
  learned_ = std::max(slowest, std::min(until_now, observed) / 2);
  left_ = 0;
  at_ = now;
}

void rate_limit::succeeded() {
  if (!learned_)
    return;
  *learned_ += gain;
  if (*learned_ < enough_)
    return;
  learned_.reset();
  enough_ = 0;
}

} // namespace herald
