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

  /// Adds the rows of one batch. Columns may differ from batch to batch; each name at most once a batch. `origin` says
  /// where the batch comes from (a file), for messages.
  ///
  /// `checkpoint` is called between rounds of work in the calling thread, never more than about 0.2 s apart; what it
  /// throws stops the batch. After any exception the profiler must be thrown away. A column whose values cannot be read
  /// becomes unsupported with the reason; it never costs the others.
  ///
  /// Throws SchemaError when values of two real kinds, or two roles, come in one column, InputError for a batch that is
  /// no table (a name that comes twice or is not UTF-8, a column longer or shorter than `n_rows`), and Error after
  /// `stop`.
  void add(std::int64_t n_rows, const std::vector<BatchColumn>& columns, const std::function<void()>& checkpoint,
           const std::string& origin = {});

  /// Adds rows without adding to any column: those that `add_columns` brings column by column.
  void add_rows(std::uint64_t n_rows);

  /// As `add`, but the rows are counted by `add_rows`, here or in a profiler that is joined with this one.
  void add_columns(std::int64_t n_rows, const std::vector<BatchColumn>& columns,
                   const std::function<void()>& checkpoint, const std::string& origin = {});

  /// Takes all that `other` has read, and its threads; `other` must have been made with the same options and is left
  /// empty. Rows and columns may have been shared out between the two in any way. Throws SchemaError as `add` does.
  void join(Profiler& other);

  /// Makes `add` in another thread, now or later, throw at its next checkpoint. The only call that is safe meanwhile.
  void stop();

  /// The profile of all rows so far. `checkpoint` as in `add`. Throws InputError if a column has more rows than were
  /// counted.
  Profile finish(const std::function<void()>& checkpoint = [] {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace driftline
