"""Masks of steps, by the layer that makes them or passes them on. PyTorch has no
such thing; these are Keras's rules, written down once more."""

from __future__ import annotations

from typing import Callable

import torch

from torch_layers.call import Call

Mask = torch.Tensor | None


def passed(call: Call) -> Mask:
    return call.masks[0]


def embedding(call: Call) -> Mask:
    return call.input != 0 if call.options.get("mask_zero") else None


def masking(call: Call) -> Mask:
    return (call.input != call.options.get("mask_value", 0.0)).any(-1)


def merged(call: Call) -> Mask:
    masks = [mask for mask in call.masks if mask is not None]
    if len(masks) < len(call.masks):
        return None
    return torch.stack(masks).any(0)


def concatenated(call: Call) -> Mask:
    if all(mask is None for mask in call.masks):
        return None
    whole = [
        torch.ones_like(x, dtype=torch.bool)
        if mask is None
        else mask.reshape(*mask.shape, *[1] * (x.ndim - mask.ndim)).expand(x.shape)
        for x, mask in zip(call.inputs, call.masks)
    ]
    return torch.cat(whole, call.options.get("axis", -1)).any(-1)


PASS = (
    "Activation",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "ELU",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "LayerNormalization",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "Rescaling",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "UnitNormalization",
)
MERGE = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")


def of_sequence(call: Call) -> Mask:
    options = call.options.get("layer", call.options)
    return call.masks[0] if options.get("return_sequences") else None


#: A layer that isn't here takes the mask away.
MASKS: dict[str, Callable[[Call], Mask]] = {
    "Bidirectional": of_sequence,
    "GRU": of_sequence,
    "LSTM": of_sequence,
    "SimpleRNN": of_sequence,
    "TimeDistributed": passed,
    **dict.fromkeys(PASS, passed),
    **dict.fromkeys(MERGE, merged),
    "Concatenate": concatenated,
    "Embedding": embedding,
    "Masking": masking,
}
