#pragma once

#include "tests/end_to_end/support/websub.hpp"

#include <string>
#include <vector>

namespace herald::end_to_end {

/// The suite of the rows of docs/conformance.md that begin with `intergov_`.
class intergov_rules : public websub {
public:
  /// `POST /subscriptions` with a form as it stands.
  http_message ask_form(const std::string& form,
                        const std::string& type = form_type);

  /// `POST /subscriptions`; `more` are further fields of the form.
  http_message ask(const std::string& mode, const std::string& topic,
                   const std::string& callback, const field_list& more = {});

  /// Subscribes there and waits until the subscription is active.
  void join(const std::string& topic, const std::string& callback,
            const field_list& more = {});

  /// `POST /events` as its producers do it: JSON that names its predicate.
  http_message notify(const std::string& body);

  /// Starts a node, subscribes to `subscription` and publishes `predicate`;
  /// then holds that it was delivered, or that it was not.
  void expect_match(const std::string& subscription,
                    const std::string& predicate, bool matches);
};

/// What its producers send when a message came in.
std::string notification(const std::string& predicate);

/// The body of an error, byte for byte; `source` is JSON.
std::string error_body(const std::string& status, const std::string& code,
                       const std::string& title, const std::string& detail,
                       const std::string& source);

/// A refusal of `POST /subscriptions`, whole.
void expect_error(const http_message& answer, int status,
                  const std::string& body);

/// The bodies of the refusals that name one field.
std::string callback_error(const std::string& reason);
std::string topic_error(const std::string& reason);
std::string lease_error(const std::string& value);
std::string mode_error(const std::string& value);
std::string missing_error(const std::vector<std::string>& names);

/// The refusal's `code`; empty if it is not one of intergov's.
std::string code_of(const http_message& answer);

} // namespace herald::end_to_end
