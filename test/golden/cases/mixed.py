"""Mixed precision: products of every kind, sums of odd and even length, and a
layer that has no part in it. Activations are smooth: rounding must not decide
on which side of a bend a number is."""

from __future__ import annotations

from typing import Any

from cases.attention import multi_head
from cases.case import SQUARED, Case, Json, case, dense


def mixed() -> list[Case]:
    def of(name: str, layers: list[Json], **options: Any) -> Case:
        made = case(f"mixed-{name}", layers, **options)
        made.model = {
            "name": made.model["name"],
            "dtype_policy": "mixed_bfloat16",
            **{k: v for k, v in made.model.items() if k != "name"},
        }
        return made

    return [
        of("dense", [dense("hidden", 37, "gelu"), dense("y", 4)]),
        of(
            "own-policy",
            [dense("hidden", 18, "tanh", dtype="float32"), dense("y", 4)],
            optimizer={"type": "Adam", "learning_rate": 0.01},
        ),
        of(
            "convolution",
            [
                {
                    "type": "Conv2D",
                    "name": "c",
                    "filters": 5,
                    "kernel_size": 3,
                    "activation": "tanh",
                },
                {"type": "Conv2D", "name": "d", "filters": 6, "kernel_size": 1},
                {"type": "Flatten", "name": "g"},
                dense("y", 3),
            ],
            inputs={"x": [6, 7, 3]},
            loss=SQUARED,
        ),
        of(
            "attention",
            [
                {"type": "LayerNormalization", "name": "n"},
                # The gradient of a key's bias would be nothing but rounding.
                multi_head("a", num_heads=2, key_dim=9, use_causal_mask=True, use_bias=False),
                dense("y", 3),
            ],
            inputs={"x": [7, 10]},
            loss=SQUARED,
        ),
        of(
            "lstm",
            [{"type": "LSTM", "name": "l", "units": 9}, dense("y", 4)],
            inputs={"x": [5, 7]},
        ),
    ]
