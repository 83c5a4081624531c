#include "config/config.hpp"
#include "config/errc.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/demo/demo_stage.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/publish.hpp"
#include "http/cli/subscribe.hpp"
#include "http/cli/terminal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>

#include <unistd.h>

namespace herald {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto step_timeout = 10s;
constexpr auto reading_time = 1500ms;
constexpr const char* demo_topic = "orders.created";
constexpr const char* secret = "sesame";
constexpr const char* first_order = R"({"order":1,"item":"tea"})";
constexpr const char* second_order = R"({"order":2,"item":"honey"})";

/// The show: each step does something real and tells what was seen.
class show {
public:
  explicit show(bool watched)
    : watched_(watched), stage_([this](const sighting& x) { see(x); }) {
    // nop
  }

  caf::error run();
  caf::error stay();
  std::string log_tail() const { return stage_.node_log_tail(); }

private:
  caf::error start();
  caf::error subscribe_all();
  caf::error subscribe(const std::string& who);
  caf::error deliver();
  caf::error fall();
  caf::error recover();
  caf::expected<std::string> publish(const std::string& body);
  caf::error await_delivery(const std::string& who, const std::string& id);
  caf::error await_failing();

  void see(const sighting& what);
  bool has_seen(const std::function<bool(const sighting&)>& wanted) const;
  std::string callback(const std::string& who) const;
  std::string seen_line(const sighting& what) const;
  void title(const std::string& text);
  void say(const std::string& text) const;
  void command(const std::string& text) const;
  void print_curl_lines() const;

  caf::error breathe();

