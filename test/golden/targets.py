"""Random targets and weights that a case's losses are defined for."""

from __future__ import annotations

import numpy as np

from cases import Arrays, Json

Shape = tuple[int, ...]
Random = np.random.RandomState


def labels(random: Random, options: Json, shape: Shape, classes: int) -> np.ndarray:
    """Classes; where one is to be ignored, a part of them is that."""
    result = random.randint(classes, size=shape)
    ignored = options.get("ignore_class")
    if ignored is not None:
        result[random.uniform(size=shape) < 0.3] = ignored
    return result.astype(np.int32)


def spellings(random: Random, options: Json, rows: int, classes: int) -> np.ndarray:
    """Labels of all lengths from 0 on, with equal neighbours, padded with zeros."""
    longest = options["max_label_length"]
    result = random.randint(1, classes, size=(rows, longest))
    repeated = random.uniform(size=(rows, longest)) < 0.3
    for column in range(1, longest):
        result[:, column] = np.where(repeated[:, column], result[:, column - 1], result[:, column])
    lengths = random.randint(longest + 1, size=(rows, 1))
    lengths[0] = longest
    result[np.arange(longest) >= lengths] = 0
    return result.astype(np.int32)


def distribution(random: Random, shape: Shape) -> np.ndarray:
    weights = random.uniform(0.1, 1, size=shape)
    return weights / weights.sum(-1, keepdims=True)


def one_hot(random: Random, shape: Shape) -> np.ndarray:
    return np.eye(shape[-1])[random.randint(shape[-1], size=shape[:-1])]


def make_target(random: Random, options: Json, shape: Shape, rows: int) -> np.ndarray:
    """The target of an output of `shape` whose loss has these options."""
    shape = (rows, *shape)
    kind = options["type"]
    if kind == "sparse_categorical_crossentropy":
        return labels(random, options, shape[:-1], shape[-1])
    if kind == "ctc":
        return spellings(random, options, rows, shape[-1])
    if kind.startswith("binary") or kind == "hinge":
        target = random.randint(2, size=shape)
    elif kind == "squared_hinge":
        target = 2 * random.randint(2, size=shape) - 1
    elif kind in ("categorical_hinge", "categorical_focal_crossentropy"):
        target = one_hot(random, shape)
    elif kind in ("categorical_crossentropy", "kl_divergence"):
        target = distribution(random, shape)
    elif kind == "poisson":
        target = random.poisson(2, size=shape)
    elif kind == "mean_squared_logarithmic_error":
        target = random.uniform(0, 3, size=shape)
    else:
        target = random.standard_normal(shape)
    return target.astype(np.float32)


def loss_of(model: Json, output: str) -> Json:
    loss = model["training"]["loss"]
    return loss if "type" in loss else loss[output]


def weight_shape(options: Json, shape: Shape) -> Shape:
    """That of the loss before its mean."""
    if options["type"] == "ctc":
        return ()
    axis = options.get("axis", -1)
    kept = list((1, *shape))
    del kept[axis]
    return tuple(kept[1:])


def make_weights(random: Random, model: Json, shapes: dict[str, Shape], rows: int) -> Arrays:
    """For each output whose weights the data names; some are 0."""
    named = model.get("data", {}).get("train", {}).get("sample_weights", {})
    if isinstance(named, str):
        named = {name: named for name in shapes}
    weights = {}
    for name in named:
        shape = (rows, *weight_shape(loss_of(model, name), shapes[name]))
        weight = random.uniform(0.1, 3, size=shape)
        weight[random.uniform(size=shape) < 0.2] = 0
        weights[f"{name}/sample_weight"] = weight.astype(np.float32)
    return weights


def separate(y: dict) -> tuple[dict, dict]:
    """Targets, and weights by the names of their outputs."""
    targets = {k: v for k, v in y.items() if not k.endswith("/sample_weight")}
    weights = {k.split("/")[0]: v for k, v in y.items() if k not in targets}
    return targets, weights
