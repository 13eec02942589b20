"""What a layer is given in PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

import torch

from cases import Json

Tensors = dict[str, torch.Tensor]


@dataclass
class Call:
    options: Json
    inputs: list[torch.Tensor]
    weights: Tensors  # the layer's own, by their names within it
    training: bool
    masks: list[torch.Tensor | None]  # of the inputs: which steps count
    updates: Tensors = field(default_factory=dict)  # new values of moving statistics

    @property
    def input(self) -> torch.Tensor:
        return self.inputs[0]


#: Its result, or several.
Layer = Callable[[Call], "torch.Tensor | tuple[torch.Tensor, ...]"]
