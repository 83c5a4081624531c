#pragma once

#include "storage/bytes.hpp"
#include "storage/codec.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::codec {

/// What the codecs of several kinds of records share; only codec*.cpp see it.

inline constexpr char body_version[] = {static_cast<char>(version)};

inline byte_writer begin(std::string& out, size_t expected_size,
                         uint8_t as = version) {
  out.reserve(expected_size);
  return byte_writer{out}.number(as);
}

inline caf::error unknown_version(uint8_t found, uint8_t newest) {
  return fail(errc::incompatible,
              "the record has format version " + std::to_string(found)
                + ", this program reads version "
                + (newest == version ? "" : "1 to ") + std::to_string(newest));
}

// Version 0 was never written.
inline caf::error check_version(std::string_view record,
                                uint8_t newest = version) {
  if (record.empty())
    return fail(errc::corrupt, "the record is empty");
  auto found = static_cast<uint8_t>(record.front());
  if (found == 0)
    return fail(errc::corrupt, "the record has no format version");
  if (found > newest)
    return unknown_version(found, newest);
  return caf::none;
}

template <class T, class Fill>
caf::expected<T> decode(std::string_view record, Fill fill,
                        uint8_t newest = version) {
  if (auto err = check_version(record, newest))
    return err;
  byte_reader in{record.substr(1)};
  T result{};
  fill(in, result);
  if (!in.done())
    return fail(errc::corrupt, "the record of " + std::to_string(record.size())
                                 + " bytes does not fit its format");
  return result;
}

inline bool read_bool(byte_reader& in) {
  auto number = in.number<uint8_t>();
  if (number > 1)
    in.spoil();
  return number == 1;
}

template <class Enum>
Enum read_enum(byte_reader& in, Enum first, Enum last) {
  auto number = in.number<uint8_t>();
  if (number < static_cast<uint8_t>(first)
      || number > static_cast<uint8_t>(last)) {
    in.spoil();
    return first;
  }
  return static_cast<Enum>(number);
}

inline signature_method read_method(byte_reader& in) {
  return read_enum(in, signature_method::sha1, signature_method::sha512);
}

inline entrance read_entrance(byte_reader& in) {
  return read_enum(in, entrance::hub, entrance::intergov);
}

inline failure read_failure(byte_reader& in) {
  return read_enum(in, failure::none, failure::damaged);
}

template <class Enum>
uint8_t number_of(Enum value) {
  return static_cast<uint8_t>(value);
}

inline int64_t read_signed(byte_reader& in) {
  return static_cast<int64_t>(in.number<uint64_t>());
}

inline std::string read_string(byte_reader& in) {
  return std::string{in.text()};
}

// A count is believed only as far as the bytes that are left allow, so that
// damaged ones do not ask for memory.
template <class T, class ReadOne>
std::vector<T> read_list(byte_reader& in, size_t least_bytes, ReadOne one) {
  std::vector<T> result;
  auto count = in.number<uint32_t>();
  if (count > in.left() / least_bytes) {
    in.spoil();
    return result;
  }
  result.reserve(count);
  for (uint32_t i = 0; i < count; ++i)
    result.push_back(one(in));
  return result;
}

inline field read_field(byte_reader& in) {
  auto name = read_string(in);
  return {std::move(name), read_string(in)};
}

} // namespace herald::codec
