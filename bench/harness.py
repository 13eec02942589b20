"""What the programs in bench/ share: running a program and seeing
what it cost, finding the programs, and saying what machine this is."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
RESULTS = ROOT / "docs" / "benchmarks.md"

Json = dict[str, Any]


@dataclass
class Run:
    """A finished process: what it printed, its wall and processor time and its
    peak memory."""

    output: str
    seconds: float
    processor_seconds: float
    peak_mib: float


class Failed(Exception):
    """A process that did not succeed; the text says which and how."""


def run(
    command: Sequence[str],
    threads: int,
    environment: dict[str, str] | None = None,
    timeout: float = 1800,
) -> Run:
    """Run a command on the first `threads` of the allowed processors, so that
    no system can help itself to more than the others."""
    cpus = sorted(os.sched_getaffinity(0))[:threads]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            stdout=output,
            stderr=errors,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        timer = time.monotonic() + timeout
        # wait4, unlike Popen.wait, says what this one process used.
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > timer:
                process.kill()
            time.sleep(0.002)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            last = (errors.read().strip().splitlines() or ["no message"])[-1]
            raise Failed(f"{' '.join(command)}: exit status {process.returncode}: {last}")
        processor = usage.ru_utime + usage.ru_stime
        return Run(output.read(), seconds, processor, usage.ru_maxrss / 1024)


def json_line(text: str) -> Json:
    """The last line that is a JSON object; libraries like to talk before it."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise Failed(f"no JSON in: {text!r}")


def add_common_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mlc",
        type=Path,
        default=ROOT / "build" / "release" / "bin" / "mlc",
        help="the compiler (build/release/bin/mlc)",
    )
    parser.add_argument(
        "--python",
        type=Path,
        help="an interpreter with bench/requirements.txt "
        "installed (by default one is made in build/bench-venv)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=RESULTS,
        metavar="FILE.md",
        help="where the section with the results is put (docs/benchmarks.md)",
    )


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="*", metavar="MODEL", help="names in bench/models (all)")


def find_models(parser: argparse.ArgumentParser, names: Sequence[str]) -> list[Path]:
    """Those of bench/models; all, if none is named."""
    known = {path.stem: path for path in sorted((BENCH / "models").glob("*.json"))}
    for name in names:
        if name not in known:
            parser.error(f"no model {name}; there are {', '.join(known)}")
    return [known[name] for name in names or known]


def mlc_version(mlc: Path) -> str:
    return run([str(mlc), "--version"], 1).output.strip().splitlines()[0]


def find_mlc(path: Path) -> Path:
    if not path.is_file():
        sys.exit(f"{path}: not there; build it first (scripts/quickstart), or pass --mlc")
    return path.resolve()


def find_python(path: Path | None) -> Path:
    """The interpreter for the peers. Not resolved: a venv is known by its link."""
    if path:
        found = shutil.which(path)
        if not found:
            sys.exit(f"{path}: no such interpreter")
        return Path(found).absolute()
    directory = ROOT / "build" / "bench-venv"
    python = directory / "bin" / "python"
    stamp = directory / "installed.txt"
    requirements = BENCH / "requirements.txt"
    if not stamp.is_file() or stamp.read_text() != requirements.read_text():
        print(f"Installing the peers in {directory}", file=sys.stderr)
        venv.create(directory, clear=True, with_pip=True)
        subprocess.run(
            [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-cache-dir",
                "--disable-pip-version-check",
                "-r",
                requirements,
            ],
            check=True,
        )
        stamp.write_text(requirements.read_text())
    return python


def machine() -> str:
    """Processor, caches, system: what a reader needs to judge the figures."""
    info = Path("/proc/cpuinfo").read_text()

    def field(name: str) -> str:
        match = re.search(rf"^{name}\s*:\s*(.*)$", info, re.MULTILINE)
        return match.group(1) if match else "?"

    flags = set(field("flags").split())
    vectors = [
        name
        for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("avx512_bf16", "bf16"))
        if flag in flags
    ]
    caches = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (index / "type").read_text().strip()
        if kind != "Instruction":
            level, size = ((index / f).read_text().strip() for f in ("level", "size"))
            caches.append(f"L{level} {size.replace('K', ' KiB')}")
    count = len(os.sched_getaffinity(0))
    name = f"{field('model name')} (family {field('cpu family')}, model {field('model')})"
    return (
        f"{count} processors of {name}; {', '.join(vectors) or platform.machine()}; "
        f"{', '.join(caches)}; {platform.system()} {platform.machine()}"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, with columns aligned so that it reads in a terminal too. All but
    the first column are numbers, and go to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths))
    return "\n".join([line(header), f"|{rule}|", *map(line, rows)])


def put_section(path: Path, name: str, text: str) -> None:
    """Replace the section between this script's marks, and nothing else."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    old = path.read_text() if path.is_file() else "# Benchmarks\n"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(old):
        new = pattern.sub(lambda _: section, old)
    else:
        new = f"{old.rstrip()}\n\n{section}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new)
