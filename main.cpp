#include "http/cli.hpp"

#include <string>
#include <vector>

/// Read by jemalloc: a thread of its own gives memory back, also at rest.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true";
}

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  return herald::run_command_line(args);
}
