// Divergences between the shares of two sides over the same bins, and what uncertain counts leave open.
#pragma once

#include <vector>

#include "driftline/drift/bins.hpp"
#include "driftline/drift/evidence.hpp"

namespace driftline {

/// How shares are pulled towards those of both sides together before a divergence is taken.
///
/// With p and q the shares, π = weight·p + (1 − weight)·q, the divergence sees (p + a·π)/(1 + a), a = `reference`, and
/// (q + b·π)/(1 + b), b = `current`. Equal shares stay equal, and no share becomes 0 unless both are.
struct Shrinkage {
  double reference = 0.0;
  double current = 0.0;
  double weight = 0.5;  ///< n / (n + m)
};

struct Shares {
  double p = 0.0;
  double q = 0.0;
};
Shares shrink(const Shrinkage& shrinkage, Shares raw);

/// What PSI and KL use for n and m rows: max(B/2, 0.002 n) pseudo-rows, B the number of occupied bins. None for others.
Shrinkage shrinkage_of(Method method, double n, double m, double occupied_bins);
/// The same for endless samples of the same proportion n : m, 0.002 n pseudo-rows: the divergence that is estimated.
Shrinkage limit_shrinkage(Method method, double n, double m);

/// What one bin with shares p and q adds. Never negative, 0 for p = q, jointly convex.
///
/// psi: (p − q) ln(p/q); kl_divergence: q ln(q/p) − q + p; jensen_shannon: (p log2(2p/(p+q)) + q log2(2q/(p+q))) / 2;
/// hellinger: (√p − √q)² / 2; total_variation: |p − q| / 2. Shares of psi and kl_divergence are shrunk first.
double divergence_term(Method method, const Shrinkage& shrinkage, Shares raw);

/// Derivatives of a term by the raw shares.
struct Slopes {
  double p = 0.0;
  double q = 0.0;
};
/// Of any of the methods above but total_variation. Shares that are 0 and not shrunk are taken as 1e-300.
Slopes divergence_slopes(Method method, const Shrinkage& shrinkage, Shares raw);

/// Does the method report the square root of the summed terms?
bool is_root(Method method);

/// Bounds of a count.
struct CountRange {
  double low;
  double high;
};
/// The least and the most that a bin can add when its rows are only known to lie in ranges.
CountRange term_range(Method method, const Shrinkage& shrinkage, CountRange reference, double n, CountRange current,
                      double m);

/// A divergence of a table: its value, certified bounds, and what each bin adds (before any root).
struct Divergence {
  double value;
  double certified_low;
  double certified_high;
  std::vector<double> contributions;
};
/// Requires rows on both sides. O(bins).
Divergence divergence(const BinTable& table, Method method);

}  // namespace driftline
