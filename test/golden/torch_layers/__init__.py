"""Layers of a model file in PyTorch: each family is a module with a dict from
type to a function of a `Call`."""

from __future__ import annotations

from torch_layers import (
    activation,
    convolution,
    attention,
    core,
    embedding,
    merging,
    normalization,
    pooling,
    recurrent,
    positions,
    regularization,
    reshaping,
    resizing,
    spectrograms,
)
from torch_layers.call import Call, Layer
from torch_layers.masks import MASKS, Mask

__all__ = ["Call", "LAYERS", "MASKS", "STATISTICS", "Mask"]

FAMILIES: list[dict[str, Layer]] = [
    core.LAYERS,
    convolution.LAYERS,
    activation.LAYERS,
    normalization.LAYERS,
    regularization.LAYERS,
    reshaping.LAYERS,
    resizing.LAYERS,
    merging.LAYERS,
    embedding.LAYERS,
    pooling.LAYERS,
    recurrent.LAYERS,
    attention.LAYERS,
    positions.LAYERS,
    spectrograms.LAYERS,
]

LAYERS = {kind: layer for family in FAMILIES for kind, layer in family.items()}

#: Variables that no gradient trains.
STATISTICS = {"moving_mean", "moving_variance"}
