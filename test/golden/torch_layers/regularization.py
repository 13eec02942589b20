from __future__ import annotations

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer


def dropout(call: Call) -> torch.Tensor:
    return F.dropout(call.input, call.options["rate"], call.training)


LAYERS: dict[str, Layer] = {"Dropout": dropout}
