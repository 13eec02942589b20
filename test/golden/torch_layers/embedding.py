from __future__ import annotations

import torch

from torch_layers.call import Call, Layer


def embedding(call: Call) -> torch.Tensor:
    return torch.nn.functional.embedding(call.input.long(), call.weights["embeddings"])


def masking(call: Call) -> torch.Tensor:
    x = call.input
    keep = (x != call.options.get("mask_value", 0.0)).any(-1, keepdim=True)
    return torch.where(keep, x, torch.zeros_like(x))


LAYERS: dict[str, Layer] = {"Embedding": embedding, "Masking": masking}
