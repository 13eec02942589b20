"""What a golden case is, and short ways to write its model."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    ids: dict[str, int] = field(default_factory=dict)  # inputs that are below a number


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
    ids: dict[str, int] | None = None,
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
    ids = ids or {}
    model: Json = {
        "name": name.replace("-", "_"),
        "inputs": [
            {"name": key, "shape": shape, **({"dtype": "int32"} if key in ids else {})}
            for key, shape in inputs.items()
        ],
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
    return Case(name, model, rows, tune, ids)


def one_or_map(names: list[str]) -> Any:
    """Where the arrays of these names are, as "data" wants it."""
    places = {name: f"data.npz:{name}" for name in names}
    return places if len(names) > 1 else places[names[0]]
