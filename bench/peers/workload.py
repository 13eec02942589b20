"""What the peers share: reading a model file, its data, and the clock."""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

SEED = 0


@dataclass
class Workload:
    """A multi-layer perceptron, as the files in bench/models state it."""

    name: str
    batch: int
    sizes: list[int]  # features, then the units of each Dense layer
    learning_rate: float

    def layers(self) -> list[tuple[int, int]]:
        return list(zip(self.sizes, self.sizes[1:]))

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """A kernel (in, out) and a bias for each layer."""
        random = np.random.default_rng(SEED)
        return [
            (
                (random.standard_normal((i, o)) / np.sqrt(i)).astype(np.float32),
                np.zeros(o, np.float32),
            )
            for i, o in self.layers()
        ]

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(SEED + 1)
        x = random.standard_normal((self.batch, self.sizes[0])).astype(np.float32)
        return x, random.integers(self.sizes[-1], size=self.batch).astype(np.int32)


def expect(condition: bool, path: Path, what: str) -> None:
    """A peer that measured something else than the model would be worse than none."""
    if not condition:
        raise SystemExit(f"{path}: the peers don't know {what}")


def read_workload(path: Path) -> Workload:
    model: dict[str, Any] = json.loads(path.read_text())
    layers, training = model["layers"], model["training"]
    expect(len(model["inputs"]) == 1 and "outputs" not in model, path, "graphs")
    expect(all(layer["type"] == "Dense" for layer in layers), path, "layers but Dense")
    activations = [layer.get("activation", "linear") for layer in layers]
    expect(
        activations == ["relu"] * (len(layers) - 1) + ["linear"],
        path,
        "activations but relu between the layers",
    )
    expect(
        training["loss"] == {"type": "sparse_categorical_crossentropy", "from_logits": True},
        path,
        "losses but sparse_categorical_crossentropy from logits",
    )
    optimizer = training["optimizer"]
    expect(
        optimizer.keys() <= {"type", "learning_rate"} and optimizer["type"] == "Adam",
        path,
        "optimizers but Adam with a rate",
    )
    sizes = [*model["inputs"][0]["shape"], *(layer["units"] for layer in layers)]
    return Workload(
        model["name"], training["batch_size"], sizes, optimizer.get("learning_rate", 0.001)
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
