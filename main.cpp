#include "http/cli/command_line.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  return herald::run_command_line(args);
}
