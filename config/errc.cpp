#include "config/errc.hpp"

#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace herald {

std::string to_string(errc code) {
  switch (code) {
    case errc::invalid:
      return "invalid";
    case errc::refused:
      return "refused";
    case errc::not_found:
      return "not_found";
    case errc::conflict:
      return "conflict";
    case errc::fenced:
      return "fenced";
    case errc::overloaded:
      return "overloaded";
    case errc::unavailable:
      return "unavailable";
    case errc::full:
      return "full";
    case errc::permission:
      return "permission";
    case errc::busy:
      return "busy";
    case errc::corrupt:
      return "corrupt";
    case errc::incompatible:
      return "incompatible";
    case errc::timeout:
      return "timeout";
    case errc::unreachable:
      return "unreachable";
    case errc::too_large:
      return "too_large";
    case errc::stopping:
      return "stopping";
  }
  return "unknown";
}

namespace {

bool is_ours(const caf::error& err) {
  return err.category() == caf::atom("herald");
}

} // namespace

caf::error fail(errc code, std::string sentence) {
  return caf::make_error(code, std::move(sentence));
}

std::string describe(const caf::error& err) {
  if (!err)
    return "no error";
  auto& context = err.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  if (is_ours(err))
    return to_string(static_cast<errc>(err.code()));
  if (err.category() == caf::atom("system"))
    return to_string(static_cast<caf::sec>(err.code()));
  return "error " + std::to_string(err.code());
}

errc code_of(const caf::error& err) {
  if (is_ours(err))
    return static_cast<errc>(err.code());
  return errc::unavailable;
}

} // namespace herald
