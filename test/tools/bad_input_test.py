# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What wrong input gets from the real executable: status 1, one clear error, and
no file that wasn't there before.

Each case is a command line, what makes its input wrong, and a part of the error.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
from safetensors.numpy import load_file, save_file
from support import CommandTest, main, small_model

Prepare = Callable[[Path], None]

TRAIN = "train model.json --quiet --epochs 1"
EVALUATE = "evaluate model.json --weights w.safetensors"
PREDICT = "predict model.json --weights w.safetensors --input x.npy"


@dataclass
class Case:
    name: str
    command: str
    message: str
    prepare: Prepare = lambda directory: None


def text(content: str, name: str = "model.json") -> Prepare:
    return lambda directory: (directory / name).write_text(content) and None


def model(**changes: object) -> Prepare:
    return text(json.dumps(small_model(**changes), indent=2))


def layers(*changed: dict[str, object]) -> Prepare:
    return model(layers=list(changed))


def training(**changes: object) -> Prepare:
    return model(training={**small_model()["training"], **changes})


def array(name: str, value: object) -> Prepare:
    return lambda directory: np.save(directory / name, np.asarray(value))


def train_data(inputs: object, targets: object = "y.npy") -> dict[str, object]:
    return {"data": {"train": {"inputs": inputs, "targets": targets}}}


def both(*steps: Prepare) -> Prepare:
    def prepare(directory: Path) -> None:
        for step in steps:
            step(directory)

    return prepare


def truncated(name: str, size: int) -> Prepare:
    def prepare(directory: Path) -> None:
        (directory / name).write_bytes((directory / name).read_bytes()[:size])

    return prepare


def bytes_of(name: str, content: bytes) -> Prepare:
    return lambda directory: (directory / name).write_bytes(content) and None


def make_directory(name: str) -> Prepare:
    return lambda directory: (directory / name).mkdir()


def remove(name: str) -> Prepare:
    return lambda directory: (directory / name).unlink()


def weights(change: Callable[[dict[str, np.ndarray]], object]) -> Prepare:
    def prepare(directory: Path) -> None:
        tensors = load_file(directory / "w.safetensors")
        change(tensors)
        save_file(tensors, directory / "w.safetensors")

    return prepare


def cut_npz(directory: Path) -> None:
    np.savez(directory / "x.npz", x=np.zeros((45, 5), np.float32))
    truncated("x.npz", 400)(directory)


def idx(sizes: list[int], data: int) -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + bytes(data)


def labels(value: int) -> np.ndarray:
    result = np.zeros(45, np.int32)
    result[30] = value
    return result


DENSE = {"type": "Dense", "name": "y", "units": 3}

COMMAND_LINES = [
    Case("unknown command", "trian model.json", 'unknown command "trian"; did you mean "train"?'),
    Case("unknown option", "train model.json --epoch 3", "--epoch"),
    Case("option of another command", "compile model.json --seed 3", "--seed"),
    Case("no model", "compile", "model is required"),
    Case("two models", "compile model.json model.json", "model.json"),
    Case("no weights", "evaluate model.json", "--weights is required"),
    Case("no value", "train model.json --epochs", "--epochs"),
    Case("threads 0", f"{TRAIN} --threads 0", "expected a positive integer, found 0"),
    Case("threads -1", f"{TRAIN} --threads=-1", "expected a positive integer, found -1"),
    Case("threads text", f"{TRAIN} --threads two", "expected a positive integer, found two"),
    Case("threads huge", "compile model.json --threads 99999999999999999999", "positive integer"),
    Case("epochs fraction", "train model.json --epochs 1.5", "positive integer, found 1.5"),
    Case("steps 0", f"{TRAIN} --steps 0", "expected a positive integer, found 0"),
    Case("seed text", f"{TRAIN} --seed x", "--seed"),
    Case("unknown emit", "compile model.json --emit=elf", "elf"),
    Case("unknown target", "compile model.json --target pdp11-dec", "unknown target 'pdp11-dec'"),
    Case("unknown cpu", "compile model.json --cpu i8008", "unknown cpu 'i8008'"),
    Case("cpu of another target", "compile model.json --target aarch64-linux-gnu --cpu znver4",
         "unknown cpu 'znver4' for aarch64"),
    Case("cpu without 64 bits", "compile model.json --target x86_64-linux-gnu --cpu i386",
         "cpu 'i386' has no 64-bit mode"),
    Case("target is a GPU", "compile model.json --target nvptx64", "'nvptx64' is not supported"),
    Case("native elsewhere", "compile model.json --target aarch64-linux-gnu --cpu native",
         "--cpu=native needs this machine's architecture"),
    Case("shared elsewhere", "compile model.json --target aarch64-linux-gnu --emit shared",
         "links for this machine only"),
    Case("unknown split", f"{EVALUATE} --split tset", "tset"),
    Case("resume and initial weights",
         f"{TRAIN} --resume w.safetensors --initial-weights w.safetensors", "exclude each other"),
]  # fmt: skip

