#include "driftline/summary/sum_bounds.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

namespace driftline {
namespace {

using boost::multiprecision::cpp_int;

cpp_int to_integer(const ExactSum& sum) {
  cpp_int magnitude = 0;
  if (!sum.limbs.empty()) import_bits(magnitude, sum.limbs.begin(), sum.limbs.end(), 64, false);
  return sum.negative ? cpp_int(-magnitude) : magnitude;
}

/// `x` in units of 2^-1074.
cpp_int to_units(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);  // 53 bits behind the point at most
  const cpp_int significand = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  const int shift = exponent - 53 + 1074;
  // Subnormals carry fewer bits than are shifted out.
  return shift >= 0 ? cpp_int(significand << shift) : cpp_int(significand / (cpp_int(1) << -shift));
}

}  // namespace

bool are_possible_sums(const ExactSum& sum, const ExactSum& sum_of_squares, std::uint64_t n, double min, double max) {
  const cpp_int total = to_integer(sum);
  const cpp_int squares = to_integer(sum_of_squares);
  const cpp_int low = to_units(min);
  const cpp_int high = to_units(max);
  const cpp_int largest = std::max(cpp_int(abs(low)), cpp_int(abs(high)));
  return n * low <= total && total <= n * high && total * total <= n * squares && squares <= n * largest * largest;
}

}  // namespace driftline
