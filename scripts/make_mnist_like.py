#!/usr/bin/env python3
"""Make a data set with MNIST's shape, of any size, to measure time with.

    scripts/make_mnist_like.py --output DIRECTORY [--format idx|npy] [--rows N] ...

Each class has a random centre and each sample is its class's centre, weakened,
plus noise: x = 0.1 c[y] + 0.5 n with c and n standard normal. A linear model
can learn it, but not at once, so accuracy tells whether training works.

`idx` writes MNIST's four files (u8 images, u8 labels); real values are moved
from [-2, 2] to [0, 255] and clipped there, which cuts off 1 in 10,000. `npy`
writes x_train.npy, x_test.npy (float32, not quantised) and y_train.npy,
y_test.npy (int32). The same options give the same bytes. Needs NumPy.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

CHUNK_ROWS = 4096  # bounds the memory needed, whatever the number of rows


def shape(text: str) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in text.lower().split("x"))
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"expected sizes like 28x28, got '{text}'")
    return sizes


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1, got {text}")
    return value


def samples(
    random: np.random.Generator, centres: np.ndarray, labels: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the float32 samples of `labels`, a chunk of rows at a time."""
    for begin in range(0, len(labels), CHUNK_ROWS):
        y = labels[begin : begin + CHUNK_ROWS]
        noise = random.standard_normal((len(y), centres.shape[1]), dtype=np.float32)
        yield centres[y] * np.float32(0.1) + noise * np.float32(0.5)


def quantise(x: np.ndarray) -> np.ndarray:
    return np.clip(np.rint((x + 2.0) * (255.0 / 4.0)), 0, 255).astype(np.uint8)


def idx_header(sizes: tuple[int, ...]) -> bytes:
    return bytes([0, 0, 0x08, len(sizes)]) + np.array(sizes, ">u4").tobytes()


def write_idx(
    directory: Path,
    prefix: str,
    sizes: tuple[int, ...],
    labels: np.ndarray,
    chunks: Iterator[np.ndarray],
) -> None:
    images = directory / f"{prefix}-images-idx{len(sizes) + 1}-ubyte"
    with images.open("wb") as file:
        file.write(idx_header((len(labels), *sizes)))
        for chunk in chunks:
            file.write(quantise(chunk).tobytes())
    (directory / f"{prefix}-labels-idx1-ubyte").write_bytes(
        idx_header((len(labels),)) + labels.astype(np.uint8).tobytes()
    )


def write_npy(
    directory: Path,
    prefix: str,
    sizes: tuple[int, ...],
    labels: np.ndarray,
    chunks: Iterator[np.ndarray],
) -> None:
    with (directory / f"x_{prefix}.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": False, "shape": (len(labels), *sizes)}
        )
        for chunk in chunks:
            file.write(chunk.astype("<f4").tobytes())
    np.save(directory / f"y_{prefix}.npy", labels.astype(np.int32))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIRECTORY")
    parser.add_argument("--format", choices=("idx", "npy"), default="idx")
    parser.add_argument("--rows", type=positive, default=60_000, help="training rows (60000)")
    parser.add_argument("--test-rows", type=positive, default=10_000, help="test rows (10000)")
    parser.add_argument("--classes", type=positive, default=10)
    parser.add_argument("--shape", type=shape, default=(28, 28), help="of one sample (28x28)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.format == "idx" and options.classes > 256:
        parser.error("idx labels are bytes: at most 256 classes")

    options.output.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(options.seed)
    width = int(np.prod(options.shape))
    centres = random.standard_normal((options.classes, width), dtype=np.float32)
    write = write_idx if options.format == "idx" else write_npy
    names = ("train", "t10k") if options.format == "idx" else ("train", "test")
    for name, rows in zip(names, (options.rows, options.test_rows)):
        labels = random.integers(options.classes, size=rows)
        write(options.output, name, options.shape, labels, samples(random, centres, labels))


if __name__ == "__main__":
    main()
