// Summaries as bytes; codec.cpp describes the layout.
#pragma once

#include <cstdint>

#include "driftline/profile/byte_io.hpp"
#include "driftline/profile/profile.hpp"

namespace driftline {

/// Everything but the counts that the column already holds.
void write_summary(ByteWriter& out, const NumericSummary& summary);
void write_summary(ByteWriter& out, const CategorySummary& summary);

/// The summary of `n_valid` ≥ 1 rows; the counts of NaN and infinities are left at 0. Accepts nothing that a summary
/// made from rows could not be, as far as the bytes can tell. Throws FormatError.
NumericSummary read_numeric_summary(ByteReader& in, std::uint64_t n_valid, const ProfileOptions& options);
CategorySummary read_category_summary(ByteReader& in, std::uint64_t n_valid, const ProfileOptions& options);

}  // namespace driftline
