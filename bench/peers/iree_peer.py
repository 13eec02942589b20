"""IREE, a compiler ahead of time on MLIR, which predicts only.

Prints a JSON line with the time of a prediction of a batch that is already there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import iree.compiler.tools
import iree.runtime
import onnx
from iree.compiler.tools.import_onnx import __main__ as import_onnx

from onnx_graphs import build, measure_prediction
from workload import Arrays, Workload


def compile_graph(workload: Workload) -> bytes:
    """A module for the processor that this runs on."""
    with tempfile.TemporaryDirectory() as folder:
        graph, imported = Path(folder, "model.onnx"), Path(folder, "model.mlir")
        onnx.save(build(workload), graph)
        if import_onnx.main(import_onnx.parse_arguments([str(graph), "-o", str(imported)])):
            raise SystemExit("IREE does not import this graph")
        return iree.compiler.tools.compile_file(
            str(imported),
            input_type="onnx",
            target_backends=["llvm-cpu"],
            extra_args=["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3"],
        )


def prepare(workload: Workload, feed: Arrays, threads: int) -> Callable[[], Any]:
    config = iree.runtime.Config("local-task" if threads > 1 else "local-sync")
    binary = iree.runtime.VmModule.copy_buffer(config.vm_instance, compile_graph(workload))
    context = iree.runtime.SystemContext(config=config)
    context.add_vm_module(binary)
    names = [n for n in binary.function_names if not n.startswith("__") and "async" not in n]
    function = getattr(context.modules, binary.name)[names[0]]
    inputs = [iree.runtime.asdevicearray(config.device, array) for array in feed.values()]
    return lambda: function(*inputs).to_host()


if __name__ == "__main__":
    measure_prediction("IREE", version("iree-base-runtime"), prepare)
