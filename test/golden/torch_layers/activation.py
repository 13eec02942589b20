from __future__ import annotations

from typing import Any, Callable

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer


def relu(
    x: torch.Tensor,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> torch.Tensor:
    above = x.clamp(max=max_value) if max_value is not None else x
    return torch.where(x > threshold, above, negative_slope * (x - threshold))


def sparse_plus(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x <= -1, 0, torch.where(x >= 1, x, (x + 1) ** 2 / 4))


def sparsemax(x: torch.Tensor, axis: int = -1) -> torch.Tensor:
    """By sorting, as its paper has it."""
    x = x.movedim(axis, -1)
    z = x.sort(-1, descending=True).values
    k = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    size = (1 + k * z > z.cumsum(-1)).sum(-1, keepdim=True)
    threshold = (z.cumsum(-1).gather(-1, size - 1) - 1) / size
    return (x - threshold).clamp(min=0).movedim(-1, axis)


ACTIVATIONS: dict[str, Callable[..., torch.Tensor]] = {
    # PyTorch has its constants in single precision, here and in hardsigmoid.
    "celu": lambda x, alpha=1.0: torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0) / alpha)),
    "elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "exponential": torch.exp,
    "gelu": lambda x, approximate=False: F.gelu(x, approximate="tanh" if approximate else "none"),
    "glu": lambda x, axis=-1: F.glu(x, axis),
    "hard_shrink": lambda x, threshold=0.5: F.hardshrink(x, threshold),
    "hard_sigmoid": lambda x: ((x + 3) / 6).clamp(0, 1),
    "hard_silu": F.hardswish,
    "hard_tanh": F.hardtanh,
    "leaky_relu": lambda x, negative_slope=0.2: F.leaky_relu(x, negative_slope),
    "linear": lambda x: x,
    "log_sigmoid": F.logsigmoid,
    "log_softmax": lambda x, axis=-1: F.log_softmax(x, axis),
    "mish": F.mish,
    "relu": relu,
    "relu6": F.relu6,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "soft_shrink": lambda x, threshold=0.5: F.softshrink(x, threshold),
    "softmax": lambda x, axis=-1: torch.softmax(x, axis),
    # PyTorch takes it for linear from its threshold on.
    "softplus": lambda x: F.softplus(x, threshold=100),
    "softsign": F.softsign,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": lambda x: ((x + 1) / 2).clamp(0, 1),
    "sparsemax": sparsemax,
    "squareplus": lambda x, b=4.0: (x + (x.square() + b).sqrt()) / 2,
    "swish": F.silu,
    "tanh": torch.tanh,
    "tanh_shrink": F.tanhshrink,
    "threshold": lambda x, threshold, default_value: F.threshold(x, threshold, default_value),
}


def activate(options: Any, x: torch.Tensor) -> torch.Tensor:
    """An activation is a name, or an object with its type and options, or none."""
    if options is None:
        return x
    if isinstance(options, str):
        return ACTIVATIONS[options](x)
    rest = {k: v for k, v in options.items() if k != "type"}
    return ACTIVATIONS[options["type"]](x, **rest)


def activation(call: Call) -> torch.Tensor:
    return activate(call.options["activation"], call.input)


def relu_layer(call: Call) -> torch.Tensor:
    return relu(call.input, *(call.options.get(k, v) for k, v in RELU_OPTIONS.items()))


RELU_OPTIONS = {"negative_slope": 0.0, "max_value": None, "threshold": 0.0}


def leaky_relu(call: Call) -> torch.Tensor:
    return F.leaky_relu(call.input, call.options.get("negative_slope", 0.3))


def elu(call: Call) -> torch.Tensor:
    return F.elu(call.input, call.options.get("alpha", 1.0))


def prelu(call: Call) -> torch.Tensor:
    x = call.input
    return torch.where(x > 0, x, call.weights["alpha"] * x)


def softmax(call: Call) -> torch.Tensor:
    axis = call.options.get("axis", -1)
    return (call.input - call.input.logsumexp(axis, keepdim=True)).exp()


LAYERS: dict[str, Layer] = {
    "Activation": activation,
    "ELU": elu,
    "LeakyReLU": leaky_relu,
    "PReLU": prelu,
    "ReLU": relu_layer,
    "Softmax": softmax,
}
