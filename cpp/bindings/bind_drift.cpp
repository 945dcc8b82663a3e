// driftline._core: comparison of columns.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "check_signals.hpp"
#include "driftline/base/error.hpp"
#include "driftline/drift/compare.hpp"
#include "driftline/parallel/parallel_for.hpp"
#include "label_to_python.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;

namespace driftline {
namespace {

template <class Value>
py::array to_array(const std::vector<Value>& values) {
  return py::array_t<Value>(static_cast<py::ssize_t>(values.size()), values.data());
}

std::optional<std::pair<double, double>> interval_of(const EffectLaw* law, double level) {
  if (!(level > 0.0 && level < 1.0)) throw OptionError("level must be between 0 and 1, got " + std::to_string(level));
  if (law == nullptr) return std::nullopt;
  const py::gil_scoped_release no_gil;
  return law->interval(level);
}

std::optional<double> p_value_of(const EffectLaw* law) {
  if (law == nullptr) return std::nullopt;
  const py::gil_scoped_release no_gil;
  return law->p_value();
}

double p_above_of(const EffectLaw* law, double tolerance) {
  if (law == nullptr) return 1.0;
  const py::gil_scoped_release no_gil;
  return law->p_above(tolerance);
}

double p_below_of(const SamplingLaw* law, double tolerance) {
  if (law == nullptr) return 1.0;
  const py::gil_scoped_release no_gil;
  return law->p_below(tolerance);
}

std::pair<std::optional<std::uint64_t>, std::string> rows_needed_of(const Evidence& evidence, double tolerance,
                                                                    double alpha) {
  const py::gil_scoped_release no_gil;
  // The law counts independent rows.
  const double weight = evidence.weights.current;
  const auto rows = static_cast<std::uint64_t>(std::max(1.0, weight * static_cast<double>(evidence.n_current)));
  RowsNeeded result = rows_needed(evidence.law.get(), evidence.value.value_or(0.0), rows, tolerance, alpha);
  if (result.rows && weight < 1.0) {
    result.rows =
        std::max(evidence.n_current, static_cast<std::uint64_t>(std::ceil(static_cast<double>(*result.rows) / weight)));
  }
  return {result.rows, std::move(result.reason)};
}

py::list labels_of(const BinTable& table) {
  py::list bins;
  for (const auto& labels : table.labels) {
    py::list names;
    for (const auto& [tag, payload] : labels) names.append(label_to_python(tag, payload));
    bins.append(std::move(names));
  }
  return bins;
}

py::dict bins_to_python(const BinDetails& details) {
  const BinTable& table = *details.table;
  py::dict result;
  if (table.bin_names.empty()) {
    result["bin_edges"] = to_array(table.bin_edges);
  } else {
    result["labels"] = labels_of(table);
    result["bin_names"] = table.bin_names;
  }
  result["reference_counts"] = to_array(table.reference_counts);
  result["current_counts"] = to_array(table.current_counts);
  result["current_counts_low"] = to_array(table.current_counts_low);
  result["current_counts_high"] = to_array(table.current_counts_high);
  result["contributions"] = to_array(details.contributions);
  return result;
}

struct DetailsToPython {
  py::dict operator()(std::monostate) const { return {}; }
  py::dict operator()(const BinDetails& details) const { return bins_to_python(details); }
  py::dict operator()(const ChiSquareDetails& details) const {
    py::dict result = bins_to_python(details.bins);
    result["df"] = details.df;
    result["cramers_v"] = details.cramers_v;
    result["n_pooled"] = details.n_pooled;
    return result;
  }
  py::dict operator()(const KsDetails& details) const {
    return py::dict("location"_a = details.location, "direction"_a = details.direction);
  }
  py::dict operator()(const ScaleDetails& details) const {
    return py::dict("scale"_a = details.scale, "scale_kind"_a = details.scale_kind);
  }
  py::dict operator()(const CramerVonMisesDetails& details) const {
    return py::dict("statistic"_a = details.statistic);
  }
  py::dict operator()(const AndersonDarlingDetails& details) const {
    return py::dict("normalised_statistic"_a = details.normalised_statistic,
                    "smooth_statistic"_a = details.smooth_statistic);
  }
  py::dict operator()(const ForeignDetails& details) const {
    py::dict result;
    if (!details.bin_edges.empty()) result["bin_edges"] = to_array(details.bin_edges);
    if (!details.values.empty()) result["values"] = to_array(details.values);
    if (!details.labels.empty()) {
      py::list labels;
      for (const auto& [tag, payload] : details.labels) labels.append(label_to_python(tag, payload));
      result["labels"] = std::move(labels);
    }
    if (!details.reference_counts.empty()) {
      result["reference_counts"] = to_array(details.reference_counts);
      result["current_counts"] = to_array(details.current_counts);
    }
    for (const auto& [name, number] : details.numbers) result[name.c_str()] = number;
    return result;
  }
};

/// "psi", or "psi_evidently" by the definition of another tool: one report may hold both.
std::string evidence_name(const Evidence& evidence) {
  const std::string method = method_name(evidence.method);
  return evidence.definition == Definition::driftline ? method : method + "_" + definition_name(evidence.definition);
}

py::dict evidence_details(const Evidence& evidence) {
  py::dict details = std::visit(DetailsToPython{}, evidence.details);
  if (evidence.definition != Definition::driftline) details["definition"] = definition_name(evidence.definition);
  return details;
}

py::dict signal_details(const Signal& signal) {
  py::dict result;
  if (!signal.labels.empty() || signal.name == "unseen" || signal.name == "vanished") {
    py::list labels;
    for (const LabelCount& label : signal.labels) {
      labels.append(py::make_tuple(label_to_python(label.tag, label.payload), label.count));
    }
    result["labels"] = std::move(labels);
  }
  for (const auto& [name, number] : signal.numbers) result[name.c_str()] = number;
  for (const auto& [name, text] : signal.texts) result[name.c_str()] = text;
  return result;
}

/// A reference into the comparison, which it keeps alive.
py::object evidence_of(const py::object& self, const std::string& method) {
  for (const Evidence& evidence : self.cast<const Comparison&>().evidence) {
    if (evidence_name(evidence) == method) {
      return py::cast(evidence, py::return_value_policy::reference_internal, self);
    }
  }
  return py::none();
}

double signal_p_above(const Comparison& comparison, const std::string& name, double tolerance) {
  for (const Signal& signal : comparison.signals) {
    if (signal.name == name) return p_above_of(signal.law.get(), tolerance);
  }
  throw OptionError("no signal \"" + name + "\" was measured on this column");
}

py::list effects_of(const Comparison& comparison) {
  py::list effects;
  for (const Signal& signal : comparison.signals) {
    effects.append(
        py::make_tuple(signal.name, signal.value, signal.reference, std::min(signal.n_reference, signal.n_current)));
  }
  return effects;
}

MethodSpec make_spec(const std::string& method, int bins, bool p_value, const std::string& definition) {
  return {method_from_name(method), bins, p_value, definition_from_name(definition)};
}

/// The profiles are owned by Python objects that the argument lists keep alive during the call.
std::vector<Comparison> compare_all(const std::vector<std::pair<const ColumnProfile*, const ColumnProfile*>>& pairs,
                                    const std::vector<std::vector<MethodSpec>>& methods, int threads,
                                    const std::vector<RowWeights>& weights) {
  if (!weights.empty() && weights.size() != pairs.size()) {
    throw OptionError("got " + std::to_string(pairs.size()) + " pairs of columns and weights for " +
                      std::to_string(weights.size()));
  }
  if (pairs.size() != methods.size()) {
    throw OptionError("got " + std::to_string(pairs.size()) + " pairs of columns and methods for " +
                      std::to_string(methods.size()));
  }
  std::vector<Comparison> result(pairs.size());
  const py::gil_scoped_release no_gil;
  const auto compare_one = [&](std::size_t i) {
    result[i] =
        compare_columns(*pairs[i].first, *pairs[i].second, methods[i], weights.empty() ? RowWeights{} : weights[i]);
  };
  parallel_for(pairs.size(), threads, compare_one, check_signals);
  return result;
}

py::array_t<double> block_counts_of(const ColumnProfile& reference, const std::vector<const ColumnProfile*>& blocks) {
  std::vector<std::vector<double>> counts;
  {
    const py::gil_scoped_release no_gil;
    counts = block_counts(reference, blocks);
  }
  const std::size_t n_bins = counts.empty() ? 0 : counts.front().size();
  py::array_t<double> result({counts.size(), n_bins});
  for (std::size_t i = 0; i < counts.size(); ++i)
    std::copy(counts[i].begin(), counts[i].end(), result.mutable_data(static_cast<py::ssize_t>(i)));
  return result;
}

RowWeights make_weights(std::pair<double, double> shares, std::pair<double, double> order,
                        std::pair<double, double> nulls) {
  return {{shares.first, shares.second}, {order.first, order.second}, {nulls.first, nulls.second}};
}

void register_evidence(py::module_& m) {
  py::class_<Evidence>(m, "Evidence", "One method's distance between the two sides of a column.")
      .def_property_readonly("method", &evidence_name)
      .def_readonly("value", &Evidence::value)
      .def_readonly("reason", &Evidence::reason)
      .def_readonly("certified_low", &Evidence::certified_low)
      .def_readonly("certified_high", &Evidence::certified_high)
      .def_readonly("n_reference", &Evidence::n_reference)
      .def_readonly("n_current", &Evidence::n_current)
      .def_property_readonly(
          "weights",
          [](const Evidence& evidence) { return std::pair(evidence.weights.reference, evidence.weights.current); })
      .def_readonly("coarse", &Evidence::coarse)
      .def_property_readonly("law",
                             [](const Evidence& evidence) { return evidence.law ? evidence.law->name() : "none"; })
      .def_property_readonly("p_value", [](const Evidence& evidence) { return p_value_of(evidence.law.get()); })
      .def(
          "interval", [](const Evidence& evidence, double level) { return interval_of(evidence.law.get(), level); },
          "level"_a)
      .def(
          "p_above",
          [](const Evidence& evidence, double tolerance) { return p_above_of(evidence.law.get(), tolerance); },
          "tolerance"_a)
      .def(
          "p_below",
          [](const Evidence& evidence, double tolerance) { return p_below_of(evidence.law.get(), tolerance); },
          "tolerance"_a)
      .def("rows_needed", &rows_needed_of, "tolerance"_a, "alpha"_a)
      .def("details", &evidence_details);
}

void register_signal(py::module_& m) {
  py::class_<Signal>(m, "Signal", "Something that happened to a column besides a change of its distribution.")
      .def_readonly("name", &Signal::name)
      .def_readonly("value", &Signal::value)
      .def_readonly("reference", &Signal::reference)
      .def_readonly("current", &Signal::current)
      .def_readonly("n_reference", &Signal::n_reference)
      .def_readonly("n_current", &Signal::n_current)
      .def_property_readonly("p_value", [](const Signal& signal) { return p_value_of(signal.law.get()); })
      .def(
          "interval", [](const Signal& signal, double level) { return interval_of(signal.law.get(), level); },
          "level"_a)
      .def(
          "p_above", [](const Signal& signal, double tolerance) { return p_above_of(signal.law.get(), tolerance); },
          "tolerance"_a)
      .def("details", &signal_details);
}

}  // namespace

void register_drift(py::module_& m) {
  py::class_<MethodSpec>(m, "MethodSpec", "A method and its options.")
      .def(py::init(&make_spec), "method"_a, py::kw_only(), "bins"_a = 10, "p_value"_a = false,
           "definition"_a = "driftline")
      .def_property_readonly("method", [](const MethodSpec& spec) { return method_name(spec.method); })
      .def_readonly("bins", &MethodSpec::bins)
      .def_readonly("p_value", &MethodSpec::p_value)
      .def_property_readonly("definition", [](const MethodSpec& spec) { return definition_name(spec.definition); });
  register_evidence(m);
  register_signal(m);
  py::class_<Comparison>(m, "Comparison", "Everything found between the two sides of one column.")
      .def_readonly("evidence", &Comparison::evidence)
      .def_readonly("signals", &Comparison::signals)
      .def("evidence_of", &evidence_of, "method"_a)
      .def_property_readonly("effects", &effects_of)
      .def("signal_p_above", &signal_p_above, "name"_a, "tolerance"_a)
      .def_readonly("direction", &Comparison::direction)
      .def_readonly("notes", &Comparison::notes);
  py::class_<RowWeights>(m, "RowWeights", "Independent rows that one row is worth: (reference, current) of each law.")
      .def(py::init(&make_weights), py::kw_only(), "shares"_a, "order"_a, "nulls"_a);
  m.def("compare_columns", &compare_all, "pairs"_a, "methods"_a, "threads"_a, "weights"_a = std::vector<RowWeights>{});
  m.def("block_counts", &block_counts_of, "reference"_a, "blocks"_a);
}

}  // namespace driftline
