"""Shapes of data, and sizes of models."""

from __future__ import annotations

from cases.case import SGD, SQUARED, Case, case, dense


def shapes() -> list[Case]:
    return [
        case(
            "shape-image",
            [
                {"type": "Rescaling", "name": "scale", "scale": 0.5, "offset": -0.25},
                {"type": "Flatten", "name": "flat"},
                dense("hidden", 9, "relu"),
                {"type": "Dropout", "name": "drop", "rate": 0.0},
                dense("logits", 5),
            ],
            inputs={"x": [3, 5]},
        ),
        case(
            "shape-reshape",
            [
                dense("hidden", 12, "relu"),
                {"type": "Reshape", "name": "grid", "target_shape": [4, 3]},
                dense("rows", 2, "tanh"),
                {"type": "Flatten", "name": "flat"},
                dense("logits", 5),
            ],
        ),
        case(
            "shape-no-bias",
            [dense("hidden", 9, "relu", use_bias=False), dense("logits", 5, use_bias=False)],
        ),
        case("shape-batch-one", [dense("hidden", 9, "relu"), dense("logits", 5)], batch=1, rows=3),
        case(
            "shape-ones",
            [dense("hidden", 1, "tanh"), dense("y", 1)],
            inputs={"x": [1]},
            loss=SQUARED,
        ),
        # Larger than a register tile in every direction, a multiple of none.
        case(
            "shape-tiles",
            [dense("hidden", 67, "relu"), dense("logits", 35)],
            inputs={"x": [37]},
            batch=19,
            rows=31,
            optimizer={"type": "Adam"},
        ),
        case(
            "shape-deep",
            [
                dense("a", 8, "relu"),
                dense("b", 7, "sigmoid"),
                dense("c", 6, "gelu"),
                dense("d", 5, "softmax"),
                dense("e", 4, "tanh"),
                dense("logits", 3),
            ],
            optimizer={"type": "SGD", "learning_rate": 0.5, "momentum": 0.5},
        ),
    ]