  bool watched_;
  paint paint_ = paint::for_fd(STDOUT_FILENO);
  int step_ = 0;
  std::vector<sighting> seen_;
  std::string waiting_id_; ///< Of the event that B misses.
  demo_stage stage_;
};

// -- telling ------------------------------------------------------------------

void show::title(const std::string& text) {
  std::cout << "\n"
            << paint_.bold(std::to_string(++step_) + ". " + text) << "\n";
}

void show::say(const std::string& text) const {
  std::cout << "   " << text << std::endl;
}

void show::command(const std::string& text) const {
  say(paint_.dim("$ " + text));
}

/// What a person should make of a line of a receiver.
std::string show::seen_line(const sighting& what) const {
  auto who = paint_.cyan("receiver " + what.who) + "  ";
  if (what.kind == "verification")
    return who + "was asked \"do you want this?\", challenge "
           + shortened(printable(what.challenge), 12)
           + " -> echoed it: " + paint_.green("yes");
  if (what.kind != "delivery")
    return who + printable(what.kind);
  auto result = who + "attempt " + std::to_string(what.attempt) + ": event "
                + printable(what.id) + ", signature ";
  result += what.signature == "ok" ? paint_.green("ok")
                                   : paint_.red(printable(what.signature));
  if (what.status / 100 != 2)
    return result + " -> answered " + paint_.red(std::to_string(what.status))
           + ", so herald tries again in 1 s";
  result += " -> answered " + paint_.green(std::to_string(what.status));
  if (what.duplicate)
    result += paint_.yellow(" (again: the node fell before it could note the "
                            "first answer)");
  return result;
}

void show::see(const sighting& what) {
  seen_.push_back(what);
  if (what.kind != "ready")
    say(seen_line(what));
}

bool show::has_seen(const std::function<bool(const sighting&)>& wanted) const {
  return std::any_of(seen_.begin(), seen_.end(), wanted);
}

std::string show::callback(const std::string& who) const {
  return stage_.url_of(who) + "/hook";
}

// -- steps --------------------------------------------------------------------

caf::error show::start() {
  title("A node and two subscribers start");
  if (auto err = stage_.open())
    return err;
  if (auto err = stage_.start_node())
    return err;
  say("node        " + stage_.node_url() + ", data in " + stage_.store_path());
  if (auto err = stage_.start_receiver("A", {"--secret", secret}))
    return err;
  say("receiver A  " + stage_.url_of("A") + ", works");
  if (auto err
      = stage_.start_receiver("B", {"--secret", secret, "--status", "503:2"}))
    return err;
  say("receiver B  " + stage_.url_of("B")
      + ", has a bad day: answers 503 to its first two deliveries");
  return caf::none;
}

caf::error show::subscribe(const std::string& who) {
  command("herald subscribe " + std::string{demo_topic} + " " + callback(who)
          + " --secret " + secret);
  subscribe_wish wish;
  wish.topic = demo_topic;
  wish.callback = callback(who);
  wish.secret = secret;
  auto answer = stage_.ask(hub_request(wish));
  if (!answer)
    return std::move(answer.error());
  if (answer->status != 202)
    return fail(errc::refused, "the node refused: " + explain(*answer));
  auto state = [&]() -> std::string {
    node_request ask;
    ask.target
      = "/subscriptions"
        + query_of({{"topic", demo_topic}, {"callback", callback(who)}});
    auto listing = stage_.ask(ask);
    return listing ? listed_state(listing->body, callback(who)) : "";
  };
  auto asked = [&] {
    return has_seen(
      [&](auto& x) { return x.who == who && x.kind == "verification"; });
  };
  if (auto err = stage_.wait_until(asked, step_timeout,
                                   "receiver " + who + " was not asked"))
    return err;
  return stage_.wait_until([&] { return state() == "active"; }, step_timeout,
                           "the subscription did not become active");
}

caf::error show::subscribe_all() {
  title("Both subscribe; the node makes sure that they mean it");
  for (auto* who : {"A", "B"})
    if (auto err = subscribe(who))
      return err;
  say("Both subscriptions are active. Deliveries will be signed with the "
      "secret.");
  return caf::none;
}

caf::expected<std::string> show::publish(const std::string& body) {
  command("herald publish " + std::string{demo_topic} + " --data '" + body
          + "'");
  node_request what;
  what.method = "POST";
  what.target = "/events" + query_of({{"topic", demo_topic}});
  what.fields = {{"Content-Type", guessed_type(body)}};
  what.body = body;
  auto answer = stage_.ask(what);
  if (!answer)
    return std::move(answer.error());
  auto parsed = nlohmann::json::parse(answer->body, nullptr, false);
  auto known = answer->status == 202 && parsed.is_object()
               && parsed.contains("id") && parsed["id"].is_string();
  if (!known)
    return fail(errc::refused, "not published: " + explain(*answer));
  auto id = parsed["id"].get<std::string>();
  say("accepted as event " + id + ": it is on disk now");
  return id;
}

caf::error show::await_delivery(const std::string& who, const std::string& id) {
  auto wanted = [&](const sighting& x) {
    return x.who == who && x.id == id && x.signature == "ok"
           && x.status / 100 == 2;
  };
  return stage_.wait_until([&] { return has_seen(wanted); }, step_timeout,
                           "receiver " + who + " did not get event " + id);
}

caf::error show::deliver() {
  title("An event is published; what fails is tried again");
  auto id = publish(first_order);
  if (!id)
    return std::move(id.error());
  if (auto err = await_delivery("A", *id))
    return err;
  if (auto err = await_delivery("B", *id))
    return err;
  say("Both have it, and the signature proves that it came from this node.");
  return caf::none;
}

caf::error show::await_failing() {
  node_request ask;
  ask.target = "/subscriptions"
               + query_of({{"topic", demo_topic}, {"callback", callback("B")}});
  auto failing = [&] {
    auto listing = stage_.ask(ask);
    return listing && listed_state(listing->body, callback("B")) == "failing";
  };
  return stage_.wait_until(failing, step_timeout,
                           "the node does not say that B is failing");
}

caf::error show::fall() {
  title("The worst case: B is down, and then the node is killed");
  stage_.stop_receiver("B");
  say(paint_.cyan("receiver B") + "  has stopped");
  auto id = publish(second_order);
  if (!id)
    return std::move(id.error());
  waiting_id_ = *id;
  if (auto err = await_delivery("A", *id))
    return err;
  if (auto err = await_failing())
    return err;
  say("B cannot be reached; its event is waiting for the next attempt.");
  if (auto err = breathe())
    return err;
  command("kill -9 " + std::to_string(stage_.node_pid()));
  stage_.kill_node();
  say(paint_.red("The node is gone. Only its files are left."));
  return caf::none;
}

caf::error show::recover() {
  title("Recovery: the node starts again on the same files");
  if (auto err = stage_.start_receiver("B", {"--secret", secret}))
    return err;
  say(paint_.cyan("receiver B") + "  is back at " + stage_.url_of("B"));
  command("herald serve --data " + stage_.store_path());
  auto begin = clock::now();
  if (auto err = stage_.start_node())
    return err;
  auto took = std::chrono::duration_cast<milliseconds>(clock::now() - begin);
  say("node        was ready after " + std::to_string(took.count()) + " ms");
  if (auto err = await_delivery("B", waiting_id_))
    return err;
  say(paint_.green("Nothing was lost")
      + ": the event of step 4 arrived after the crash.");
  return caf::none;
}

caf::error show::run() {
  std::cout << "herald remembers who subscribed to what, and delivers every "
               "event to every\nsubscriber, whatever happens. Watch it (about "
               "ten seconds; all is real, on this\nmachine only, and cleaned "
               "up afterwards).\n";
  for (auto step : {&show::start, &show::subscribe_all, &show::deliver,
                    &show::fall, &show::recover})
    if (auto err = (this->*step)(); err || (err = breathe()))
      return err;
  return caf::none;
}

/// A person reads along; a script does not.
caf::error show::breathe() {
  return watched_ ? stage_.pause(reading_time) : caf::error{};
}

// -- afterwards ---------------------------------------------------------------

void show::print_curl_lines() const {
  auto node = stage_.node_url();
  auto print = [&](const char* what, const std::string& line) {
    std::cout << "   " << paint_.dim(what) << "\n     " << line << "\n";
  };
  std::cout << "\n"
            << paint_.bold("Your turn. The node is still running; in "
                           "another terminal:")
            << "\n";
  print("subscribe (receiver A listens for you; use your own URL if you have "
        "one)",
        "curl -i " + node
          + "/hub -d hub.mode=subscribe -d hub.topic=my.topic \\\n"
            "          -d hub.callback="
          + stage_.url_of("A") + "/mine -d hub.secret=" + secret);
  print("publish", "curl -i '" + node
                     + "/events?topic=my.topic' -H 'Content-Type: "
                       "application/json' -d '{\"hello\":\"world\"}'");
  print("list", "curl " + node + "/subscriptions");
  std::cout << "\nWhat the receivers see appears below. Ctrl-C ends everything "
               "and cleans up."
            << std::endl;
}

caf::error show::stay() {
  print_curl_lines();
  return stage_.wait_for_signal();
}

int play(bool once, bool watched) {
  show it{watched};
  auto err = it.run();
  if (!err && !once)
    err = it.stay();
  else if (!err)
    return exit_success;
  if (code_of(err) == errc::stopping) {
    std::cout << "\nStopping; everything is cleaned up." << std::endl;
    return exit_success;
  }
  auto status = complain("the demo failed: " + describe(err), exit_failure);
  if (auto tail = it.log_tail(); !tail.empty())
    std::cerr << "what the node said last:\n" << tail;
  return status;
}

} // namespace

int run_demo(command_args args) {
  if (!args.empty() && args.front() == child_flag)
    return run_as_child(args.subspan(1));
  auto once = false;
  flag_set flags{"herald demo [--once]",
                 "Starts a node and two receivers and shows verification, "
                 "delivery, signatures, retry\nand recovery. Then leaves the "
                 "node running for you to try, until Ctrl-C."};
  flags.toggle("--once", once,
               "End after the show. So it does without a terminal.");
  if (auto status = flags.parse(args))
    return *status;
  auto watched = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  std::signal(SIGPIPE, SIG_IGN);
  return play(once || !watched, watched);
}

} // namespace herald
