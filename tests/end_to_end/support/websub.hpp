#pragma once

#include "tests/end_to_end/support/fixture.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace herald::end_to_end {

/// The suite of the rows of docs/conformance.md that begin with `websub_`.
class websub : public end_to_end {
public:
  /// Starts the node with `quick_retries` and `more`.
  void start_with(const std::vector<std::string>& more,
                  std::filesystem::path data = {});

  /// `POST /hub` with a form as it stands.
  http_message hub_form(const std::string& form,
                        const std::string& type = form_type);

  /// A member of what the node lists of the subscription, a string without
  /// its quotes; empty if there is no such subscription.
  std::string shown(const std::string& topic, const std::string& callback,
                    const std::string& member);

  /// Stops the node in order; what it had begun is done with afterwards.
  void stop();

  /// Stops the node and starts it again on its store.
  void restart();
};

/// The value of a field that the node added to the callback's query, or of the
/// last one of that name, since the callback's own fields come first.
std::string asked(const http_message& challenge, std::string_view field);

/// The same of several requests.
std::vector<std::string> asked(const receiver::requests& challenges,
                               std::string_view field);

/// The targets of requests.
std::vector<std::string> targets_of(const receiver::requests& from);

reply reply_with(int status, std::string body = {}, field_list fields = {});

/// Answers each request so.
receiver::script always(reply what);

/// Gives `first`, one after the other, then what `then` says.
receiver::script in_turn(std::vector<reply> first,
                         receiver::script then = always({}));

/// What `script` says, held until `receiver::release`.
receiver::script held(receiver::script script);

/// Confirms an intent by the challenge that was asked for last in the query.
reply echo_last(const http_message& challenge);

/// The `X-Hub-Signature` that this secret gives to this delivery.
std::string signature(const std::string& algorithm, const std::string& secret,
                      const http_message& delivery);

/// A time of a listing, `2026-01-31T12:00:00.000Z`.
std::chrono::system_clock::time_point parse_time(const std::string& text);

/// 202 and nothing else.
void expect_accepted(const http_message& answer);

/// A refusal: 4xx with a sentence as plain text that names `field`. `input` is
/// only told when it fails.
void expect_refused(const http_message& answer, const std::string& field,
                    const std::string& input = "");

} // namespace herald::end_to_end
