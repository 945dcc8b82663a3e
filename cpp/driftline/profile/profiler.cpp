#include "driftline/profile/profiler.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "driftline/base/error.hpp"
#include "driftline/base/hash.hpp"
#include "driftline/base/utf8.hpp"
#include "driftline/parallel/parallel_for.hpp"
#include "driftline/profile/column_accumulator.hpp"
#include "driftline/profile/type_name.hpp"

namespace driftline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds round_time{150};
constexpr std::int64_t unit_rows = 65536;
constexpr std::int64_t too_few_cells_for_threads = 32768;
/// A lane finds the levels or fills the table of its column by itself, which costs as much as some 100,000 rows.
constexpr std::uint64_t rows_for_a_lane = 8 * unit_rows;

/// Consecutive rows of one chunk: what a thread takes at a time.
struct Unit {
  const ColumnView* chunk;
  std::int64_t begin;
  std::int64_t end;
};

std::vector<Unit> units_of(const std::vector<ColumnView>& chunks) {
  std::vector<Unit> units;
  for (const ColumnView& chunk : chunks) {
    // Every unit of a dictionary column goes through the dictionary once.
    const std::int64_t rows = chunk.dictionary ? std::max(unit_rows, 64 * chunk.dictionary->length) : unit_rows;
    for (std::int64_t begin = 0; begin < chunk.length; begin += rows) {
      units.push_back({&chunk, begin, std::min(begin + rows, chunk.length)});
    }
  }
  return units;
}

/// What one thread has read of a column, over all batches, and what it met in this one.
struct Lane {
  std::optional<ColumnAccumulator> accumulator;  // made when the lane first gets a unit
  NonLabels rest;
  std::string failure;
};

/// What has been read of a column as one kind, and where such values came first.
struct Reading {
  std::vector<Lane> lanes;
  std::string origin;
};

/// A column over all batches.
struct ColumnState {
  ColumnProfile totals;  // names and counts; no summary, no rows
  std::map<Kind, Reading> readings;
  std::uint64_t n_present = 0;  // rows of the batches that had the column
};

void fail(ColumnState& column, std::uint64_t n_null, std::string_view reason) {
  column.totals.n_null += n_null;
  // The least of all reasons, as when profiles are merged.
  column.totals = as_unsupported(column.totals, joined_reason(column.totals.reason, repaired_utf8(reason)));
  column.readings.clear();
}

std::uint64_t nulls_of(const BatchColumn& column) {
  return std::accumulate(column.chunks.begin(), column.chunks.end(), std::uint64_t{0},
                         [](std::uint64_t n, const ColumnView& chunk) { return n + count_nulls(chunk); });
}

/// One column of the current batch that must be read.
struct Job {
  ColumnState* column;
  const BatchColumn* batch;
  std::vector<Unit> units;
  Reading* reading;
  std::atomic<std::size_t> next_unit{0};

  bool done() const { return next_unit >= units.size(); }

  /// How many threads may read the column at a time: no more than it has units, and rows to make up for their lanes.
  std::size_t n_lanes(std::size_t at_most) const {
    const std::uint64_t worthwhile = 1 + column->n_present / rows_for_a_lane;
    return std::min({at_most, units.size(), static_cast<std::size_t>(worthwhile)});
  }
};

void add_up(NonLabels& total, const NonLabels& more) {
  total.n_null += more.n_null;
  total.n_nan += more.n_nan;
  total.n_pos_inf += more.n_pos_inf;
  total.n_neg_inf += more.n_neg_inf;
}

void read_unit(Lane& lane, const Unit& unit) {
  try {
    add_up(lane.rest, lane.accumulator->read(*unit.chunk, unit.begin, unit.end));
  } catch (const InputError& error) {
    // The least of all messages, so that it does not depend on which thread met what.
    if (lane.failure.empty() || error.what() < lane.failure) lane.failure = error.what();
  }
}

