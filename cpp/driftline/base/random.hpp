// Random numbers as a function of a key and a counter: no state, so order and threads leave no trace.
#pragma once

#include <cstdint>

namespace driftline {

/// 64 random bits for `counter` under `key`: the output of SplitMix64 (doi:10.1145/2714064.2660195) seeded with the
/// hashed key and advanced `counter` times, reached in one step.
std::uint64_t random_bits(std::uint64_t key, std::uint64_t counter);

/// Key of one replicate of one method on one column.
std::uint64_t random_key(std::uint64_t column, std::uint64_t method, std::uint64_t replicate);

/// Uniform in (0, 1): odd multiples of 2^-53.
double random_uniform(std::uint64_t key, std::uint64_t counter);

/// Standard normal to within 0.001 in distribution: 128 fair coins and a uniform. No function of libm beyond a square
/// root, so the same on every machine; |z| is at most 11.4.
double random_normal(std::uint64_t key, std::uint64_t counter);

/// Poisson with `mean` ≥ 0: exact by inversion below 30, else the rounded normal approximation.
double random_poisson(std::uint64_t key, std::uint64_t counter, double mean);

}  // namespace driftline
