#pragma once

#include "tests/storage/store_contract.hpp"

#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace herald {

/// A store in a folder, and hands that reach past it into the files.
class rocksdb_test : public testing::Test {
protected:
  rocksdb_test() {
    options.path = folder.path() + "/data";
    options.shape = {1, 1};
    options.warn
      = [this](std::string_view text) { warnings.emplace_back(text); };
  }

  void open() {
    st.reset();
    auto result = open_rocksdb_store(options);
    ASSERT_TRUE(result) << describe(result.error());
    st = std::move(*result);
  }

  /// Opens what must not open.
  caf::error open_error() const {
    auto result = open_rocksdb_store(options);
    EXPECT_FALSE(result);
    return result ? caf::error{} : result.error();
  }

  using families = std::map<std::string, rocksdb::ColumnFamilyHandle*>;

  /// Runs `work` on the bare database; no store may be open.
  void with_database(
    const std::function<void(rocksdb::DB&, const families&)>& work) {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies({}, options.path, &names).ok())
      names = {"default"};
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
    rocksdb::ColumnFamilyOptions plain;
    plain.compression = rocksdb::kNoCompression;
    for (const auto& name : names)
      wanted.emplace_back(name, plain);
    rocksdb::DBOptions how;
    how.create_if_missing = true;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    auto status = rocksdb::DB::Open(how, options.path, wanted, &handles, &raw);
    ASSERT_TRUE(status.ok()) << status.ToString();
    std::unique_ptr<rocksdb::DB> db{raw};
    families by_name;
    for (auto* handle : handles)
      by_name[handle->GetName()] = handle;
    work(*db, by_name);
    for (auto* handle : handles)
      db->DestroyColumnFamilyHandle(handle);
  }

  void overwrite(const std::string& family, const std::string& key,
                 const std::string& value) {
    st.reset();
    with_database([&](rocksdb::DB& db, const families& all) {
      EXPECT_TRUE(db.Put({}, all.at(family), key, value).ok());
    });
  }

  /// Changes a byte of every file of the closed store that holds `text`.
  bool damage_file_with(const std::string& text) const {
    auto any = false;
    for (auto& file : std::filesystem::directory_iterator{options.path}) {
      std::ifstream in{file.path(), std::ios::binary};
      std::string bytes{std::istreambuf_iterator<char>{in}, {}};
      auto at = bytes.find(text);
      if (at == std::string::npos)
        continue;
      any = true;
      bytes[at] ^= 1;
      std::ofstream{file.path(), std::ios::binary} << bytes;
    }
    return any;
  }

  int count_rows(const std::string& family) {
    int result = 0;
    with_database([&](rocksdb::DB& db, const families& all) {
      std::unique_ptr<rocksdb::Iterator> rows{
        db.NewIterator({}, all.at(family))};
      for (rows->SeekToFirst(); rows->Valid(); rows->Next())
        ++result;
    });
    return result;
  }

  static event make_event(const std::string& id) {
    event result;
    result.id = id;
    result.topic = "a.b";
    result.body = std::string(600, 'x');
    return result;
  }

  caf::expected<std::vector<append_result>>
  append(const std::string& id, const std::string& body = {}) {
    auto what = make_event(id);
    if (!body.empty())
      what.body = body;
    return st->append(0, {&what, 1});
  }

  std::vector<std::string> ids() {
    std::vector<std::string> result;
    auto metas = *st->read(0, 0, 1000);
    for (const auto& meta : metas)
      result.push_back(meta.id);
    return result;
  }

  static subscription make_subscription(const std::string& topic_key) {
    subscription result;
    result.topic = result.topic_key = topic_key;
    result.callback = "http://example.com/";
    result.id = make_subscription_id(topic_key, false, result.callback);
    return result;
  }

  caf::error put(const subscription& what) {
    subscription_change one{what, false, std::nullopt};
    auto result = st->change({&one, 1});
    if (!result)
      return result.error();
    return result->at(0) ? caf::error{} : result->at(0).error();
  }

  static bool mentions(const caf::error& err, const std::string& text) {
    return describe(err).find(text) != std::string::npos;
  }

  temporary_folder folder;
  store_options options;
  std::vector<std::string> warnings;
  std::unique_ptr<store> st;
};

} // namespace herald
