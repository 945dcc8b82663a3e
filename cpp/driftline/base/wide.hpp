// Integers of 128 bits, which GCC and Clang have beside the standard ones.
#pragma once

namespace driftline {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

}  // namespace driftline
