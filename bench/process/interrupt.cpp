#include "bench/process/interrupt.hpp"

#include "bench/process/progress.hpp"

#include <csignal>
#include <stdexcept>

#include <unistd.h>

namespace herald::bench {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int /*number*/) {
  interrupted = 1;
}

} // namespace

void catch_interrupts() {
  std::signal(SIGINT, note_interrupt);
  std::signal(SIGTERM, note_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
}

void check_interrupted() {
  draw_progress();
  if (interrupted != 0)
    throw std::runtime_error{"interrupted"};
}

void pause_ms(unsigned milliseconds) {
  ::usleep(milliseconds * 1000);
  check_interrupted();
}

} // namespace herald::bench
