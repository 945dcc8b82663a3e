#include "driftline/drift/two_sample_ks.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

namespace driftline {
namespace {

constexpr double pi = std::numbers::pi;

/// P(D⁺ ≥ d) of one sample. Birnbaum and Tingey (1951), doi:10.1214/aoms/1177729550.
double one_sided_above(std::uint64_t rows, double d) {
  constexpr std::uint64_t most_terms = 1'000'000;
  const auto n = static_cast<double>(rows);
  if (rows > most_terms) {
    const double x = 6.0 * n * d + 1.0;
    return std::exp(-x * x / (18.0 * n));  // Maag and Dicaire (1971)
  }
  double sum = std::exp(n * std::log1p(-d));
  double log_choose = 0.0;
  for (double j = 1.0; j <= std::floor(n * (1.0 - d)); ++j) {
    log_choose += std::log((n - j + 1.0) / j);
    const double rest = 1.0 - d - j / n;
    if (rest <= 0.0) continue;
    sum += d * std::exp(log_choose + (j - 1.0) * std::log(d + j / n) + (n - j) * std::log(rest));
  }
  return sum;
}

using Matrix = std::vector<double>;  // square, row by row

Matrix product(const Matrix& a, const Matrix& b, std::size_t size) {
  Matrix result(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      const double factor = a[i * size + k];
      for (std::size_t j = 0; j < size; ++j) result[i * size + j] += factor * b[k * size + j];
    }
  }
  return result;
}

/// Durbin's matrix, by Marsaglia, Tsang and Wang (2003), doi:10.18637/jss.v008.i18.
Matrix durbin_matrix(std::size_t size, double h) {
  Matrix matrix(size * size);
  std::vector<double> inverse_factorial(size + 1, 1.0);
  for (std::size_t i = 1; i <= size; ++i) inverse_factorial[i] = inverse_factorial[i - 1] / static_cast<double>(i);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size && j <= i + 1; ++j) matrix[i * size + j] = inverse_factorial[i + 1 - j];
  }
  for (std::size_t i = 0; i < size; ++i) {
    const double cut = std::pow(h, static_cast<double>(i + 1)) * inverse_factorial[i + 1];
    matrix[i * size] -= cut;
    matrix[(size - 1) * size + (size - 1 - i)] -= cut;
  }
  if (2.0 * h > 1.0) {
    matrix[(size - 1) * size] += std::pow(2.0 * h - 1.0, static_cast<double>(size)) * inverse_factorial[size];
  }
  return matrix;
}

/// P(D ≤ d) by powers of that matrix. O((n·d)³ log n).
double below_by_matrix(std::uint64_t rows, double d) {
  constexpr int scale = 200;  // powers of two taken out when numbers grow
  const auto n = static_cast<double>(rows);
  const double k = std::ceil(n * d);
  const auto middle = static_cast<std::size_t>(k) - 1;
  const std::size_t size = 2 * middle + 1;
  Matrix base = durbin_matrix(size, k - n * d);
  Matrix power(size * size);
  for (std::size_t i = 0; i < size; ++i) power[i * size + i] = 1.0;
  int base_exponent = 0;
  int exponent = 0;
  const auto rescale = [middle, size](Matrix& matrix, int& at) {
    if (matrix[middle * size + middle] < std::ldexp(1.0, scale)) return;
    for (double& entry : matrix) entry = std::ldexp(entry, -scale);
    at += scale;
  };
  for (std::uint64_t left = rows; left > 0; left /= 2) {
    if (left % 2 == 1) {
      power = product(power, base, size);
      exponent += base_exponent;
      rescale(power, exponent);
    }
    if (left == 1) break;
    base = product(base, base, size);
    base_exponent *= 2;
    rescale(base, base_exponent);
  }
  double result = power[middle * size + middle];
  for (double i = 1.0; i <= n; ++i) {
    result *= i / n;
    if (result < std::ldexp(1.0, -scale)) {
      result = std::ldexp(result, scale);
      exponent -= scale;
    }
  }
  return std::ldexp(result, exponent);
}

