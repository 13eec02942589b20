"""The cases of the golden test: small models that between them use everything.

Sizes are odd on purpose: nothing here is a multiple of a vector's width. A case
is a model plus the rows of data it is given; `tune`, where present, changes the
random weights and data to reach a corner that random values miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

Json = dict[str, Any]
Arrays = dict[str, np.ndarray]
Tune = Callable[[Arrays, Arrays], None]

SPARSE: Json = {"type": "sparse_categorical_crossentropy", "from_logits": True}
PROBABILITIES: Json = {"type": "sparse_categorical_crossentropy"}
SQUARED: Json = {"type": "mean_squared_error"}
SGD: Json = {"type": "SGD", "learning_rate": 0.1}


@dataclass
class Case:
    name: str
    model: Json
    rows: int
    tune: Tune | None = None


def dense(name: str, units: int, activation: Any = None, **options: Any) -> Json:
    layer: Json = {"type": "Dense", "name": name, "units": units, **options}
    if activation:
        layer["activation"] = activation
    return layer


def case(
    name: str,
    layers: list[Json],
    *,
    inputs: dict[str, list[int]] | None = None,
    outputs: list[str] | None = None,
    loss: Json | None = SPARSE,
    optimizer: Json = SGD,
    batch: int = 5,
    rows: int = 13,
    metrics: list[str] | None = None,
    tune: Tune | None = None,
    **training: Any,
) -> Case:
    """With the defaults, ten steps are three epochs of batches of 5, 5 and 3
    rows and one step more."""
    inputs = inputs or {"x": [7]}
    model: Json = {
        "name": name.replace("-", "_"),
        "inputs": [{"name": key, "shape": shape} for key, shape in inputs.items()],
        "layers": layers,
    }
    if outputs:
        model["outputs"] = outputs
    if loss:
        model["training"] = {
            "loss": loss,
            "optimizer": optimizer,
            "batch_size": batch,
            "epochs": 1,
            **training,
        }
        if metrics is None and loss.get("type") == "sparse_categorical_crossentropy":
            metrics = ["accuracy"]
        if metrics:
            model["training"]["metrics"] = metrics
        targets = outputs or [layers[-1]["name"]]
        rows_of = {"inputs": one_or_map(list(inputs)), "targets": one_or_map(targets)}
        model["data"] = {"train": rows_of, "test": rows_of}
    return Case(name, model, rows, tune)


def one_or_map(names: list[str]) -> Any:
    """Where the arrays of these names are, as "data" wants it."""
    places = {name: f"data.npz:{name}" for name in names}
    return places if len(names) > 1 else places[names[0]]


def zero_row(weights: Arrays, data: Arrays) -> None:
    """Some pre-activations are exactly 0, where relu has its corner."""
    data["x"][1] = 0
    weights["hidden/bias"][:4] = 0


def confident(weights: Arrays, data: Arrays) -> None:
    """Probabilities below 1e-7 and above 1 - 1e-7, which Keras clips."""
    weights["probabilities/kernel"] *= 12


def large_logits(weights: Arrays, data: Arrays) -> None:
    """exp of these overflows, unless the row's maximum is taken off first."""
    weights["logits/kernel"] *= 100


