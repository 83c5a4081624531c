// The promise on which publishers build: 202 means that the event is on the
// disk. What the node asks of the operating system shows whether it is kept.
#include "tests/end_to_end/support/fixture.hpp"
#include "tests/end_to_end/support/system_calls.hpp"

#include <charconv>
#include <csignal>
#include <thread>

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

// -- the judge ----------------------------------------------------------------

const std::string received
  = R"(11 recvfrom(34<socket:[7]>, "POST /events?topic=a HTTP/1.1", 4096) = 29)"
    "\n";
const std::string written
  = R"(12 write(7</d/000004.log>, "\1\0a;\0of a; again, of a;", 40) = 40)"
    "\n";
const std::string fsynced = "12 fdatasync(7</d/000004.log>)     = 0\n";
const std::string answered
  = R"(11 sendto(34<socket:[7]>, "HTTP/1.1 202 Accepted\r\n\r\n{\"id\":\"1\",)"
    R"(\"topic\":\"a\",\"sequence\":1}", 249, MSG_NOSIGNAL, NULL, 0) = 249)"
    "\n";

std::vector<std::string> judge(const std::string& trace) {
  return broken_promises(parse_trace(trace), {"a"});
}

// -- the node -----------------------------------------------------------------

/// A node under strace, on a store of its own; killed by the destructor.
class traced_node {
public:
  traced_node() : tracer_{command(), {"ASAN_OPTIONS=detect_leaks=0"}} {
    auto ready = tracer_.read_line().value_or("");
    auto digits = ready.substr(ready.rfind(':') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), port_);
  }

  ~traced_node() {
    if (pid() > 0)
      ::kill(pid(), SIGKILL);
  }

  /// 0 if it did not get ready.
  uint16_t port() const { return port_; }

  /// Asks the node to stop and waits for both; the node's exit code.
  std::optional<int> terminate() {
    ::kill(pid(), SIGTERM);
    auto result = tracer_.wait();
    stopped_ = true;
    return result;
  }

  std::string trace() const { return read_text(file()); }

  std::string complaints() const { return tracer_.complaints(); }

private:
  std::string file() const { return (folder_.path() / "trace").string(); }

  std::vector<std::string> command() const {
    std::vector<std::string> result{
      "strace",
      "-f",
      "-y",
      "-s",
      "65536",
      "-o",
      file(),
      "-e",
      "trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,"
      "fsync,fdatasync"};
    auto node = node_process::command(folder_.path() / "data", {});
    result.insert(result.end(), node.begin(), node.end());
    return result;
  }

  /// The process that the trace begins with; 0 if there is none any more.
  pid_t pid() const { return stopped_ ? 0 : std::atoi(trace().c_str()); }

  temp_folder folder_;
  child_process tracer_;
  uint16_t port_ = 0;
  bool stopped_ = false;
};

/// True if this system lets nobody be traced; that strace is missing or fails
/// in another way is an error.
bool is_tracing_forbidden() {
  auto probe = run({"strace", "-f", "-o", "/dev/null", "true"});
  return probe.code != 0
         && probe.complaints.find("Operation not permitted")
              != std::string::npos;
}

std::vector<std::string> topics_of(const std::string& who, int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i)
    result.push_back("durable." + who + "." + std::to_string(i));
  return result;
}

/// Publishes one event each, one at a time; how many were accepted.
size_t publish_all(uint16_t port, const std::vector<std::string>& topics) {
  connection to{port};
  size_t accepted = 0;
  for (auto& topic : topics) {
    auto answer
      = to.request("POST", "/events?topic=" + topic, {}, durable_body(topic));
    accepted += answer && answer->status() == 202 ? 1 : 0;
  }
  return accepted;
}

} // namespace

TEST(durability_judge, is_content_with_the_right_order) {
  EXPECT_THAT(judge(received + written + fsynced + answered), IsEmpty());
}