/// Adds what the lanes met in this batch to the totals of the column.
void close_batch(Job& job) {
  ColumnProfile& totals = job.column->totals;
  std::string failure;
  NonLabels rest;
  for (Lane& lane : job.reading->lanes) {
    add_up(rest, std::exchange(lane.rest, {}));
    if (failure.empty() || (!lane.failure.empty() && lane.failure < failure)) failure = lane.failure;
  }
  if (!failure.empty()) return fail(*job.column, nulls_of(*job.batch), failure);
  totals.n_null += static_cast<std::uint64_t>(rest.n_null);
  totals.n_nan += static_cast<std::uint64_t>(rest.n_nan);
  totals.n_pos_inf += static_cast<std::uint64_t>(rest.n_pos_inf);
  totals.n_neg_inf += static_cast<std::uint64_t>(rest.n_neg_inf);
}

bool has_values(const Reading& reading) {
  return std::any_of(reading.lanes.begin(), reading.lanes.end(),
                     [](const Lane& lane) { return lane.accumulator && lane.accumulator->has_values(); });
}

void require_one_kind(const ColumnState& column) {
  const std::pair<const Kind, Reading>* found = nullptr;
  for (const auto& entry : column.readings) {
    if (!has_values(entry.second)) continue;
    if (found != nullptr) {
      const std::string& first = found->second.origin;
      const std::string& second = entry.second.origin;
      const bool can_name = !first.empty() && !second.empty() && first != second;
      throw SchemaError("column \"" + column.totals.name + "\" is " + kind_name(found->first) + " in " +
                        (can_name ? first : "one batch") + " and " + kind_name(entry.first) + " in " +
                        (can_name ? second : "another") + "; say in the schema which it is, or leave the column out");
    }
    found = &entry;
  }
}

void require_one_role(const ColumnProfile& column, const std::string& role) {
  if (role.empty() || column.role.empty() || role == column.role) return;
  throw SchemaError("column \"" + column.name + "\" has the role " + column.role + " in one batch and " + role +
                    " in another");
}

void require_option(const char* name, std::uint32_t value) {
  if (value >= min_option && value <= max_option) return;
  throw OptionError(std::string(name) + "=" + std::to_string(value) + " is out of range; it must be between " +
                    std::to_string(min_option) + " and " + std::to_string(max_option));
}

void require_table(std::int64_t n_rows, const std::vector<BatchColumn>& columns) {
  if (n_rows < 0) throw InputError("a batch cannot have " + std::to_string(n_rows) + " rows");
  std::set<std::string_view> names;
  for (const BatchColumn& column : columns) {
    if (!is_utf8(column.name)) {
      throw InputError("the column name \"" + repaired_utf8(column.name) + "\" is not UTF-8; rename the column");
    }
    if (!names.insert(column.name).second) {
      throw InputError("the column name \"" + column.name + "\" comes twice; rename one of the columns");
    }
    const std::int64_t length =
        std::accumulate(column.chunks.begin(), column.chunks.end(), std::int64_t{0},
                        [](std::int64_t sum, const ColumnView& chunk) { return sum + chunk.length; });
    if (length != n_rows && column.reason.empty()) {
      throw InputError("column \"" + column.name + "\" has " + std::to_string(length) + " rows in a batch of " +
                       std::to_string(n_rows));
    }
  }
}

void join_columns(ColumnState& column, ColumnState other) {
  ColumnProfile& totals = column.totals;
  totals.name = other.totals.name;
  column.n_present += other.n_present;
  require_one_role(totals, other.totals.role);
  if (totals.role.empty()) totals.role = other.totals.role;
  totals.type_name = common_type(totals.type_name, other.totals.type_name);
  totals.n_null += other.totals.n_null;
  totals.n_nan += other.totals.n_nan;
  totals.n_pos_inf += other.totals.n_pos_inf;
  totals.n_neg_inf += other.totals.n_neg_inf;
  if (totals.kind == Kind::unsupported || other.totals.kind == Kind::unsupported) {
    const std::string reason = joined_reason(totals.reason, other.totals.reason);
    totals = as_unsupported(std::move(totals), reason);
    column.readings.clear();
    return;
  }
  for (auto& [kind, reading] : other.readings) {
    Reading& own = column.readings[kind];
    if (own.origin.empty()) own.origin = reading.origin;
    std::move(reading.lanes.begin(), reading.lanes.end(), std::back_inserter(own.lanes));
  }
  require_one_kind(column);
}

