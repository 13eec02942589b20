"""Machines that models are compiled for, and how a program for each is linked
and run on this one: natively, by qemu's user mode, or by node."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "bench" / "driver"
# The compilers and linkers of the project's LLVM.
CLANG, WASM_LD = "clang-22", "wasm-ld-22"


@dataclass(frozen=True)
class Machine:
    """`options` are mlc's, `compiler` makes its programs of C, `runner` runs
    them; `flags` are what /proc/cpuinfo must list."""

    name: str
    options: tuple[str, ...]
    compiler: tuple[str, ...]
    runner: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    is_wasm: bool = False

    def missing(self) -> list[str]:
        """What this machine lacks to run the other's programs."""
        tools = [self.compiler[0], *self.runner[:1], *([WASM_LD] if self.is_wasm else [])]
        lacks = [tool for tool in tools if not shutil.which(tool)]
        info = Path("/proc/cpuinfo")
        present = set(info.read_text().split()) if self.flags and info.is_file() else set()
        return lacks + [flag for flag in self.flags if flag not in present]


def emulated(arch: str, *cpu: str) -> dict[str, tuple[str, ...]]:
    gcc = f"{arch}-linux-gnu-gcc"
    root = f"/usr/{arch}-linux-gnu"
    return {"compiler": (gcc,), "runner": (f"qemu-{arch}", "-L", root, *cpu)}


def wasm(name: str, flags: tuple[str, ...], *options: str) -> Machine:
    triple = "wasm32-unknown-unknown"
    compiler = (CLANG, f"--target={triple}", "-mbulk-memory", *flags)
    return Machine(name, ("--target", triple, *options), compiler, ("node",), is_wasm=True)


NATIVE = Machine("native", (), ("cc", "-march=native"))
X86 = ("--target", "x86_64-linux-gnu")
ARM, RISCV = ("--target", "aarch64-linux-gnu"), ("--target", "riscv64-linux-gnu")
HASWELL = Machine(
    "haswell", (*X86, "--cpu", "haswell"), ("cc", "-march=haswell"), flags=("avx2", "fma")
)
WASM = wasm("wasm", ("-msimd128",))
MACHINES = [
    NATIVE,
    *([HASWELL, Machine("x86-64", X86, ("cc",))] if platform.machine() == "x86_64" else []),
    Machine("aarch64", ARM, **emulated("aarch64")),
    Machine("riscv64", RISCV, **emulated("riscv64")),
    Machine(
        "riscv64-v",
        (*RISCV, "--cpu", "sifive-x280"),
        **emulated("riscv64", "-cpu", "rv64,v=true,zba=true,zbb=true,vlen=512"),
    ),
    WASM,
    wasm("wasm-scalar", (), "--cpu", "generic"),
]


def link(
    machine: Machine, sources: Sequence[Path], objects: Sequence[str], output: str, *flags: str
) -> Path:
    """Makes a program of what measures or checks, and of what runs it."""
    compiler = [*machine.compiler, "-O2", f"-I{ROOT / 'runtime' / 'include'}", f"-I{ROOT}", *flags]
    if not machine.is_wasm:
        command = [*compiler, *map(str, sources), str(DRIVER / "system.c"), *objects]
        run([*command, "-lm", "-pthread", "-o", output])
        return Path(output)
    parts = list(objects)
    for source in sources:
        parts.append(f"{output}.{source.stem}.o")
        run([*compiler, "-c", str(source), "-o", parts[-1]])
    exports = [f"--export={name}" for name in ("check", "measure", "__heap_base")]
    run([WASM_LD, "--no-entry", "--allow-undefined", *exports, *parts, "-o", output])
    return Path(output)


class Program:
    """A model, compiled for a machine and linked with the driver."""

    def __init__(
        self, mlc: Path | str, machine: Machine, model: Path, directory: Path, threads: int = 1
    ) -> None:
        self.machine = machine
        stem = str(directory / f"{model.stem}-{machine.name}-{threads}")
        options = [*machine.options, "--threads", str(threads)]
        run([str(mlc), "compile", str(model), *options, "-o", f"{stem}.o"])
        header = Path(f"{stem}.h").read_text()
        symbol = header.split("extern const mlc_model ")[1].split(";")[0]
        pool = [ROOT / "runtime/lib/threads.c"] if threads > 1 else []
        sources = [DRIVER / "driver.c", *pool]
        self.path = link(machine, sources, [f"{stem}.o"], f"{stem}.out", f"-DMODEL={symbol}")

    def command(self, *arguments: object) -> list[str]:
        return command(self.machine, self.path, *arguments)

    def numbers(self, *arguments: object) -> list[float]:
        return [float(line) for line in run(self.command(*arguments)).split()]


def command(machine: Machine, program: Path, *arguments: object) -> list[str]:
    """What runs a program of another machine on this one."""
    system = [str(DRIVER / "system.mjs")] if machine.is_wasm else []
    return [*machine.runner, *system, str(program), *map(str, arguments)]


class ProgramFailed(Exception):
    """What a command printed when it failed."""


def run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProgramFailed(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return done.stdout
