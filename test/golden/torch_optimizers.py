"""Optimizers in PyTorch. Where it writes one differently from Keras, its own is
given the numbers under which both are the same function, or, where there are
none, the update is written out."""

from __future__ import annotations

import math
from typing import Any, Callable

import torch

from cases import Json

Tensor = torch.Tensor


def scheduled(options: Json, step: int) -> float:
    """The rate of a schedule after `step` steps."""
    kind = options["type"]
    if kind == "PiecewiseConstantDecay":
        return options["values"][sum(step > b for b in options["boundaries"])]
    first, length = options["initial_learning_rate"], options["decay_steps"]
    periods = step / length
    if options.get("staircase"):
        periods = math.floor(periods)
    if kind == "ExponentialDecay":
        return first * options["decay_rate"] ** periods
    if kind == "InverseTimeDecay":
        return first / (1 + options["decay_rate"] * periods)
    if kind == "PolynomialDecay":
        last = options.get("end_learning_rate", 1e-4)
        if options.get("cycle"):
            length *= max(1, math.ceil(step / length))
        left = 1 - min(step, length) / length
        return (first - last) * left ** options.get("power", 1.0) + last
    assert kind == "CosineDecay", kind
    target, warmup = options.get("warmup_target"), 0
    if target is not None:
        warmup = options.get("warmup_steps", 0)
        if step < warmup:
            return first + (target - first) * step / warmup
        first = target
    alpha = options.get("alpha", 0.0)
    cosine = 0.5 * (1 + math.cos(math.pi * min((step - warmup) / length, 1)))
    return first * ((1 - alpha) * cosine + alpha)


def rate_of(options: Json, step: int) -> float:
    rate = options.get("learning_rate", 0.01 if options["type"] == "SGD" else 0.001)
    return scheduled(rate, step) if isinstance(rate, dict) else rate


def clip(options: Json, parameters: list[Tensor]) -> None:
    gradients = [p.grad for p in parameters if p.grad is not None]
    if "clipvalue" in options:
        torch.nn.utils.clip_grad_value_(parameters, options["clipvalue"])
    groups = [[g] for g in gradients] if "clipnorm" in options else [gradients]
    limit = options.get("clipnorm", options.get("global_clipnorm"))
    if limit is None:
        return
    for group in groups:
        norm = torch.sqrt(sum((g**2).sum() for g in group))
        for gradient in group:
            gradient *= limit / torch.clamp(norm, min=limit)


Slots = dict[str, Tensor]
Update = Callable[[Json, Tensor, Tensor, Slots, float, int], Tensor]


def slot(slots: Slots, name: str, like: Tensor, start: float = 0.0) -> Tensor:
    return slots.setdefault(name, torch.full_like(like, start))


def mix(slots: Slots, name: str, sample: Tensor, rho: float) -> Tensor:
    slots[name] = rho * slot(slots, name, sample) + (1 - rho) * sample
    return slots[name]


def rmsprop(o: Json, _: Tensor, g: Tensor, slots: Slots, rate: float, step: int) -> Tensor:
    rho = o.get("rho", 0.9)
    variance = mix(slots, "velocity", g**2, rho)
    if o.get("centered"):
        variance = variance - mix(slots, "mean", g, rho) ** 2
    change = rate * g / torch.sqrt(variance + o.get("epsilon", 1e-7))
    momentum = o.get("momentum", 0.0)
    slots["momentum"] = momentum * slot(slots, "momentum", g) + change
    return slots["momentum"] if momentum else change


def adagrad(o: Json, _: Tensor, g: Tensor, slots: Slots, rate: float, step: int) -> Tensor:
    start = o.get("initial_accumulator_value", 0.1)
    slots["sum"] = slot(slots, "sum", g, start) + g**2
    return rate * g / torch.sqrt(slots["sum"] + o.get("epsilon", 1e-7))


