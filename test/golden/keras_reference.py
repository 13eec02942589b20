"""What Keras makes of a golden case. Its names, defaults and meaning rule.

Runs on Keras's JAX backend, in float64 for the expected values and in float32
to know what that precision can reach.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"
# Keras writes a configuration file where it finds none.
os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="keras-")

import jax
import keras
import numpy as np
from keras.src.backend.common import dtypes

from cases import Arrays, Json
from keras_layers import call_layer, make_layer, variable_name

# Outside of TensorFlow, Keras 3.15 takes some intermediate values (tanh, means)
# down to float32 even where everything else is float64.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def make_loss(options: Json) -> keras.losses.Loss:
    if options["type"] == "mean_squared_error":
        return keras.losses.MeanSquaredError()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=options.get("from_logits", False))


def make_optimizer(options: Json) -> keras.optimizers.Optimizer:
    arguments = {k: v for k, v in options.items() if k != "type"}
    return getattr(keras.optimizers, options["type"])(**arguments)


def build(model: Json) -> keras.Model:
    inputs = {
        i["name"]: keras.Input(i["shape"], name=i["name"], dtype=i.get("dtype"))
        for i in model["inputs"]
    }
    values: dict[str, Any] = dict(inputs)
    previous = next(iter(inputs))
    for options in model["layers"]:
        layer = make_layer(options)
        sources = [values[name] for name in options.get("inputs", [previous])]
        values[layer.name] = call_layer(layer, options, sources)
        previous = layer.name
    outputs = [values[name] for name in model.get("outputs", [previous])]
    network = keras.Model(plain(inputs), outputs if len(outputs) > 1 else outputs[0])
    training = model.get("training")
    if training:
        loss = training["loss"]
        each = make_loss(loss) if "type" in loss else {k: make_loss(v) for k, v in loss.items()}
        network.compile(
            make_optimizer(training["optimizer"]),
            each,
            loss_weights=training.get("loss_weights"),
            metrics=training.get("metrics"),
            jit_compile=False,
        )
    return network


def variables(network: keras.Model) -> dict[str, Any]:
    """All variables by the names that the weight files use."""
    return {
        f"{layer.name}/{variable_name(layer, v)}": v
        for layer in network.layers
        for v in layer.variables
    }


def plain(arrays: dict[str, Any]) -> Any:
    values = list(arrays.values())
    return values[0] if len(values) == 1 else values


def cast(arrays: Arrays, dtype: str) -> Arrays:
    """Class numbers stay what they are."""
    return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in arrays.items()}


def as_dict(names: list[str], values: Any) -> Arrays:
    values = values if isinstance(values, (list, tuple)) else [values]
    return {name: np.asarray(value) for name, value in zip(names, values)}


def gradients(network: keras.Model, x: Any, y: Any) -> tuple[Any, list[Any]]:
    def loss(trainable: list[Any]) -> Any:
        outputs, _, penalties = network.stateless_call(
            trainable,
            [v.value for v in network.non_trainable_variables],
            x,
            training=True,
            return_losses=True,
        )
        return (
            network.compute_loss(x, y, outputs, training=True)
            - sum(network.losses)
            + sum(penalties)
        )

    return jax.value_and_grad(loss)([v.value for v in network.trainable_variables])


def reference(
    model: Json, weights: Arrays, batches: list[tuple[Arrays, Arrays]], steps: int, dtype: str
) -> dict[str, np.ndarray]:
    """Every array of expected.npz, computed in `dtype`. Outputs, loss and
    gradients are those of the first batch with the initial weights."""
    keras.backend.clear_session()
    keras.config.set_floatx(dtype)
    network = build(model)
    names = model.get("outputs", [model["layers"][-1]["name"]])
    data = [(plain(cast(x, dtype)), plain(cast(y, dtype)) if y else None) for x, y in batches]

    def restore() -> None:
        for name, variable in variables(network).items():
            variable.assign(weights[name])

    assert sorted(variables(network)) == sorted(weights), (sorted(variables(network)), weights)
    restore()
    result: dict[str, np.ndarray] = {}
    for name, value in as_dict(names, network.predict_on_batch(data[0][0])).items():
        result[f"output/{name}"] = value
    if "training" not in model:
        return result

    loss, grads = gradients(network, *data[0])
    result["loss"] = np.asarray(loss)
    by_name = {id(v): name for name, v in variables(network).items()}
    for variable, grad in zip(network.trainable_variables, grads):
        result[f"gradient/{by_name[id(variable)]}"] = np.asarray(grad)

    for key, value in evaluate(network, batches, model, dtype).items():
        result[f"evaluate/{key}"] = value

    trajectory = []
    for step in range(steps):
        network.reset_metrics()
        logs = network.train_on_batch(*data[step % len(data)], return_dict=True)
        trajectory.append(float(logs["loss"]))
    result["trajectory"] = np.array(trajectory)
    for name, variable in variables(network).items():
        result[f"final/{name}"] = np.asarray(variable.value)
    return result


def evaluate(
    network: keras.Model, batches: list[tuple[Arrays, Arrays]], model: Json, dtype: str
) -> Arrays:
    """Loss, and accuracy where the model asks for it, over all rows."""
    x = {k: np.concatenate([b[0][k] for b in batches]) for k in batches[0][0]}
    y = {k: np.concatenate([b[1][k] for b in batches]) for k in batches[0][1]}
    logs = network.evaluate(
        plain(cast(x, dtype)),
        plain(cast(y, dtype)),
        batch_size=model["training"]["batch_size"],
        verbose=0,
        return_dict=True,
    )
    keys = ["loss"] + model["training"].get("metrics", [])
    return {key: np.asarray(logs[key], dtype) for key in keys}
