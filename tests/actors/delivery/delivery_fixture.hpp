#pragma once

#include "actors/delivery/delivery.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace herald::test {

/// The delivery actor of subscriber `who`, between a spreader that notes what
/// it is told and a scripted network.
class a_delivery : public with_stand_ins {
protected:
  static constexpr unix_ms start_time = 1'700'000'000'000;

  a_delivery();
  ~a_delivery() override;

  unix_ms wall() { return time->at(now()); }

  static delivery_item item(sequence seq, uint32_t attempts = 0,
                            unix_ms accepted_at = start_time);

  /// As by the spreader, for `who` as it is now.
  void give(std::vector<delivery_item> items);
  void give_as_failing(std::vector<delivery_item> items);
  void give(sequence first, sequence last);

  /// As by the spreader: so many failures were noted.
  void know_failures(uint64_t count);

  /// As by the spreader: what has not left is to come back.
  void hold_back();

  void settle(std::vector<post_reply> replies);

  void release(size_t index, http_outcome with);

  /// Releases the request that is held longest.
  void release_first(http_outcome with);

  void answer_all(http_outcome with);

  const delivery_report& only_report();

  static http_outcome asking(uint16_t status, std::string retry_after);

  size_t in_flight() { return net.held_posts().size(); }

  scripted_transport net{sys};
  std::shared_ptr<spreader_notes> notes = std::make_shared<spreader_notes>();
  std::shared_ptr<wall_clock> time
    = std::make_shared<wall_clock>(now(), start_time);
  std::shared_ptr<delivery_options> options
    = std::make_shared<delivery_options>();
  subscription who = subscription_of('a');
  delivery_actor aut;
};

} // namespace herald::test
