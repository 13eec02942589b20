from __future__ import annotations

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer


def allowed(call: Call, mask: torch.Tensor | None, queries: int, keys: int) -> torch.Tensor:
    """Where a query may look, of shape (batch or 1, heads or 1, queries, keys)."""
    distance = torch.arange(queries)[:, None] - torch.arange(keys)
    result = torch.ones(1, 1, queries, keys, dtype=torch.bool)
    if call.options.get("use_causal_mask"):
        result = result & (distance >= 0)
    if "sliding_window" in call.options:
        result = result & (distance.abs() < call.options["sliding_window"])
    if mask is not None:
        result = result & (mask if mask.dim() == 4 else mask[:, None]).bool()
    return result


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """PyTorch has NaN for a query that may look nowhere, Keras the mean of all
    values, whatever the query."""
    nowhere = ~where.any(-1, keepdim=True)
    bias = torch.zeros(where.shape, dtype=q.dtype).masked_fill(~(where | nowhere), -torch.inf)
    q = torch.where(nowhere, 0.0, q)
    return F.scaled_dot_product_attention(q, k, v, bias, enable_gqa=True)


def attention(call: Call) -> torch.Tensor:
    inputs = list(call.inputs)
    mask = inputs.pop() if call.options.get("use_attention_mask") else None
    query = inputs[0]
    value = inputs[min(1, len(inputs) - 1)]
    key = inputs[2] if len(inputs) > 2 else value

    def project(part: str, x: torch.Tensor) -> torch.Tensor:
        y = torch.einsum("btf,fhs->bths", x, call.weights[f"{part}/kernel"])
        return y + call.weights.get(f"{part}/bias", 0.0)

    q, k, v = project("query", query), project("key", key), project("value", value)
    where = allowed(call, mask, q.shape[1], k.shape[1])
    y = attend(*(x.transpose(1, 2) for x in (q, k, v)), where).transpose(1, 2)
    if call.options.get("use_gate"):
        y = y * torch.sigmoid(project("gate", query))
    y = torch.einsum("bths,hs...->bt...", y, call.weights["attention_output/kernel"])
    return y + call.weights.get("attention_output/bias", 0.0)


LAYERS: dict[str, Layer] = {"MultiHeadAttention": attention, "GroupQueryAttention": attention}
