#include "tests/end_to_end/support/node_process.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

namespace herald::end_to_end {

namespace {

constexpr std::string_view ready_line = "herald ready on http://127.0.0.1:";

/// While a node is down the system may lend its port to another program's
/// connection, for a moment.
constexpr int start_attempts = 20;

} // namespace

node_process::node_process(std::vector<std::string> args,
                           std::filesystem::path data)
  : args_(std::move(args)),
    data_(data.empty() ? folder_.path() / "data" : std::move(data)) {
  // nop
}

std::vector<std::string>
node_process::command(const std::filesystem::path& data,
                      const std::vector<std::string>& args, uint16_t port) {
  std::vector<std::string> result{
    HERALD_BINARY, "serve",
    "--listen",    "127.0.0.1:" + std::to_string(port),
    "--data",      data.string()};
  result.insert(result.end(), args.begin(), args.end());
  return result;
}

bool node_process::try_start() {
  child_.reset();
  child_ = std::make_unique<child_process>(command(data_, args_, port_));
  auto line = child_->read_line();
  if (!line || !line->starts_with(ready_line))
    return false;
  port_ = static_cast<uint16_t>(std::stoul(line->substr(ready_line.size())));
  return true;
}

void node_process::start() {
  for (int i = 0; i < start_attempts; ++i) {
    if (try_start())
      return;
    if (complaints().find("in use") == std::string::npos)
      break;
  }
  throw std::runtime_error{"the node did not start: " + complaints()};
}

void node_process::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

std::optional<int> node_process::terminate() {
  child_->signal(SIGTERM);
  return child_->wait();
}

std::string node_process::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

} // namespace herald::end_to_end
