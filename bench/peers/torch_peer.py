"""PyTorch, eager or by torch.compile (--compile).

Prints a JSON line with the time of a train step (forward, loss, gradients, Adam)
or of a prediction, on a batch that is already there.
"""

from __future__ import annotations

from typing import Any, Callable

import torch
import torch.nn.functional as F
from torch import nn

from workload import Workload, arguments, measure, read_workload, report


def build(workload: Workload) -> nn.Sequential:
    modules: list[nn.Module] = []
    for kernel, bias in workload.weights():
        linear = nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def make_step(workload: Workload, function: str, compiled: bool) -> Callable[[], Any]:
    model = build(workload)
    images, labels = workload.data()
    x, y = torch.from_numpy(images), torch.from_numpy(labels).long()

    if function == "predict":
        model.eval()
        forward = torch.compile(model) if compiled else model

        def predict() -> Any:
            with torch.inference_mode():
                return forward(x)

        return predict

    optimizer = torch.optim.Adam(model.parameters(), workload.learning_rate)

    def loss_of(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(x), y)

    loss_function = torch.compile(loss_of) if compiled else loss_of
    update = torch.compile(optimizer.step) if compiled else optimizer.step

    def train() -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(x, y)
        loss.backward()
        update()
        return loss

    return train


def main() -> None:
    options = arguments(compile="by torch.compile")
    torch.set_num_threads(options.threads)
    step = make_step(read_workload(options.model), options.function, options.compile)
    report(torch.__version__, measure(step, options.seconds))


main()
