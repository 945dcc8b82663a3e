// UTF-8 checks.
#pragma once

#include <string>
#include <string_view>

namespace driftline {

/// Is `text` well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)?
bool is_utf8(std::string_view text);

/// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace driftline
