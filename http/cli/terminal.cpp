#include "http/cli/terminal.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace herald {

namespace {

constexpr auto redraw_interval = std::chrono::milliseconds{100};
constexpr size_t min_shrunk = 12;
constexpr size_t bar_cells = 24;
constexpr size_t gap = 2;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::string padded(const std::string& text, size_t width, bool right) {
  auto taken = display_width(text);
  std::string blanks(width > taken ? width - taken : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::vector<size_t> natural_widths(const table& what) {
  std::vector<size_t> result;
  for (size_t i = 0; i < what.columns.size(); ++i) {
    auto width = display_width(what.columns[i].title);
    for (auto& row : what.rows)
      width = std::max(width, display_width(row[i]));
    result.push_back(width);
  }
  return result;
}

size_t sum(const std::vector<size_t>& widths) {
  size_t result = widths.empty() ? 0 : (widths.size() - 1) * gap;
  for (auto x : widths)
    result += x;
  return result;
}

/// Takes columns from the widest that may shrink until the table fits.
void fit(const table& what, std::vector<size_t>& widths, size_t limit) {
  while (sum(widths) > limit) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i)
      if (what.columns[i].shrink && widths[i] > min_shrunk
          && (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size())
      return;
    --widths[widest];
  }
}

void strip_right(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

} // namespace

bool is_terminal(int fd) {
  auto* term = std::getenv("TERM");
  return ::isatty(fd) == 1
         && (term == nullptr || std::string_view{term} != "dumb");
}

size_t terminal_width(int fd) {
  winsize size{};
  if (::isatty(fd) != 1 || ::ioctl(fd, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
}

paint paint::for_fd(int fd) {
  auto* no_color = std::getenv("NO_COLOR");
  return paint{is_terminal(fd) && (no_color == nullptr || *no_color == '\0')};
}

std::string paint::in(std::string_view code, std::string_view text) const {
  if (!on_)
    return std::string{text};
  std::string result{"\x1b["};
  return result.append(code).append("m").append(text).append("\x1b[0m");
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    // U+0080..U+009F are control characters too.
    auto c1 = byte == 0xc2 && i + 1 < text.size()
              && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte >= 0x20 && byte != 0x7f && !c1) {
      result += text[i];
      continue;
    }
    if (c1)
      byte = static_cast<unsigned char>(text[++i]);
    result.append("\\x").append(1, digits[byte >> 4]);
    result.append(1, digits[byte & 15]);
  }
  return result;
}

size_t display_width(std::string_view text) {
  auto tails = std::count_if(text.begin(), text.end(), is_continuation);
  return text.size() - static_cast<size_t>(tails);
}

std::string shortened(std::string_view text, size_t width) {
  if (display_width(text) <= width)
    return std::string{text};
  size_t end = 0;
  for (size_t left = width; end < text.size(); ++end)
    if (!is_continuation(text[end]) && left-- <= 1)
      break;
  return std::string{text.substr(0, end)} + (width > 0 ? "…" : "");
}

std::string table::format(size_t width) const {
  auto widths = natural_widths(*this);
  if (width > 0)
    fit(*this, widths, width);
  std::string result;
  auto add = [&](auto&& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      line.append(i == 0 ? 0 : gap, ' ');
      line += padded(shortened(cell_of(i), widths[i]), widths[i],
                     columns[i].right);
    }
    strip_right(line);
    result += line + "\n";
  };
  add([&](size_t i) { return columns[i].title; });
  for (auto& row : rows) {
    assert(row.size() == columns.size());
    add([&](size_t i) { return row[i]; });
  }
  return result;
}

std::string rough_duration(std::chrono::seconds time) {
  constexpr std::array<std::pair<int64_t, char>, 4> units{
    {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  auto left = std::max<int64_t>(time.count(), 0);
  size_t i = 0;
  while (i + 1 < units.size() && left < units[i].first)
    ++i;
  auto result = std::to_string(left / units[i].first) + units[i].second;
  left %= units[i].first;
  if (i + 1 < units.size() && left >= units[i + 1].first)
    result
      += " " + std::to_string(left / units[i + 1].first) + units[i + 1].second;
  return result;
}

std::string grouped(uint64_t number) {
  auto result = std::to_string(number);
  for (auto i = result.size(); i > 3; i -= 3)
    result.insert(i - 3, ",");
  return result;
}

std::string progress_line(std::string_view label, uint64_t done, uint64_t total,
                          std::string_view text) {
  std::string result{label};
  if (total > 0) {
    auto share
      = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    auto cells = static_cast<size_t>(share * bar_cells);
    result += " [" + std::string(cells, '#')
              + std::string(bar_cells - cells, '.') + "] "
              + std::to_string(static_cast<int>(share * 100)) + " %";
  }
  return result.append("  ").append(text);
}

progress_bar::progress_bar(std::string label, uint64_t total)
  : label_(std::move(label)), total_(total), on_(is_terminal(STDERR_FILENO)) {
  // nop
}

progress_bar::~progress_bar() {
  clear();
}

void progress_bar::update(uint64_t done, std::string_view text) {
  auto now = std::chrono::steady_clock::now();
  if (!on_ || now < next_)
    return;
  next_ = now + redraw_interval;
  auto width = std::max<size_t>(terminal_width(STDERR_FILENO), 20);
  auto line = shortened(progress_line(label_, done, total_, text), width - 1);
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void progress_bar::clear() {
  if (!drawn_)
    return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
  next_ = {};
}

} // namespace herald