TEST(durability_judge, complains_about_an_answer_before_the_fsync) {
  EXPECT_THAT(judge(written + answered + fsynced),
              ElementsAre(HasSubstr("a: answered before it was fsynced")));
}

TEST(durability_judge, complains_about_an_answer_before_the_write) {
  EXPECT_THAT(judge(fsynced + answered + written),
              ElementsAre(HasSubstr("a: answered before it was written")));
}

TEST(durability_judge, complains_about_an_fsync_that_came_before_the_write) {
  EXPECT_THAT(judge(fsynced + written + answered),
              ElementsAre(HasSubstr("before it was fsynced")));
}

TEST(durability_judge, complains_about_an_fsync_that_failed) {
  EXPECT_THAT(judge(written
                    + "12 fdatasync(7</d/000004.log>) = -1 EIO (I/O error)\n"
                    + answered),
              ElementsAre(HasSubstr("before it was fsynced")));
}

TEST(durability_judge, complains_about_an_fsync_of_another_file) {
  EXPECT_THAT(judge(written + "12 fsync(8</d/000009.log>) = 0\n" + answered),
              ElementsAre(HasSubstr("before it was fsynced")));
}

TEST(durability_judge, complains_about_an_fsync_that_began_during_the_write) {
  EXPECT_THAT(judge("12 write(7</d/000004.log>, \"of a;\", 5 <unfinished ...>\n"
                    "13 fdatasync(7</d/000004.log>) = 0\n"
                    "12 <... write resumed>) = 5\n"
                    + answered),
              ElementsAre(HasSubstr("before it was fsynced")));
}

TEST(durability_judge, complains_about_an_answer_during_the_fsync) {
  EXPECT_THAT(judge(written + "12 fdatasync(7</d/000004.log> <unfinished ...>\n"
                    + answered + "12 <... fdatasync resumed>)  = 0\n"),
              ElementsAre(HasSubstr("before it was fsynced")));
}

TEST(durability_judge, takes_an_fsync_that_returned_in_time) {
  EXPECT_THAT(judge(written
                    + "12 fdatasync(7</d/000004.log> <unfinished ...>\n"
                      "13 --- SIGCHLD {si_signo=SIGCHLD} ---\n"
                      "12 <... fdatasync resumed>)  = 0\n"
                    + answered),
              IsEmpty());
}

TEST(durability_judge, wants_each_answer_and_no_other) {
  EXPECT_THAT(judge(written + fsynced), ElementsAre("a: no 202 in the trace"));
  EXPECT_THAT(judge(written + fsynced + answered + answered),
              ElementsAre("2 answers to 1 events"));
}

TEST(durability, nothing_is_acknowledged_before_its_fsync_has_returned) {
  if (is_tracing_forbidden())
    GTEST_SKIP() << "ptrace is not permitted here: strace cannot attach";
  traced_node node;
  ASSERT_NE(node.port(), 0) << node.complaints();
  // Deliveries make the store write too, without an fsync.
  receiver subscriber;
  post_form(node.port(), "/hub",
            {{"hub.mode", "subscribe"},
             {"hub.topic", "durable"},
             {"hub.callback", subscriber.url()}});
  ASSERT_TRUE(subscriber.wait_for_challenges(1));
  auto topics = topics_of("alone", 20);
  EXPECT_EQ(publish_all(node.port(), topics), topics.size());
  std::vector<std::thread> publishers;
  for (int i = 0; i < 8; ++i) {
    auto more = topics_of("many." + std::to_string(i), 10);
    topics.insert(topics.end(), more.begin(), more.end());
    publishers.emplace_back([more, port = node.port()] {
      EXPECT_EQ(publish_all(port, more), more.size());
    });
  }
  for (auto& one : publishers)
    one.join();
  EXPECT_EQ(node.terminate(), 0) << node.complaints();
  EXPECT_THAT(broken_promises(parse_trace(node.trace()), topics), IsEmpty());
}
