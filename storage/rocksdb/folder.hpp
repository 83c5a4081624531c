#pragma once

#include <caf/expected.hpp>

#include <string>

namespace herald {

/// The folder `--data` as a store needs it: nobody else may read it, because
/// secrets lie in it in the clear, and nobody else may write to it. Used once,
/// when a store is opened; any thread.

/// Makes the folder if it is missing, takes the rights of others away from what
/// is ours, and returns where the store goes: the folder itself, or `store` in
/// it, where the folder is root's and our group may write to it (a volume that
/// was mounted for us).
///
/// errc::permission for a folder that another user owns, or to which others may
/// write; errc::invalid for one that holds other things than a store (a name
/// that begins with a dot and `lost+found` do not count); errc::full and
/// errc::unavailable as the system says. Each sentence names the folder and
/// says what to do.
caf::expected<std::string> prepare_folder(const std::string& path);

} // namespace herald