def adamax(o: Json, _: Tensor, g: Tensor, slots: Slots, rate: float, step: int) -> Tensor:
    beta = o.get("beta_1", 0.9)
    m = mix(slots, "m", g, beta)
    slots["u"] = torch.maximum(o.get("beta_2", 0.999) * slot(slots, "u", g), g.abs())
    return rate * m / ((1 - beta**step) * (slots["u"] + o.get("epsilon", 1e-7)))


def lion(o: Json, _: Tensor, g: Tensor, slots: Slots, rate: float, step: int) -> Tensor:
    beta = o.get("beta_1", 0.9)
    direction = torch.sign(beta * slot(slots, "m", g) + (1 - beta) * g)
    mix(slots, "m", g, o.get("beta_2", 0.99))
    return rate * direction


def sgd(o: Json, _: Tensor, g: Tensor, slots: Slots, rate: float, step: int) -> Tensor:
    """PyTorch's momentum is of gradients, Keras's of steps, which had their own rates."""
    momentum = o.get("momentum", 0.0)
    slots["v"] = momentum * slot(slots, "v", g) + rate * g
    return momentum * slots["v"] + rate * g if o.get("nesterov") else slots["v"]


WRITTEN_OUT: dict[str, Update] = {
    "scheduled SGD": sgd,
    "RMSprop": rmsprop,
    "Adagrad": adagrad,
    "Adamax": adamax,
    "Lion": lion,
}


class Optimizer:
    """One of PyTorch's, or an update written out, under Keras's options."""

    def __init__(self, options: Json, parameters: list[Tensor]) -> None:
        self.options = options
        self.parameters = parameters
        self.finished = 0
        self.slots: list[Slots] = [{} for _ in parameters]
        kind = options["type"]
        if kind == "SGD" and isinstance(options.get("learning_rate"), dict):
            kind = "scheduled SGD"
        self.update = WRITTEN_OUT.get(kind)
        self.own = None if self.update else make_own(options, parameters)

    def step(self) -> None:
        rate = rate_of(self.options, self.finished)
        self.finished += 1
        with torch.no_grad():
            clip(self.options, self.parameters)
            for parameter in self.parameters:
                parameter -= rate * self.decay() * parameter
        if self.own:
            self.own.param_groups[0]["lr"] = rate
            self.match_epsilon()
            self.own.step()
            return
        assert self.update
        with torch.no_grad():
            for parameter, slots in zip(self.parameters, self.slots):
                assert parameter.grad is not None
                parameter -= self.update(
                    self.options, parameter, parameter.grad, slots, rate, self.finished
                )

    def decay(self) -> float:
        """Keras's is never part of the gradient, and in every optimizer."""
        default = 0.004 if self.options["type"] == "AdamW" else 0.0
        return self.options.get("weight_decay", default)

    def match_epsilon(self) -> None:
        """Keras's Adam adds epsilon to sqrt(v), PyTorch's to sqrt(v / (1 - beta_2^t))."""
        assert self.own
        if self.options["type"] in ("Adam", "AdamW"):
            correction = math.sqrt(1 - self.options.get("beta_2", 0.999) ** self.finished)
            self.own.param_groups[0]["eps"] = self.options.get("epsilon", 1e-7) / correction


def make_own(o: Json, parameters: list[Tensor]) -> torch.optim.Optimizer:
    betas = (o.get("beta_1", 0.9), o.get("beta_2", 0.999))
    epsilon = o.get("epsilon", 1e-7)
    optimizers: dict[str, Callable[[], Any]] = {
        "SGD": lambda: torch.optim.SGD(
            parameters, momentum=o.get("momentum", 0.0), nesterov=o.get("nesterov", False)
        ),
        "Adam": lambda: torch.optim.Adam(parameters, betas=betas, amsgrad=o.get("amsgrad", False)),
        "AdamW": lambda: torch.optim.Adam(parameters, betas=betas),
        "Nadam": lambda: torch.optim.NAdam(
            parameters, betas=betas, eps=epsilon, momentum_decay=1.0
        ),
        "Adadelta": lambda: torch.optim.Adadelta(parameters, rho=o.get("rho", 0.95), eps=epsilon),
    }
    return optimizers[o["type"]]()
