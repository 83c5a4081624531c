#pragma once

namespace herald::bench {

/// SIGINT and SIGTERM no longer end the process but set a flag, so that child
/// processes are stopped and temporary folders removed on the way out.
void catch_interrupts();

/// Throws `std::runtime_error` once a signal has arrived. Every loop that
/// waits calls it. Draws the progress bar.
void check_interrupted();

/// Sleeps up to `milliseconds`, then checks.
void pause_ms(unsigned milliseconds);

} // namespace herald::bench
