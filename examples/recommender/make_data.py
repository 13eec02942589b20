#!/usr/bin/env python3
"""Draw ratings of items by users from a process whose best loss is known.

    python3 make_data.py [--output DIRECTORY] [--users N] [--items N]
                         [--ratings N] [--test N] [--seed N]

Each user and item has a bias and TASTES tastes, all normal. A rating is that of a
user and an item picked evenly:

    rating = user bias + item bias + sum of user taste * item taste + noise

The noise is normal with a standard deviation of NOISE and can't be foretold: no
model has a mean squared error below NOISE**2 on ratings that it hasn't seen. The same seed writes the
same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

TASTES = 4
TASTE = 0.6  # standard deviations
BIAS = 0.5
NOISE = 0.5


class Population:
    """Everybody of one kind: what they like, and how kindly."""

    def __init__(self, random: np.random.Generator, count: int) -> None:
        self.count = count
        self.tastes = random.normal(0, TASTE, (count, TASTES))
        self.biases = random.normal(0, BIAS, count)


def draw(
    random: np.random.Generator, users: Population, items: Population, count: int
) -> dict[str, np.ndarray]:
    user = random.integers(users.count, size=count)
    item = random.integers(items.count, size=count)
    match = np.einsum("rt,rt->r", users.tastes[user], items.tastes[item])
    rating = users.biases[user] + items.biases[item] + match
    rating += random.normal(0, NOISE, count)
    return {
        "user": user.astype(np.int32),
        "item": item.astype(np.int32),
        "rating": rating.astype(np.float32)[:, None],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw ratings of items by users.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    parser.add_argument("--users", type=int, default=60_000)
    parser.add_argument("--items", type=int, default=40_000)
    parser.add_argument("--ratings", type=int, default=6_000_000)
    parser.add_argument("--test", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    users, items = Population(random, options.users), Population(random, options.items)
    options.output.mkdir(parents=True, exist_ok=True)
    for name, count in ("train", options.ratings), ("test", options.test):
        np.savez(options.output / f"{name}.npz", **draw(random, users, items, count))
    print(f"best possible loss: {NOISE**2}")


if __name__ == "__main__":
    main()
