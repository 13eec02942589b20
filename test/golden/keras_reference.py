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
from keras_layers.graph import call_layers, plain, variables
from keras_training import class_weight, compile_model, training_weights
from targets import separate

# Outside of TensorFlow, Keras 3.15 takes some intermediate values (tanh, means)
# down to float32 even where everything else is float64.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def build(model: Json) -> keras.Model:
    inputs = {
        i["name"]: keras.Input(i["shape"], name=i["name"], dtype=i.get("dtype"))
        for i in model["inputs"]
    }
    values, last = call_layers(model["layers"], inputs)
    outputs = [values[name] for name in model.get("outputs", [last])]
    network = keras.Model(plain(inputs), outputs if len(outputs) > 1 else outputs[0])
    training = model.get("training")
    if training:
        compile_model(network, training)
    return network


def cast(arrays: Arrays, dtype: str) -> Arrays:
    """Class numbers stay what they are."""
    return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in arrays.items()}


def as_dict(names: list[str], values: Any) -> Arrays:
    values = values if isinstance(values, (list, tuple)) else [values]
    return {name: np.asarray(value) for name, value in zip(names, values)}


def gradients(network: keras.Model, x: Any, y: Any, weights: Any) -> tuple[Any, list[Any]]:
    def loss(trainable: list[Any]) -> Any:
        outputs, _, penalties = network.stateless_call(
            trainable,
            [v.value for v in network.non_trainable_variables],
            x,
            training=True,
            return_losses=True,
        )
        return (
            network.compute_loss(x, y, outputs, sample_weight=weights, training=True)
            - sum(network.losses)
            + sum(penalties)
        )

    return jax.value_and_grad(loss)([v.value for v in network.trainable_variables])


def prepare(x: Arrays, y: Arrays, dtype: str) -> tuple[Any, Any, Any]:
    """Inputs, targets and sample weights as Keras takes them."""
    if not y:
        return plain(cast(x, dtype)), None, None
    targets, weights = separate(cast(y, dtype))
    if weights:
        weights = {name: weights.get(name) for name in targets}
    return plain(cast(x, dtype)), plain(targets), plain(weights) if weights else None


def reference(
    model: Json, weights: Arrays, batches: list[tuple[Arrays, Arrays]], steps: int, dtype: str
) -> dict[str, np.ndarray]:
    """Every array of expected.npz, computed in `dtype`. Outputs, loss and
    gradients are those of the first batch with the initial weights."""
    keras.backend.clear_session()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(model.get("dtype_policy", dtype))
    network = build(model)
    names = model.get("outputs", [model["layers"][-1]["name"]])
    data = [prepare(x, y, dtype) for x, y in batches]

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

    x, y, weights_of = data[0]
    loss, grads = gradients(network, x, y, training_weights(model, y, weights_of))
    result["loss"] = np.asarray(loss)
    by_name = {id(v): name for name, v in variables(network).items()}
    for variable, grad in zip(network.trainable_variables, grads):
        result[f"gradient/{by_name[id(variable)]}"] = np.asarray(grad)

    for key, value in evaluate(network, batches, model, dtype).items():
        result[f"evaluate/{key}"] = value

    trajectory = []
    for step in range(steps):
        network.reset_metrics()
        logs = network.train_on_batch(
            *data[step % len(data)], class_weight=class_weight(model), return_dict=True
        )
        trajectory.append(float(logs["loss"]))
    result["trajectory"] = np.array(trajectory)
    for name, variable in variables(network).items():
        result[f"final/{name}"] = np.asarray(variable.value)
    return result


def evaluate(
    network: keras.Model, batches: list[tuple[Arrays, Arrays]], model: Json, dtype: str
) -> Arrays:
    """All that Keras reports over all rows."""
    whole = [
        {k: np.concatenate([batch[part][k] for batch in batches]) for k in batches[0][part]}
        for part in (0, 1)
    ]
    x, y, weights = prepare(whole[0], whole[1], dtype)
    logs = network.evaluate(
        x,
        y,
        sample_weight=weights,
        batch_size=model["training"]["batch_size"],
        verbose=0,
        return_dict=True,
    )
    keys = ["loss"] + [key for key in logs if key != "loss"]
    return {key: np.asarray(logs[key], dtype) for key in keys}
