// driftline._core: profiles.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "check_signals.hpp"
#include "driftline/base/error.hpp"
#include "driftline/base/hash.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/profile/profiler.hpp"
#include "driftline/profile/queries.hpp"
#include "label_to_python.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;

namespace driftline {
namespace {

using ColumnTuple = std::tuple<std::string, std::string, std::string, std::string, std::vector<ColumnView>>;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::unique_ptr<Profiler> make_profiler(std::uint32_t resolution, std::uint32_t max_categories, bool hash_labels,
                                        const std::string& salt, int threads) {
  const ProfileOptions options{.resolution = resolution, .max_categories = max_categories, .hash_labels = hash_labels};
  return std::make_unique<Profiler>(options, xxh64(salt), threads);
}

std::vector<BatchColumn> batch_columns(std::vector<ColumnTuple> tuples) {
  std::vector<BatchColumn> columns;
  columns.reserve(tuples.size());
  for (auto& [name, kind, role, reason, chunks] : tuples) {
    columns.push_back({std::move(name), kind_from_name(kind), std::move(role), std::move(reason), std::move(chunks)});
  }
  return columns;
}

void add_batch(Profiler& profiler, std::int64_t n_rows, std::vector<ColumnTuple> tuples, const std::string& origin) {
  const std::vector<BatchColumn> columns = batch_columns(std::move(tuples));
  const py::gil_scoped_release no_gil;
  profiler.add(n_rows, columns, check_signals, origin);
}

void add_columns(Profiler& profiler, std::int64_t n_rows, std::vector<ColumnTuple> tuples, const std::string& origin) {
  const std::vector<BatchColumn> columns = batch_columns(std::move(tuples));
  const py::gil_scoped_release no_gil;
  profiler.add_columns(n_rows, columns, check_signals, origin);
}

template <class Function>
auto without_gil(Function function) {
  const py::gil_scoped_release no_gil;
  return function();
}

const NumericSummary* numbers_of(const ColumnProfile& column) { return std::get_if<NumericSummary>(&column.summary); }

const CategorySummary* labels_of(const ColumnProfile& column) { return std::get_if<CategorySummary>(&column.summary); }

const NumericSummary& require_numbers(const ColumnProfile& column) {
  const NumericSummary* numbers = numbers_of(column);
  if (numbers != nullptr) return *numbers;
  throw InputError("column \"" + column.name + "\" of kind " + kind_name(column.kind) +
                   " has no numbers; quantiles and the like need a numeric, boolean or datetime column with values");
}

/// Calls `query` with the numbers of a column; None where there are none.
template <class Query>
auto number_or_none(Query query) {
  return [query](const ColumnProfile& column) -> std::optional<double> {
    const NumericSummary* numbers = numbers_of(column);
    return numbers == nullptr ? std::nullopt : std::optional<double>(query(*numbers));
  };
}

template <class Query>
auto count_of_numbers(Query query) {
  return [query](const ColumnProfile& column) -> std::uint64_t {
    const NumericSummary* numbers = numbers_of(column);
    return numbers == nullptr ? 0 : query(*numbers);
  };
}

bool is_exact(const ColumnProfile& column) {
  if (const auto* numbers = numbers_of(column)) return numbers->histogram.exact();
  if (const auto* labels = labels_of(column)) return !labels->overflowed;
  return true;
}

template <class Value>
py::array_t<Value> to_array(const std::vector<Value>& values) {
  return py::array_t<Value>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::array_t<double> histogram(const ColumnProfile& column, const Doubles& edges) {
  if (edges.ndim() != 1) {
    throw OptionError("edges must be one-dimensional, got " + std::to_string(edges.ndim()) + " dimensions");
  }
  const std::span<const double> view(edges.data(), static_cast<std::size_t>(edges.size()));
  return to_array(histogram_counts(require_numbers(column), view));
}

py::tuple cells_of(const ColumnProfile& column) {
  std::vector<double> low;
  std::vector<double> high;
  std::vector<std::uint64_t> count;
  for (const Cell& cell : certified_cells(require_numbers(column))) {
    low.push_back(cell.low);
    high.push_back(cell.high);
    count.push_back(cell.count);
  }
  return py::make_tuple(to_array(low), to_array(high), to_array(count));
}

std::pair<double, double> n_distinct_bounds(const ColumnProfile& column) {
  const Distinct distinct = distinct_values(column);
  return {distinct.low, distinct.high};
}

std::vector<std::pair<py::object, std::uint64_t>> counts_of(const ColumnProfile& column) {
  std::vector<std::pair<py::object, std::uint64_t>> counts;
  const CategorySummary* labels = labels_of(column);
  if (labels == nullptr) return counts;
  for (const LabelCount& label : most_frequent(*labels)) {
    counts.emplace_back(label_to_python(label.tag, label.payload), label.count);
  }
  return counts;
}

std::size_t n_labels(const ColumnProfile& column) {
  const CategorySummary* labels = labels_of(column);
  return labels == nullptr ? 0 : labels->labels.size();
}

py::object label_at(const ColumnProfile& column, std::size_t index) {
  if (index >= n_labels(column)) {
    throw py::index_error("column \"" + column.name + "\" keeps " + std::to_string(n_labels(column)) +
                          " labels; there is none at " + std::to_string(index));
  }
  const LabelCount& label = labels_of(column)->labels[index];
  return label_to_python(label.tag, label.payload);
}

std::pair<bool, double> uniqueness(const ColumnProfile& column) {
  const Uniqueness result = looks_unique(column);
  return {result.all_once, result.p_value};
}

py::dict options_of(const Profile& profile) {
  return py::dict("resolution"_a = profile.options.resolution, "max_categories"_a = profile.options.max_categories,
                  "hash_labels"_a = profile.options.hash_labels);
}

/// References into the profile, which each of them keeps alive.
py::list columns_of(const py::object& self) {
  py::list columns;
  for (const auto& [name, column] : self.cast<const Profile&>().columns) {
    columns.append(py::cast(column, py::return_value_policy::reference_internal, self));
  }
  return columns;
}

void register_column_profile(py::module_& m) {
  py::class_<ColumnProfile>(m, "ColumnProfile", "What is kept of one column.")
      .def_readonly("name", &ColumnProfile::name)
      .def_property_readonly("kind", [](const ColumnProfile& column) { return kind_name(column.kind); })
      .def_readonly("type_name", &ColumnProfile::type_name)
      .def_readonly("role", &ColumnProfile::role)
      .def_readonly("reason", &ColumnProfile::reason)
      .def_readonly("n_rows", &ColumnProfile::n_rows)
      .def_property_readonly("n_valid", &ColumnProfile::n_valid)
      .def_readonly("n_null", &ColumnProfile::n_null)
      .def_readonly("n_nan", &ColumnProfile::n_nan)
      .def_readonly("n_pos_inf", &ColumnProfile::n_pos_inf)
      .def_readonly("n_neg_inf", &ColumnProfile::n_neg_inf)
      .def_readonly("n_absent", &ColumnProfile::n_absent)
      .def_property_readonly("min", number_or_none([](const NumericSummary& numbers) { return numbers.min; }))
      .def_property_readonly("max", number_or_none([](const NumericSummary& numbers) { return numbers.max; }))
      .def_property_readonly("mean", number_or_none([](const NumericSummary& numbers) { return numbers.mean(); }))
      .def_property_readonly("std", number_or_none([](const NumericSummary& numbers) { return numbers.std(); }))
      .def_property_readonly("n_zero", count_of_numbers([](const NumericSummary& numbers) { return numbers.n_zero; }))
      .def_property_readonly("n_negative",
                             count_of_numbers([](const NumericSummary& numbers) { return numbers.n_negative; }))
      .def_property_readonly("exact", &is_exact)
      .def(
          "quantile", [](const ColumnProfile& column, double q) { return quantile(require_numbers(column), q); }, "q"_a)
      .def(
          "quantile_bounds",
          [](const ColumnProfile& column, double q) { return quantile_bounds(require_numbers(column), q); }, "q"_a)
      .def(
          "cdf", [](const ColumnProfile& column, double x) { return cdf(require_numbers(column), x); }, "x"_a)
      .def(
          "cdf_bounds", [](const ColumnProfile& column, double x) { return cdf_bounds(require_numbers(column), x); },
          "x"_a)
      .def("histogram", &histogram, "edges"_a)
      .def("cells", &cells_of)
      .def_property_readonly("n_distinct", [](const ColumnProfile& column) { return distinct_values(column).estimate; })
      .def_property_readonly("n_distinct_bounds", &n_distinct_bounds)
      .def_property_readonly("all_integers",
                             [](const ColumnProfile& column) {
                               const NumericSummary* numbers = numbers_of(column);
                               return numbers != nullptr && numbers->integers.has_value();
                             })
      .def_property_readonly("overflowed",
                             [](const ColumnProfile& column) {
                               const CategorySummary* labels = labels_of(column);
                               return labels != nullptr && labels->overflowed;
                             })
      .def_property_readonly("n_labels", &n_labels)
      .def("label", &label_at, "index"_a)
      .def("counts", &counts_of)
      .def("looks_unique", &uniqueness)
      .def("__eq__", [](const ColumnProfile& a, const ColumnProfile& b) { return a == b; }, py::is_operator());
}

}  // namespace

void register_profile(py::module_& m) {
  register_column_profile(m);
  py::class_<Profile>(m, "Profile", "What is kept of a table.")
      .def_readonly("n_rows", &Profile::n_rows)
      .def_property_readonly("options", &options_of)
      .def_property_readonly("columns", &columns_of)
      .def(
          "merge", [](const Profile& a, const Profile& b) { return without_gil([&a, &b] { return merge(a, b); }); },
          "other"_a)
      .def("to_bytes",
           [](const Profile& profile) { return py::bytes(without_gil([&profile] { return to_bytes(profile); })); })
      .def_static(
          "content_of", [](const py::bytes& data) { return py::bytes(content_of(std::string_view(data))); }, "data"_a)
      .def_static(
          "from_bytes",
          [](const py::bytes& data) {
            const std::string_view view = data;
            return without_gil([view] { return from_bytes(view); });
          },
          "data"_a)
      .def("__eq__", [](const Profile& a, const Profile& b) { return a == b; }, py::is_operator());
  py::class_<Profiler>(m, "Profiler", "Adds batches of columns to a profile.")
      .def(py::init(&make_profiler), py::kw_only(), "resolution"_a, "max_categories"_a, "hash_labels"_a, "salt"_a,
           "threads"_a)
      .def("add", &add_batch, "n_rows"_a, "columns"_a, "origin"_a = "")
      .def("add_rows", &Profiler::add_rows, "n_rows"_a)
      .def("add_columns", &add_columns, "n_rows"_a, "columns"_a, "origin"_a = "")
      .def("join", &Profiler::join, "other"_a, py::call_guard<py::gil_scoped_release>())
      .def("stop", &Profiler::stop)
      .def("finish", [](const Profiler& profiler) {
        return without_gil([&profiler] { return profiler.finish(check_signals); });
      });
}

}  // namespace driftline
