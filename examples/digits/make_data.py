#!/usr/bin/env python3
"""Write the handwritten digits that scikit-learn carries as IDX files.

    python3 make_data.py [--output DIRECTORY]

The files have MNIST's names and layout: images are u8 (N, 8, 8), here with
values 0..16, labels are u8. The split is stratified and always the same. Run
it only to make the data anew: its output is in the repository. Needs
scikit-learn.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TEST_ROWS_PER_CLASS = 36
SEED = 1998


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the training and the test set, shuffled.

    RandomState, unlike default_rng, promises the same stream in every release
    of NumPy.
    """
    random = np.random.RandomState(SEED)
    train, test = [], []
    for digit in range(10):
        rows = random.permutation(np.flatnonzero(labels == digit))
        test.append(rows[:TEST_ROWS_PER_CLASS])
        train.append(rows[TEST_ROWS_PER_CLASS:])
    return random.permutation(np.concatenate(train)), random.permutation(np.concatenate(test))


def write_idx(path: Path, array: np.ndarray) -> None:
    """IDX: two zero bytes, 0x08 for u8, the rank, big-endian sizes, the data."""
    assert array.dtype == np.uint8
    header = bytes([0, 0, 0x08, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    output: Path = parser.parse_args().output

    digits = load_digits()
    images = digits.images.astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    assert images.shape == (1797, 8, 8) and images.max() == 16

    for prefix, rows in zip(("train", "t10k"), split(labels)):
        write_idx(output / f"{prefix}-images-idx3-ubyte", images[rows])
        write_idx(output / f"{prefix}-labels-idx1-ubyte", labels[rows])
        print(f"{prefix}: {len(rows)} images")


if __name__ == "__main__":
    main()
