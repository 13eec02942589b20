"""Recurrence: PyTorch's own LSTM and GRU where they compute the same, otherwise
written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

import torch

from torch_layers.activation import activate
from torch_layers.call import Call, Layer

States = list[torch.Tensor]
Step = Callable[[torch.Tensor, States], States]


def gates(call: Call, x: torch.Tensor, count: int) -> list[torch.Tensor]:
    return list(x.split(call.options["units"], -1))[:count]


def inner(call: Call, x: torch.Tensor) -> torch.Tensor:
    return activate(call.options.get("activation", "tanh"), x)


def outer(call: Call, x: torch.Tensor) -> torch.Tensor:
    return activate(call.options.get("recurrent_activation", "sigmoid"), x)


def simple_step(call: Call) -> Step:
    w = call.weights

    def step(x: torch.Tensor, states: States) -> States:
        y = x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w.get("bias", 0.0)
        return [inner(call, y)]

    return step


def lstm_step(call: Call) -> Step:
    w = call.weights

    def step(x: torch.Tensor, states: States) -> States:
        z = x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w.get("bias", 0.0)
        i, f, c, o = gates(call, z, 4)
        carry = outer(call, f) * states[1] + outer(call, i) * inner(call, c)
        return [outer(call, o) * inner(call, carry), carry]

    return step


def gru_step(call: Call) -> Step:
    kernels = gates(call, call.weights["kernel"], 3)
    recurrent = gates(call, call.weights["recurrent_kernel"], 3)
    after = call.options.get("reset_after", True)
    bias = call.weights.get("bias", torch.zeros(2, 3 * call.options["units"]).double())
    if not after and bias.ndim == 1:
        bias = torch.stack([bias, torch.zeros_like(bias)])
    bx, bh = gates(call, bias[0], 3), gates(call, bias[1], 3)

    def step(x: torch.Tensor, states: States) -> States:
        h = states[0]
        z = outer(call, x @ kernels[0] + bx[0] + h @ recurrent[0] + bh[0])
        r = outer(call, x @ kernels[1] + bx[1] + h @ recurrent[1] + bh[1])
        memory = r * (h @ recurrent[2] + bh[2]) if after else (r * h) @ recurrent[2]
        return [z * h + (1 - z) * inner(call, x @ kernels[2] + bx[2] + memory)]

    return step


def swap_update_and_reset(w: torch.Tensor) -> torch.Tensor:
    z, r, h = w.chunk(3, -1)
    return torch.cat([r, z, h], -1)


def by_module(call: Call, states: States) -> tuple[torch.Tensor, States] | None:
    """PyTorch's layer, if it computes the same."""
    kind, w = call.options["type"], call.weights
    plain = not {"activation", "recurrent_activation"} & call.options.keys()
    if (
        not plain
        or call.masks[0] is not None
        or "bias" not in w
        or not call.options.get("reset_after", True)
    ):
        return None
    run: Any = {"LSTM": torch.lstm, "GRU": torch.gru, "SimpleRNN": torch.rnn_tanh}[kind]
    order = swap_update_and_reset if kind == "GRU" else lambda weight: weight
    bias = w["bias"] if kind == "GRU" else torch.stack([w["bias"], torch.zeros_like(w["bias"])])
    kernels = [order(w["kernel"]).T, order(w["recurrent_kernel"]).T]
    parameters = [*kernels, order(bias[0]), order(bias[1])]
    first = [state[None] for state in states]
    # Biases, one layer, no dropout, not training, one direction, batch first.
    sequence, *last = run(
        call.input,
        first if len(first) > 1 else first[0],
        parameters,
        True, 1, 0.0, False, False, True,
    )  # fmt: skip
    return sequence, [state[0] for state in last]


def walk(call: Call, step: Step, states: States) -> tuple[torch.Tensor, States]:
    outputs = []
    for t in range(call.input.shape[1]):
        after = step(call.input[:, t], states)
        if call.masks[0] is not None:
            counts = call.masks[0][:, t, None]
            after = [torch.where(counts, new, old) for new, old in zip(after, states)]
        states = after
        outputs.append(states[0])
    return torch.stack(outputs, 1), states


def recurrent(make_step: Callable[[Call], Step], count: int) -> Layer:
    def layer(call: Call) -> Any:
        x = call.input
        if call.options.get("go_backwards"):
            masks = [None if mask is None else mask.flip(1) for mask in call.masks]
            call = replace(call, inputs=[x.flip(1), *call.inputs[1:]], masks=masks)
        zeros = torch.zeros(x.shape[0], call.options["units"]).double()
        states = call.inputs[1:] or [zeros] * count
        sequence, last = by_module(call, states) or walk(call, make_step(call), states)
        output = sequence if call.options.get("return_sequences") else sequence[:, -1]
        return (output, *last) if call.options.get("return_state") else output

    return layer


def results(value: Any) -> list[torch.Tensor]:
    return list(value) if isinstance(value, tuple) else [value]


def within(
    call: Call, name: str, options: Any, inputs: States, masks: list[Any]
) -> list[torch.Tensor]:
    """The results of a layer within a layer."""
    from torch_layers import LAYERS

    prefix = f"{name}/"
    weights = {k[len(prefix) :]: v for k, v in call.weights.items() if k.startswith(prefix)}
    return results(
        LAYERS[options["type"]](
            replace(call, options=options, inputs=inputs, weights=weights, masks=masks)
        )
    )


def bidirectional(call: Call) -> Any:
    forward = call.options["layer"]
    kind = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simple_rnn"}
    name = forward.get("name", kind[forward["type"]])
    backward = call.options.get("backward_layer", {**forward, "go_backwards": True})
    other = backward["name"] if "backward_layer" in call.options else f"backward_{name}"
    half = len(call.inputs) // 2
    a = within(
        call, f"forward_{name}", forward, [call.input, *call.inputs[1 : 1 + half]], call.masks
    )
    b = within(call, other, backward, [call.input, *call.inputs[1 + half :]], call.masks)
    y, z = a[0], b[0].flip(1) if backward.get("return_sequences") else b[0]
    if call.masks[0] is not None and backward.get("return_sequences"):
        y, z = (side * call.masks[0][:, :, None] for side in (y, z))
    mode = call.options.get("merge_mode", "concat")
    merged = {
        "concat": lambda: (torch.cat([y, z], -1),),
        "sum": lambda: (y + z,),
        "mul": lambda: (y * z,),
        "ave": lambda: ((y + z) / 2,),
        None: lambda: (y, z),
    }[mode]()
    all_results = (*merged, *a[1:], *b[1:])
    return all_results if len(all_results) > 1 else all_results[0]


def time_distributed(call: Call) -> torch.Tensor:
    options = call.options["layer"]
    steps = [
        within(call, options.get("name", options["type"].lower()), options, [x], [None])[0]
        for x in call.input.unbind(1)
    ]
    return torch.stack(steps, 1)


LAYERS: dict[str, Layer] = {
    "SimpleRNN": recurrent(simple_step, 1),
    "LSTM": recurrent(lstm_step, 2),
    "GRU": recurrent(gru_step, 1),
    "Bidirectional": bidirectional,
    "TimeDistributed": time_distributed,
}
