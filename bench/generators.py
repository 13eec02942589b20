"""Models of any depth, for measuring how something grows with it. Each
generator makes the model file's contents of that many equal blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


def training(loss: str) -> Json:
    return {
        "loss": {"type": loss, "from_logits": True},
        "optimizer": "adam",
        "metrics": ["accuracy"],
        "batch_size": 32,
    }


def mlp(blocks: int, width: int = 64) -> Json:
    """Blocks of two products, a softmax over the features (like a normalization,
    reductions along rows with their gradients) and a residual sum."""
    layers: list[Json] = [{"type": "Dense", "name": "embed", "units": width}]
    last = "embed"
    for block in range(blocks):
        layers += [
            {
                "type": "Dense",
                "name": f"up_{block}",
                "inputs": [last],
                "units": 2 * width,
                "activation": "gelu",
            },
            {"type": "Dense", "name": f"down_{block}", "units": width},
            {"type": "Activation", "name": f"scaled_{block}", "activation": "softmax"},
            {"type": "Add", "name": f"sum_{block}", "inputs": [last, f"scaled_{block}"]},
        ]
        last = f"sum_{block}"
    layers.append({"type": "Dense", "name": "logits", "units": 10})
    return {
        "name": "mlp",
        "inputs": [{"name": "x", "shape": [32]}],
        "layers": layers,
        "training": training("sparse_categorical_crossentropy"),
    }


def transformer(blocks: int, width: int = 64, heads: int = 4, length: int = 32) -> Json:
    """A decoder-only Transformer, normalized before each part of a block."""
    layers: list[Json] = [
        {"type": "Embedding", "name": "embed", "input_dim": 96, "output_dim": width}
    ]
    last = "embed"
    for block in range(blocks):
        attend = {
            "type": "MultiHeadAttention",
            "name": f"attend_{block}",
            "inputs": [f"norm_1_{block}", f"norm_1_{block}"],
            "num_heads": heads,
            "key_dim": width // heads,
            "use_causal_mask": True,
        }
        layers += [
            {"type": "LayerNormalization", "name": f"norm_1_{block}", "inputs": [last]},
            attend,
            {"type": "Add", "name": f"sum_1_{block}", "inputs": [last, f"attend_{block}"]},
            {"type": "LayerNormalization", "name": f"norm_2_{block}"},
            {"type": "Dense", "name": f"up_{block}", "units": 4 * width, "activation": "gelu"},
            {"type": "Dense", "name": f"down_{block}", "units": width},
            {
                "type": "Add",
                "name": f"sum_2_{block}",
                "inputs": [f"sum_1_{block}", f"down_{block}"],
            },
        ]
        last = f"sum_2_{block}"
    layers += [
        {"type": "LayerNormalization", "name": "norm"},
        {"type": "Dense", "name": "logits", "units": 96},
    ]
    return {
        "name": "transformer",
        "inputs": [{"name": "x", "shape": [length], "dtype": "int32"}],
        "layers": layers,
        "training": training("sparse_categorical_crossentropy"),
    }


GENERATORS: dict[str, Callable[[int], Json]] = {"mlp": mlp, "transformer": transformer}
