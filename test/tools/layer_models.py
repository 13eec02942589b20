# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A minimal model around each type of layer, for tests of them all.

A new layer needs a row in LAYERS; `layer_types` reads from the JSON schema which
there are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from support import SOURCE

Json = dict[str, Any]


@dataclass
class Use:
    """How a layer is used: what it is given, and its options."""

    #: Of the inputs, without the batch. Each goes through a Dense layer first, so
    #: that gradients pass the layer by its inputs, too.
    inputs: list[list[int]]
    options: Json = field(default_factory=dict)
    #: It takes numbers of rows, which no Dense layer can make.
    takes_ids: bool = False


VECTOR, SEQUENCE, IMAGE, VOLUME = [5], [7, 3], [6, 5, 3], [4, 3, 4, 2]

LAYERS: dict[str, list[Use]] = {
    "Model": [
        Use(
            [VECTOR],
            {
                "layers": [
                    {"type": "Dense", "name": "inner", "units": 5, "activation": "tanh"},
                    {"shared": "inner"},
                ],
            },
        )
    ],
    "Dense": [Use([VECTOR], {"units": 4, "activation": "tanh"})],
    "Rescaling": [Use([VECTOR], {"scale": 0.5, "offset": -1})],
    "Activation": [Use([VECTOR], {"activation": "softmax"})],
    "ReLU": [Use([VECTOR], {"negative_slope": 0.1, "max_value": 2})],
    "LeakyReLU": [Use([VECTOR])],
    "ELU": [Use([VECTOR])],
    "PReLU": [Use([SEQUENCE], {"shared_axes": [1]})],
    "Softmax": [Use([SEQUENCE], {"axis": 1})],
    "BatchNormalization": [Use([IMAGE])],
    "LayerNormalization": [Use([SEQUENCE])],
    "RMSNormalization": [Use([SEQUENCE])],
    "GroupNormalization": [Use([[4, 6]], {"groups": 2})],
    "UnitNormalization": [Use([SEQUENCE])],
    "Dropout": [Use([VECTOR], {"rate": 0.4})],
    "SpatialDropout1D": [Use([SEQUENCE], {"rate": 0.4})],
    "SpatialDropout2D": [Use([IMAGE], {"rate": 0.4})],
    "GaussianNoise": [Use([VECTOR], {"stddev": 0.4})],
    "GaussianDropout": [Use([VECTOR], {"rate": 0.4})],
    "AlphaDropout": [Use([VECTOR], {"rate": 0.4})],
    "Flatten": [Use([SEQUENCE])],
    "Reshape": [Use([SEQUENCE], {"target_shape": [3, -1]})],
    "Permute": [Use([IMAGE], {"dims": [3, 1, 2]})],
    "RepeatVector": [Use([VECTOR], {"n": 3})],
    "ZeroPadding1D": [Use([SEQUENCE], {"padding": [1, 2]})],
    "ZeroPadding2D": [Use([IMAGE], {"padding": [1, 2]})],
    "Cropping1D": [Use([SEQUENCE], {"cropping": [1, 2]})],
    "Cropping2D": [Use([IMAGE], {"cropping": [[1, 2], [0, 1]]})],
    "UpSampling1D": [Use([SEQUENCE])],
    "UpSampling2D": [Use([IMAGE], {"size": [2, 3], "interpolation": "bilinear"})],
    "Embedding": [Use([[4]], {"input_dim": 5, "output_dim": 3}, takes_ids=True)],
    "Masking": [Use([SEQUENCE])],
    "SimpleRNN": [Use([SEQUENCE], {"units": 4})],
    "LSTM": [Use([SEQUENCE], {"units": 4, "return_sequences": True})],
    "GRU": [Use([SEQUENCE], {"units": 4}), Use([SEQUENCE], {"units": 2, "reset_after": False})],
    "Bidirectional": [Use([SEQUENCE], {"layer": {"type": "LSTM", "units": 3}})],
    "TimeDistributed": [Use([SEQUENCE], {"layer": {"type": "Dense", "units": 4}})],
    "MultiHeadAttention": [
        Use([SEQUENCE, SEQUENCE], {"num_heads": 2, "key_dim": 3}),
        Use([SEQUENCE, SEQUENCE], {"num_heads": 1, "key_dim": 4, "use_causal_mask": True}),
    ],
    "GroupQueryAttention": [
        Use([SEQUENCE, SEQUENCE], {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2})
    ],
    "PositionEmbedding": [Use([SEQUENCE], {"sequence_length": 7})],
    "SinePositionEncoding": [Use([SEQUENCE])],
    "RotaryEmbedding": [Use([[7, 4]])],
    "MelSpectrogram": [Use([[23]], {"fft_length": 8, "sequence_stride": 3, "num_mel_bins": 4})],
    "STFTSpectrogram": [Use([[23, 2]], {"frame_length": 6, "window": "hamming"})],
    "Concatenate": [Use([SEQUENCE, SEQUENCE], {"axis": 1})],
    "Dot": [Use([SEQUENCE, SEQUENCE], {"axes": 2, "normalize": True})],
}
for kind in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"):
    LAYERS[kind] = [Use([VECTOR, VECTOR])]
