#!/usr/bin/env python3
"""Fit the coefficients of codegen/Approximations.cpp.

    scripts/fit_functions.py

Needs NumPy. Minimizes the largest relative error by Lawson's iteration (least
squares, with weights that grow where the error is large), then rounds to
float32. A rational function's error is linear in its coefficients once divided
by the last iteration's denominator (Sanathanan and Koerner, 1963). Prints C++
hexadecimal numbers, lowest power first.
"""

import math

import numpy

ITERATIONS = 6000
SAMPLES = 3001
FLOAT32_BITS = 24


def chebyshev_points(low, high):
    """Samples of [low, high], dense at its ends."""
    cosines = numpy.cos(numpy.linspace(0, numpy.pi, SAMPLES))
    return (low + high) / 2 - (high - low) / 2 * cosines


def fit_exp(degree=6):
    """exp(r) for |r| <= ln(2) / 2, as 1 + r + r^2 * (...)."""
    limit = math.log(2) / 2
    r = chebyshev_points(-limit, limit)
    exact = numpy.exp(r)
    matrix = numpy.stack([r**power / exact for power in range(2, degree + 1)], 1)
    target = (exact - 1 - r) / exact
    weights = numpy.ones_like(r)
    for _ in range(ITERATIONS):
        roots = numpy.sqrt(weights)
        found, *_ = numpy.linalg.lstsq(matrix * roots[:, None], target * roots, rcond=None)
        error = numpy.abs(matrix @ found - target)
        weights *= error + 1e-14
        weights /= weights.mean()
    report("exp", error.max(), [1, 1, *found])


def fit_odd(name, function, limit, p_degree, q_degree):
    """function(x) / x for 0 < x <= limit, as p(x^2) / q(x^2)."""
    x = chebyshev_points(0, limit)[1:]
    exact = numpy.array([function(value) / value for value in x])
    z = x * x / limit**2
    powers = [z**power for power in range(max(p_degree, q_degree) + 1)]
    columns = powers[: p_degree + 1]
    columns += [-exact * power for power in powers[1 : q_degree + 1]]
    matrix = numpy.stack(columns, 1)
    weights, q = numpy.ones_like(z), numpy.ones_like(z)
    best = (math.inf, None)
    for _ in range(ITERATIONS):
        scale = numpy.sqrt(weights) / (q * exact)
        found, *_ = numpy.linalg.lstsq(matrix * scale[:, None], exact * scale, rcond=None)
        p = matrix[:, : p_degree + 1] @ found[: p_degree + 1]
        q = 1 + sum(c * power for c, power in zip(found[p_degree + 1 :], powers[1:], strict=False))
        error = numpy.abs(p / q / exact - 1)
        best = min(best, (error.max(), found), key=lambda pair: pair[0])
        weights *= numpy.sqrt(error / error.max() + 1e-3)
        weights /= weights.mean()
    error, found = best
    p, q = found[: p_degree + 1], [1, *found[p_degree + 1 :]]
    report(f"{name}, p", error, unscale(p, limit))
    report(f"{name}, q", error, unscale(q, limit))


def unscale(coefficients, limit):
    return [c / limit ** (2 * power) for power, c in enumerate(coefficients)]


def report(name, error, coefficients):
    hexadecimal = ", ".join(float(numpy.float32(c)).hex() for c in coefficients)
    print(f"{name} (2^{math.log2(error):.1f}): {hexadecimal}")


fit_exp()
fit_odd("tanh", math.tanh, 9.02, 4, 4)
fit_odd("erf", math.erf, 3.925, 5, 5)
