"""ONNX Runtime, which predicts only.

Prints a JSON line with the time of a prediction of a batch that is already there.
"""

from __future__ import annotations

import time

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from workload import Workload, arguments, measure, read_workload, report


def build(workload: Workload) -> onnx.ModelProto:
    nodes, constants = [], []
    last, value = len(workload.layers()) - 1, "x"
    for i, (kernel, bias) in enumerate(workload.weights()):
        constants += [
            numpy_helper.from_array(kernel, f"kernel_{i}"),
            numpy_helper.from_array(bias, f"bias_{i}"),
        ]
        sum_ = "logits" if i == last else f"sum_{i}"
        nodes.append(helper.make_node("Gemm", [value, f"kernel_{i}", f"bias_{i}"], [sum_]))
        if i != last:
            nodes.append(helper.make_node("Relu", [sum_], [f"hidden_{i}"]))
        value = f"hidden_{i}"

    def tensor(name: str, width: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [workload.batch, width])

    graph = helper.make_graph(
        nodes,
        workload.name,
        [tensor("x", workload.sizes[0])],
        [tensor("logits", workload.sizes[-1])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def main() -> None:
    options = arguments()
    if options.function != "predict":
        raise SystemExit("ONNX Runtime only predicts here")
    workload = read_workload(options.model)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = build(workload).SerializeToString()
    begin = time.perf_counter()
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    setup = time.perf_counter() - begin
    feed = {"x": workload.data()[0]}
    result = measure(lambda: session.run(None, feed), options.seconds, setup)
    report(onnxruntime.__version__, result)


main()
