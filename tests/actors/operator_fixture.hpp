#pragma once

#include "tests/actors/spreader/spreader_fixture.hpp"

#include <functional>
#include <vector>

namespace herald::test {

/// Somebody who gives orders to a spreader, as front ends do.
class an_operator : public a_spreader {
protected:
  /// Takes the answer, which must have come by then.
  using answer_type = std::function<caf::expected<atom::done>()>;

  an_operator();
  ~an_operator() override;

  void SetUp() override { have_only_a(); }

  /// A life of the spreader, which has delivered so many events to 'a'.
  void have_delivered(size_t count);

  // They ask and handle every message. No time passes, so that an answer which
  // waits for a commit has not come.
  answer_type redeliver(uint8_t letter, const std::vector<sequence>& what);
  answer_type drop_letters(uint8_t letter, const std::vector<sequence>& what);
  answer_type replay(uint8_t letter, sequence after, sequence until = 0);
  answer_type ask_to_replay(uint8_t letter, sequence after); ///< No more.
  answer_type replay_nothing(uint8_t letter);
  answer_type cancel(uint8_t letter);

  /// Lets a commit pass: the order was granted.
  void expect_granted(const answer_type& answer);

  /// It is refused, for this reason.
  void expect_refused(const answer_type& answer, errc why);

  std::vector<delivery_fate> fates(sequence seq,
                                   std::vector<subscription_id> of);
  delivery_fate fate(uint8_t letter, sequence seq);

  /// The row of the event for the subscriber, if there is one.
  std::optional<job> row_of(uint8_t letter, sequence seq);

  /// How often the event was sent to the subscriber.
  size_t times(uint8_t letter, sequence seq);

  /// Everything of (after, until] was sent so often to 'a', all else
  /// `otherwise` times.
  void expect_times(sequence after, sequence until, size_t wanted,
                    size_t otherwise);

private:
  template <class... Ts>
  answer_type ask_for(Ts&&... xs);

  template <class... Ts>
  answer_type order(Ts&&... xs);
};

} // namespace herald::test
