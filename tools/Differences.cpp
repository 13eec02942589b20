//===-- tools/Differences.cpp - gradients by finite differences -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Differences.h"

#include <algorithm>
#include <cmath>

namespace mlc::tools {

namespace {

struct Estimate {
  double derivative = 0;
  bool kink = false;
};

/// What a loss looks like from a point, in both directions.
struct Differences {
  double central, jump;

  Differences(double before, double at, double after, double step)
      : central((after - before) / (2 * step)),
        jump(std::abs((after - at) - (at - before)) / step) {}
};

Estimate estimate(const std::function<double(double)> &loss, double at,
                  double value, double step, double scale) {
  // The jump of a smooth function halves with the step. A function with a kink
  // has central differences that differ far more than rounding explains.
  constexpr double shrinks = 0.75, most = 1e-4;
  double half = step / 2;
  Differences whole(loss(value - step), at, loss(value + step), step);
  Differences halved(loss(value - half), at, loss(value + half), half);
  double size = std::max(std::abs(whole.central), scale);
  bool contradicts = std::abs(whole.central - halved.central) > most * size;
  bool jumps = halved.jump > most * size && halved.jump > shrinks * whole.jump;
  return {(4 * halved.central - whole.central) / 3, contradicts || jumps};
}

} // namespace

Comparison compareDerivative(const std::function<double(double)> &loss,
                             double value, double analytic, double tolerance) {
  constexpr double steps[] = {1e-4, 1e-5, 1e-6};
  constexpr double visible = 1e-3;
  double at = loss(value);
  double scale = visible * std::max(1.0, std::abs(at));
  Comparison best;
  bool smooth = false; // some estimate saw no kink
  for (double step : steps) {
    Estimate found =
        estimate(loss, at, value, step * std::max(1.0, std::abs(value)), scale);
    double error = std::abs(found.derivative - analytic);
    double size =
        std::max({std::abs(found.derivative), std::abs(analytic), scale});
    Comparison now{Comparison::Differs, found.derivative, error, error / size};
    // NaN never agrees.
    if (error / size <= tolerance) {
      now.verdict = Comparison::Agrees;
      return now;
    }
    bool first = step == steps[0];
    bool better = (!found.kink && !smooth) ||
                  (found.kink != smooth && error < best.absoluteError);
    if (first || better)
      best = now;
    smooth |= !found.kink;
  }
  best.verdict = smooth ? Comparison::Differs : Comparison::Kink;
  return best;
}

} // namespace mlc::tools