/// Moves the counts of NaN and infinities that numeric accumulators keep to the column, and joins all that was read.
void collect(ColumnProfile& column, const std::map<Kind, Reading>& readings, const ProfileOptions& options) {
  for (const auto& [kind, reading] : readings) {
    ColumnSummary summary;
    for (const Lane& lane : reading.lanes) {
      if (lane.accumulator) summary = merge(summary, lane.accumulator->finish(), options);
    }
    if (const auto* numbers = std::get_if<NumericSummary>(&summary)) {
      column.n_nan += numbers->n_nan;
      column.n_pos_inf += numbers->n_pos_inf;
      column.n_neg_inf += numbers->n_neg_inf;
    }
    if (!has_values(reading)) continue;
    column.kind = kind;
    column.summary = std::move(summary);
  }
  if (auto* numbers = std::get_if<NumericSummary>(&column.summary)) {
    numbers->n_nan = column.n_nan;
    numbers->n_pos_inf = column.n_pos_inf;
    numbers->n_neg_inf = column.n_neg_inf;
  }
}

}  // namespace

struct Profiler::State {
  ProfileOptions options;
  std::uint64_t salt = 0;
  int threads = 1;
  std::uint64_t n_rows = 0;
  std::map<std::string, ColumnState> columns;
  std::atomic<bool> stopped{false};

  ColumnState& enter(const BatchColumn& batch, std::int64_t n_rows_of_batch);
  void run(std::vector<std::unique_ptr<Job>>& jobs, int n_threads, const std::function<void()>& checkpoint) const;
  void run_lane(Job& job, std::size_t lane, Clock::time_point deadline) const;
};

/// The state of the column, with its schema joined to that of the batch.
ColumnState& Profiler::State::enter(const BatchColumn& batch, std::int64_t n_rows_of_batch) {
  ColumnState& column = columns[batch.name];
  ColumnProfile& totals = column.totals;
  totals.name = batch.name;
  column.n_present += static_cast<std::uint64_t>(n_rows_of_batch);
  require_one_role(totals, batch.role);
  if (totals.role.empty()) totals.role = batch.role;
  for (const ColumnView& chunk : batch.chunks) {
    totals.type_name = common_type(totals.type_name, repaired_utf8(chunk.type_name));
  }
  return column;
}

void Profiler::State::run_lane(Job& job, std::size_t lane, Clock::time_point deadline) const {
  while (Clock::now() < deadline) {
    const std::size_t unit = job.next_unit++;
    if (unit >= job.units.size()) return;
    Lane& own = job.reading->lanes[lane];
    if (!own.accumulator) own.accumulator.emplace(job.batch->kind, options, salt);
    read_unit(own, job.units[unit]);
  }
}

void Profiler::State::run(std::vector<std::unique_ptr<Job>>& jobs, int n_threads,
                          const std::function<void()>& checkpoint) const {
  // One accumulator per column, unless that leaves threads idle or the last column to one of them alone.
  const auto wanted = static_cast<std::size_t>(4 * n_threads);
  const std::size_t n_lanes = jobs.size() >= wanted ? 1
                                                    : std::min<std::size_t>(static_cast<std::size_t>(n_threads),
                                                                            (wanted + jobs.size() - 1) / jobs.size());
  std::vector<std::pair<Job*, std::size_t>> tasks;
  for (std::size_t lane = 0; lane < n_lanes; ++lane) {
    for (const auto& job : jobs) {
      if (lane < job->n_lanes(n_lanes)) tasks.emplace_back(job.get(), lane);
    }
  }
  for (const auto& job : jobs) {
    std::vector<Lane>& lanes = job->reading->lanes;
    lanes.resize(std::max(lanes.size(), job->n_lanes(n_lanes)));
  }
  while (!tasks.empty()) {
    const Clock::time_point deadline = Clock::now() + round_time;
    parallel_for(tasks.size(), n_threads, [&](std::size_t i) { run_lane(*tasks[i].first, tasks[i].second, deadline); });
    checkpoint();
    if (stopped) throw Error("the profile was stopped");
    std::erase_if(tasks, [](const auto& task) { return task.first->done(); });
  }
}

