#include "http/cli/listing.hpp"

#include "config/errc.hpp"
#include "http/cli/bulk.hpp"
#include "http/cli/command_line.hpp"
#include "http/moment.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <thread>
#include <utility>

#include <unistd.h>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

constexpr uint64_t page_size = 1000;
constexpr std::chrono::milliseconds follow_interval{500};

caf::error no_listing() {
  return fail(errc::invalid, "the node's answer is not a listing");
}

caf::expected<listing_rows> fetch(node_client& node, const listing_wish& what,
                                  uint64_t limit, const std::string& after) {
  auto query = what.query;
  query.emplace_back("limit", std::to_string(std::min(limit, page_size)));
  query.emplace_back("after", after);
  node_request ask;
  ask.target = what.path + query_of(query);
  auto answer = persist(node, ask, what.follow);
  if (!answer)
    return std::move(answer.error());
  if (answer->status != 200)
    return fail(errc::refused, explain(*answer));
  return what.read(answer->body);
}

/// The header goes with the first page only; it is bold on a terminal.
void print_table(listing_rows& page, bool first) {
  if (!first && page.shown.rows.empty())
    return;
  auto text = page.shown.format(terminal_width(STDOUT_FILENO));
  auto header = text.find('\n');
  if (first)
    std::cout << paint::for_fd(STDOUT_FILENO).bold(text.substr(0, header));
  std::cout << text.substr(first ? header : header + 1);
}

void print_json(const listing_rows& page) {
  for (auto& item : page.json)
    std::cout << item << "\n";
}

std::string cursor_of(const json& page, const char* name) {
  auto i = page.find(name);
  return i != page.end() && i->is_string() ? i->get<std::string>() : "";
}

/// Where a listing that is followed goes on when it has come to its end.
std::string await_more(const listing_rows& page) {
  std::cout.flush();
  std::this_thread::sleep_for(follow_interval);
  return page.cursor;
}

/// What people learn beside the table.
void print_end(const listing_wish& what, uint64_t count, bool more) {
  std::cout.flush();
  if (count == 0)
    std::cerr << what.nothing << "\n";
  else if (more && !what.follow)
    std::cerr << "there are more; raise --limit\n";
}

} // namespace

std::string text_of(const json& item, const char* name) {
  auto i = item.find(name);
  if (i == item.end() || i->is_null())
    return "-";
  return printable(i->is_string() ? i->get<std::string>() : i->dump());
}

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  using namespace std::chrono;
  auto time = parse_rfc3339(text);
  if (!time)
    return std::nullopt;
  return floor<seconds>(sys_time<milliseconds>{milliseconds{*time}});
}

caf::expected<listing_rows> parse_listing(const std::string& body,
                                          std::vector<table::column> columns,
                                          const row_cells& cells) {
  auto parsed = json::parse(body, nullptr, false);
  auto items = parsed.is_object() ? parsed.find("items") : parsed.end();
  if (!parsed.is_object() || items == parsed.end() || !items->is_array())
    return no_listing();
  listing_rows result;
  result.shown.columns = std::move(columns);
  for (auto& item : *items) {
    if (!item.is_object())
      return no_listing();
    result.json.push_back(item.dump());
    result.shown.rows.push_back(cells(item));
  }
  result.next = cursor_of(parsed, "next");
  result.cursor = cursor_of(parsed, "cursor");
  return result;
}

int print_listing(const client_settings& to, const listing_wish& what) {
  auto node = node_client::make(to);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  std::string after;
  uint64_t count = 0;
  auto first = true;
  do {
    auto page = fetch(**node, what, what.limit - count, after);
    if (!page)
      return complain(describe(page.error()), exit_failure);
    count += page->json.size();
    if (to.json)
      print_json(*page);
    else if (count > 0)
      print_table(*page, std::exchange(first, false));
    after = page->next;
    if (what.follow && after.empty() && count < what.limit)
      after = await_more(*page);
  } while (!after.empty() && count < what.limit);
  if (!to.json)
    print_end(what, count, !after.empty());
  return exit_success;
}

} // namespace herald
