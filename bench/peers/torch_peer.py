"""PyTorch, eager or by torch.compile (--compile).

Prints a JSON line with the time of a train step (forward, loss, gradients, the
optimizer's update) or of a prediction, on a batch that is already there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from torch_models import build, data, loss_of, optimizer
from workload import Workload, arguments, measure, read_workload, report


def make_predict(workload: Workload, compiled: bool) -> Callable[[], Any]:
    model = build(workload).eval()
    inputs, _ = data(workload)
    forward = torch.compile(model) if compiled else model

    def predict() -> Any:
        with torch.inference_mode():
            return forward(*inputs)

    return predict


def make_train_step(workload: Workload, compiled: bool) -> Callable[[], Any]:
    """Eagerly with sparse gradients, where there are tables, and with the fused
    optimizers; what is compiled can't have the first, and fuses by itself."""
    sparse = not compiled and workload.family == "recsys"
    model = build(workload, sparse)
    inputs, targets = data(workload)
    updater = optimizer(workload, model, fused=not (compiled or sparse))

    def forward(targets: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        return loss_of(model(*inputs), targets)

    loss_function = torch.compile(forward) if compiled else forward
    update = torch.compile(updater.step) if compiled else updater.step

    def train() -> Any:
        updater.zero_grad(set_to_none=True)
        loss = loss_function(targets, *inputs)
        loss.backward()
        update()
        return loss

    return train


def main() -> None:
    options = arguments(compile="by torch.compile")
    torch.set_num_threads(options.threads)
    make_step = make_predict if options.function == "predict" else make_train_step
    step = make_step(read_workload(options.model), options.compile)
    report(torch.__version__, measure(step, options.seconds))


main()
