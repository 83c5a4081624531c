#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// What people see: colours, tables, progress. Pure except for the functions
/// that take a file descriptor and `progress_bar`.

/// True if `fd` is a terminal that understands escape codes.
bool is_terminal(int fd);

/// Columns of the terminal `fd`; 0 if it is none.
size_t terminal_width(int fd);

/// Wraps text in colours, or leaves it alone.
class paint {
public:
  explicit paint(bool on) : on_(on) {
    // nop
  }

  /// Colours only on a terminal, and never with NO_COLOR set.
  static paint for_fd(int fd);

  std::string bold(std::string_view text) const { return in("1", text); }
  std::string dim(std::string_view text) const { return in("2", text); }
  std::string red(std::string_view text) const { return in("31", text); }
  std::string green(std::string_view text) const { return in("32", text); }
  std::string yellow(std::string_view text) const { return in("33", text); }
  std::string cyan(std::string_view text) const { return in("36", text); }

private:
  std::string in(std::string_view code, std::string_view text) const;

  bool on_;
};

/// `text` with every control character as `\xHH`: what came over the network
/// must not command a terminal.
std::string printable(std::string_view text);

/// How many columns `text` takes: one per code point.
size_t display_width(std::string_view text);

/// The first `width` columns, the last one `…` if something was cut.
std::string shortened(std::string_view text, size_t width);

/// A table for people: aligned columns, two blanks apart.
struct table {
  struct column {
    std::string title;
    bool right = false;  ///< Aligned to the right: numbers.
    bool shrink = false; ///< May be cut to fit the terminal.
  };

  std::vector<column> columns;
  std::vector<std::vector<std::string>> rows; ///< As many cells as columns.

  /// `width` 0: as wide as it gets; otherwise columns that may shrink do.
  std::string format(size_t width = 0) const;
};

/// `9d 23h`, `4m 10s`, `0s`: two units are enough for people. Not negative.
std::string rough_duration(std::chrono::seconds time);

/// `1234567` as `1,234,567`.
std::string grouped(uint64_t number);

/// One line on stderr that shows how far a long work is; nothing at all if
/// stderr is no terminal. One thread at a time.
class progress_bar {
public:
  /// `total` in units of the caller; 0 if it is not known.
  progress_bar(std::string label, uint64_t total);

  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Clears the line.
  ~progress_bar();

  /// Redraws at most ten times a second.
  void update(uint64_t done, std::string_view text);

  /// Takes the line away so that something else can be printed.
  void clear();

private:
  std::string label_;
  uint64_t total_;
  bool on_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

/// The line a progress bar shows. Pure.
std::string progress_line(std::string_view label, uint64_t done, uint64_t total,
                          std::string_view text);

} // namespace herald
