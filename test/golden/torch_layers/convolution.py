from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

from torch_layers.activation import activate
from torch_layers.call import Call, Layer

CONV = {1: F.conv1d, 2: F.conv2d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d}


def per_axis(value: Any, axes: int) -> list[int]:
    return list(value) if isinstance(value, list) else [value] * axes


def channels_first(x: torch.Tensor) -> torch.Tensor:
    return x.movedim(-1, 1)


def torch_kernel(kernel: torch.Tensor) -> torch.Tensor:
    """(..., a, b) as (b, a, ...)."""
    return kernel.movedim([-1, -2], [0, 1])


def finish(call: Call, y: torch.Tensor) -> torch.Tensor:
    y = y.movedim(1, -1)
    if "bias" in call.weights:
        y = y + call.weights["bias"]
    return activate(call.options.get("activation"), y)


def convolve(call: Call, kernel: torch.Tensor, groups: int) -> torch.Tensor:
    """`kernel` as PyTorch has it; the result too."""
    axes = kernel.dim() - 2
    x = channels_first(call.input)
    strides = per_axis(call.options.get("strides", 1), axes)
    dilations = per_axis(call.options.get("dilation_rate", 1), axes)
    around: list[int] = []  # of the last axis first
    for axis in range(axes):
        reach = (kernel.shape[2 + axis] - 1) * dilations[axis]
        size = x.shape[2 + axis]
        total = max((math.ceil(size / strides[axis]) - 1) * strides[axis] + reach + 1 - size, 0)
        low, high = {
            "valid": (0, 0),
            "same": (total // 2, total - total // 2),
            "causal": (reach, 0),
        }[call.options.get("padding", "valid")]
        around = [low, high, *around]
    return CONV[axes](F.pad(x, around), kernel, stride=strides, dilation=dilations, groups=groups)


def conv(call: Call) -> torch.Tensor:
    kernel = torch_kernel(call.weights["kernel"])
    return finish(call, convolve(call, kernel, call.options.get("groups", 1)))


def depthwise_filter(kernel: torch.Tensor) -> torch.Tensor:
    """(..., channels, multiplier) as (channels * multiplier, 1, ...)."""
    return kernel.flatten(-2).movedim(-1, 0).unsqueeze(1)


def depthwise(call: Call) -> torch.Tensor:
    kernel = call.weights["kernel"]
    return finish(call, convolve(call, depthwise_filter(kernel), kernel.shape[-2]))


def separable(call: Call) -> torch.Tensor:
    kernel = call.weights["depthwise_kernel"]
    x = convolve(call, depthwise_filter(kernel), kernel.shape[-2])
    return finish(call, CONV[x.dim() - 2](x, torch_kernel(call.weights["pointwise_kernel"])))


def transposed(call: Call) -> torch.Tensor:
    """All that PyTorch makes without padding, then cut to Keras's size, or with
    zeros after it."""
    kernel = torch_kernel(call.weights["kernel"])
    axes = kernel.dim() - 2
    strides = per_axis(call.options.get("strides", 1), axes)
    dilations = per_axis(call.options.get("dilation_rate", 1), axes)
    beyond = call.options.get("output_padding")
    x = channels_first(call.input)
    y = TRANSPOSED[axes](x, kernel, stride=strides, dilation=dilations)
    for axis in range(axes):
        size, stride, whole = x.shape[2 + axis], strides[axis], y.shape[2 + axis]
        extent = (kernel.shape[2 + axis] - 1) * dilations[axis] + 1
        more = None if beyond is None else per_axis(beyond, axes)[axis]
        if call.options.get("padding", "valid") == "valid":
            wanted = whole + (max(stride - extent, 0) if more is None else more)
        else:
            wanted = size * stride if more is None else (size - 1) * stride + extent % 2 + more
        low = max(whole - wanted, 0) // 2
        # F.pad counts axes from the last; negative numbers cut.
        y = F.pad(y, [0, 0] * (axes - 1 - axis) + [-low, wanted - whole + low])
    return finish(call, y)


LAYERS: dict[str, Layer] = {
    "Conv1D": conv,
    "Conv2D": conv,
    "DepthwiseConv1D": depthwise,
    "DepthwiseConv2D": depthwise,
    "SeparableConv1D": separable,
    "SeparableConv2D": separable,
    "Conv1DTranspose": transposed,
    "Conv2DTranspose": transposed,
}
