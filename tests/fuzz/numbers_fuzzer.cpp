// Any doubles, cut in any way: every instruction set makes the summary that the scalar kernels make of all at once.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "driftline/summary/numeric_kernels.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace {

using namespace driftline;

constexpr std::uint32_t resolution = 64;  // so that few values make the histogram coarser

NumericSummary summary_of(std::span<const double> values, const NumericKernels& kernels, std::size_t block) {
  NumericAccumulator accumulator(resolution, kernels);
  for (std::size_t i = 0; i < values.size(); i += block) {
    accumulator.add({values.subspan(i, std::min(block, values.size() - i)), {}});
  }
  return accumulator.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte: rows per block, and how often the values come again.
  const std::size_t block = 1 + data[0] % 32;
  const std::size_t repeats = 1 + data[0] / 32;
  std::vector<double> once((size - 1) / sizeof(double));
  if (!once.empty()) std::memcpy(once.data(), data + 1, once.size() * sizeof(double));
  std::vector<double> values;
  for (std::size_t i = 0; i < repeats; ++i) values.insert(values.end(), once.begin(), once.end());

  const AvailableKernels available = available_kernels();
  const NumericSummary wanted = summary_of(values, *available.list[0], kernel_rows);
  for (std::size_t i = 0; i < available.size; ++i) {
    if (summary_of(values, *available.list[i], block) != wanted) std::abort();
  }
  return 0;
}
