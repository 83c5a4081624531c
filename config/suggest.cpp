#include "config/layers.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

constexpr size_t max_typos = 3;

/// One row of the Levenshtein table from the row above it.
void next_row(std::vector<size_t>& row, char c, std::string_view to) {
  auto diagonal = row[0]++;
  for (size_t i = 0; i < to.size(); ++i) {
    auto change = diagonal + (c == to[i] ? 0 : 1);
    diagonal = row[i + 1];
    row[i + 1] = std::min({change, row[i] + 1, row[i + 1] + 1});
  }
}

size_t distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (auto c : from)
    next_row(row, c, to);
  return row.back();
}

} // namespace

std::string suggestion(std::string_view wanted,
                       const std::vector<std::string>& known) {
  auto closer = [&](const std::string& x, const std::string& y) {
    return distance(wanted, x) < distance(wanted, y);
  };
  auto best = std::min_element(known.begin(), known.end(), closer);
  if (best == known.end() || distance(wanted, *best) > max_typos)
    return {};
  return " (did you mean " + *best + "?)";
}

std::string enumerate(const std::vector<std::string>& names) {
  std::string result;
  for (auto& name : names)
    result.append(result.empty() ? "" : ", ").append(name);
  return result;
}

} // namespace herald
