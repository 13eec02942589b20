"""The workloads in PyTorch, in its own layouts (channels first), from weights
with Keras's names and shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from structure import RESNET_BLOCKS
from workload import Arrays, Workload


def fill(module: nn.Module, **values: np.ndarray) -> Any:
    with torch.no_grad():
        for name, value in values.items():
            getattr(module, name).copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return module


def linear(weights: Arrays, layer: str) -> nn.Linear:
    kernel, bias = weights[f"{layer}/kernel"], weights.get(f"{layer}/bias")
    module = nn.Linear(*kernel.shape, bias=bias is not None)
    return fill(module, weight=kernel.T, **({} if bias is None else {"bias": bias}))


def convolution(weights: Arrays, layer: str, strides: int = 1) -> nn.Module:
    """Padded by what keeps the size, on both sides."""
    kernel, bias = weights[f"{layer}/kernel"], weights.get(f"{layer}/bias")
    size, (inputs, outputs) = kernel.shape[0], kernel.shape[-2:]
    type_ = nn.Conv2d if kernel.ndim == 4 else nn.Conv1d
    module = type_(inputs, outputs, size, strides, size // 2, bias=bias is not None)
    first = (kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2))
    return fill(module, weight=kernel.transpose(first), **({} if bias is None else {"bias": bias}))


def batch_norm(weights: Arrays, layer: str) -> nn.BatchNorm2d:
    names = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
    }
    values = {own: weights[f"{layer}/{name}"] for own, name in names.items()}
    return fill(nn.BatchNorm2d(len(values["weight"]), eps=1e-5, momentum=0.1), **values)


def layer_norm(weights: Arrays, layer: str) -> nn.LayerNorm:
    gamma, beta = weights[f"{layer}/gamma"], weights[f"{layer}/beta"]
    return fill(nn.LayerNorm(len(gamma), eps=1e-5), weight=gamma, bias=beta)


def embedding(weights: Arrays, layer: str, sparse: bool = False) -> nn.Embedding:
    rows = torch.from_numpy(weights[f"{layer}/embeddings"])
    return nn.Embedding.from_pretrained(rows, freeze=False, sparse=sparse)


class Mlp(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        names = [name.split("/")[0] for name in weights if name.endswith("/kernel")]
        self.layers = nn.ModuleList(linear(weights, name) for name in names)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Cnn(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        self.conv_1, self.conv_2 = (convolution(weights, f"conv_{i}") for i in (1, 2))
        # What is flattened has its channels first here.
        kernel = weights["hidden/kernel"]
        channels = self.conv_2.out_channels
        side = round((len(kernel) / channels) ** 0.5)
        rows = kernel.reshape(side, side, channels, -1).transpose(2, 0, 1, 3)
        self.hidden = linear({**weights, "hidden/kernel": rows.reshape(kernel.shape)}, "hidden")
        self.logits = linear(weights, "logits")

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv_1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv_2(x)), 2)
        return self.logits(F.relu(self.hidden(x.flatten(1))))


class ResnetBlock(nn.Module):
    def __init__(self, weights: Arrays, name: str, strides: int) -> None:
        super().__init__()
        self.conv_1 = convolution(weights, f"{name}_conv_1", strides)
        self.norm_1 = batch_norm(weights, f"{name}_norm_1")
        self.conv_2 = convolution(weights, f"{name}_conv_2")
        self.norm_2 = batch_norm(weights, f"{name}_norm_2")
        self.shortcut: nn.Module = nn.Identity()
        if strides != 1:
            self.shortcut = nn.Sequential(
                convolution(weights, f"{name}_shortcut", strides),
                batch_norm(weights, f"{name}_shortcut_norm"),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm_1(self.conv_1(x)))
        return F.relu(self.norm_2(self.conv_2(y)) + self.shortcut(x))


class Resnet20(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        self.stem = convolution(weights, "stem")
        self.stem_norm = batch_norm(weights, "stem_norm")
        self.blocks = nn.Sequential(*(ResnetBlock(weights, *block) for block in RESNET_BLOCKS))
        self.logits = linear(weights, "logits")

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.relu(self.stem_norm(self.stem(x))))
        return self.logits(x.mean((2, 3)))


def recurrent(type_: type[nn.RNNBase], weights: Arrays, layer: str) -> Any:
    """With all that Keras has, the gates in PyTorch's order, and no second bias
    where Keras has only one."""
    kernel, recurrent_kernel = (weights[f"{layer}/{n}"] for n in ("kernel", "recurrent_kernel"))
    bias = weights[f"{layer}/bias"]
    units = len(recurrent_kernel)
    module = type_(len(kernel), units, batch_first=True)

    def gates(values: np.ndarray) -> np.ndarray:
        """The update gate of a GRU comes first in Keras, the reset gate in PyTorch."""
        parts = np.split(values, values.shape[-1] // units, axis=-1)
        return np.concatenate([parts[1], parts[0], parts[2]] if type_ is nn.GRU else parts, axis=-1)

    both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    module.bias_hh_l0.requires_grad_(bias.ndim == 2)
    return fill(
        module,
        weight_ih_l0=gates(kernel).T,
        weight_hh_l0=gates(recurrent_kernel).T,
        bias_ih_l0=gates(both[0]),
        bias_hh_l0=gates(both[1]),
    )


class Lstm(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        self.embedded = embedding(weights, "embedded")
        self.lstm = recurrent(nn.LSTM, weights, "lstm")
        self.logits = linear(weights, "logits")

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.lstm(self.embedded(x))[0])


class Speech(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        self.conv = convolution(weights, "conv", strides=2)
        self.gru = recurrent(nn.GRU, weights, "gru")
        self.logits = linear(weights, "logits")

    def forward(self, x: Tensor) -> Tensor:
        states = self.gru(F.relu(self.conv(x)).transpose(1, 2))[0]
        return self.logits(states[:, -1])


class GptBlock(nn.Module):
    def __init__(self, weights: Arrays, i: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = (layer_norm(weights, f"norm_{k}_{i}") for k in (1, 2))
        self.expand = linear(weights, f"expand_{i}")
        self.contract = linear(weights, f"contract_{i}")
        width, self.heads, _ = weights[f"attention_{i}/query/kernel"].shape
        parts = [f"attention_{i}/{part}" for part in ("query", "key", "value")]
        flat = {
            "qkv/kernel": np.hstack([weights[f"{p}/kernel"].reshape(width, -1) for p in parts]),
            "qkv/bias": np.hstack([weights[f"{p}/bias"].reshape(-1) for p in parts]),
            "output/kernel": weights[f"attention_{i}/attention_output/kernel"].reshape(-1, width),
            "output/bias": weights[f"attention_{i}/attention_output/bias"],
        }
        self.qkv, self.output = linear(flat, "qkv"), linear(flat, "output")

    def attend(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(x).chunk(3, -1)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(batch, length, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.norm_1(x))
        return x + self.contract(F.gelu(self.expand(self.norm_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        blocks = sum(name.endswith("/query/kernel") for name in weights)
        self.tokens, self.positions = (
            embedding(weights, name) for name in ("tokens_embedded", "positions")
        )
        self.blocks = nn.Sequential(*(GptBlock(weights, i + 1) for i in range(blocks)))
        self.norm, self.logits = layer_norm(weights, "norm"), linear(weights, "logits")

    def forward(self, x: Tensor) -> Tensor:
        x = self.tokens(x) + self.positions.weight
        return self.logits(self.norm(self.blocks(x)))


class Recsys(nn.Module):
    def __init__(self, weights: Arrays, sparse: bool) -> None:
        super().__init__()
        tables = sorted(name.split("/")[0] for name in weights if name.startswith("table_"))
        self.tables = nn.ModuleList(embedding(weights, name, sparse) for name in tables)
        self.bottom_1, self.bottom_2 = (linear(weights, f"bottom_{i}") for i in (1, 2))
        self.top_1, self.click = linear(weights, "top_1"), linear(weights, "click")
        self.register_buffer("above", torch.triu_indices(len(tables) + 1, len(tables) + 1, 1))

    def forward(self, dense: Tensor, *ids: Tensor) -> Tensor:
        x = F.relu(self.bottom_2(F.relu(self.bottom_1(dense))))
        rows = torch.stack([x, *(table(i) for table, i in zip(self.tables, ids))], 1)
        products = torch.bmm(rows, rows.transpose(1, 2))
        pairs = products[:, self.above[0], self.above[1]]
        return self.click(F.relu(self.top_1(torch.cat([x, pairs], 1))))


MODELS = {
    "mlp": Mlp,
    "cnn": Cnn,
    "resnet20": Resnet20,
    "lstm": Lstm,
    "speech": Speech,
    "gpt": Gpt,
}


def build(workload: Workload, sparse: bool = False) -> nn.Module:
    """`sparse`: gradients of the recommender's tables have the rows of a step only."""
    weights = workload.weights()
    if workload.family == "recsys":
        return Recsys(weights, sparse)
    return MODELS[workload.family](weights)


