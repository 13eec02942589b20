from __future__ import annotations

import torch

from torch_layers.call import Call, Layer


def flatten(call: Call) -> torch.Tensor:
    return call.input.flatten(1)


def reshape(call: Call) -> torch.Tensor:
    return call.input.reshape(-1, *call.options["target_shape"])


LAYERS: dict[str, Layer] = {"Flatten": flatten, "Reshape": reshape}
