from __future__ import annotations

import torch

from torch_layers.activation import activate
from torch_layers.call import Call, Layer


def dense(call: Call) -> torch.Tensor:
    y = call.input @ call.weights["kernel"]
    if "bias" in call.weights:
        y = y + call.weights["bias"]
    return activate(call.options.get("activation"), y)


def rescaling(call: Call) -> torch.Tensor:
    return call.input * call.options["scale"] + call.options.get("offset", 0.0)


LAYERS: dict[str, Layer] = {"Dense": dense, "Rescaling": rescaling}
