#!/usr/bin/env python3
"""Write the irises that scikit-learn carries as two CSV files.

    python3 make_data.py [--output DIRECTORY]

Four measurements in centimetres and the kind as a number. The split is
stratified and always the same. Run it only to make the data anew: its output is
in the repository. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width", "kind"]
TEST_ROWS_PER_KIND = 10
SEED = 1936


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    output: Path = parser.parse_args().output

    iris = load_iris()
    # RandomState promises the same stream in every release of NumPy.
    random = np.random.RandomState(SEED)
    rows: dict[str, list[int]] = {"train": [], "test": []}
    for kind in range(3):
        mixed = random.permutation(np.flatnonzero(iris.target == kind))
        rows["test"] += mixed[:TEST_ROWS_PER_KIND].tolist()
        rows["train"] += mixed[TEST_ROWS_PER_KIND:].tolist()

    for split, numbers in rows.items():
        with (output / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in sorted(numbers):
                writer.writerow([*iris.data[row], iris.target[row]])


if __name__ == "__main__":
    main()
