// Exact rationals, to check rounding by its definition.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

namespace driftline::testing {

using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

/// A finite double as a rational.
inline Rational exactly(double value) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  Rational result(static_cast<std::int64_t>(std::ldexp(mantissa, 53)));
  const Integer power = Integer(1) << std::abs(exponent - 53);
  return exponent >= 53 ? Rational(result * power) : Rational(result / power);
}

inline bool has_even_mantissa(double value) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  return static_cast<std::int64_t>(std::ldexp(mantissa, 53)) % 2 == 0;
}

/// Is `rounded`, a normal double or zero, the double nearest to `exact`, and the even one of two that are as near?
inline bool is_nearest(double rounded, const Rational& exact) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Rational distance = abs(exactly(rounded) - exact);
  for (const double neighbour : {std::nextafter(rounded, infinity), std::nextafter(rounded, -infinity)}) {
    if (std::isinf(neighbour)) continue;
    const Rational other = abs(exactly(neighbour) - exact);
    if (other < distance || (other == distance && !has_even_mantissa(rounded))) return false;
  }
  return true;
}

}  // namespace driftline::testing
