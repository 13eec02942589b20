"""What the peers share: reading a model file, its weights and data, and the clock."""

from __future__ import annotations

import argparse
import json
import resource
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from structure import Json, Shape, Structure, Unknown, expect, read_structure

Arrays = dict[str, np.ndarray]


@dataclass
class Optimizer:
    type: str
    learning_rate: float
    momentum: float
    epsilon: float
    weight_decay: float


@dataclass
class Workload:
    """One of the files in bench/models."""

    name: str
    batch: int
    structure: Structure
    input_shapes: dict[str, Shape]
    integers: set[str]  # of the inputs
    optimizer: Optimizer

    @property
    def family(self) -> str:
        """Workloads of a family are of the same layers, in other sizes."""
        return self.name.split("_")[0]

    def weights(self) -> Arrays:
        """What training begins with. None is zero, so that each one counts."""
        return {name: initial_weight(name, shape) for name, shape in self.structure.weights.items()}

    def inputs(self) -> list[np.ndarray]:
        """A batch in the order of the model's inputs."""
        return [
            integers(name, self.structure.ids, (self.batch, *shape))
            if name in self.integers
            else normal(name, (self.batch, *shape))
            for name, shape in self.input_shapes.items()
        ]

    @property
    def binary(self) -> bool:
        """One probability that is true or not, rather than one of some classes."""
        return self.structure.target_shape == (1,)

    @property
    def output_shape(self) -> Shape:
        """Of a batch of predictions: a logit of each class."""
        shape = (self.batch, *self.structure.target_shape)
        return shape if self.binary else (*shape, self.structure.classes)

    def targets(self) -> np.ndarray:
        shape = (self.batch, *self.structure.target_shape)
        labels = integers("target", self.structure.classes, shape)
        return labels.astype(np.float32) if self.binary else labels


def stream(name: str) -> np.random.RandomState:
    """Random numbers that a name stands for. NumPy promises that those of
    RandomState stay what they are; those of its newer generators may change."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def normal(name: str, shape: Shape, scale: float = 1.0, mean: float = 0.0) -> np.ndarray:
    return (mean + scale * stream(name).standard_normal(shape)).astype(np.float32)


def integers(name: str, limit: int, shape: Shape) -> np.ndarray:
    return stream(name).randint(limit, size=shape).astype(np.int32)


def initial_weight(name: str, shape: Shape) -> np.ndarray:
    variable = name.rsplit("/", 1)[1]
    if variable == "moving_variance":
        return np.ones(shape, np.float32)
    if variable == "moving_mean":
        return np.zeros(shape, np.float32)
    if variable == "gamma":
        return normal(name, shape, 0.1, mean=1.0)
    if variable in ("bias", "beta"):
        return normal(name, shape, 0.1)
    if variable == "embeddings":
        return normal(name, shape, 0.5)
    # Of a kernel of attention the outputs, or for its last one the inputs, are
    # two axes; of all others the outputs are one.
    outputs = 2 if len(shape) == 3 and shape[0] == shape[1] * shape[2] else 1
    return normal(name, shape, 1 / np.sqrt(np.prod(shape[:-outputs])))


DEFAULTS = {"momentum": 0.0, "epsilon": 1e-7}  # Keras's
RATES = {"Adam": 0.001, "AdamW": 0.001, "SGD": 0.01}
OPTIONS = {"SGD": {"momentum"}, "Adam": {"epsilon"}, "AdamW": {"epsilon", "weight_decay"}}


def read_optimizer(stated: Json) -> Optimizer:
    type_ = stated["type"]
    expect(type_ in OPTIONS, f"the optimizer {type_}")
    unknown = stated.keys() - OPTIONS[type_] - {"type", "learning_rate"}
    expect(not unknown, f"{', '.join(sorted(unknown))} of {type_}")
    decay = {"weight_decay": 0.004 if type_ == "AdamW" else 0.0}
    return Optimizer(**{**DEFAULTS, **decay, "learning_rate": RATES[type_], **stated})


def read_workload(path: Path) -> Workload:
    model: Json = json.loads(path.read_text())
    training = model["training"]
    try:
        structure = read_structure(model)
        optimizer = read_optimizer(training["optimizer"])
        binary = structure.target_shape == (1,)
        losses = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
        expect(
            training["loss"] == {"type": losses, "from_logits": True},
            f"losses but {losses} from logits",
        )
    except Unknown as unknown:
        raise SystemExit(f"{path}: {unknown}") from None
    inputs = model["inputs"]
    return Workload(
        name=model["name"],
        batch=training["batch_size"],
        structure=structure,
        input_shapes={one["name"]: tuple(one["shape"]) for one in inputs},
        integers={one["name"] for one in inputs if one.get("dtype") == "int32"},
        optimizer=optimizer,
    )


def arguments(**modes: Any) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--function", choices=("train_step", "predict"), required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long to measure")
    for flag, text in modes.items():
        parser.add_argument(f"--{flag}", action="store_true", help=text)
    return parser.parse_args()


def measure(step: Callable[[], Any], seconds: float, setup: float = 0.0) -> dict[str, float]:
    """Times one call after another. The first one compiles, where there is
    something to compile that did not happen during `setup` seconds before."""
    begin = time.perf_counter()
    step()
    first = time.perf_counter() - begin
    for _ in range(5):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 20 or (time.perf_counter() < end and len(times) < 20_000):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    times.sort()
    return {
        "median_us": times[len(times) // 2] * 1e6,
        "min_us": times[0] * 1e6,
        "compile_seconds": setup + first,
    }


def report(version: str, result: dict[str, float]) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"version": version, "peak_rss_mib": round(peak), **result}))
