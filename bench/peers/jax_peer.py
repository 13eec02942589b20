"""JAX: the whole step under one jax.jit, with weights and optimizer state
donated so that they are updated in place. Gradients of tables are dense, as
jax.grad gives them.

Prints a JSON line with the time of a train step (forward, loss, gradients, the
optimizer's update) or of a prediction, on a batch that is already there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from workload import Optimizer, Workload, arguments, measure, read_workload, report

options = arguments()
os.environ["JAX_PLATFORMS"] = "cpu"
if options.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import jax
import jax.numpy as jnp

from jax_models import Model, Weights, forward, loss_of, weights

State = dict[str, Any]


def initial_state(optimizer: Optimizer, w: Weights) -> State:
    def zeros() -> Weights:
        return jax.tree.map(jnp.zeros_like, w)

    if optimizer.type == "SGD":
        return {"velocity": zeros()} if optimizer.momentum else {}
    return {"step": jnp.float32(0), "m": zeros(), "v": zeros()}


def sgd(o: Optimizer, w: Weights, state: State, gradients: Weights) -> tuple[Weights, State]:
    if not o.momentum:
        return jax.tree.map(lambda w, g: w - o.learning_rate * g, w, gradients), state
    velocity = jax.tree.map(
        lambda v, g: o.momentum * v - o.learning_rate * g, state["velocity"], gradients
    )
    return jax.tree.map(jnp.add, w, velocity), {"velocity": velocity}


def adam(o: Optimizer, w: Weights, state: State, gradients: Weights) -> tuple[Weights, State]:
    beta_1, beta_2 = 0.9, 0.999
    t = state["step"] + 1
    m = jax.tree.map(lambda m, g: m + (1 - beta_1) * (g - m), state["m"], gradients)
    v = jax.tree.map(lambda v, g: v + (1 - beta_2) * (g * g - v), state["v"], gradients)
    alpha = o.learning_rate * jnp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    kept = 1 - o.learning_rate * o.weight_decay
    w = jax.tree.map(lambda w, m, v: kept * w - alpha * m / (jnp.sqrt(v) + o.epsilon), w, m, v)
    return w, {"step": t, "m": m, "v": v}


def make_predict(workload: Workload) -> Callable[[], Any]:
    model, w = forward(workload, training=False), weights(workload)
    inputs = [jnp.asarray(x) for x in workload.inputs()]
    compiled = jax.jit(lambda w, inputs: model(w, *inputs)[0])
    return lambda: compiled(w, inputs).block_until_ready()


def compile_step(workload: Workload, model: Model) -> Callable[..., Any]:
    update = sgd if workload.optimizer.type == "SGD" else adam

    # Data are arguments: what a jitted function closes over becomes a constant.
    def train_step(w: Weights, moving: Weights, state: State, inputs: Any, targets: Any) -> Any:
        def loss(w: Weights) -> Any:
            output, moved = model({**w, **moving}, *inputs)
            return loss_of(output, targets), moved

        (value, moved), gradients = jax.value_and_grad(loss, has_aux=True)(w)
        return *update(workload.optimizer, w, state, gradients), moved, value

    return jax.jit(train_step, donate_argnums=(0, 1, 2))


def make_train_step(workload: Workload) -> Callable[[], Any]:
    compiled = compile_step(workload, forward(workload, training=True))
    inputs = [jnp.asarray(x) for x in workload.inputs()]
    targets = jnp.asarray(workload.targets())
    named = weights(workload)
    moving = {name: value for name, value in named.items() if "/moving_" in name}
    w = {name: value for name, value in named.items() if name not in moving}
    state = initial_state(workload.optimizer, w)

    def train() -> Any:
        nonlocal w, moving, state
        w, state, moving, loss = compiled(w, moving, state, inputs, targets)
        return loss.block_until_ready()

    return train


def main() -> None:
    make_step = make_predict if options.function == "predict" else make_train_step
    step = make_step(read_workload(options.model))
    report(jax.__version__, measure(step, options.seconds))


if __name__ == "__main__":
    main()