MODELS = [
    Case("no such model", "compile none.json", "none.json: error: "),
    Case("model is a directory", "compile d", "d: error: ", make_directory("d")),
    Case("empty model", "compile model.json", "model.json:1:1: error: syntax error",
         text("")),
    Case("binary model", "compile model.json", "model.json:1:1: error: syntax error",
         bytes_of("model.json", b"\x7fELF\0\xff\xfe")),
    Case("missing comma", "compile model.json", "model.json:2:1: error: syntax error",
         text('{"name": "a"\n"inputs": []}')),
    Case("cut model", TRAIN, "unexpected end of input", truncated("model.json", 100)),
    Case("deeply nested", "compile model.json", "error: ", text("[" * 100000)),
    Case("no layers", "compile model.json", '"layers"', model(layers=[])),
    Case("unknown layer", "compile model.json", 'did you mean "Dense"?',
         layers({**DENSE, "type": "Dens"})),
    Case("unknown option of a layer", "compile model.json", 'did you mean "activation"?',
         layers({**DENSE, "activatoin": "relu"})),
    Case("unknown activation", TRAIN, 'did you mean "relu"?',
         layers({**DENSE, "activation": "rlu"})),
    Case("negative units", TRAIN, "units", layers({**DENSE, "units": -3})),
    Case("huge layer", TRAIN, "error: ", layers({**DENSE, "units": 2**62})),
    Case("shapes that don't fit", "compile model.json", "model.json:",
         layers({"type": "Dense", "name": "a", "units": 3, "inputs": ["x"]},
                {"type": "Dense", "name": "b", "units": 4, "inputs": ["x"]},
                {"type": "Add", "name": "sum", "inputs": ["a", "b"]})),
    Case("unknown input of a layer", "compile model.json", '"hiden"',
         layers({"type": "Dense", "name": "hidden", "units": 3},
                {**DENSE, "inputs": ["hiden"]})),
    Case("unknown loss", TRAIN, "model.json:", training(loss={"type": "mean_sqared_error"})),
    Case("unknown optimizer", TRAIN, 'did you mean "Adam"?', training(optimizer={"type": "Adm"})),
    Case("batch of 0", TRAIN, "batch_size", training(batch_size=0)),
    Case("huge batch", TRAIN, "error: ", training(batch_size=2**60)),
    Case("no training", TRAIN, "has no training",
         model(training=None, data={"train": {"inputs": "x.npy"}})),
    Case("no data", TRAIN, "names no train data", model(data=None)),
    Case("no test data", EVALUATE, "names no test data", model(**train_data("x.npy"))),
]  # fmt: skip

