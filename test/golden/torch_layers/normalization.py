from __future__ import annotations

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer


def scale_and_offset(call: Call, y: torch.Tensor, axes: list[int]) -> torch.Tensor:
    shape = [size if axis in axes else 1 for axis, size in enumerate(y.shape)]
    if "gamma" in call.weights:
        y = y * call.weights["gamma"].reshape(shape)
    if "beta" in call.weights:
        y = y + call.weights["beta"].reshape(shape)
    return y


def axes_of(call: Call) -> list[int]:
    given = call.options.get("axis", -1)
    rank = call.input.dim()
    return sorted(axis % rank for axis in (given if isinstance(given, list) else [given]))


def of_steps(call: Call, mask: torch.Tensor) -> torch.Tensor:
    """Batch normalization, trained, of the steps that count alone; PyTorch has
    no such thing. Keras adds a little to their number."""
    options, x = call.options, call.input
    kept = mask.unsqueeze(-1).to(x.dtype).expand_as(x)
    others = list(range(x.dim() - 1))
    count = kept.sum(others) + 1e-7
    mean = (x * kept).sum(others) / count
    variance = ((x - mean) ** 2 * kept).sum(others) / count
    momentum = options.get("momentum", 0.99)
    for name, value in ("moving_mean", mean), ("moving_variance", variance):
        average = momentum * call.weights[name] + (1 - momentum) * value
        call.updates[name] = average.detach()
    y = (x - mean) / (variance + options.get("epsilon", 1e-3)).sqrt()
    return scale_and_offset(call, y, [x.dim() - 1])


def batch_normalization(call: Call) -> torch.Tensor:
    """PyTorch keeps an unbiased variance and weighs the new value by `momentum`;
    Keras a biased one, and weighs the old one."""
    options, (axis,) = call.options, axes_of(call)
    x = call.input.movedim(axis, 1)
    mean, variance = call.weights["moving_mean"].clone(), call.weights["moving_variance"].clone()
    momentum = options.get("momentum", 0.99)
    batch = call.training and options.get("trainable", True)
    if batch and call.masks[0] is not None:
        return of_steps(call, call.masks[0])
    y = F.batch_norm(
        x, mean, variance, None, None, batch, 1 - momentum, options.get("epsilon", 1e-3)
    )
    if batch:
        count = x.numel() // x.shape[1]
        kept = momentum * call.weights["moving_variance"]
        biased = kept + (variance - kept) * (count - 1) / count
        call.updates.update(moving_mean=mean.detach(), moving_variance=biased.detach())
    return scale_and_offset(call, y.movedim(1, axis), [axis])


def layer_normalization(call: Call) -> torch.Tensor:
    axes = axes_of(call)
    last = list(range(-len(axes), 0))
    x = call.input.movedim(axes, last)
    y = F.layer_norm(x, x.shape[-len(axes) :], eps=call.options.get("epsilon", 1e-3))
    return scale_and_offset(call, y.movedim(last, axes), axes)


def rms_normalization(call: Call) -> torch.Tensor:
    scale = call.weights["scale"]
    return F.rms_norm(call.input, scale.shape, scale, call.options.get("epsilon", 1e-6))


def group_normalization(call: Call) -> torch.Tensor:
    (axis,) = axes_of(call)
    x = call.input.movedim(axis, 1)
    groups = call.options.get("groups", 32)
    y = F.group_norm(
        x, x.shape[1] if groups == -1 else groups, eps=call.options.get("epsilon", 1e-3)
    )
    return scale_and_offset(call, y.movedim(1, axis), [axis])


def unit_normalization(call: Call) -> torch.Tensor:
    return F.normalize(call.input, dim=axes_of(call), eps=1e-12)


LAYERS: dict[str, Layer] = {
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "RMSNormalization": rms_normalization,
    "GroupNormalization": group_normalization,
    "UnitNormalization": unit_normalization,
}