for suffix, shape in (("1D", SEQUENCE), ("2D", IMAGE)):
    window = {"kernel_size": 3, "padding": "same"}
    LAYERS["Conv" + suffix] = [
        Use([shape], {"filters": 4, "kernel_size": 2}),
        Use([shape], {"filters": 6, "strides": 2, "groups": 3, **window}),
    ]
    LAYERS["DepthwiseConv" + suffix] = [
        Use([shape], window),
        Use([shape], {"depth_multiplier": 2, "kernel_size": 2, "dilation_rate": 2}),
    ]
    LAYERS["SeparableConv" + suffix] = [Use([shape], {"filters": 4, **window})]
    LAYERS[f"Conv{suffix}Transpose"] = [Use([shape], {"filters": 2, "strides": 2, **window})]
for suffix, shape in (("1D", SEQUENCE), ("2D", IMAGE), ("3D", VOLUME)):
    wide = {"pool_size": 3, "strides": 2, "padding": "same"}
    for kind in ("MaxPooling", "AveragePooling"):
        LAYERS[kind + suffix] = [Use([shape]), Use([shape], wide)]
    for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
        LAYERS[kind + suffix] = [Use([shape])]


#: Losses that need options, or an output of their own shape: (input, options).
LOSSES: dict[str, tuple[list[int], Json]] = {"ctc": ([9, 4], {"max_label_length": 3})}


def read_schema() -> Json:
    return json.loads((SOURCE / "frontend/model.schema.json").read_text())


def loss_types() -> list[str]:
    rules = read_schema()["$defs"]["loss"]["anyOf"]
    return [rule["properties"]["type"]["enum"][0] for rule in rules if "properties" in rule]


def model_with_loss(kind: str) -> Json:
    """Dense layers to outputs that the loss is defined for."""
    shape, options = LOSSES.get(kind, (VECTOR, {}))
    last = {} if kind in LOSSES else {"activation": "softmax"}
    return {
        "name": "compared",
        "inputs": [{"name": "x", "shape": shape}],
        "layers": [
            {"type": "Dense", "name": "hidden", "units": 7, "activation": "tanh"},
            {"type": "Dense", "name": "y", "units": 3, **last},
        ],
        "training": {
            "loss": {"type": kind, **options},
            "optimizer": "SGD",
            "batch_size": 4,
        },
    }


def layer_types() -> list[str]:
    schema = read_schema()
    rules = [rule["properties"] for rule in schema["$defs"]["layer"]["anyOf"]]
    # A call of a shared layer has no type of its own.
    return [rule["type"]["enum"][0] for rule in rules if "type" in rule]


def model_around(kind: str, use: Use) -> Json:
    """`before` Dense layers, the layer, a Dense layer to a few scores."""
    names = [f"x{i}" for i in range(len(use.inputs))]
    dtype = "int32" if use.takes_ids else "float32"
    inputs = [
        {"name": name, "shape": shape, "dtype": dtype} for name, shape in zip(names, use.inputs)
    ]
    layers: list[Json] = []
    sources = names
    if not use.takes_ids:
        sources = [f"before_{name}" for name in names]
        layers = [
            {"type": "Dense", "name": source, "units": shape[-1], "inputs": [name]}
            for source, name, shape in zip(sources, names, use.inputs)
        ]
    layers.append({"type": kind, "name": "layer", "inputs": sources, **use.options})
    layers.append({"type": "Flatten", "name": "flat"})
    layers.append({"type": "Dense", "name": "scores", "units": 3})
    return {
        "name": "around",
        "inputs": inputs,
        "layers": layers,
        "training": {
            "loss": {"type": "sparse_categorical_crossentropy", "from_logits": True},
            "optimizer": "SGD",
            "batch_size": 3,
        },
    }
