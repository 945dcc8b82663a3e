// F − G along the common cells of a numeric column: what the distances between distribution functions are made of.
#pragma once

#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// A number that is only known to lie between two others, with an estimate.
struct Certified {
  double low = 0.0;
  double value = 0.0;
  double high = 0.0;

  void add(double least, double estimate, double most) {
    low += least;
    value += estimate;
    high += most;
  }
};

/// F and G are the distribution functions of the reference and of the current rows.
///
/// Differences are kept times n·m: whole numbers, exact up to 2^53, so equal shares give a distance of exactly 0.
struct GapScan {
  double largest = 0.0;   ///< the F − G of largest size at the end of a cell, times n·m
  double location = 0.0;  ///< upper end of the first cell at whose end it is
  double possible = 0.0;  ///< the largest |F − G| that rows could reach inside a cell, times n·m
  double unit = 1.0;      ///< power of two that the integrals are multiplied by, so that ±1.7e308 stays in range
  Certified up;           ///< ∫ (F − G)⁺
  Certified down;         ///< ∫ (F − G)⁻
};

/// One walk over the cells of both sides. O(cells), allocates nothing.
GapScan scan_gaps(const NumericPair& pair);

}  // namespace driftline
