"""The workloads in JAX, channels last, on weights with Keras's names and shapes.

A model is a function of the weights, by name, and of the inputs; in training it
returns new moving statistics beside its output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from structure import RESNET_BLOCKS
from workload import Arrays, Workload

Weights = dict[str, Array]
Model = Callable[..., Any]

# Behind each first letter: the batch, features, inputs and outputs.
LAYOUTS = {3: ("NWC", "WIO", "NWC"), 4: ("NHWC", "HWIO", "NHWC")}


def dense(w: Weights, layer: str, x: Array) -> Array:
    y = x @ w[f"{layer}/kernel"]
    return y + w[f"{layer}/bias"] if f"{layer}/bias" in w else y


def convolution(w: Weights, layer: str, x: Array, strides: int = 1) -> Array:
    """Padded by what keeps the size, on both sides."""
    kernel = w[f"{layer}/kernel"]
    spatial = x.ndim - 2
    around = [(size // 2, size // 2) for size in kernel.shape[:spatial]]
    layout = LAYOUTS[x.ndim]
    y = lax.conv_general_dilated(x, kernel, [strides] * spatial, around, dimension_numbers=layout)
    return y + w[f"{layer}/bias"] if f"{layer}/bias" in w else y


def max_pool(x: Array) -> Array:
    window = (1, 2, 2, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def layer_norm(w: Weights, layer: str, x: Array) -> Array:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    y = (x - mean) * lax.rsqrt(variance + 1e-5)
    return y * w[f"{layer}/gamma"] + w[f"{layer}/beta"]


class BatchNorms:
    """The normalizations of a call, and the statistics that they leave."""

    def __init__(self, w: Weights, training: bool) -> None:
        self.w, self.training = w, training
        self.moved: Weights = {}

    def statistics(self, layer: str, x: Array) -> tuple[Array, Array]:
        names = [f"{layer}/moving_{name}" for name in ("mean", "variance")]
        if not self.training:
            return self.w[names[0]], self.w[names[1]]
        found = x.mean((0, 1, 2)), x.var((0, 1, 2))
        for name, value in zip(names, found):
            self.moved[name] = 0.9 * self.w[name] + 0.1 * lax.stop_gradient(value)
        return found

    def __call__(self, layer: str, x: Array) -> Array:
        mean, variance = self.statistics(layer, x)
        scale = self.w[f"{layer}/gamma"] * lax.rsqrt(variance + 1e-5)
        return (x - mean) * scale + self.w[f"{layer}/beta"]


def mlp(w: Weights, x: Array) -> Array:
    names = [name.split("/")[0] for name in w if name.endswith("/kernel")]
    hidden = sorted(name for name in names if name != "logits")
    for name in hidden:
        x = jax.nn.relu(dense(w, name, x))
    return dense(w, "logits", x)


def cnn(w: Weights, x: Array) -> Array:
    for name in ("conv_1", "conv_2"):
        x = max_pool(jax.nn.relu(convolution(w, name, x)))
    return dense(w, "logits", jax.nn.relu(dense(w, "hidden", x.reshape(len(x), -1))))


def resnet20(w: Weights, x: Array, training: bool) -> tuple[Array, Weights]:
    norm = BatchNorms(w, training)
    x = jax.nn.relu(norm("stem_norm", convolution(w, "stem", x)))
    for block, strides in RESNET_BLOCKS:
        y = convolution(w, f"{block}_conv_1", x, strides)
        y = jax.nn.relu(norm(f"{block}_norm_1", y))
        y = norm(f"{block}_norm_2", convolution(w, f"{block}_conv_2", y))
        if strides != 1:
            shortcut = convolution(w, f"{block}_shortcut", x, strides)
            x = norm(f"{block}_shortcut_norm", shortcut)
        x = jax.nn.relu(y + x)
    return dense(w, "logits", x.mean((1, 2))), norm.moved


def lstm(w: Weights, ids: Array) -> Array:
    gates = dense(w, "lstm", w["embedded/embeddings"][ids]).swapaxes(0, 1)
    recurrent = w["lstm/recurrent_kernel"]
    zeros = jnp.zeros((len(ids), len(recurrent)))

    def cell(carry: tuple[Array, Array], x: Array) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(x + h @ recurrent, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    _, states = lax.scan(cell, (zeros, zeros), gates)
    return dense(w, "logits", states.swapaxes(0, 1))


def speech(w: Weights, x: Array) -> Array:
    x = jax.nn.relu(convolution(w, "conv", x, 2))
    gates = (x @ w["gru/kernel"] + w["gru/bias"][0]).swapaxes(0, 1)
    recurrent = w["gru/recurrent_kernel"]

    def cell(h: Array, x: Array) -> Any:
        xz, xr, xh = jnp.split(x, 3, -1)
        hz, hr, hh = jnp.split(h @ recurrent + w["gru/bias"][1], 3, -1)
        z, r = jax.nn.sigmoid(xz + hz), jax.nn.sigmoid(xr + hr)
        return z * h + (1 - z) * jnp.tanh(xh + r * hh), None

    h, _ = lax.scan(cell, jnp.zeros((len(x), len(recurrent))), gates)
    return dense(w, "logits", h)


def attend(w: Weights, layer: str, x: Array) -> Array:
    """Queries, keys and values in one product: see `fuse_attention`."""
    kernel, bias = w[f"{layer}/qkv/kernel"], w[f"{layer}/qkv/bias"]
    batch, length, width = x.shape
    heads, size = kernel.shape[2:]
    flat = x @ kernel.reshape(width, -1) + bias.reshape(-1)
    q, k, v = flat.reshape(batch, length, 3, heads, size).transpose(2, 0, 3, 1, 4)
    scores = q @ k.swapaxes(2, 3) / np.float32(np.sqrt(size))
    causal = jnp.tril(jnp.ones((length, length), bool))
    y = jax.nn.softmax(jnp.where(causal, scores, -1e30), -1) @ v
    output = w[f"{layer}/attention_output/kernel"].reshape(-1, width)
    y = y.swapaxes(1, 2).reshape(batch, length, width)
    return y @ output + w[f"{layer}/attention_output/bias"]


def gpt(w: Weights, ids: Array) -> Array:
    blocks = sum(name.endswith("/qkv/kernel") for name in w)
    x = w["tokens_embedded/embeddings"][ids] + w["positions/embeddings"]
    for i in range(1, blocks + 1):
        x = x + attend(w, f"attention_{i}", layer_norm(w, f"norm_1_{i}", x))
        y = dense(w, f"expand_{i}", layer_norm(w, f"norm_2_{i}", x))
        x = x + dense(w, f"contract_{i}", jax.nn.gelu(y, approximate=True))
    return dense(w, "logits", layer_norm(w, "norm", x))


def fuse_attention(weights: Arrays) -> Arrays:
    """Query, key and value along a new axis behind the first of a kernel."""
    fused: Arrays = {}
    for name, value in weights.items():
        if "/key/" in name or "/value/" in name:
            continue
        if "/query/" in name:
            parts = [weights[name.replace("query", part)] for part in ("query", "key", "value")]
            value = np.stack(parts, axis=value.ndim - 2)
            name = name.replace("query", "qkv")
        fused[name] = value
    return fused


def recsys(w: Weights, x: Array, *ids: Array) -> Array:
    x = jax.nn.relu(dense(w, "bottom_2", jax.nn.relu(dense(w, "bottom_1", x))))
    rows = [w[f"table_{k}/embeddings"][one] for k, one in enumerate(ids)]
    rows = jnp.stack([x, *rows], 1)
    above = np.triu_indices(rows.shape[1], 1)
    pairs = (rows @ rows.swapaxes(1, 2))[:, above[0], above[1]]
    return dense(w, "click", jax.nn.relu(dense(w, "top_1", jnp.concatenate([x, pairs], 1))))


MODELS: dict[str, Model] = {
    "mlp": mlp,
    "cnn": cnn,
    "lstm": lstm,
    "speech": speech,
    "gpt": gpt,
    "recsys": recsys,
}


def forward(workload: Workload, training: bool) -> Model:
    """Of weights and inputs: the output, and moved statistics where there are any."""
    if workload.family == "resnet20":
        return lambda w, *inputs: resnet20(w, *inputs, training=training)
    model = MODELS[workload.family]
    return lambda w, *inputs: (model(w, *inputs), {})


def weights(workload: Workload) -> Weights:
    named = fuse_attention(workload.weights())
    return {name: jnp.asarray(value) for name, value in named.items()}


def loss_of(output: Array, targets: Array) -> Array:
    if jnp.issubdtype(targets.dtype, jnp.floating):
        losses = jnp.maximum(output, 0) - output * targets
        return jnp.mean(losses + jnp.log1p(jnp.exp(-jnp.abs(output))))
    log = jax.nn.log_softmax(output)
    return -jnp.mean(jnp.take_along_axis(log, targets[..., None], axis=-1))
