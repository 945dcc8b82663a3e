// What a comparison of one column finds: distances with their certainty, and signals. Never a verdict.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/drift/bins.hpp"
#include "driftline/drift/row_weights.hpp"
#include "driftline/drift/sampling_law.hpp"
#include "driftline/summary/category_counts.hpp"

namespace driftline {

enum class Method : std::uint8_t {
  psi,
  chi_square,
  jensen_shannon,
  hellinger,
  total_variation,
  kl_divergence,
  ks,
  wasserstein,
  wasserstein_scaled,
  cramer_von_mises,
  energy,
  anderson_darling
};
const char* method_name(Method method);
/// Throws OptionError that lists the known names.
Method method_from_name(std::string_view name);

/// Whose formula a method follows: ours, or that of another tool as drift/foreign_definitions.hpp has it.
enum class Definition : std::uint8_t { driftline, evidently, nannyml, whylogs };
const char* definition_name(Definition definition);
/// Throws OptionError that lists the known names.
Definition definition_from_name(std::string_view name);

/// A method and its options.
struct MethodSpec {
  Method method = Method::psi;
  int bins = 10;         ///< methods on bins, numeric columns only: bins aimed at, 2 to 1000
  bool p_value = false;  ///< wasserstein, wasserstein_scaled: simulate the null law (Brownian bridge, fixed seed)
  Definition definition = Definition::driftline;  ///< another tool's has no further options
};

/// Details of the methods on bins.
struct BinDetails {
  std::shared_ptr<const BinTable> table;
  /// What each bin adds; the sum is the value. Of jensen_shannon and hellinger it is the square of the value.
  std::vector<double> contributions;
};

struct ChiSquareDetails {
  BinDetails bins;  ///< contributions of pooled bins are 0 but for the first of them, which holds that of the pool
  int df = 0;
  double cramers_v = 0.0;
  int n_pooled = 0;  ///< bins that were pooled because they expect fewer than 5 rows
};

struct KsDetails {
  std::optional<double> location;  ///< upper end of the cell after which the distance is largest
  std::string direction;           ///< "up": the current values are larger there; "down"; "" when the distance is 0
};

struct ScaleDetails {
  double scale = 0.0;
  std::string scale_kind;  ///< "iqr": reference's interquartile range / 1.349; "std": its standard deviation
};

struct CramerVonMisesDetails {
  std::optional<double>
      statistic;  ///< T with midranks, which grows with the rows; nullopt where cells hold many values
};

struct AndersonDarlingDetails {
  std::optional<double> normalised_statistic;  ///< (A² − 1)/σ; nullopt below 4 rows on both sides together
  double smooth_statistic = 0.0;               ///< what the p-value is of: A² with lines through equal values
};

/// Details of a method by the definition of another tool: what its formula was applied to.
struct ForeignDetails {
  std::vector<double> bin_edges;                         ///< as numpy.histogram takes them; empty without such bins
  std::vector<double> values;                            ///< numbers counted one by one, else empty
  std::vector<std::pair<LabelTag, std::string>> labels;  ///< labels counted one by one, else empty
  std::vector<double> reference_counts;                  ///< of the bins, values or labels
  std::vector<double> current_counts;
  std::vector<std::pair<std::string, double>> numbers;  ///< further details by name
};

/// One method's distance between the two sides of a column.
struct Evidence {
  Method method = Method::psi;
  Definition definition = Definition::driftline;
  std::optional<double> value;          ///< nullopt: undefined, see reason
  std::string reason;                   ///< "", "undefined_scale", "overflow"; of other tools' definitions "infinite",
                                        ///< "too_many_values", "labels_not_kept"
  std::optional<double> certified_low;  ///< what summarising can hide: the value of the rows lies in between
  std::optional<double> certified_high;
  std::uint64_t n_reference = 0;
  std::uint64_t n_current = 0;
  SideWeights weights;                     ///< of the rows, as the law takes them
  bool coarse = false;                     ///< a cell that is not one value holds more than 2/bins of the reference
  std::shared_ptr<const SamplingLaw> law;  ///< nullptr: none
  std::variant<std::monostate, BinDetails, ChiSquareDetails, KsDetails, ScaleDetails, CramerVonMisesDetails,
               AndersonDarlingDetails, ForeignDetails>
      details;
};

/// Something that happened to a column besides a change of its distribution.
struct Signal {
  std::string name;
  std::optional<double> value;      ///< the effect that tolerances speak of
  std::optional<double> reference;  ///< share or statistic of each side
  std::optional<double> current;
  std::uint64_t n_reference = 0;  ///< rows that the shares are of
  std::uint64_t n_current = 0;
  std::shared_ptr<const EffectLaw> law;                 ///< nullptr: none
  std::vector<LabelCount> labels;                       ///< unseen, vanished: at most 20, largest first
  std::vector<std::pair<std::string, double>> numbers;  ///< further details by name
  std::vector<std::pair<std::string, std::string>> texts;
};

/// Everything found between the two sides of one column.
struct Comparison {
  std::vector<Evidence> evidence;  ///< in the order of the methods asked for
  std::vector<Signal> signals;
  std::string direction;           ///< "up" "down" "wider" "narrower" "new values" "vanished values" "reshuffled" ""
  std::vector<std::string> notes;  ///< "width_differs", "overflowed"
};

}  // namespace driftline
