// Profiles batches in parallel: columns × row blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/profile/profile.hpp"

namespace driftline {

/// One column of a batch, as consecutive chunks.
struct BatchColumn {
  std::string name;
  Kind kind = Kind::null;  ///< how to summarise it; Kind::null when the chunks hold no value and nothing is known
  std::string role;
  std::string reason;  ///< not empty: the caller could not read the column; count it as unsupported with this reason
  std::vector<ColumnView> chunks;
};

class Profiler {
 public:
  /// `threads` ≥ 1. `salt` seeds the hash of labels; `options.salt_check` is filled from it. Throws OptionError for
  /// options out of range.
  Profiler(ProfileOptions options, std::uint64_t salt, int threads);
  ~Profiler();

  /// Adds the rows of one batch. Columns may differ from batch to batch; each name at most once a batch.
  ///
  /// `checkpoint` is called between rounds of work in the calling thread, never more than about 0.2 s apart; what it
  /// throws stops the batch. After any exception the profiler must be thrown away. A column whose values cannot be read
  /// becomes unsupported with the reason; it never costs the others.
  ///
  /// Throws SchemaError when values of two real kinds, or two roles, come in one column, and InputError for a batch
  /// that is no table: a name that comes twice or is not UTF-8, a column longer or shorter than `n_rows`.
  void add(std::int64_t n_rows, const std::vector<BatchColumn>& columns, const std::function<void()>& checkpoint);

  /// The profile of all rows so far.
  Profile finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace driftline
