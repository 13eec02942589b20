#!/usr/bin/env python3
"""Make sequences of characters, each with the one after it, from a text.

    python3 make_data.py [TEXT] [--output DIRECTORY] [--length 64]

The text is this project's licence unless another is named. Its last tenth is
for validation. Characters are numbered in the order of their codes, and
vocabulary.json lists them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
LICENSE = HERE.parent.parent / "LICENSE"


def sequences(codes: np.ndarray, length: int, step: int) -> dict[str, np.ndarray]:
    """Windows of `length` characters, `step` apart, and the characters that
    follow each of theirs."""
    starts = np.arange(0, len(codes) - length, step)
    places = starts[:, None] + np.arange(length)
    return {"characters": codes[places], "next": codes[places + 1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="?", type=Path, default=LICENSE)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--length", type=int, default=64)
    options = parser.parse_args()
    text = options.text.read_text(encoding="utf-8")
    vocabulary = sorted(set(text))
    number = {character: code for code, character in enumerate(vocabulary)}
    codes = np.array([number[character] for character in text], np.int32)
    border = len(codes) * 9 // 10
    # Windows for training overlap, so that every place in them sees every
    # character.
    train = sequences(codes[:border], options.length, max(1, options.length // 8))
    validation = sequences(codes[border:], options.length, options.length)
    options.output.mkdir(parents=True, exist_ok=True)
    np.savez(options.output / "train.npz", **train)
    np.savez(options.output / "validation.npz", **validation)
    (options.output / "vocabulary.json").write_text(json.dumps(vocabulary) + "\n")
    print(
        f"{len(vocabulary)} characters; {len(train['next'])} sequences to train on, "
        f"{len(validation['next'])} to validate"
    )


if __name__ == "__main__":
    main()
