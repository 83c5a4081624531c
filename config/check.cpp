#include "config/effective.hpp"
#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace herald {

namespace {

std::string duration(milliseconds value) {
  return print_duration(value);
}

/// `PLACE: 2d is above lease-max 1d (PLACE)`.
caf::error contradiction(const config_layer& set, std::string_view flag,
                         milliseconds value, const char* relation,
                         std::string_view other, milliseconds bound) {
  return fail(errc::invalid,
              place_of(set, flag) + ": " + duration(value) + " is " + relation
                + " the " + duration(bound) + " of " + place_of(set, other)
                + "; accepted: lease-min <= lease-default <= lease-max");
}

caf::error check_lease_bounds(const lease_config& lease,
                              const config_layer& set) {
  if (lease.min <= lease.max)
    return caf::none;
  if (set.contains("lease-min"))
    return contradiction(set, "lease-min", lease.min, "above", "lease-max",
                         lease.max);
  return contradiction(set, "lease-max", lease.max, "below", "lease-min",
                       lease.min);
}

caf::error check_lease(lease_config& lease, const config_layer& set) {
  if (auto err = check_lease_bounds(lease, set))
    return err;
  if (!set.contains("lease-default"))
    lease.by_default = std::clamp(lease.by_default, lease.min, lease.max);
  if (lease.by_default < lease.min)
    return contradiction(set, "lease-default", lease.by_default, "below",
                         "lease-min", lease.min);
  if (lease.by_default > lease.max)
    return contradiction(set, "lease-default", lease.by_default, "above",
                         "lease-max", lease.max);
  return caf::none;
}

void check_timeouts(delivery_config& delivery, const config_layer& set,
                    std::vector<std::string>& warnings) {
  if (delivery.connect_timeout <= delivery.timeout)
    return;
  if (set.contains("delivery-connect-timeout"))
    warnings.push_back("delivery-connect-timeout is longer than "
                       "delivery-timeout, which ends the attempt first");
  delivery.connect_timeout = delivery.timeout;
}

void check_retention(const config& values, std::vector<std::string>& warnings) {
  if (values.retention.events >= values.retry.max_age)
    return;
  warnings.push_back("retention-events " + duration(values.retention.events)
                     + " is shorter than retry-max-age "
                     + duration(values.retry.max_age)
                     + ": jobs end when their event is trimmed");
}

/// Whoever reaches the node may do everything, so that has to be meant.
caf::error check_access(const config& values, const config_layer& set) {
  if (values.auth == auth_mode::none || is_only_on_loopback(values))
    return caf::none;
  config alone;
  alone.listen = values.listen;
  auto by_listen = !is_only_on_loopback(alone);
  auto flag = by_listen ? "listen" : "base-url";
  return fail(errc::invalid,
              place_of(set, flag) + ": "
                + (by_listen ? "others than this machine can reach it"
                             : values.base_url
                                 + " is not loopback, so others "
                                   "than this machine will ask")
                + ", and there is no access control yet: whoever asks may "
                  "publish, subscribe, read and delete. Listen on loopback "
                  "only, or say --auth none if that is meant so, because "
                  "something in front of the node decides who may ask");
}

bool is_wildcard(const endpoint& address) {
  return address.host == "0.0.0.0" || address.host == "::";
}

void check_base_url(const config& values, std::vector<std::string>& warnings) {
  if (values.base_url.empty() && is_wildcard(values.listen.front()))
    warnings.push_back("base-url is not set, so Link headers say "
                       + effective_base_url(values)
                       + ", which subscribers cannot reach");
}

} // namespace

std::string place_of(const config_layer& set, std::string_view flag) {
  auto found = set.find(flag);
  if (found == set.end())
    return std::string{flag} + " (default)";
  auto& [values, source, place] = found->second;
  return source == option_source::file ? place + ": " + file_key(flag) : place;
}

caf::error check_together(config& values, const config_layer& set,
                          std::vector<std::string>& warnings) {
  if (auto err = check_lease(values.lease, set))
    return err;
  if (auto err = check_access(values, set))
    return err;
  check_timeouts(values.delivery, set, warnings);
  check_retention(values, warnings);
  check_base_url(values, warnings);
  return caf::none;
}

} // namespace herald
