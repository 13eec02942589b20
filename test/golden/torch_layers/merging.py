from __future__ import annotations

from functools import reduce
from typing import Callable

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer

Combine = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def repeated(inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Inputs of one rank, with axes of size 1 behind the batch."""
    rank = max(x.dim() for x in inputs)
    return [x.reshape(x.shape[0], *[1] * (rank - x.dim()), *x.shape[1:]) for x in inputs]


def elementwise(combine: Combine) -> Layer:
    return lambda call: reduce(combine, repeated(call.inputs))


def average(call: Call) -> torch.Tensor:
    return reduce(torch.add, repeated(call.inputs)) / len(call.inputs)


def concatenate(call: Call) -> torch.Tensor:
    return torch.cat(call.inputs, call.options.get("axis", -1))


def dot(call: Call) -> torch.Tensor:
    axes = call.options["axes"]
    axes = axes if isinstance(axes, list) else [axes, axes]
    operands = []
    for x, axis in zip(call.inputs, axes):
        if call.options.get("normalize", False):
            x = F.normalize(x, dim=axis, eps=1e-7)
        operands.append(x.movedim(axis, -1))
    x, y = operands
    product = x.flatten(1, -2) if x.dim() > 2 else x.unsqueeze(1)
    other = y.flatten(1, -2) if y.dim() > 2 else y.unsqueeze(1)
    shape = (*x.shape[:-1], *y.shape[1:-1])
    result = (product @ other.mT).reshape(shape)
    return result if result.dim() > 1 else result.unsqueeze(1)


LAYERS: dict[str, Layer] = {
    "Add": elementwise(torch.add),
    "Average": average,
    "Concatenate": concatenate,
    "Dot": dot,
    "Maximum": elementwise(torch.maximum),
    "Minimum": elementwise(torch.minimum),
    "Multiply": elementwise(torch.mul),
    "Subtract": elementwise(torch.sub),
}