DATA = [
    Case("no such data", TRAIN, 'no such file: "', remove("x.npy")),
    Case("data is a directory", TRAIN, "directory", both(remove("x.npy"), make_directory("x.npy"))),
    Case("empty npy", TRAIN, "x.npy: error: truncated", bytes_of("x.npy", b"")),
    Case("cut npy", TRAIN, "truncated, or a wrong header", truncated("x.npy", 500)),
    Case("cut npz", TRAIN, "x.npz: error: ",
         both(cut_npz, model(**train_data({"file": "x.npz", "key": "x"})))),
    Case("cut idx", TRAIN, "truncated, or a wrong header",
         both(bytes_of("x.idx", idx([45, 5], 100)), model(**train_data("x.idx")))),
    Case("no idx", TRAIN, "x.idx: error: ",
         both(bytes_of("x.idx", b"hello world"), model(**train_data("x.idx")))),
    Case("text in csv", TRAIN, 'x.csv:2:3: error: expected a number, found "x"',
         both(text("1,2,3,4,5\n1,x,3,4,5\n", "x.csv"), model(**train_data("x.csv")))),
    Case("no such column", TRAIN, 'no column "c"',
         both(text("a,b\n1,2\n", "x.csv"),
              model(**train_data({"file": "x.csv", "columns": ["c"]})))),
    Case("no such column behind a file's name", TRAIN, 'no column "c"',
         both(text("a,b\n1,2\n", "x.csv"), model(**train_data("x.csv:c")))),
    Case("columns of no file", TRAIN, 'no such file: "none.csv"',
         model(**train_data("none.csv:c"))),
    Case("columns named twice", TRAIN, '"columns" is for CSV files',
         model(**train_data({"file": "x.csv:a", "columns": ["b"]}))),
    Case("a list of missing sounds", TRAIN, "x.csv: error: row 0: ",
         both(text("file\nnone.wav\n", "x.csv"), model(**train_data("x.csv:file")))),
    Case("unknown format", TRAIN, "unknown format",
         both(text("hello", "x.dat"), model(**train_data("x.dat")))),
    Case("rows of another shape", TRAIN, "wrong shape for input 'x'",
         array("x.npy", np.zeros((45, 6), np.float32))),
    Case("a number alone", TRAIN, "x.npy: error: ", array("x.npy", 3.0)),
    Case("no rows", TRAIN, "no rows", array("x.npy", np.zeros((0, 5), np.float32))),
    Case("another number of rows", TRAIN, "has 44 rows", array("y.npy", np.zeros(44, np.int32))),
    Case("labels with fractions", TRAIN, "wrong dtype", array("y.npy", np.full(45, 0.5))),
    Case("text as data", TRAIN, "(text)", array("y.npy", np.full(45, "a"))),
    Case("label too large", TRAIN, "y.npy: error: value 3 for 'y' at row 30 is out of range",
         array("y.npy", labels(3))),
    Case("negative label", TRAIN, "value -1 for 'y' at row 30 is out of range",
         array("y.npy", labels(-1))),
    Case("test label too large", EVALUATE, "value 9 for 'y' at row 20 is out of range",
         array("y_test.npy", np.arange(21) // 20 * 9)),
    Case("no such input file", PREDICT + " --input none.npy", "error: "),
    Case("input given alone", "predict model.json --weights w.safetensors --input none.npy",
         "none.npy: error: "),
    Case("input of another shape", PREDICT, "wrong shape", array("x.npy", np.zeros((4, 4)))),
]  # fmt: skip

WEIGHTS = [
    Case("no such weights", EVALUATE, "w.safetensors: error: ", remove("w.safetensors")),
    Case("empty weights", EVALUATE, "w.safetensors: error: ", bytes_of("w.safetensors", b"")),
    Case("cut weights", EVALUATE, "w.safetensors: error: ", truncated("w.safetensors", 1500)),
    Case("weights with a huge header", EVALUATE, "w.safetensors: error: ",
         bytes_of("w.safetensors", b"\xff" * 64)),
    Case("weights are a directory", EVALUATE, "directory",
         both(remove("w.safetensors"), make_directory("w.safetensors"))),
    Case("a weight is missing", EVALUATE, "missing: y/bias", weights(lambda w: w.pop("y/bias"))),
    Case("a weight is unknown", EVALUATE, "unexpected: z/bias",
         weights(lambda w: w.update({"z/bias": w["y/bias"]}))),
    Case("a weight of another shape", EVALUATE, "different: y/bias",
         weights(lambda w: w.update({"y/bias": np.zeros(4, np.float32)}))),
    Case("a weight of another dtype", PREDICT, "y/bias",
         weights(lambda w: w.update({"y/bias": np.zeros(3, np.int64)}))),
    Case("weights of another model", f"{TRAIN} --initial-weights w.safetensors",
         "these are not weights of model 'small'", layers({**DENSE, "name": "other"})),
    Case("resumed with another optimizer", f"{TRAIN} --resume w.safetensors",
         "this is not the state of model 'small'", training(optimizer={"type": "SGD"})),
    Case("resumed with another batch", f"{TRAIN} --resume w.safetensors",
         "batches of 8 rows", training(batch_size=4)),
    Case("resumed with another seed", f"{TRAIN} --resume w.safetensors --seed 99", "--seed 99"),
    Case("resumed from weights alone", f"{TRAIN} --resume w.safetensors", "cannot resume",
         weights(lambda w: None)),
]  # fmt: skip

OUTPUTS = [
    Case(f"{name} to {what}", f"{command} {path}", f"{path}: error: cannot write",
         make_directory("d"))
    for name, command, extension in (
        ("object", "compile model.json -o", ".o"),
        ("assembly", "compile model.json --emit=asm -o", ".s"),
        ("shared library", "compile model.json --emit=shared -o", ".so"),
        ("weights", f"{TRAIN} --save", ""),
        ("log", f"{TRAIN} --log", ""),
        ("predictions", f"{PREDICT} -o", ".npy"),
    )
    for what, path in (
        ("no directory", f"none/a{extension}"),
        ("a file's inside", f"x.npy/a{extension}"),
    )
] + [
    Case("object to a directory", "compile model.json -o d", "d: error: cannot write",
         make_directory("d")),
    Case("header to a directory", "compile model.json -o d.o", "d.h: error: cannot write",
         make_directory("d.h")),
    Case("header over the object", "compile model.json -o d.h", "overwrite"),
    Case("weights to a directory", f"{TRAIN} --save d", "d: error: cannot write",
         make_directory("d")),
    Case("log to a directory", f"{TRAIN} --log d", "d: error: cannot write", make_directory("d")),
    Case("predictions of no format", f"{PREDICT} -o out.txt", "out.txt: error: unknown extension"),
    Case("IR into a file", "compile model.json --dump-ir x.npy", "x.npy"),
    Case("IR inside a file", "compile model.json --dump-ir x.npy/dump", "x.npy/dump"),
]  # fmt: skip


class BadInputTest(CommandTest):
    weights: bytes = b""

    def setUp(self) -> None:
        super().setUp()
        model_file = self.write_small()
        if not BadInputTest.weights:
            self.mlc("train", model_file, "--quiet", "--epochs", 1, "--save", "w.safetensors")
            BadInputTest.weights = self.path("w.safetensors").read_bytes()
        self.path("w.safetensors").write_bytes(self.weights)

    def check(self, case: Case) -> None:
        case.prepare(self.directory)
        before = {name: self.content(name) for name in self.files()}
        stderr = self.fails(*case.command.split())
        self.assertIn(case.message, stderr)
        self.assertEqual(len(re.findall(r"^[^\s\"]+: error: ", stderr, re.M)), 1, stderr)
        self.assertEqual({name: self.content(name) for name in self.files()}, before)

    def content(self, name: str) -> bytes:
        path = self.path(name)
        return path.read_bytes() if path.is_file() else b""


def add_cases() -> None:
    for cases in (COMMAND_LINES, MODELS, DATA, WEIGHTS, OUTPUTS):
        for case in cases:
            name = "test_" + "".join(c if c.isalnum() else "_" for c in case.name)
            assert not hasattr(BadInputTest, name), f"two cases are called {case.name}"
            setattr(BadInputTest, name, lambda self, case=case: self.check(case))


add_cases()

if __name__ == "__main__":
    main()
