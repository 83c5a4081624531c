#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// Lower-case hex digits.
std::string to_hex(std::string_view bytes);

/// The reverse; nothing for any other text, upper case included.
std::optional<std::string> from_hex(std::string_view text);

/// FNV-1a, 64 bit. Stable: stored data depends on it.
uint64_t stable_hash(std::string_view bytes);

/// The 32 bytes of a SHA-256. Stable, like every hash.
std::string sha256(std::string_view bytes);

/// Appends numbers (big-endian) and texts to a string.
class byte_writer {
public:
  explicit byte_writer(std::string& out) : out_{out} {}

  template <std::unsigned_integral T>
  byte_writer& number(T value) {
    for (size_t i = sizeof(T); i-- > 0;)
      out_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    return *this;
  }

  /// Bytes as they are.
  byte_writer& raw(std::string_view bytes) {
    out_.append(bytes);
    return *this;
  }

  /// A length of four bytes, then the bytes.
  byte_writer& text(std::string_view bytes) {
    return number(static_cast<uint32_t>(bytes.size())).raw(bytes);
  }

private:
  std::string& out_;
};

/// Takes numbers and texts off the front of bytes that may be anything. After
/// the first thing that does not fit, `ok` is false and the rest reads as zero
/// and nothing: check once, at the end.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_{bytes} {}

  bool ok() const { return ok_; }

  /// True if everything fitted and nothing is left.
  bool done() const { return ok_ && rest_.empty(); }

  size_t left() const { return rest_.size(); }

  /// For readers that find a value out of its range.
  void spoil() { ok_ = false; }

  template <std::unsigned_integral T>
  T number() {
    auto bytes = raw(sizeof(T));
    T value = 0;
    for (auto c : bytes)
      value = static_cast<T>(value << 8 | static_cast<unsigned char>(c));
    return value;
  }

  std::string_view raw(size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    auto result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }

  std::string_view text() { return raw(number<uint32_t>()); }

private:
  std::string_view rest_;
  bool ok_ = true;
};

} // namespace herald
