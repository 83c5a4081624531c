#include "bench/load/sink.hpp"

#include "bench/load/sink_loop.hpp"
#include "bench/load/tls.hpp"
#include "bench/process/net.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

#include <unistd.h>

namespace fs = std::filesystem;

namespace herald::bench {

namespace {

// Fresh pages are zero, and only those of `seen` that are used cost memory.
sink_memory* map_memory() {
  auto* at = ::mmap(nullptr, sizeof(sink_memory), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    throw std::system_error{errno, std::generic_category(), "mmap"};
  return static_cast<sink_memory*>(at);
}

[[noreturn]] void serve(unique_fd listener, sink_memory& memory,
                        const tls_server* tls) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN); // the driver decides when to stop
  std::signal(SIGTERM, SIG_DFL);
  try {
    sink_loop{std::move(listener), memory, tls}.run();
  } catch (const std::exception&) {
    std::_Exit(1);
  }
}

} // namespace

sink::sink(uint16_t port, bool by_tls) : memory_{map_memory()} {
  auto listener = listen_loopback(port);
  port_ = port_of(listener);
  std::unique_ptr<tls_server> tls;
  if (by_tls) {
    tls = std::make_unique<tls_server>();
    folder_ = std::make_unique<temp_folder>(fs::path{});
    tls->write_certificate(certificate());
  }
  pid_ = check(::fork(), "fork");
  if (pid_ == 0)
    serve(std::move(listener), *memory_, tls.get());
}

sink::~sink() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::munmap(memory_, sizeof(sink_memory));
}

void sink::expect_body(uint64_t bytes) {
  memory_->settings.body_size = bytes;
}

void sink::expect_signatures(bool expected) {
  memory_->settings.is_signed = expected;
}

void sink::play_dead(bool is_dead) {
  memory_->settings.is_dead = is_dead;
}

void sink::verify(uint64_t topics, uint64_t subscribers) {
  memory_->settings.topics = topics;
  memory_->settings.subscribers = std::max<uint64_t>(subscribers, 1);
  // Gives the pages back; they read as zero again.
  check(::madvise(memory_->seen, sizeof memory_->seen, MADV_REMOVE), "madvise");
  memory_->settings.verify = true;
}

void sink::stop_verifying() {
  memory_->settings.verify = false;
}

void sink::fall_ill(uint64_t delay_ns) {
  memory_->settings.sick_delay_ns = delay_ns;
}

fs::path sink::certificate() const {
  return folder_ ? folder_->path() / "sink.pem" : fs::path{};
}

std::string sink::base() const {
  return "://127.0.0.1:" + std::to_string(port_);
}

std::string sink::callback(uint64_t index, health how) const {
  constexpr std::array folders{"/s/", "/hang/", "/slow/", "/fail/"};
  return (folder_ ? "https" : "http") + base()
         + folders[static_cast<size_t>(how)] + std::to_string(index);
}

std::string sink::topic(uint64_t index) const {
  return "http" + base() + "/t/" + std::to_string(index);
}

} // namespace herald::bench
