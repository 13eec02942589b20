"""Losses in PyTorch: a value for each weight, and which of them count."""

from __future__ import annotations

from typing import Callable

import torch
import torch.nn.functional as F

from cases import Json

KERAS_EPSILON = 1e-7

Tensor = torch.Tensor
Values = tuple[Tensor, "Tensor | None"]


def clip(p: Tensor) -> Tensor:
    return p.clamp(KERAS_EPSILON, 1 - KERAS_EPSILON)


def log_probabilities(options: Json, output: Tensor, axis: int = -1) -> Tensor:
    if options.get("from_logits", False):
        return F.log_softmax(output, axis)
    return clip(output / output.sum(axis, keepdim=True)).log()


def sparse_categorical(options: Json, output: Tensor, target: Tensor) -> Values:
    log = log_probabilities(options, output).flatten(0, -2)
    ignored = options.get("ignore_class")
    target = target.long()
    index = -100 if ignored is None else ignored
    values = F.nll_loss(log, target.flatten(), ignore_index=index, reduction="none")
    return values.reshape(target.shape), None if ignored is None else target != ignored


def smooth(options: Json, target: Tensor, classes: int) -> Tensor:
    smoothing = options.get("label_smoothing", 0.0)
    return target * (1 - smoothing) + smoothing / classes


def categorical(options: Json, output: Tensor, target: Tensor) -> Values:
    axis = options.get("axis", -1)
    if options.get("from_logits", False) and axis == -1 and output.dim() == 2:
        return F.cross_entropy(
            output,
            target,
            reduction="none",
            label_smoothing=options.get("label_smoothing", 0.0),
        ), None
    target = smooth(options, target, output.shape[-1])
    return -(target * log_probabilities(options, output, axis)).sum(axis), None


def ctc(_: Json, output: Tensor, target: Tensor) -> Values:
    target = target.long()
    steps = torch.full((len(output),), output.shape[1])
    lengths = (target != 0).sum(-1)
    log = F.log_softmax(output, -1).transpose(0, 1)
    return F.ctc_loss(log, target, steps, lengths, reduction="none"), None


def binary(options: Json, output: Tensor, target: Tensor) -> Values:
    target = smooth(options, target, 2)
    if options.get("from_logits", False):
        each = F.binary_cross_entropy_with_logits(output, target, reduction="none")
    else:
        each = F.binary_cross_entropy(clip(output), target, reduction="none")
    return each.mean(options.get("axis", -1)), None


def binary_focal(options: Json, output: Tensor, target: Tensor) -> Values:
    target = smooth(options, target, 2)
    p = output.sigmoid() if options.get("from_logits", False) else output
    right = target * p + (1 - target) * (1 - p)
    each = F.binary_cross_entropy(clip(p), target, reduction="none")
    each = (1 - right) ** options.get("gamma", 2.0) * each
    if options.get("apply_class_balancing", False):
        alpha = options.get("alpha", 0.25)
        each = each * (target * alpha + (1 - target) * (1 - alpha))
    return each.mean(-1), None


def categorical_focal(options: Json, output: Tensor, target: Tensor) -> Values:
    target = smooth(options, target, output.shape[-1])
    p = output.softmax(-1) if options.get("from_logits", False) else output
    p = clip(p / p.sum(-1, keepdim=True))
    factor = options.get("alpha", 0.25) * (1 - p) ** options.get("gamma", 2.0)
    return -(factor * target * p.log()).sum(-1), None


def kl_divergence(_: Json, output: Tensor, target: Tensor) -> Values:
    output, target = output.clamp(KERAS_EPSILON, 1), target.clamp(KERAS_EPSILON, 1)
    return F.kl_div(output.log(), target, reduction="none").sum(-1), None


def poisson(_: Json, output: Tensor, target: Tensor) -> Values:
    each = F.poisson_nll_loss(output, target, log_input=False, eps=KERAS_EPSILON, reduction="none")
    return each.mean(-1), None


def percentage(_: Json, output: Tensor, target: Tensor) -> Values:
    error = (target - output) / target.abs().clamp(min=KERAS_EPSILON)
    return 100 * error.abs().mean(-1), None


def logarithmic(_: Json, output: Tensor, target: Tensor) -> Values:
    logs = [(x.clamp(min=KERAS_EPSILON) + 1).log() for x in (output, target)]
    return F.mse_loss(logs[0], logs[1], reduction="none").mean(-1), None


def huber(options: Json, output: Tensor, target: Tensor) -> Values:
    delta = options.get("delta", 1.0)
    return F.huber_loss(output, target, reduction="none", delta=delta).mean(-1), None


def log_cosh(_: Json, output: Tensor, target: Tensor) -> Values:
    return torch.cosh(output - target).log().mean(-1), None


def cosine(options: Json, output: Tensor, target: Tensor) -> Values:
    return -F.cosine_similarity(output, target, dim=options.get("axis", -1)), None


def margins(output: Tensor, target: Tensor) -> Tensor:
    if bool(((target == 0) | (target == 1)).all()):
        target = 2 * target - 1
    return F.relu(1 - target * output)


def categorical_hinge(_: Json, output: Tensor, target: Tensor) -> Values:
    wrong = ((1 - target) * output).amax(-1)
    return F.relu(wrong - (target * output).sum(-1) + 1), None


def mean_of(each: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Json, Tensor, Tensor], Values]:
    return lambda _, output, target: (each(output, target).mean(-1), None)


LOSSES: dict[str, Callable[[Json, Tensor, Tensor], Values]] = {
    "sparse_categorical_crossentropy": sparse_categorical,
    "categorical_crossentropy": categorical,
    "binary_crossentropy": binary,
    "binary_focal_crossentropy": binary_focal,
    "categorical_focal_crossentropy": categorical_focal,
    "ctc": ctc,
    "kl_divergence": kl_divergence,
    "poisson": poisson,
    "mean_squared_error": mean_of(lambda x, y: F.mse_loss(x, y, reduction="none")),
    "mean_absolute_error": mean_of(lambda x, y: F.l1_loss(x, y, reduction="none")),
    "mean_absolute_percentage_error": percentage,
    "mean_squared_logarithmic_error": logarithmic,
    "huber": huber,
    "log_cosh": log_cosh,
    "cosine_similarity": cosine,
    "hinge": mean_of(margins),
    "squared_hinge": mean_of(lambda x, y: margins(x, y) ** 2),
    "categorical_hinge": categorical_hinge,
}


def class_weights(weights: Json, target: Tensor) -> Tensor:
    """Of each row, by its class."""
    labels = target
    if target.dim() > 1:
        labels = target.squeeze(-1).round() if target.shape[-1] == 1 else target.argmax(-1)
    return torch.tensor([weights.get(str(int(i)), 1.0) for i in labels], dtype=torch.float64)


def one_loss(
    options: Json,
    output: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    output_mask: Tensor | None = None,
) -> Tensor:
    values, mask = LOSSES[options["type"]](options, output, target)
    kept = torch.ones_like(values)
    for each in (mask, output_mask):
        if each is not None:
            kept = kept * each.to(values.dtype)
    factor = kept if weight is None else kept * weight
    total = (values * factor).sum()
    reduction = options.get("reduction", "sum_over_batch_size")
    if reduction == "sum":
        return total
    divisor = factor if reduction == "mean_with_sample_weight" else kept
    return total / divisor.sum()
