from __future__ import annotations

from typing import Callable

import torch
import torch.nn.functional as F

from cases import Json
from torch_layers.call import Call, Layer

Pool = Callable[..., torch.Tensor]

MAX: list[Pool] = [F.max_pool1d, F.max_pool2d, F.max_pool3d]
AVERAGE: list[Pool] = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]


def channels_first(x: torch.Tensor) -> torch.Tensor:
    return x.movedim(-1, 1)


def per_axis(value: int | list[int], axes: int) -> list[int]:
    return [value] * axes if isinstance(value, int) else value


def window(options: Json, axes: int) -> tuple[list[int], list[int]]:
    size = options.get("pool_size", 2)
    return per_axis(size, axes), per_axis(options.get("strides") or size, axes)


def margins(options: Json, sizes: list[int], axes: int) -> list[int]:
    """What "same" adds around the input, as F.pad takes it: last axis first."""
    if options.get("padding", "valid") == "valid":
        return [0] * (2 * axes)
    result = []
    for size, extent, step in reversed(list(zip(sizes, *window(options, axes)))):
        around = max(0, (-(-size // step) - 1) * step + extent - size)
        result += [around // 2, around - around // 2]
    return result


def maximum(call: Call) -> torch.Tensor:
    x = channels_first(call.input)
    axes = x.ndim - 2
    padded = F.pad(x, margins(call.options, list(x.shape[2:]), axes), value=-torch.inf)
    return MAX[axes - 1](padded, *window(call.options, axes)).movedim(1, -1)


def average(call: Call) -> torch.Tensor:
    """The mean of a window, over that of ones where there are elements."""
    x = channels_first(call.input)
    axes = x.ndim - 2
    around = margins(call.options, list(x.shape[2:]), axes)
    means, shares = (
        AVERAGE[axes - 1](F.pad(value, around), *window(call.options, axes))
        for value in (x, torch.ones_like(x))
    )
    return (means / shares).movedim(1, -1)


def over_all(reduce: Callable[..., torch.Tensor]) -> Layer:
    def layer(call: Call) -> torch.Tensor:
        axes = list(range(1, call.input.ndim - 1))
        return reduce(call.input, axes, keepdim=call.options.get("keepdims", False))

    return layer


def mean_of_steps(call: Call) -> torch.Tensor:
    mask = call.masks[0]
    if mask is None:
        return over_all(torch.mean)(call)
    x = call.input.masked_fill(~mask[:, :, None], torch.nan)
    return x.nanmean(1, keepdim=call.options.get("keepdims", False))


LAYERS: dict[str, Layer] = {}
for suffix in ("1D", "2D", "3D"):
    LAYERS[f"MaxPooling{suffix}"] = maximum
    LAYERS[f"AveragePooling{suffix}"] = average
    LAYERS[f"GlobalMaxPooling{suffix}"] = over_all(torch.amax)
    LAYERS[f"GlobalAveragePooling{suffix}"] = over_all(torch.mean)
LAYERS["GlobalAveragePooling1D"] = mean_of_steps
