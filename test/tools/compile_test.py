# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc compile: what it writes, where, and for which machines."""

from __future__ import annotations

import ctypes
import os
import re
import stat
import subprocess
from pathlib import Path

from support import DIGITS, SOURCE, CommandTest, main, small_model

LIBC_NAMES = {
    "memcpy", "memset", "memmove",
    "fmaf", "fma", "floorf", "floor", "fmaximumf", "fminimumf",
    "expf", "exp", "expm1f", "expm1", "logf", "log", "log1pf", "log1p",
    "tanhf", "tanh", "erff", "erf",
    "sqrtf", "sqrt", "powf", "pow", "sinf", "sin", "cosf", "cos",
}  # fmt: skip

ELF_MACHINES = {
    "aarch64-linux-gnu": 183,
    "riscv64-linux-gnu": 243,
    "x86_64-linux-gnu": 62,
}

# Names that a C or C++ program may not use, or that the header itself does.
AWKWARD_NAMES = ["class", "float", "metrics", "seed", "rows", "state", "inputs", "int64_t"]


def tool(name: str) -> str:
    return str(Path(os.environ.get("LLVM_TOOLS_DIR", "/usr/lib/llvm-22/bin")) / name)


class CompileTest(CommandTest):
    def setUp(self) -> None:
        super().setUp()
        self.model = self.write_small()

    def undefined(self, name: str) -> set[str]:
        text = subprocess.run(
            [tool("llvm-nm"), "--undefined-only", "--just-symbol-name", str(self.path(name))],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        return set(text.split())

    def test_default_names(self) -> None:
        before = self.files()
        self.mlc("compile", self.model)
        self.assertEqual(self.files() - before, {"model.o", "model.h"})

    def test_every_product(self) -> None:
        before = self.files()
        for emit, extension in (("asm", "s"), ("llvm", "ll"), ("mlir", "mlir")):
            self.mlc("compile", self.model, f"--emit={emit}")
            self.assertEqual(self.files() - before, {f"model.{extension}"})
            self.path(f"model.{extension}").unlink()
        self.mlc("compile", self.model, "--emit=shared")
        self.assertEqual(self.files() - before, {"model.so", "model.h"})

    def test_products_say_what_they_are(self) -> None:
        self.assertIn("mlc.", self.mlc("compile", self.model, "--emit=mlir", "-o", "-"))
        self.assertIn("define ", self.mlc("compile", self.model, "--emit=llvm", "-o", "-"))
        self.assertIn("small_model:", self.mlc("compile", self.model, "--emit=asm", "-o", "-"))

    def test_llvm_text_is_valid(self) -> None:
        self.mlc("compile", self.model, "--emit=llvm", "-o", "m.ll")
        assembled = [tool("llvm-as"), str(self.path("m.ll")), "-o", os.devnull]
        subprocess.run(assembled, check=True)

    def test_shared_library_is_a_model(self) -> None:
        self.mlc("compile", self.model, "--emit=shared", "-o", "out.so")
        library = ctypes.CDLL(str(self.path("out.so")))
        self.assertTrue(hasattr(library, "small_model"))

    def test_output_in_another_directory(self) -> None:
        self.path("sub").mkdir()
        before = self.files()
        self.mlc("compile", self.model, "-o", "sub/net.obj")
        self.assertEqual(self.files() - before, {"sub/net.obj", "sub/net.h"})

    def test_a_link_stays_one(self) -> None:
        self.path("real.s").write_text("old")
        self.path("link.s").symlink_to("real.s")
        self.mlc("compile", self.model, "--emit=asm", "-o", "link.s")
        self.assertTrue(self.path("link.s").is_symlink())
        self.assertIn("small_model:", self.path("real.s").read_text())

    def test_a_pipe_stays_one(self) -> None:
        os.mkfifo(self.path("pipe"))
        with subprocess.Popen(["cat", self.path("pipe")], stdout=subprocess.PIPE) as reader:
            try:
                self.mlc("compile", self.model, "--emit=asm", "-o", "pipe")
                self.assertTrue(stat.S_ISFIFO(self.path("pipe").stat().st_mode))
                self.assertIn(b"small_model:", reader.communicate(timeout=60)[0])
            finally:
                reader.kill()

    def test_existing_files_are_replaced(self) -> None:
        self.path("model.o").write_text("old")
        before = self.files()
        self.mlc("compile", self.model)
        self.assertEqual(self.path("model.o").read_bytes()[:4], b"\x7fELF")
        self.assertEqual(self.files() - before, {"model.h"})

    def test_two_compilations_are_the_same(self) -> None:
        for model, threads in ((self.model, 1), (DIGITS / "model.json", 2)):
            for name in ("first", "second"):
                self.mlc("compile", model, "--threads", threads, "-o", f"{name}.o")
            self.assert_same_file("first.o", "second.o")
            self.assert_same_file("first.h", "second.h")

    def test_other_machines(self) -> None:
        for triple, machine in ELF_MACHINES.items():
            with self.subTest(triple):
                self.mlc("compile", self.model, "--target", triple, "-o", "m.o")
                content = self.path("m.o").read_bytes()
                self.assertEqual(content[:4], b"\x7fELF")
                self.assertEqual(int.from_bytes(content[18:20], "little"), machine)
                self.assertLessEqual(self.undefined("m.o"), LIBC_NAMES)

    def test_webassembly(self) -> None:
        self.mlc("compile", self.model, "--target", "wasm32-unknown-unknown", "-o", "m.o")
        self.assertEqual(self.path("m.o").read_bytes()[:4], b"\0asm")

    def test_cpu(self) -> None:
        target = ("--target", "x86_64-linux-gnu", "--emit=asm", "-o", "-")
        wide = DIGITS / "model.json"
        self.assertIn("zmm", self.mlc("compile", wide, *target, "--cpu", "znver4"))
        haswell = self.mlc("compile", wide, *target, "--cpu", "haswell")
        self.assertIn("ymm", haswell)
        self.assertNotIn("zmm", haswell)
        self.assertNotIn("ymm", self.mlc("compile", wide, *target))

    def test_objects_are_small(self) -> None:
        """For one processor, so that it says the same on every machine."""
        machine = ("--target", "x86_64-linux-gnu", "--cpu", "x86-64-v4")
        for name, most in (("mlp", 64 << 10), ("gpt", 512 << 10)):
            self.mlc("compile", SOURCE / f"bench/models/{name}.json", "-o", "m.o", *machine)
            self.assertLess(self.path("m.o").stat().st_size, most, name)

    def test_memory_budget(self) -> None:
        """The header says what the object takes."""
        model = SOURCE / "bench/models/resnet20.json"
        self.mlc("compile", model, "-o", "m.o", "--memory", "30MB")
        size = re.search(r"WORKSPACE_BYTES (\d+)", self.path("m.h").read_text())
        assert size
        self.assertLessEqual(int(size[1]), 30_000_000)
        self.assertGreater(int(size[1]), 15_000_000)
        self.assertIn("such as 1000, 64KiB", self.fails("compile", model, "--memory", "none"))

    def test_needs_libc_and_libm_only(self) -> None:
        activations = ["relu", "tanh", "sigmoid", "softmax", "gelu", "linear"]
        layers = [{"type": "Dense", "units": 40, "activation": name} for name in activations]
        layers.append({"type": "Dense", "units": 3})
        large = self.write_json("large.json", small_model(layers=layers))
        for model in (self.model, large, DIGITS / "model.json"):
            for option in ((), ("--gradient", "--double")):
                with self.subTest(model=str(model), option=option):
                    self.mlc("compile", model, *option, "-o", "m.o")
                    self.assertLessEqual(self.undefined("m.o"), LIBC_NAMES)

    def test_threads_need_the_small_runtime(self) -> None:
        self.mlc("compile", SOURCE / "bench/models/mlp_wide.json", "--threads", 2, "-o", "m.o")
        undefined = self.undefined("m.o")
        self.assertIn("mlc_parallel_for", undefined)
        self.assertLessEqual(undefined, LIBC_NAMES | {"mlc_parallel_for"})

    def test_dump_ir(self) -> None:
        self.mlc("compile", self.model, "--dump-ir", "dump/ir")
        names = sorted(path.name for path in self.path("dump/ir").iterdir())
        self.assertGreater(len(names), 4)
        for number, name in enumerate(names):
            self.assertRegex(name, rf"^{number:02}-[\w-]+\.(mlir|ll)$")
        self.assertTrue(names[-1].endswith(".ll"))
        self.assertTrue(all(self.path(f"dump/ir/{name}").stat().st_size for name in names))

    def compile_header(self, name: str) -> None:
        """The header alone, under strict warnings, in both languages."""
        for compiler, language, standard in (("CC", "c", "c11"), ("CXX", "c++", "c++17")):
            compiler = os.environ.get(compiler, "cc")
            arguments = ["-x", language, f"-std={standard}", "-Wall", "-Wextra", "-pedantic",
                         "-Werror", "-fsyntax-only", "-I", str(SOURCE / "runtime/include"),
                         "-include", str(self.path(name)), "-"]  # fmt: skip
            result = subprocess.run(
                [compiler, *arguments], input="int main(void) { return 0; }\n",
                capture_output=True, text=True,
            )  # fmt: skip
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_header_is_c_and_cpp(self) -> None:
        for model in (self.model, DIGITS / "model.json", SOURCE / "examples/iris/model.json"):
            for option in ((), ("--gradient",), ("--double",)):
                self.mlc("compile", model, *option, "-o", "m.o")
                self.compile_header("m.h")

    def test_header_of_awkward_names(self) -> None:
        for name in AWKWARD_NAMES:
            with self.subTest(name):
                layers = small_model()["layers"]
                layers[-1]["name"] = name + "_out"
                changes = {"inputs": [{"name": name, "shape": [5]}], "layers": layers}
                model = self.write_json("awkward.json", small_model(data=None, **changes))
                self.mlc("compile", model, "-o", "m.o")
                self.compile_header("m.h")

    def test_header_passes_the_metrics_and_not_an_input_of_that_name(self) -> None:
        changes = {"inputs": [{"name": "metrics", "shape": [5]}]}
        self.mlc("compile", self.write_json("m.json", small_model(data=None, **changes)))
        text = self.path("m.h").read_text()
        step = text[text.index("small_train_step(") :]
        parameter = re.search(r"double \*(\w+)", step)
        outputs = re.search(r"outputs\[\] = \{(.*)\}", step)
        assert parameter and outputs
        self.assertIn(parameter.group(1), outputs.group(1).split(", "))


if __name__ == "__main__":
    main()
