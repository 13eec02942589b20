"""Activation functions, in a model and over their range."""

from __future__ import annotations

import numpy as np

from cases.case import Arrays, Case, case, dense


def zero_row(weights: Arrays, data: Arrays) -> None:
    """Some pre-activations are exactly 0, where relu has its corner."""
    data["x"][1] = 0
    weights["hidden/bias"][:4] = 0


def wide_range(weights: Arrays, data: Arrays) -> None:
    """Tiny, ordinary and saturating arguments of either sign."""
    magnitudes = np.geomspace(1e-6, 90, data["x"].size // 2)
    values = np.concatenate([magnitudes, -magnitudes, [0.0]])[: data["x"].size]
    data["x"] = np.resize(values, data["x"].shape).astype(np.float32)


def activations() -> list[Case]:
    names = ("relu", "tanh", "sigmoid", "softmax", "gelu", "linear")
    cases = [
        case(f"activation-{name}", [dense("hidden", 9, name), dense("logits", 5)], tune=zero_row)
        for name in names
    ]
    cases.append(
        case(
            "activation-layers",
            [
                dense("first", 9),
                {"type": "Activation", "name": "bend", "activation": "tanh"},
                dense("second", 11),
                {"type": "Activation", "name": "gate", "activation": "gelu"},
                dense("logits", 5),
            ],
        )
    )
    approximate = {"type": "gelu", "approximate": True}
    rows = {"type": "softmax", "axis": 1}
    cases += [
        case("activation-gelu-approximate", [dense("hidden", 9, approximate), dense("logits", 5)]),
        case(
            "activation-softmax-axis",
            [
                dense("hidden", 4, "tanh"),
                {"type": "Activation", "name": "share", "activation": rows},
                {"type": "Flatten", "name": "flat"},
                dense("logits", 5),
            ],
            inputs={"x": [3, 6]},
        ),
    ]
    # No loss and no parameters: the functions alone, over their whole range.
    for name in names:
        layer = {"type": "Activation", "name": "y", "activation": name}
        cases.append(
            case(f"range-{name}", [layer], inputs={"x": [33]}, loss=None, rows=7, tune=wide_range)
        )
    return cases
