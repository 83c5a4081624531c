#include "http/api/event_identity.hpp"
#include "http/api/event_intake.hpp"
#include "http/json/slices.hpp"

#include <algorithm>
#include <vector>

namespace herald {

namespace {

// Not the blank ones; one more than are allowed at most, to tell that there are
// too many.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty() && result.size() <= max_events_per_request) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      result.push_back(line);
  }
  return result;
}

/// Reads a line step by step; after the first broken rule the other steps do
/// nothing.
class line_reader {
public:
  line_reader(const event_intake& in, std::string_view line, size_t index)
    : in_(in), line_(line), index_(std::to_string(index)),
      place_('[' + index_ + ']') {
    // nop
  }

  std::variant<event, refusal> read();

private:
  void refuse_field(const std::string& name, const std::string& rule);
  void check();
  void find_members();
  void read_topic();
  void read_data();
  void read_key();
  void read_request_key();

  const event_intake& in_;
  std::string_view line_;
  std::string index_;
  std::string place_;
  std::optional<std::string_view> topic_;
  std::optional<std::string_view> data_;
  std::optional<std::string_view> key_;
  topic where_;
  event result_;
  std::optional<refusal> broken_;
};

void line_reader::refuse_field(const std::string& name,
                               const std::string& rule) {
  broken_ = bad_request(name, name + ' ' + rule);
}

void line_reader::check() {
  if (auto fault = json_fault(line_))
    refuse_field(place_, "is not JSON: " + *fault + '.');
  else if (!is_json_object(line_))
    refuse_field(place_, "must be a JSON object.");
}

// Of repeated members the last counts; but for data, what is null is not there.
void line_reader::find_members() {
  if (broken_)
    return;
  for (json_walk walk{line_}; walk.next();)
    if (walk.is_named("topic"))
      topic_ = walk.value();
    else if (walk.is_named("data"))
      data_ = walk.value();
    else if (walk.is_named("idempotency_key"))
      key_ = walk.value();
  for (auto* each : {&topic_, &key_})
    if (*each == "null")
      each->reset();
}

void line_reader::read_topic() {
  if (broken_)
    return;
  auto name = place_ + ".topic";
  if (!topic_)
    return refuse_field(name, "is missing.");
  auto text = json_string(*topic_);
  if (!text)
    return refuse_field(name, "must be a string.");
  auto parsed = event_topic(*text, true, name);
  if (auto* why = std::get_if<refusal>(&parsed)) {
    broken_ = std::move(*why);
    return;
  }
  where_ = std::move(std::get<topic>(parsed));
  result_ = new_event(in_, where_);
}

void line_reader::read_data() {
  if (broken_)
    return;
  if (!data_)
    return refuse_field(place_ + ".data", "is missing.");
  result_.content_type = "application/json";
  set_body(result_, std::string{*data_});
}

void line_reader::read_key() {
  if (broken_)
    return;
  if (!key_)
    return read_request_key();
  auto name = place_ + ".idempotency_key";
  auto key = json_string(*key_);
  if (!key)
    return refuse_field(name, "must be a string.");
  broken_ = check_idempotency_key(*key, name);
  result_.id = keyed_event_id({}, where_.key, *key);
}

void line_reader::read_request_key() {
  auto key = in_.request.value("idempotency-key");
  if (!key.empty())
    result_.id = keyed_line_id({}, where_.key, key, index_);
}

std::variant<event, refusal> line_reader::read() {
  check();
  find_members();
  read_topic();
  read_key();
  read_data();
  if (broken_)
    return std::move(*broken_);
  return std::move(result_);
}

bool has_field(const http_request& request, std::string_view name) {
  return std::any_of(request.fields.begin(), request.fields.end(),
                     [&](const field& x) { return x.first == name; });
}

std::optional<refusal> check_request(const http_request& request) {
  if (auto why = check_charset(request))
    return why;
  if (has_field(request, "idempotency-key"))
    return check_idempotency_key(request.value("idempotency-key"),
                                 "Idempotency-Key");
  return std::nullopt;
}

} // namespace

decision publish_lines(event_intake& in) {
  if (auto why = check_request(in.request))
    return problem_response(*why);
  auto lines = lines_of(in.content());
  if (auto why = check_count(lines.size()))
    return problem_response(*why);
  publish_command result;
  result.array = true;
  result.events.reserve(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    auto made = line_reader{in, lines[i], i}.read();
    if (auto* why = std::get_if<refusal>(&made))
      return problem_response(*why);
    result.events.push_back(std::move(std::get<event>(made)));
  }
  return result;
}

} // namespace herald
