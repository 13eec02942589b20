"""The workloads as ONNX graphs, in ONNX's layouts (channels first; sequences of
recurrent layers by time), from weights with Keras's names and shapes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from structure import RESNET_BLOCKS
from workload import Arrays, Workload, arguments, measure, read_workload, report

# Makes a call of a graph, of inputs by name, for so many threads.
Prepare = Callable[[Workload, Arrays, int], Callable[[], Any]]

# The first in which Gelu is one operation.
OPSET, IR_VERSION = 20, 10


class Graph:
    """Nodes and constants of a graph, whose values are named by their numbers."""

    def __init__(self, weights: Arrays) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name])

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """The name of the output, or the names of several."""
        names = [f"value_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def reshape(self, x: str, *shape: int) -> str:
        return self.add("Reshape", x, self.integers(*shape))

    def transpose(self, x: str, *order: int) -> str:
        return self.add("Transpose", x, perm=order)

    def dense(self, layer: str, x: str, rank: int = 2) -> str:
        kernel = self.weight(f"{layer}/kernel")
        if f"{layer}/bias" not in self.weights:
            return self.add("MatMul", x, kernel)
        bias = self.weight(f"{layer}/bias")
        if rank == 2:
            return self.add("Gemm", x, kernel, bias)
        return self.add("Add", self.add("MatMul", x, kernel), bias)

    def relu(self, x: str) -> str:
        return self.add("Relu", x)

    def convolution(self, layer: str, x: str, strides: int = 1) -> str:
        """Padded by what keeps the size, on both sides."""
        kernel = self.weights[f"{layer}/kernel"]
        spatial = kernel.ndim - 2
        first = kernel.transpose(spatial + 1, spatial, *range(spatial))
        operands = [x, self.constant(first)]
        if f"{layer}/bias" in self.weights:
            operands.append(self.weight(f"{layer}/bias"))
        pads = [kernel.shape[0] // 2] * (2 * spatial)
        return self.add("Conv", *operands, pads=pads, strides=[strides] * spatial)

    def batch_norm(self, layer: str, x: str) -> str:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        values = [self.weight(f"{layer}/{name}") for name in names]
        return self.add("BatchNormalization", x, *values, epsilon=1e-5)

    def layer_norm(self, layer: str, x: str) -> str:
        values = [self.weight(f"{layer}/{name}") for name in ("gamma", "beta")]
        return self.add("LayerNormalization", x, *values, axis=-1, epsilon=1e-5)

    def recurrent(self, op: str, layer: str, x: str, gates: Sequence[int]) -> list[str]:
        """All states, by time, direction and row, and the last one. `gates` are
        ONNX's, by their places in Keras's order."""
        units = len(self.weights[f"{layer}/recurrent_kernel"])

        def ordered(values: np.ndarray) -> np.ndarray:
            parts = np.split(values, len(gates), axis=-1)
            return np.concatenate([parts[gate] for gate in gates], axis=-1)

        bias = ordered(self.weights[f"{layer}/bias"])
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        names = ("kernel", "recurrent_kernel")
        kernels = [ordered(self.weights[f"{layer}/{name}"]).T[None] for name in names]
        operands = [self.constant(value) for value in (*kernels, both.reshape(1, -1))]
        options = {"linear_before_reset": 1} if op == "GRU" else {}
        return self.add(op, x, *operands, outputs=2, hidden_size=units, **options)


def mlp(g: Graph, x: str) -> str:
    names = [name.split("/")[0] for name in g.weights if name.endswith("/kernel")]
    for name in names[:-1]:
        x = g.relu(g.dense(name, x))
    return g.dense(names[-1], x)


def cnn(g: Graph, x: str) -> str:
    for name in ("conv_1", "conv_2"):
        x = g.relu(g.convolution(name, x))
        x = g.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    # What is flattened has its channels first here.
    kernel, channels = g.weights["hidden/kernel"], len(g.weights["conv_2/bias"])
    side = round((len(kernel) / channels) ** 0.5)
    rows = kernel.reshape(side, side, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    x = g.add("Gemm", g.add("Flatten", x), g.constant(rows), g.weight("hidden/bias"))
    return g.dense("logits", g.relu(x))


def resnet20(g: Graph, x: str) -> str:
    x = g.relu(g.batch_norm("stem_norm", g.convolution("stem", x)))
    for block, strides in RESNET_BLOCKS:
        y = g.batch_norm(f"{block}_norm_1", g.convolution(f"{block}_conv_1", x, strides))
        y = g.batch_norm(f"{block}_norm_2", g.convolution(f"{block}_conv_2", g.relu(y)))
        if strides != 1:
            shortcut = g.convolution(f"{block}_shortcut", x, strides)
            x = g.batch_norm(f"{block}_shortcut_norm", shortcut)
        x = g.relu(g.add("Add", y, x))
    return g.dense("logits", g.add("Flatten", g.add("GlobalAveragePool", x)))


def lstm(g: Graph, ids: str) -> str:
    x = g.add("Gather", g.weight("embedded/embeddings"), g.transpose(ids, 1, 0))
    # Keras's input, forget, cell, output; ONNX's input, output, forget, cell.
    states, _ = g.recurrent("LSTM", "lstm", x, (0, 3, 1, 2))
    by_row = g.transpose(g.add("Squeeze", states, g.integers(1)), 1, 0, 2)
    return g.dense("logits", by_row, rank=3)


def speech(g: Graph, x: str) -> str:
    x = g.transpose(g.relu(g.convolution("conv", x, 2)), 2, 0, 1)
    _, last = g.recurrent("GRU", "gru", x, (0, 1, 2))
    return g.dense("logits", g.add("Squeeze", last, g.integers(0)))


def attend(g: Graph, layer: str, x: str) -> str:
    """ONNX Runtime's own operation, as its optimizer for Transformers makes it."""
    width, heads, _ = g.weights[f"{layer}/query/kernel"].shape
    parts = [f"{layer}/{part}" for part in ("query", "key", "value")]
    kernel = np.hstack([g.weights[f"{part}/kernel"].reshape(width, -1) for part in parts])
    bias = np.hstack([g.weights[f"{part}/bias"].reshape(-1) for part in parts])
    x = g.add(
        "Attention",
        x,
        g.constant(kernel),
        g.constant(bias),
        num_heads=heads,
        unidirectional=1,
        domain="com.microsoft",
    )
    output = g.weights[f"{layer}/attention_output/kernel"].reshape(-1, width)
    product = g.add("MatMul", x, g.constant(output))
    return g.add("Add", product, g.weight(f"{layer}/attention_output/bias"))


