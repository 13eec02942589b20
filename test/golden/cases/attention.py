"""Attention: one input or several, masks, shared heads, odd sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases.case import SQUARED, Arrays, Case, Json, case


def multi_head(name: str = "y", *inputs: str, **options: Any) -> Json:
    layer: Json = {"type": "MultiHeadAttention", "name": name, **options}
    if inputs:
        layer["inputs"] = list(inputs)
    return layer


def grouped(name: str, heads: int, groups: int, size: int, **options: Any) -> Json:
    return {
        "type": "GroupQueryAttention",
        "name": name,
        "head_dim": size,
        "num_query_heads": heads,
        "num_key_value_heads": groups,
        **options,
    }


def binary_mask(_: Arrays, inputs: Arrays) -> None:
    """Ones and zeros; some rows have nothing but zeros."""
    mask = inputs["mask"] > -0.3
    mask[::3, ..., 1, :] = False
    inputs["mask"] = mask.astype(np.float32)


def attention() -> list[Case]:
    def squared(name: str, layers: list[Json], **options: Any) -> Case:
        return case(name, layers, loss=SQUARED, **options)

    sequence = {"x": [5, 4]}
    return [
        squared("attention-self", [multi_head(num_heads=2, key_dim=3)], inputs=sequence),
        squared(
            "attention-causal",
            [multi_head(num_heads=3, key_dim=5, value_dim=2, use_causal_mask=True)],
            inputs={"x": [7, 4]},
        ),
        squared(
            "attention-cross",
            [multi_head("y", "q", "v", num_heads=2, key_dim=4, value_dim=3)],
            inputs={"q": [4, 6], "v": [7, 5]},
        ),
        squared(
            "attention-cross-key",
            [multi_head("y", "q", "v", "k", num_heads=2, key_dim=4, output_shape=[3])],
            inputs={"q": [6, 3], "v": [3, 5], "k": [3, 2]},
        ),
        squared(
            "attention-cross-causal",
            [multi_head("y", "q", "v", num_heads=2, key_dim=4, use_causal_mask=True)],
            inputs={"q": [3, 4], "v": [6, 4]},
        ),
        squared(
            "attention-mask",
            [multi_head("y", "x", "mask", num_heads=2, key_dim=3, use_attention_mask=True)],
            inputs={"x": [5, 4], "mask": [5, 5]},
            tune=binary_mask,
        ),
        squared(
            "attention-mask-heads-causal",
            [
                multi_head(
                    "y",
                    *("q", "v", "mask"),
                    num_heads=3,
                    key_dim=2,
                    use_attention_mask=True,
                    use_causal_mask=True,
                )
            ],
            inputs={"q": [6, 4], "v": [9, 3], "mask": [3, 6, 9]},
            tune=binary_mask,
        ),
        squared(
            "attention-mask-keys",
            [multi_head("y", "x", "mask", num_heads=1, key_dim=3, use_attention_mask=True)],
            inputs={"x": [4, 3], "mask": [1, 4]},
            tune=lambda _, inputs: inputs.update(mask=(inputs["mask"] > 0).astype(np.float32)),
        ),
        squared(
            "attention-window",
            [multi_head(num_heads=2, key_dim=3, sliding_window=2)],
            inputs=sequence,
        ),
        squared(
            "attention-window-causal",
            [multi_head(num_heads=2, key_dim=3, sliding_window=3, use_causal_mask=True)],
            inputs={"x": [9, 4]},
        ),
        squared(
            "attention-gate",
            [multi_head(num_heads=2, key_dim=3, value_dim=4, use_gate=True, use_bias=False)],
            inputs=sequence,
        ),
        squared(
            "attention-regularizer",
            [
                multi_head(
                    num_heads=2,
                    key_dim=3,
                    kernel_regularizer={"type": "L2", "l2": 0.02},
                    bias_regularizer={"type": "L2", "l2": 0.3},
                )
            ],
            inputs=sequence,
        ),
        squared(
            "attention-one",
            [multi_head(num_heads=1, key_dim=1, use_causal_mask=True)],
            inputs={"x": [1, 2]},
            batch=1,
            rows=3,
        ),
        squared(
            "attention-long",
            [multi_head(num_heads=2, key_dim=17, use_causal_mask=True)],
            inputs={"x": [37, 3]},
            batch=2,
            rows=3,
        ),
        squared("attention-grouped", [grouped("y", 4, 2, 3)], inputs=sequence),
        squared(
            "attention-grouped-one",
            [grouped("y", 3, 1, 2, use_causal_mask=True, use_bias=False, use_gate=True)],
            inputs=sequence,
        ),
        squared(
            "attention-grouped-mask",
            [
                {
                    **grouped("y", 4, 2, 3, use_attention_mask=True),
                    "inputs": ["x", "mask"],
                }
            ],
            inputs={"x": [5, 4], "mask": [4, 5, 5]},
            tune=binary_mask,
        ),
    ]
