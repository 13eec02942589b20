from __future__ import annotations

import torch

from torch_layers.call import Call, Layer


def add(call: Call) -> torch.Tensor:
    return torch.stack(call.inputs).sum(0)


def concatenate(call: Call) -> torch.Tensor:
    return torch.cat(call.inputs, call.options.get("axis", -1))


LAYERS: dict[str, Layer] = {"Add": add, "Concatenate": concatenate}
