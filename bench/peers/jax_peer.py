"""JAX: the whole step under one jax.jit, with parameters and optimizer state
donated so that they are updated in place.

Prints a JSON line with the time of a train step (forward, loss, gradients, Adam)
or of a prediction, on a batch that is already there.
"""

from __future__ import annotations

import os
from typing import Any, Callable

from workload import Workload, arguments, measure, read_workload, report

options = arguments()
os.environ["JAX_PLATFORMS"] = "cpu"
if options.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import jax
import jax.numpy as jnp

Tree = Any


def forward(parameters: Tree, x: jax.Array) -> jax.Array:
    for kernel, bias in parameters[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = parameters[-1]
    return x @ kernel + bias


def loss_of(parameters: Tree, x: jax.Array, y: jax.Array) -> jax.Array:
    log_p = jax.nn.log_softmax(forward(parameters, x))
    return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))


def adam(rate: float, parameters: Tree, state: Tree, gradients: Tree) -> tuple[Tree, Tree]:
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7
    t, m, v = state
    t = t + 1
    m = jax.tree.map(lambda m, g: m + (1 - beta_1) * (g - m), m, gradients)
    v = jax.tree.map(lambda v, g: v + (1 - beta_2) * (g * g - v), v, gradients)
    alpha = rate * jnp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    parameters = jax.tree.map(
        lambda p, m, v: p - alpha * m / (jnp.sqrt(v) + epsilon), parameters, m, v
    )
    return parameters, (t, m, v)


def make_step(workload: Workload, function: str) -> Callable[[], Any]:
    parameters = [(jnp.asarray(k), jnp.asarray(b)) for k, b in workload.weights()]
    x, y = map(jnp.asarray, workload.data())
    if function == "predict":
        compiled = jax.jit(forward)
        return lambda: compiled(parameters, x).block_until_ready()

    # Data are arguments: what a jitted function closes over becomes a constant.
    def train_step(parameters: Tree, state: Tree, x: jax.Array, y: jax.Array) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, y)
        return *adam(workload.learning_rate, parameters, state, gradients), loss

    compiled = jax.jit(train_step, donate_argnums=(0, 1))
    m, v = (jax.tree.map(jnp.zeros_like, parameters) for _ in range(2))
    state = (jnp.float32(0), m, v)

    def train() -> None:
        nonlocal parameters, state
        parameters, state, loss = compiled(parameters, state, x, y)
        loss.block_until_ready()

    return train


step = make_step(read_workload(options.model), options.function)
report(jax.__version__, measure(step, options.seconds))