def wide_range(weights: Arrays, data: Arrays) -> None:
    """Tiny, ordinary and saturating arguments of either sign."""
    magnitudes = np.geomspace(1e-6, 90, data["x"].size // 2)
    values = np.concatenate([magnitudes, -magnitudes, [0.0]])[: data["x"].size]
    data["x"] = np.resize(values, data["x"].shape).astype(np.float32)


def activations() -> list[Case]:
    names = ("relu", "tanh", "sigmoid", "softmax", "gelu", "linear")
    cases = [
        case(f"activation-{name}", [dense("hidden", 9, name), dense("logits", 5)], tune=zero_row)
        for name in names
    ]
    cases.append(
        case(
            "activation-layers",
            [
                dense("first", 9),
                {"type": "Activation", "name": "bend", "activation": "tanh"},
                dense("second", 11),
                {"type": "Activation", "name": "gate", "activation": "gelu"},
                dense("logits", 5),
            ],
        )
    )
    approximate = {"type": "gelu", "approximate": True}
    rows = {"type": "softmax", "axis": 1}
    cases += [
        case("activation-gelu-approximate", [dense("hidden", 9, approximate), dense("logits", 5)]),
        case(
            "activation-softmax-axis",
            [
                dense("hidden", 4, "tanh"),
                {"type": "Activation", "name": "share", "activation": rows},
                {"type": "Flatten", "name": "flat"},
                dense("logits", 5),
            ],
            inputs={"x": [3, 6]},
        ),
    ]
    # No loss and no parameters: the functions alone, over their whole range.
    for name in names:
        layer = {"type": "Activation", "name": "y", "activation": name}
        cases.append(
            case(f"range-{name}", [layer], inputs={"x": [33]}, loss=None, rows=7, tune=wide_range)
        )
    return cases


def losses() -> list[Case]:
    hidden = dense("hidden", 9, "tanh")
    return [
        case("loss-sparse-logits", [hidden, dense("logits", 5)]),
        case(
            "loss-sparse-logits-large",
            [hidden, dense("logits", 5)],
            tune=large_logits,
            optimizer={"type": "SGD", "learning_rate": 0.001},
        ),
        case(
            "loss-sparse-probabilities",
            [hidden, dense("probabilities", 5, "softmax")],
            loss=PROBABILITIES,
        ),
        case(
            "loss-sparse-clipped",
            [hidden, dense("probabilities", 5, "softmax")],
            loss=PROBABILITIES,
            tune=confident,
            optimizer={"type": "SGD", "learning_rate": 0.01},
        ),
        # Outputs that don't add up to 1: Keras divides by their sum.
        case(
            "loss-sparse-unnormalized", [hidden, dense("scores", 5, "sigmoid")], loss=PROBABILITIES
        ),
        case(
            "loss-sparse-sequence",
            [dense("hidden", 6, "relu"), dense("logits", 4)],
            inputs={"x": [3, 5]},
        ),
        case(
            "loss-mse",
            [hidden, dense("y", 3)],
            loss=SQUARED,
            metrics=["mean_squared_error", "mean_absolute_error"],
        ),
        case("loss-mse-one", [hidden, dense("y", 1)], loss=SQUARED),
        case(
            "loss-mse-sequence",
            [dense("hidden", 6, "gelu"), dense("y", 2)],
            inputs={"x": [3, 5]},
            loss=SQUARED,
        ),
        case(
            "regularizer-kernel",
            [
                dense("hidden", 9, "relu", kernel_regularizer={"type": "L2", "l2": 0.02}),
                dense("logits", 5, kernel_regularizer={"type": "L2"}),
            ],
        ),
        case(
            "regularizer-bias",
            [
                dense("hidden", 9, "tanh", bias_regularizer={"type": "L2", "l2": 0.3}),
                dense("y", 2, kernel_regularizer={"type": "L2", "l2": 0.05}),
            ],
            loss=SQUARED,
        ),
    ]


def optimizers() -> list[Case]:
    options: dict[str, Json] = {
        "sgd": {"type": "SGD"},
        "sgd-rate": {"type": "SGD", "learning_rate": 0.3},
        "sgd-momentum": {"type": "SGD", "momentum": 0.9},
        "sgd-nesterov": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True},
        "sgd-decay": {"type": "SGD", "momentum": 0.5, "weight_decay": 0.2},
        "adam": {"type": "Adam"},
        "adam-options": {
            "type": "Adam",
            "learning_rate": 0.02,
            "beta_1": 0.8,
            "beta_2": 0.95,
            "epsilon": 1e-3,
        },
        "adam-decay": {"type": "Adam", "weight_decay": 0.5},
        "adamw": {"type": "AdamW"},
        "adamw-options": {
            "type": "AdamW",
            "learning_rate": 0.01,
            "weight_decay": 0.1,
            "beta_1": 0.85,
            "beta_2": 0.99,
            "epsilon": 1e-4,
        },
    }
    layers = [dense("hidden", 11, "tanh"), dense("logits", 5)]
    cases = [case(f"optimizer-{name}", layers, optimizer=o) for name, o in options.items()]
    # Regularization is part of the gradient, weight decay is not.
    regular = [
        dense("hidden", 11, "tanh", kernel_regularizer={"type": "L2", "l2": 0.1}),
        dense("logits", 5),
    ]
    cases.append(case("optimizer-adamw-regularizer", regular, optimizer=options["adamw-options"]))
    return cases


