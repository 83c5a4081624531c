#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// The parts of a JSON text as they were sent. Nothing becomes a tree and is
/// written again, so numbers, order and blanks stay what they are. Pure, any
/// thread; the time is linear in the text.

/// Why `text` is not one JSON value in UTF-8 that is nested no deeper than
/// `max_json_depth`, e.g. "it breaks off or is wrong at byte 7". Nothing if it
/// is one.
std::optional<std::string> json_fault(std::string_view text);

/// What kind of value `text` is; it must have no fault.
bool is_json_object(std::string_view text);
bool is_json_array(std::string_view text);

/// The text that a JSON string stands for; nothing for another value. `text`
/// must have no fault.
std::optional<std::string> json_string(std::string_view text);

/// The value of an object's member `name`; of repeated members the last counts
/// (RFC 8259, 4). Nothing for another value. `text` must have no fault.
std::optional<std::string_view> json_member(std::string_view text,
                                            std::string_view name);

/// Goes over the members of an object or the elements of an array; another
/// value has none. The text must have no fault, and outlives the walk:
///
///     for (json_walk walk{text}; walk.next();)
///       use(walk.name(), walk.value());
class json_walk {
public:
  explicit json_walk(std::string_view text);

  /// Steps to the first or next part; false if there is none.
  bool next();

  /// Of a member; empty for an element.
  std::string name() const;

  /// True if `name()` is this; faster.
  bool is_named(std::string_view name) const;

  /// Exactly what was sent, without the blanks around it.
  std::string_view value() const { return value_; }

private:
  std::string_view take();

  std::string_view rest_;
  std::string_view name_; ///< With its quotes.
  std::string_view value_;
  bool object_ = false;
};

} // namespace herald
