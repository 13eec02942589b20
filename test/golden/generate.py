#!/usr/bin/env python3
"""Make the golden values: one directory for each case of cases/.

    python3 generate.py [--output DIRECTORY] [CASE ...]

The expected values are Keras's, computed in float64. PyTorch must agree with
them to 1e-9, and Keras's own float32 to 1e-5, or nothing is written. Needs
keras 3 with jax, torch and safetensors (see README.md for the versions).
"""

from __future__ import annotations

import argparse
import json
import shutil
import zlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import keras_reference
import witness
from cases import Arrays, Case, Json, all_cases
from targets import loss_of, make_target
from targets import make_weights as make_sample_weights

STEPS = 10
PYTORCH_TOLERANCE = 1e-9
FLOAT32_TOLERANCE = 1e-5
#: Eight bits, rounded in several places one after the other.
MIXED_TOLERANCE = 3e-2
#: A tensor without a larger value is zero, and its values are rounding.
NOTHING = 1e-13


def layer_shapes(model: Json) -> dict[str, tuple[int, ...]]:
    """Shapes of all weights, read off Keras's model."""
    network = keras_reference.build(model)
    return {k: tuple(v.shape) for k, v in keras_reference.variables(network).items()}


def output_shapes(model: Json) -> dict[str, tuple[int, ...]]:
    """Of outputs that were computed: Keras's own idea of a shape may be wrong."""
    network = keras_reference.build(model)
    names = model.get("outputs", [model["layers"][-1]["name"]])
    zeros = {i["name"]: np.zeros([1, *i["shape"]]) for i in model["inputs"]}
    outputs = keras_reference.as_dict(names, network(keras_reference.plain(zeros)))
    return {name: output.shape[1:] for name, output in outputs.items()}


def make_weights(random: np.random.RandomState, model: Json) -> Arrays:
    weights = {}
    for name, shape in layer_shapes(model).items():
        is_kernel = name.endswith("kernel")
        scale = float(np.prod(shape[:-1])) ** -0.5 if is_kernel else 0.1
        values = random.standard_normal(shape) * scale
        if name.endswith(("/gamma", "/scale")):
            values += 1
        if name.endswith("_variance"):
            values = 0.6 + np.abs(values)
        weights[name] = values.astype(np.float32)
    return weights


def make_inputs(random: np.random.RandomState, case: Case) -> Arrays:
    inputs = {}
    for i in case.model["inputs"]:
        shape = [case.rows, *i["shape"]]
        if i["name"] in case.ids:
            inputs[i["name"]] = random.randint(case.ids[i["name"]], size=shape).astype(np.int32)
        else:
            inputs[i["name"]] = random.standard_normal(shape).astype(np.float32)
    return inputs


def make_targets(random: np.random.RandomState, model: Json, rows: int) -> Arrays:
    """Targets, and the weights that the data name."""
    if "training" not in model:
        return {}
    shapes = output_shapes(model)
    arrays = {
        name: make_target(random, loss_of(model, name), shape, rows)
        for name, shape in shapes.items()
    }
    return {**arrays, **make_sample_weights(random, model, shapes, rows)}


def split(arrays: Arrays, begin: int, size: int) -> Arrays:
    return {name: array[begin : begin + size] for name, array in arrays.items()}


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Largest error, relative to the tensor's largest value."""
    assert a.shape == b.shape, (a.shape, b.shape)
    scale = np.max(np.abs(b), initial=0.0)
    return float(np.max(np.abs(a - b), initial=0.0) / (scale or 1.0))


def without_rounding(arrays: Arrays) -> Arrays:
    """Zeros for what is zero but for rounding: softmax doesn't see a bias that
    is added to all keys."""
    return {
        name: array if np.max(np.abs(array), initial=0.0) > NOTHING else np.zeros_like(array)
        for name, array in arrays.items()
    }


def worst(a: Arrays, b: Arrays) -> tuple[float, str]:
    return max((difference(a[name], b[name]), name) for name in a)


def significant(array: np.ndarray, digits: int = 13) -> np.ndarray:
    """Rounded, so that the last bits of another machine's libm don't show."""
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.where(array == 0, 0, np.floor(np.log10(np.abs(array))))
    # Dividing by 10^n is exact to half a bit where multiplying by 10^-n is not.
    power = digits - 1 - exponent
    up, down = 10.0 ** np.maximum(power, 0), 10.0 ** np.maximum(-power, 0)
    return np.rint(array * up / down) / up * down


def model_text(model: Json) -> str:
    """The model as a person would write it: a line for each layer and option."""

    def member(key: str, value: object) -> str:
        if key in ("layers", "training", "data"):
            is_list = isinstance(value, list)
            lines = (
                [json.dumps(item) for item in value]
                if is_list
                else [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()]
            )
            body = ",\n    ".join(lines)
            return f"{json.dumps(key)}: {'[' if is_list else '{'}\n    {body}\n  " + (
                "]" if is_list else "}"
            )
        return f"{json.dumps(key)}: {json.dumps(value)}"

    return "{\n  " + ",\n  ".join(member(k, v) for k, v in model.items()) + "\n}\n"


def without_policies(model: Json) -> Json:
    """The model in one precision."""
    layers = [{k: v for k, v in layer.items() if k != "dtype"} for layer in model["layers"]]
    exact = {k: v for k, v in model.items() if k != "dtype_policy"}
    return {**exact, "layers": layers}


def make(case: Case, output: Path) -> str:
    random = np.random.RandomState(zlib.crc32(case.name.encode()))
    weights = make_weights(random, case.model)
    inputs = make_inputs(random, case)
    targets = make_targets(random, case.model, case.rows)
    if case.tune:
        case.tune(weights, inputs)

    batch = case.model.get("training", {}).get("batch_size", case.rows)
    batches = [
        (split(inputs, i, batch), split(targets, i, batch)) for i in range(0, case.rows, batch)
    ]
    exact = without_policies(case.model)
    expected = without_rounding(
        keras_reference.reference(exact, weights, batches, STEPS, "float64")
    )
    second = witness.reference(exact, weights, batches, STEPS)
    single = keras_reference.reference(exact, weights, batches, STEPS, "float32")

    torch_error, torch_where = worst(second, expected)
    single_error, single_where = worst(single, expected)
    report = (
        f"{case.name:32} PyTorch {torch_error:.1e} ({torch_where}), "
        f"float32 {single_error:.1e} ({single_where})"
    )
    assert all(np.all(np.isfinite(a)) for a in expected.values()), case.name
    assert torch_error <= PYTORCH_TOLERANCE, report
    assert single_error <= FLOAT32_TOLERANCE, report
    if exact != case.model:
        mixed = keras_reference.reference(case.model, weights, batches, STEPS, "float32")
        mixed_error, mixed_where = worst(mixed, expected)
        report += f", mixed {mixed_error:.1e} ({mixed_where})"
        assert mixed_error <= MIXED_TOLERANCE, report
        expected = mixed

    directory = output / case.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "model.json").write_text(model_text(case.model))
    if weights:
        save_file(weights, directory / "weights.safetensors")
    np.savez(directory / "data.npz", **inputs, **targets)
    np.savez(directory / "expected.npz", **{k: significant(v) for k, v in expected.items()})
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="default: all")
    options = parser.parse_args()
    cases = all_cases()
    unknown = set(options.cases) - {case.name for case in cases}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    for case in cases:
        if not options.cases or case.name in options.cases:
            print(make(case, options.output), flush=True)


if __name__ == "__main__":
    main()