def graphs() -> list[Case]:
    def join(kind: str, name: str, *inputs: str, **options: Any) -> Json:
        return {"type": kind, "name": name, "inputs": list(inputs), **options}

    def after(source: str, layer: Json) -> Json:
        return {**layer, "inputs": [source]}

    return [
        case(
            "graph-add",
            [
                dense("stem", 9, "relu"),
                dense("branch", 9, "tanh"),
                join("Add", "sum", "stem", "branch"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-add-three",
            [
                after("x", dense("a", 6, "tanh")),
                after("x", dense("b", 6, "sigmoid")),
                after("b", dense("c", 6)),
                join("Add", "sum", "a", "b", "c"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-add-twice",
            [
                dense("stem", 6, "gelu"),
                join("Add", "double", "stem", "stem"),
                join("Add", "triple", "double", "stem"),
                dense("y", 3),
            ],
            loss=SQUARED,
        ),
        case(
            "graph-concatenate",
            [
                after("x", dense("a", 4, "relu")),
                after("x", dense("b", 7, "tanh")),
                join("Concatenate", "both", "a", "b", "x"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-concatenate-axis",
            [
                after("x", dense("a", 4, "relu")),
                after("x", dense("b", 4, "tanh")),
                join("Concatenate", "both", "a", "b", axis=1),
                {"type": "Flatten"},
                dense("logits", 5),
            ],
            inputs={"x": [3, 5]},
        ),
        case(
            "graph-two-inputs",
            [
                after("left", dense("a", 6, "relu")),
                {"type": "Flatten", "name": "flat", "inputs": ["right"]},
                dense("b", 5, "tanh"),
                join("Concatenate", "both", "a", "b"),
                dense("logits", 3),
            ],
            inputs={"left": [7], "right": [2, 3]},
        ),
        case(
            "graph-two-outputs",
            [dense("stem", 9, "relu"), dense("kind", 4), after("stem", dense("size", 2))],
            outputs=["kind", "size"],
            loss={"kind": SPARSE, "size": SQUARED},
        ),
        case(
            "graph-loss-weights",
            [dense("stem", 9, "relu"), dense("kind", 4), after("stem", dense("size", 2))],
            outputs=["kind", "size"],
            loss={"kind": SPARSE, "size": SQUARED},
            loss_weights={"kind": 0.25, "size": 3.0},
        ),
        case(
            "graph-frozen",
            [
                dense("fixed", 9, "relu", trainable=False),
                dense("middle", 6, "tanh"),
                dense("top", 5, trainable=False),
            ],
            loss=SPARSE,
            optimizer={"type": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        ),
        # An output that is also used further on.
        case(
            "graph-inner-output",
            [dense("code", 3, "tanh"), dense("wide", 9, "relu"), dense("copy", 7)],
            outputs=["copy", "code"],
            loss={"copy": SQUARED, "code": SQUARED},
            optimizer={"type": "Adam"},
        ),
        case(
            "graph-two-inputs-two-outputs",
            [
                after("left", dense("a", 6, "gelu")),
                after("right", dense("b", 6, "gelu")),
                join("Add", "sum", "a", "b"),
                dense("kind", 3),
                after("sum", dense("size", 1)),
            ],
            inputs={"left": [7], "right": [4]},
            outputs=["size", "kind"],
            loss={"size": SQUARED, "kind": SPARSE},
            optimizer={"type": "SGD", "learning_rate": 0.05, "momentum": 0.9},
        ),
    ]


def shapes() -> list[Case]:
    return [
        case(
            "shape-image",
            [
                {"type": "Rescaling", "name": "scale", "scale": 0.5, "offset": -0.25},
                {"type": "Flatten", "name": "flat"},
                dense("hidden", 9, "relu"),
                {"type": "Dropout", "name": "drop", "rate": 0.0},
                dense("logits", 5),
            ],
            inputs={"x": [3, 5]},
        ),
        case(
            "shape-reshape",
            [
                dense("hidden", 12, "relu"),
                {"type": "Reshape", "name": "grid", "target_shape": [4, 3]},
                dense("rows", 2, "tanh"),
                {"type": "Flatten", "name": "flat"},
                dense("logits", 5),
            ],
        ),
        case(
            "shape-no-bias",
            [dense("hidden", 9, "relu", use_bias=False), dense("logits", 5, use_bias=False)],
        ),
        case("shape-batch-one", [dense("hidden", 9, "relu"), dense("logits", 5)], batch=1, rows=3),
        case(
            "shape-ones",
            [dense("hidden", 1, "tanh"), dense("y", 1)],
            inputs={"x": [1]},
            loss=SQUARED,
        ),
        # Larger than a register tile in every direction, a multiple of none.
        case(
            "shape-tiles",
            [dense("hidden", 67, "relu"), dense("logits", 35)],
            inputs={"x": [37]},
            batch=19,
            rows=31,
            optimizer={"type": "Adam"},
        ),
        case(
            "shape-deep",
            [
                dense("a", 8, "relu"),
                dense("b", 7, "sigmoid"),
                dense("c", 6, "gelu"),
                dense("d", 5, "softmax"),
                dense("e", 4, "tanh"),
                dense("logits", 3),
            ],
            optimizer={"type": "SGD", "learning_rate": 0.5, "momentum": 0.5},
        ),
    ]


def all_cases() -> list[Case]:
    return activations() + losses() + optimizers() + graphs() + shapes()