def data(workload: Workload) -> tuple[list[Tensor], Tensor]:
    inputs = [torch.from_numpy(array) for array in workload.inputs()]
    inputs = [x if x.is_floating_point() else x.long() for x in inputs]
    if workload.family in ("cnn", "resnet20", "speech"):
        inputs = [x.movedim(-1, 1).contiguous() for x in inputs]
    targets = torch.from_numpy(workload.targets())
    return inputs, targets if workload.binary else targets.long()


def loss_of(output: Tensor, targets: Tensor) -> Tensor:
    if targets.is_floating_point():
        return F.binary_cross_entropy_with_logits(output, targets)
    return F.cross_entropy(output.flatten(0, -2), targets.flatten())


def optimizer(workload: Workload, model: nn.Module, fused: bool) -> torch.optim.Optimizer:
    """`fused`: in one pass over each parameter, which PyTorch has for dense gradients."""
    stated = workload.optimizer
    parameters = [p for p in model.parameters() if p.requires_grad]
    rate: dict[str, Any] = {"lr": stated.learning_rate, "fused": fused}
    if stated.type == "SGD":
        return torch.optim.SGD(parameters, momentum=stated.momentum, **rate)
    if stated.type == "AdamW":
        rate["weight_decay"] = stated.weight_decay
    type_ = getattr(torch.optim, stated.type)
    return type_(parameters, eps=stated.epsilon, **rate)
