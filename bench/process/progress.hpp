#pragma once

#include <string>

namespace herald::bench {

/// What is under way, as one line on stderr with a bar; nothing where stderr is
/// no terminal. One stage at a time, in the one thread of the driver.
/// `check_interrupted` draws it, ten times a second at most.
class stage {
public:
  /// `seconds`: what it will take; 0 if only `show_share` can tell.
  explicit stage(const std::string& what, double seconds = 0);

  /// Removes the line.
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
};

/// What stands before every stage's name from now on, `unicast 2/5` say.
void name_progress(const std::string& prefix);

/// How much of the stage is done, 0..1: what remains is estimated from it.
void show_share(double done);

void draw_progress();

} // namespace herald::bench