/// P(D ≤ d) by four terms in 1/√n. Pelz and Good (1976), J. R. Stat. Soc. B 38(2), 152.
double below_by_series(double n, double d) {
  const double z = std::sqrt(n) * d;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  const double pi2 = pi * pi;
  double k0 = 0.0, k1 = 0.0, k2 = 0.0, k3 = 0.0, e2 = 0.0, e3 = 0.0;
  for (int k = 1; k <= 20; ++k) {
    const double j2 = pi2 * (k - 0.5) * (k - 0.5);
    const double q = std::exp(-j2 / (2.0 * z2));
    k0 += q;
    k1 += (j2 - z2) * q;
    k2 += (6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * j2 + (1.0 - 2.0 * z2) * j2 * j2) * q;
    k3 += (-30.0 * z6 - 90.0 * z4 * z4 + (135.0 * z4 - 96.0 * z6) * j2 + (212.0 * z4 - 60.0 * z2) * j2 * j2 +
           (5.0 - 30.0 * z2) * j2 * j2 * j2) *
          q;
    const double i2 = pi2 * k * k;
    const double even = std::exp(-i2 / (2.0 * z2));
    e2 += i2 * even;
    e3 += (3.0 * z2 - i2) * i2 * even;
  }
  const double root = std::sqrt(2.0 * pi);
  return root * (k0 / z + k1 / (6.0 * z4 * std::sqrt(n)) + (k2 / (72.0 * z6 * z) - e2 / (36.0 * z2 * z)) / n +
                 (k3 / (6480.0 * z6 * z4) + e3 / (216.0 * z6)) / (n * std::sqrt(n)));
}

/// P(D ≤ d) where d ≤ 1/n: n! (2d − 1/n)^n.
double below_for_smallest(std::uint64_t rows, double d) {
  const auto n = static_cast<double>(rows);
  double log_below = n * std::log(2.0 * n * d - 1.0);
  for (double i = 1.0; i <= n; ++i) log_below += std::log(i / n);
  return std::exp(log_below);
}

}  // namespace

double exact_two_sample_above(std::uint64_t n, std::uint64_t m, double d) {
  const auto rows = static_cast<std::int64_t>(n);
  const auto columns = static_cast<std::int64_t>(m);
  const std::int64_t divisor = std::gcd(rows, columns);
  // In units of 1/(n·m), paths are outside from `reach` on.
  const std::int64_t reach = divisor * std::llround(d * static_cast<double>(rows / divisor * columns));
  if (reach == 0) return 1.0;
  std::vector<double> outside(m + 1, 1.0);  // share of the paths to (i, j) that have been outside
  for (std::int64_t i = 0; i <= rows; ++i) {
    const std::int64_t center = i * columns;
    const std::int64_t first = center < reach ? 0 : (center - reach) / rows + 1;
    const std::int64_t last = std::min(columns, (center + reach - 1) / rows);
    double left = 1.0;
    for (std::int64_t j = first; j <= last; ++j) {
      double& here = outside[static_cast<std::size_t>(j)];
      if (i == 0) {
        here = j == 0 ? 0.0 : left;
      } else if (j > 0) {
        here = (static_cast<double>(i) * here + static_cast<double>(j) * left) / static_cast<double>(i + j);
      }
      left = here;
    }
  }
  return std::clamp(outside.back(), 0.0, 1.0);
}

double one_sample_above(std::uint64_t n, double d) {
  const auto rows = static_cast<double>(n);
  const double nd = rows * d;
  const double ndd = nd * d;
  if (nd <= 0.5) return 1.0;
  if (d >= 1.0) return 0.0;
  if (nd <= 1.0) return 1.0 - below_for_smallest(n, d);
  if (nd >= rows - 1.0) return 2.0 * std::pow(1.0 - d, rows);
  if (d >= 0.5 || ndd >= (n <= 140 ? 4.0 : 2.2)) return ndd >= 370.0 ? 0.0 : std::min(1.0, 2.0 * one_sided_above(n, d));
  const bool by_matrix = n <= 140 || (n <= 100'000 && rows * std::pow(d, 1.5) <= 1.4);
  return std::clamp(1.0 - (by_matrix ? below_by_matrix(n, d) : below_by_series(rows, d)), 0.0, 1.0);
}

double two_sample_p_value(std::uint64_t n, std::uint64_t m, double d) {
  constexpr std::uint64_t most_exact = 10'000;
  if (std::max(n, m) <= most_exact) return exact_two_sample_above(n, m, d);
  const auto larger = static_cast<double>(std::max(n, m));
  const auto smaller = static_cast<double>(std::min(n, m));
  return one_sample_above(static_cast<std::uint64_t>(std::nearbyint(larger * smaller / (larger + smaller))), d);
}

}  // namespace driftline
