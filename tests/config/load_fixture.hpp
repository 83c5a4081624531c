#pragma once

#include "config/errc.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// A file on disk for one test, and the three sources in one call.
class load_test : public testing::Test {
protected:
  using args = std::vector<std::string>;

  load_test();
  ~load_test() override;

  void file(std::string_view text);

  /// Loads `words`, `env` and, once `file` was called, the file.
  caf::expected<loaded_config> load(args words = {});

  config values(args words = {});

  std::string error(args words = {});

  shown_option shown(std::string_view name, args words = {});

  std::string at_line(int line);

  std::filesystem::path path;
  environment env;
};

} // namespace herald
