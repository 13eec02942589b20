"""Windows over sequences, images and volumes.

Each case pools by maximum and by mean, in two branches of one model.
"""

from __future__ import annotations

from typing import Any

from cases.activations import zero_row
from cases.case import SQUARED, Case, Json, case, dense
from cases.embeddings import embedding, end_with_zeros, pad


def branch(kind: str, title: str, source: str, **options: Any) -> list[Json]:
    return [
        {"type": kind, "name": title, "inputs": [source], **options},
        {"type": "Flatten", "name": f"flat_{title}"},
    ]


def both(name: str, shape: list[int], maximum: Json, mean: Json, **training: Any) -> Case:
    """After relu there are many equal elements: all of them 0."""
    channels = training.pop("channels", 3)
    dimensions = f"{len(shape) - 1}D"
    prefix = "" if "pool_size" in maximum else "Global"
    return case(
        f"pooling-{name}",
        [
            dense("hidden", channels, "relu"),
            *branch(f"{prefix}MaxPooling{dimensions}", "largest", "hidden", **maximum),
            *branch(f"{prefix}AveragePooling{dimensions}", "mean", "hidden", **mean),
            {"type": "Concatenate", "name": "both", "inputs": ["flat_largest", "flat_mean"]},
            dense("logits", 4),
        ],
        inputs={"x": shape},
        tune=zero_row,
        **training,
    )


def windows(
    name: str,
    shape: list[int],
    size: Any,
    strides: Any = None,
    padding: Any = None,
    **training: Any,
) -> Case:
    options: Json = {"pool_size": size}
    if strides:
        options["strides"] = strides
    if padding:
        options["padding"] = padding
    return both(name, shape, options, options, **training)


def masked() -> list[Case]:
    """The mean of the steps that count."""
    mean: Json = {"type": "GlobalAveragePooling1D", "name": "mean"}
    return [
        case(
            "pooling-global-1d-mask",
            [
                {"type": "Masking", "name": "mask"},
                dense("hidden", 4, "tanh"),
                {**mean, "keepdims": True},
                dense("y", 2),
            ],
            inputs={"x": [6, 3]},
            loss=SQUARED,
            tune=pad,
        ),
        case(
            "pooling-global-1d-mask-words",
            [embedding("words", 7, 4, mask_zero=True), mean, dense("logits", 3)],
            inputs={"x": [5]},
            ids={"x": 7},
            tune=end_with_zeros,
        ),
        case(
            "pooling-global-1d-mask-batch-one",
            [embedding("words", 5, 3, mask_zero=True), mean, dense("logits", 2)],
            inputs={"x": [4]},
            ids={"x": 5},
            tune=end_with_zeros,
            batch=1,
            rows=3,
        ),
    ]


def pooling() -> list[Case]:
    return [
        *masked(),
        windows("1d", [9, 2], 2),
        windows("1d-same", [8, 2], 3, 2, "same"),
        windows("2d", [6, 5, 2], 2),
        windows("2d-same", [5, 7, 2], 2, None, "same"),
        windows("2d-overlapping", [7, 6, 2], 3, [2, 1], "valid"),
        windows("2d-overlapping-same", [6, 5, 2], [3, 2], 1, "same"),
        windows("2d-apart", [7, 8, 2], 2, [3, 4]),
        windows("3d", [4, 3, 5, 2], [2, 3, 2], [2, 1, 2], "same"),
        # More channels than lanes, one channel, windows too large to unroll.
        windows("channels", [4, 4, 2], 3, 1, channels=19),
        windows("channel", [6, 7, 2], 2, None, "same", channels=1),
        windows("wide", [11, 9, 1], [9, 7], 2, "same"),
        windows("one-row", [21, 1], 3, 2, channels=1, batch=1, rows=3),
        both("global-1d", [7, 2], {}, {"keepdims": True}),
        both("global-2d", [4, 5, 2], {"keepdims": True}, {}),
        both("global-3d", [3, 2, 4, 2], {}, {}),
    ]