def gpt(g: Graph, ids: str) -> str:
    blocks = sum(name.endswith("/query/kernel") for name in g.weights)
    x = g.add("Gather", g.weight("tokens_embedded/embeddings"), ids)
    x = g.add("Add", x, g.weight("positions/embeddings"))
    for i in range(1, blocks + 1):
        x = g.add("Add", x, attend(g, f"attention_{i}", g.layer_norm(f"norm_1_{i}", x)))
        y = g.dense(f"expand_{i}", g.layer_norm(f"norm_2_{i}", x), rank=3)
        y = g.dense(f"contract_{i}", g.add("Gelu", y, approximate="tanh"), rank=3)
        x = g.add("Add", x, y)
    return g.dense("logits", g.layer_norm("norm", x), rank=3)


def recsys(g: Graph, x: str, *ids: str) -> str:
    x = g.relu(g.dense("bottom_2", g.relu(g.dense("bottom_1", x))))
    tables = [g.add("Gather", g.weight(f"table_{k}/embeddings"), one) for k, one in enumerate(ids)]
    count = len(tables) + 1
    rows = [g.add("Unsqueeze", row, g.integers(1)) for row in (x, *tables)]
    rows = g.add("Concat", *rows, axis=1)
    products = g.reshape(g.add("MatMul", rows, g.transpose(rows, 0, 2, 1)), 0, count * count)
    above = np.ravel_multi_index(np.triu_indices(count, 1), (count, count))
    pairs = g.add("Gather", products, g.constant(above.astype(np.int64)), axis=1)
    features = g.add("Concat", x, pairs, axis=1)
    return g.dense("click", g.relu(g.dense("top_1", features)))


MODELS: dict[str, Callable[..., str]] = {
    "mlp": mlp,
    "cnn": cnn,
    "resnet20": resnet20,
    "lstm": lstm,
    "speech": speech,
    "gpt": gpt,
    "recsys": recsys,
}


def data(workload: Workload) -> Arrays:
    """The inputs by name, as the graph takes them."""
    inputs = workload.inputs()
    if workload.family in ("cnn", "resnet20", "speech"):
        inputs = [np.ascontiguousarray(np.moveaxis(x, -1, 1)) for x in inputs]
    return dict(zip(workload.input_shapes, inputs))


def build(workload: Workload) -> onnx.ModelProto:
    graph = Graph(workload.weights())
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
        )
        for name, value in data(workload).items()
    ]
    result = MODELS[workload.family](graph, *workload.input_shapes)
    output = helper.make_tensor_value_info(result, TensorProto.FLOAT, workload.output_shape)
    made = helper.make_graph(graph.nodes, workload.name, inputs, [output], graph.constants)
    operations = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=operations, ir_version=IR_VERSION)


def measure_prediction(system: str, version: str, prepare: Prepare) -> None:
    """What a peer of such graphs does: `prepare` makes the call that is timed."""
    options = arguments()
    if options.function != "predict":
        raise SystemExit(f"{system} only predicts here")
    workload = read_workload(options.model)
    feed = data(workload)
    begin = time.perf_counter()
    call = prepare(workload, feed, options.threads)
    setup = time.perf_counter() - begin
    report(version, measure(call, options.seconds, setup))