Profiler::Profiler(ProfileOptions options, std::uint64_t salt, int threads) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->salt = salt;
  state_->threads = threads;
  require_option("resolution", options.resolution);
  require_option("max_categories", options.max_categories);
  if (threads < 1) throw OptionError("threads=" + std::to_string(threads) + "; at least 1 is needed");
  state_->options.salt_check = options.hash_labels ? xxh64("driftline salt", salt) : 0;
}

Profiler::~Profiler() = default;

void Profiler::add(std::int64_t n_rows, const std::vector<BatchColumn>& columns,
                   const std::function<void()>& checkpoint, const std::string& origin) {
  add_columns(n_rows, columns, checkpoint, origin);
  add_rows(static_cast<std::uint64_t>(n_rows));
}

void Profiler::add_rows(std::uint64_t n_rows) { state_->n_rows += n_rows; }

void Profiler::add_columns(std::int64_t n_rows, const std::vector<BatchColumn>& columns,
                           const std::function<void()>& checkpoint, const std::string& origin) {
  require_table(n_rows, columns);
  State& state = *state_;
  std::vector<std::unique_ptr<Job>> jobs;
  for (const BatchColumn& batch : columns) {
    ColumnState& column = state.enter(batch, n_rows);
    if (!batch.reason.empty()) {
      fail(column, nulls_of(batch), batch.reason);
    } else if (batch.kind == Kind::unsupported) {
      fail(column, nulls_of(batch), "columns of type " + column.totals.type_name + " are not supported");
    } else if (column.totals.kind == Kind::unsupported || batch.kind == Kind::null) {
      column.totals.n_null += batch.kind == Kind::null ? static_cast<std::uint64_t>(n_rows) : nulls_of(batch);
    } else {
      // Not make_unique: before version 16 Clang cannot make an aggregate in parentheses.
      jobs.emplace_back(new Job{&column, &batch, units_of(batch.chunks), &column.readings[batch.kind]});
    }
  }
  const bool is_small = n_rows * static_cast<std::int64_t>(jobs.size()) < too_few_cells_for_threads;
  if (!jobs.empty()) state.run(jobs, is_small ? 1 : state.threads, checkpoint);
  for (const auto& job : jobs) {
    close_batch(*job);
    if (job->column->totals.kind == Kind::unsupported) continue;  // its readings are gone
    if (job->reading->origin.empty() && has_values(*job->reading)) job->reading->origin = origin;
    require_one_kind(*job->column);
  }
}

void Profiler::join(Profiler& other) {
  state_->threads += other.state_->threads;
  state_->n_rows += std::exchange(other.state_->n_rows, 0);
  for (auto& [name, theirs] : std::exchange(other.state_->columns, {})) {
    ColumnState& column = state_->columns[name];
    join_columns(column, std::move(theirs));
  }
}

void Profiler::stop() { state_->stopped = true; }

Profile Profiler::finish(const std::function<void()>& checkpoint) const {
  Profile profile;
  profile.options = state_->options;
  profile.n_rows = state_->n_rows;
  std::vector<std::pair<const ColumnState*, ColumnProfile*>> columns;
  for (const auto& [name, column] : state_->columns) {
    if (column.n_present > state_->n_rows) {
      throw InputError("column \"" + name + "\" has " + std::to_string(column.n_present) + " rows of " +
                       std::to_string(state_->n_rows));
    }
    ColumnProfile& result = profile.columns.emplace(name, column.totals).first->second;
    result.n_rows = state_->n_rows;
    result.n_absent = state_->n_rows - column.n_present;
    columns.emplace_back(&column, &result);
  }
  const auto collect_one = [&](std::size_t i) {
    if (columns[i].second->kind != Kind::unsupported) {
      collect(*columns[i].second, columns[i].first->readings, profile.options);
    }
  };
  parallel_for(columns.size(), state_->threads, collect_one, checkpoint);
  return profile;
}

}  // namespace driftline
