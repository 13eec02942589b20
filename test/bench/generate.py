# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes trajectories.json: the losses that bench/peers/torch_models.py gets in
ten steps on one batch, in float64, and how far they are spread if weights are a
little off in the beginning, which is how much training amplifies rounding.
Made with torch 2.13.0 and numpy 2.4.6:

    python3 test/bench/generate.py
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
BENCH = HERE.parents[1] / "bench"
sys.path.insert(0, str(BENCH / "peers"))

from torch_models import build, data, loss_of, optimizer  # noqa: E402
from workload import Workload, read_workload  # noqa: E402

STEPS = 10
RUNS = 4
# What a float32 sum over the 32,768 pixels of a batch, for its mean, may lose.
OFF = 1e-5


def match_epsilon(workload: Workload, updater: torch.optim.Optimizer, step: int) -> None:
    """Keras's Adam adds epsilon to sqrt(v), PyTorch's to sqrt(v / (1 - beta_2^t))."""
    if workload.optimizer.type in ("Adam", "AdamW"):
        correction = math.sqrt(1 - 0.999**step)
        updater.param_groups[0]["eps"] = workload.optimizer.epsilon / correction


def trajectory(workload: Workload, off: float = 0.0) -> torch.Tensor:
    """The losses, from weights that are `off` by that part of themselves."""
    model = build(workload, sparse=workload.family == "recsys").double()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 1 + off * torch.randn_like(weight)
    inputs, targets = data(workload)
    inputs = [x.double() if x.is_floating_point() else x for x in inputs]
    targets = targets.double() if targets.is_floating_point() else targets
    updater = optimizer(workload, model, fused=False)
    losses = []
    for step in range(1, STEPS + 1):
        updater.zero_grad()
        loss = loss_of(model(*inputs), targets)
        loss.backward()
        match_epsilon(workload, updater, step)
        updater.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def spread(workload: Workload, losses: torch.Tensor) -> torch.Tensor:
    """The largest relative difference that was seen up to each step."""
    others = torch.stack([trajectory(workload, OFF) for _ in range(RUNS)])
    return (others / losses - 1).abs().amax(0).cummax(0).values


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    result = {}
    for path in sorted((BENCH / "models").glob("*.json")):
        workload = read_workload(path)
        losses = trajectory(workload)
        rounded = [float(f"{value:.2g}") for value in spread(workload, losses).tolist()]
        result[workload.name] = {"losses": losses.tolist(), "spread": rounded}
        print(workload.name, flush=True)
    (HERE / "trajectories.json").write_text(json.dumps(result, indent=1) + "\n")


main()
