#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace herald {

/// What goes wrong with files that are written; set by the test, at any time.
struct file_faults {
  enum class kind { none, no_space, broken };

  std::atomic<kind> on_append = kind::none;
  std::atomic<kind> on_sync = kind::none;
  std::atomic<int> syncs = 0; ///< How many there were.

  static rocksdb::IOStatus status(kind what) {
    switch (what) {
      case kind::no_space:
        return rocksdb::IOStatus::NoSpace("No space left on device");
      case kind::broken:
        return rocksdb::IOStatus::IOError("Input/output error");
      default:
        return rocksdb::IOStatus::OK();
    }
  }
};

/// A file whose appends and syncs fail when the test says so. A failed append
/// writes nothing; a failed sync comes after the bytes are in the file.
class faulty_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  faulty_file(std::unique_ptr<rocksdb::FSWritableFile> file,
              std::shared_ptr<file_faults> faults)
    : FSWritableFileOwnerWrapper{std::move(file)}, faults_{std::move(faults)} {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    auto status = file_faults::status(faults_->on_append);
    if (!status.ok())
      return status;
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* debug) override {
    auto status = file_faults::status(faults_->on_append);
    if (!status.ok())
      return status;
    return FSWritableFileOwnerWrapper::Append(data, options, info, debug);
  }

  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Sync(options, debug);
    auto fault = file_faults::status(faults_->on_sync);
    ++faults_->syncs;
    return fault.ok() ? status : fault;
  }

private:
  std::shared_ptr<file_faults> faults_;
};

/// The real files, with faults.
class faulty_files final : public rocksdb::FileSystemWrapper {
public:
  explicit faulty_files(std::shared_ptr<file_faults> faults)
    : FileSystemWrapper{rocksdb::FileSystem::Default()}, faults_{
                                                           std::move(faults)} {}

  const char* Name() const override { return "faulty_files"; }

  rocksdb::IOStatus
  NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                  std::unique_ptr<rocksdb::FSWritableFile>* result,
                  rocksdb::IODebugContext* debug) override {
    auto status
      = FileSystemWrapper::NewWritableFile(name, options, result, debug);
    if (status.ok())
      *result = std::make_unique<faulty_file>(std::move(*result), faults_);
    return status;
  }

private:
  std::shared_ptr<file_faults> faults_;
};

} // namespace herald
