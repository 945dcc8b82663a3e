#include "driftline/base/quick_hash.hpp"

#include <array>
#include <random>

namespace driftline {
namespace {

std::uint64_t random_word() {
  static std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

QuickHash::QuickHash() {
  // Odd, so that no factor is ever lost altogether.
  static const std::array<std::uint64_t, 3> drawn = {random_word(), random_word() | 1, random_word() | 1};
  seed_ = drawn[0];
  secret_ = drawn[1];
  other_secret_ = drawn[2];
}

}  // namespace driftline
