"""ONNX Runtime, which predicts only.

Prints a JSON line with the time of a prediction of a batch that is already there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnxruntime

from onnx_graphs import build, measure_prediction
from workload import Arrays, Workload


def prepare(workload: Workload, feed: Arrays, threads: int) -> Callable[[], Any]:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = build(workload).SerializeToString()
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feed)


if __name__ == "__main__":
    measure_prediction("ONNX Runtime", onnxruntime.__version__, prepare)
