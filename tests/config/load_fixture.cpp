#include "tests/config/load_fixture.hpp"

#include <fstream>

namespace herald {

namespace fs = std::filesystem;

load_test::load_test()
  : path(fs::path{testing::TempDir()}
         / (std::string{"herald_"}
            + testing::UnitTest::GetInstance()->current_test_info()->name()
            + ".toml")) {
  // nop
}

load_test::~load_test() {
  fs::remove(path);
}

void load_test::file(std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

caf::expected<loaded_config> load_test::load(args words) {
  if (fs::exists(path))
    words.insert(words.end(), {"--config", path.string()});
  return load_config(words, env);
}

config load_test::values(args words) {
  auto result = load(std::move(words));
  EXPECT_TRUE(result) << describe(result.error());
  return result ? result->values : config{};
}

std::string load_test::error(args words) {
  auto result = load(std::move(words));
  if (result)
    return "no error";
  EXPECT_EQ(code_of(result.error()), errc::invalid);
  return describe(result.error());
}

shown_option load_test::shown(std::string_view name, args words) {
  auto result = load(std::move(words));
  EXPECT_TRUE(result) << describe(result.error());
  if (result)
    for (auto& option : result->shown)
      if (option.name == name)
        return option;
  return {};
}

std::string load_test::at_line(int line) {
  return path.string() + ":" + std::to_string(line) + ": ";
}

} // namespace herald
