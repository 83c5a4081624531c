#pragma once

#include "http/exchange.hpp"
#include "http/problem.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald {

/// CloudEvents 1.0 as they come in: checked, and what herald needs of them read
/// out. The events themselves stay as they were sent. Pure functions, any
/// thread.

struct cloud_event {
  std::string id;
  std::string source;
  std::string type;
};

/// An event in the JSON format; `text` must have no fault (json/slices.hpp).
/// `place` is where it stands in a batch, e.g. `[3]`, or empty; the refusal's
/// field is `[3].type` then, or `type`.
std::variant<cloud_event, refusal> read_cloud_event(std::string_view text,
                                                    const std::string& place);

/// True if the fields of `request` mean a CloudEvent in binary mode.
bool is_binary_cloud_event(const http_request& request);

/// An event in the fields of a request (HTTP protocol binding, 3.1); the
/// refusal's field is that field's name, e.g. `ce-type`.
std::variant<cloud_event, refusal>
read_binary_cloud_event(const http_request& request);

/// The fields of `request` that carry attributes, as they were sent.
std::vector<field> cloud_event_fields(const http_request& request);

} // namespace herald
