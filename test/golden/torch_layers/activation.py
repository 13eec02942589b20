from __future__ import annotations

from typing import Any, Callable

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer

ACTIVATIONS: dict[str, Callable[..., torch.Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "gelu": lambda x, approximate=False: F.gelu(x, approximate="tanh" if approximate else "none"),
    "linear": lambda x: x,
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


LAYERS: dict[str, Layer] = {"Activation": activation}
