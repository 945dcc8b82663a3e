#include "driftline/drift/normal.hpp"

#include <boost/math/special_functions/erf.hpp>

namespace driftline {

double normal_score(double probability) { return std::sqrt(2.0) * boost::math::erfc_inv(2.0 * probability); }

}  // namespace driftline
