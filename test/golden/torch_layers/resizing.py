from __future__ import annotations

from typing import Any, Callable

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer


def in_torch_order(call: Call, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """PyTorch has the channels first."""
    if call.options.get("data_format") == "channels_first":
        return function(call.input)
    return function(call.input.movedim(-1, 1)).movedim(1, -1)


def margins(given: Any, axes: int) -> list[tuple[int, int]]:
    if isinstance(given, int):
        return [(given, given)] * axes
    if axes == 1:
        return [(given[0], given[-1])]
    return [(side, side) if isinstance(side, int) else tuple(side) for side in given]


def zero_padding(axes: int) -> Layer:
    def layer(call: Call) -> torch.Tensor:
        sides = margins(call.options.get("padding", 1), axes)
        flat = [size for pair in reversed(sides) for size in pair]
        return in_torch_order(call, lambda x: F.pad(x, flat))

    return layer


def cropping(axes: int, default: int) -> Layer:
    def layer(call: Call) -> torch.Tensor:
        sides = margins(call.options.get("cropping", default), axes)
        flat = [-size for pair in reversed(sides) for size in pair]
        return in_torch_order(call, lambda x: F.pad(x, flat))

    return layer


def up_sampling_1d(call: Call) -> torch.Tensor:
    return call.input.repeat_interleave(call.options.get("size", 2), 1)


def window(kind: str, x: torch.Tensor) -> torch.Tensor:
    """PyTorch's bicubic has another parameter, and it has no Lanczos filter."""
    if kind == "bicubic":
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return torch.where(x < 1, near, torch.where(x < 2, far, 0.0))
    radius = int(kind.removeprefix("lanczos"))
    return torch.where(x < radius, torch.sinc(x) * torch.sinc(x / radius), 0.0)


def interpolate(x: torch.Tensor, axis: int, times: int, kind: str) -> torch.Tensor:
    size = x.shape[axis]
    places = (torch.arange(size * times, dtype=x.dtype) + 0.5) / times - 0.5
    weights = window(kind, (places[:, None] - torch.arange(size)).abs())
    weights = weights / weights.sum(1, keepdim=True)
    return (x.movedim(axis, -1) @ weights.T).movedim(-1, axis)


def up_sampling_2d(call: Call) -> torch.Tensor:
    size = call.options.get("size", 2)
    height, width = size if isinstance(size, list) else (size, size)
    kind = call.options.get("interpolation", "nearest")

    def function(x: torch.Tensor) -> torch.Tensor:
        if kind in ("nearest", "bilinear"):
            return F.interpolate(x, scale_factor=(height, width), mode=kind)
        x = interpolate(x, 2, height, kind) if height > 1 else x
        return interpolate(x, 3, width, kind) if width > 1 else x

    return in_torch_order(call, function)


def permute(call: Call) -> torch.Tensor:
    return call.input.permute(0, *call.options["dims"])


def repeat_vector(call: Call) -> torch.Tensor:
    return call.input.unsqueeze(1).expand(-1, call.options["n"], -1)


LAYERS: dict[str, Layer] = {
    "Cropping1D": cropping(1, 1),
    "Cropping2D": cropping(2, 0),
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "UpSampling1D": up_sampling_1d,
    "UpSampling2D": up_sampling_2d,
    "ZeroPadding1D": zero_padding(1),
    "ZeroPadding2D": zero_padding(2),
}
