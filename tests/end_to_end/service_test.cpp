// What systemd gets to see of a node, and how the program is built.
#include "tests/end_to_end/support/child_process.hpp"
#include "tests/end_to_end/support/node_process.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

namespace herald::end_to_end {

namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

/// The socket on which a service manager listens.
class manager_socket {
public:
  manager_socket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, path().c_str(), sizeof(where.sun_path) - 1);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&where), sizeof(where)) != 0)
      throw std::runtime_error{"cannot bind " + path()};
  }

  ~manager_socket() { ::close(fd_); }

  manager_socket(const manager_socket&) = delete;
  manager_socket& operator=(const manager_socket&) = delete;

  std::string path() const { return (folder_.path() / "notify").string(); }

  /// The next message; empty if none comes.
  std::string next() {
    pollfd what{fd_, POLLIN, 0};
    auto limit
      = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
    if (::poll(&what, 1, static_cast<int>(limit.count())) != 1)
      return {};
    char buffer[256];
    auto size = ::recv(fd_, buffer, sizeof(buffer), 0);
    return {buffer, static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }

private:
  temp_folder folder_;
  int fd_;
};

} // namespace

TEST(a_service, says_when_it_is_ready_and_when_it_stops) {
  manager_socket manager;
  temp_folder data;
  child_process node{node_process::command(data.path() / "data", {}),
                     {"NOTIFY_SOCKET=" + manager.path()}};
  EXPECT_EQ(manager.next(), "READY=1");
  node.signal(SIGTERM);
  EXPECT_EQ(manager.next(), "STOPPING=1");
  EXPECT_EQ(node.wait(), 0);
}

TEST(a_service, gives_signs_of_life_where_they_are_wanted) {
  manager_socket manager;
  temp_folder data;
  child_process node{
    node_process::command(data.path() / "data", {}),
    {"NOTIFY_SOCKET=" + manager.path(), "WATCHDOG_USEC=100000"}};
  EXPECT_EQ(manager.next(), "READY=1");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(a_service, has_the_unit_that_the_security_page_describes) {
  auto unit = read_text(std::string{HERALD_SOURCE_DIR}
                        + "/packaging/herald.service.in");
  for (auto line : {"Type=notify", "WatchdogSec=", "LimitCORE=0",
                    "ProcSubset=pid", "ExecReload=/bin/kill -HUP $MAINPID",
                    "UMask=0077", "StateDirectoryMode=0700"})
    EXPECT_THAT(unit, HasSubstr("\n" + std::string{line})) << line;
  // It would void the capability for ports below 1024.
  EXPECT_THAT(unit, Not(HasSubstr("PrivateUsers")));
}

TEST(the_program, is_built_hard) {
  auto seen = run({"readelf", "-W", "-l", "-d", "-s", HERALD_BINARY});
  ASSERT_EQ(seen.code, 0) << seen.complaints;
  auto& text = seen.output;
  EXPECT_THAT(text, HasSubstr("GNU_RELRO"));
  EXPECT_THAT(text, AnyOf(HasSubstr("BIND_NOW"), HasSubstr("Flags: NOW")));
  EXPECT_THAT(text, HasSubstr("PIE"));
  EXPECT_THAT(text, AllOf(HasSubstr("__stack_chk_fail"), HasSubstr("_chk@")));
  EXPECT_THAT(text, HasSubstr("_ZSt21__glibcxx_assert_fail"));
}

} // namespace herald::end_to_end
