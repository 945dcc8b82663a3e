// PSI, Jensen–Shannon and chi-square as other tools define them.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/foreign_counts.hpp"

namespace driftline {

/// Σ (p − q) ln(p/q). On each side an empty bin gets the share 0.0001, or a millionth of the side's smallest share
/// where that is at most 0.0001; shares are not normalised again.
Bounded evidently_psi(const ForeignTable& table);

/// The Jensen–Shannon distance; `base` e or 2.
Bounded jensen_shannon_distance(const ForeignTable& table, double base);

/// Σ (c − e)²/e with e = r·m/n, and the p-value on (bins − 1) degrees of freedom; infinite where e is 0. Without a
/// p-value for a single bin. Exact tables.
Evidence evidently_chi_square(const ForeignTable& table);

/// Pearson's statistic of the 2 × k table; with two columns every |c − e| is made smaller by up to 0.5 (Yates).
Evidence nannyml_chi_square(const ForeignTable& table);

/// Σ (c − e)²/e over the labels of either side, with e = ⌊r/N · M⌋ and the row counts N and M that include nulls;
/// infinite where e is 0. Degrees of freedom: distinct current labels − 1, at least 1.
Evidence whylogs_chi_square(const ForeignTable& table, double n_rows, double m_rows);

}  // namespace driftline
