"""Tests of mlc-opt and mlc by what they print: lit runs the RUN lines of each file."""

import os

import lit.formats

config.name = "mlc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["golden", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.mlc_test_dir

# mlc's own tools first, then LLVM's FileCheck, not and split-file.
path = [config.mlc_tools_dir, config.llvm_tools_dir, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "")
config.substitutions.append(("%examples", config.mlc_examples_dir))
