"""PyTorch's opinion of a golden case: the second witness beside Keras.

Written straight from the model file, sharing nothing with keras_reference.py.
PyTorch writes momentum and Adam's epsilon differently; where it does, its own
optimizer is given the numbers under which both are the same function.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from cases import Arrays, Json
from torch_layers import LAYERS, MASKS, STATISTICS, Call, Mask

KERAS_EPSILON = 1e-7

Tensors = dict[str, torch.Tensor]


def forward(
    model: Json,
    weights: Tensors,
    inputs: Tensors,
    updates: Tensors | None = None,
    masks: dict[str, Mask] | None = None,
) -> Tensors:
    """The outputs. With `updates` the model is in training, and moving statistics
    put their new values there. `masks` gets the masks of all values."""
    values = dict(inputs)
    masks = {} if masks is None else masks
    previous = next(iter(inputs))
    for index, layer in enumerate(model["layers"]):
        name = layer.get("name", f"layer {index}")
        sources = layer.get("inputs", [previous])
        call = Call(
            options=layer,
            inputs=[values[source] for source in sources],
            masks=[masks.get(source) for source in sources],
            weights=of_layer(name, weights),
            training=updates is not None,
        )
        values[name] = LAYERS[layer["type"]](call)
        if layer["type"] in MASKS:
            masks[name] = MASKS[layer["type"]](call)
        if updates is not None:
            updates.update({f"{name}/{key}": value for key, value in call.updates.items()})
        previous = name
    return {name: values[name] for name in model.get("outputs", [previous])}


def of_layer(name: str, weights: Tensors) -> Tensors:
    """The variables of a layer, without its name."""
    prefix = f"{name}/"
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def one_loss(options: Json, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    if options["type"] == "mean_squared_error":
        return F.mse_loss(output, target)
    output, target = output.flatten(0, -2), target.flatten().long()
    if options.get("from_logits", False):
        return F.cross_entropy(output, target)
    p = output / output.sum(-1, keepdim=True)
    return F.nll_loss(p.clamp(KERAS_EPSILON, 1 - KERAS_EPSILON).log(), target)


def penalty(model: Json, weights: Tensors) -> torch.Tensor:
    """Of the layers that are trained."""
    total = torch.zeros((), dtype=torch.float64)
    for layer in model["layers"]:
        if not layer.get("trainable", True):
            continue
        for key, options in layer.items():
            if key.endswith("_regularizer"):
                for name, weight in of_layer(layer["name"], weights).items():
                    if name.split("/")[-1] == key.removesuffix("_regularizer"):
                        total = total + one_penalty(options, weight)
    return total


def one_penalty(options: Json, weight: torch.Tensor) -> torch.Tensor:
    default = {"L1": (0.01, 0.0), "L2": (0.0, 0.01), "L1L2": (0.0, 0.0)}[options["type"]]
    l1, l2 = (options.get(key, value) for key, value in zip(("l1", "l2"), default))
    return l1 * weight.abs().sum() + l2 * weight.square().sum()


def total_loss(
    model: Json, weights: Tensors, inputs: Tensors, targets: Tensors, updates: Tensors
) -> torch.Tensor:
    """The loss in training. New values of moving statistics go to `updates`."""
    outputs = forward(model, weights, inputs, updates)
    loss = model["training"]["loss"]
    each = {name: loss for name in outputs} if "type" in loss else loss
    factors = model["training"].get("loss_weights", {})
    terms = [
        factors.get(name, 1.0) * one_loss(each[name], outputs[name], targets[name])
        for name in outputs
    ]
    return torch.stack(terms).sum() + penalty(model, weights)


def make_optimizer(options: Json, parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    if options["type"] == "SGD":
        return torch.optim.SGD(
            parameters,
            options.get("learning_rate", 0.01),
            momentum=options.get("momentum", 0.0),
            nesterov=options.get("nesterov", False),
        )
    betas = (options.get("beta_1", 0.9), options.get("beta_2", 0.999))
    rate = options.get("learning_rate", 0.001)
    decay = options.get("weight_decay", 0.004 if options["type"] == "AdamW" else None)
    if decay is not None:  # Keras has it in Adam too, as decoupled as in AdamW
        return torch.optim.AdamW(parameters, rate, betas, weight_decay=decay)
    return torch.optim.Adam(parameters, rate, betas)


def match_epsilon(optimizer: torch.optim.Optimizer, options: Json, step: int) -> None:
    """Keras adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta_2^t))."""
    if options["type"] != "SGD":
        correction = np.sqrt(1 - options.get("beta_2", 0.999) ** step)
        optimizer.param_groups[0]["eps"] = options.get("epsilon", 1e-7) / correction


def reference(
    model: Json, weights: Arrays, batches: list[tuple[Arrays, Arrays]], steps: int
) -> dict[str, Any]:
    """What keras_reference.reference returns, in float64, by PyTorch."""

    def double(arrays: Arrays) -> Tensors:
        return {k: torch.from_numpy(np.asarray(v)).double() for k, v in arrays.items()}

    w = double(weights)
    frozen = {layer["name"] for layer in model["layers"] if not layer.get("trainable", True)}
    trained = {
        name: w[name].requires_grad_()
        for name in w
        if name.split("/")[0] not in frozen and name.split("/")[-1] not in STATISTICS
    }
    data = [(double(x), double(y)) for x, y in batches]
    result: dict[str, Any] = {}
    with torch.no_grad():
        for name, value in forward(model, w, data[0][0]).items():
            result[f"output/{name}"] = value.numpy()
    if "training" not in model:
        return result

    loss = total_loss(model, w, *data[0], updates={})
    loss.backward()
    result["loss"] = loss.detach().numpy()
    for name, tensor in trained.items():
        assert tensor.grad is not None
        result[f"gradient/{name}"] = tensor.grad.numpy().copy()

    options = model["training"]["optimizer"]
    optimizer = make_optimizer(options, list(trained.values()))
    # PyTorch's SGD would add the decay to the gradient; Keras never does.
    decay = options.get("weight_decay", 0.0) if options["type"] == "SGD" else 0.0
    trajectory = []
    for step in range(steps):
        match_epsilon(optimizer, options, step + 1)
        optimizer.zero_grad()
        updates: Tensors = {}
        loss = total_loss(model, w, *data[step % len(data)], updates=updates)
        loss.backward()
        with torch.no_grad():
            for tensor in trained.values():
                tensor -= options.get("learning_rate", 0.01) * decay * tensor
            for name, value in updates.items():
                w[name].copy_(value)
        optimizer.step()
        trajectory.append(loss.item())
    result["trajectory"] = np.array(trajectory)
    for name, tensor in w.items():
        result[f"final/{name}"] = tensor.detach().numpy()
    return result
