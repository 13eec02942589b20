"""ONNX Runtime, which predicts only.

Prints a JSON line with the time of a prediction of a batch that is already there.
"""

from __future__ import annotations

import time

import onnxruntime
from onnx_graphs import build, data
from workload import Workload, arguments, measure, read_workload, report


def make_session(workload: Workload, threads: int) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = build(workload).SerializeToString()
    return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])


def main() -> None:
    options = arguments()
    if options.function != "predict":
        raise SystemExit("ONNX Runtime only predicts here")
    workload = read_workload(options.model)
    feed = data(workload)
    begin = time.perf_counter()
    session = make_session(workload, options.threads)
    setup = time.perf_counter() - begin
    result = measure(lambda: session.run(None, feed), options.seconds, setup)
    report(onnxruntime.__version__, result)


if __name__ == "__main__":
    main()
