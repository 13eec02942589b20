# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc train and mlc evaluate: what is learnt, saved, resumed and counted."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from support import DIGITS, MLC, SOURCE, CommandTest, main, small_data, small_model

SMALL_WEIGHTS = {
    "hidden/kernel": (5, 7),
    "hidden/bias": (7,),
    "y/kernel": (7, 3),
    "y/bias": (3,),
}

# More than one thread's worth of work in every contraction, and a batch that
# no tile divides.
WIDE = {
    "name": "wide",
    "inputs": [{"name": "x", "shape": [200]}],
    "layers": [
        {"type": "Reshape", "target_shape": [20, 10, 1]},
        {"type": "Conv2D", "filters": 19, "kernel_size": 3, "padding": "same"},
        {"type": "Conv2D", "filters": 34, "kernel_size": 3, "strides": 2, "activation": "relu"},
        {"type": "DepthwiseConv2D", "kernel_size": [3, 1], "depth_multiplier": 2},
        {"type": "Flatten"},
        {"type": "Dense", "name": "hidden", "units": 512, "activation": "relu"},
        {"type": "Dropout", "rate": 0.2},
        {"type": "Dense", "name": "hidden_2", "units": 301, "activation": "gelu"},
        {"type": "Dense", "name": "y", "units": 3},
    ],
}


# Loops, what they stack and random masks, all of which can be made again.
STACKED = {
    "name": "stacked",
    "inputs": [{"name": "x", "shape": [120]}],
    "layers": [
        {"type": "Reshape", "target_shape": [12, 10]},
        {"type": "LSTM", "name": "a", "units": 32, "return_sequences": True, "dropout": 0.2},
        {"type": "Dropout", "rate": 0.3},
        {"type": "GRU", "name": "b", "units": 32, "return_sequences": True},
        {"type": "LSTM", "name": "c", "units": 32},
        {"type": "Dense", "name": "y", "units": 3},
    ],
}


class TrainTest(CommandTest):
    def train(self, model: object, save: str, *options: object) -> str:
        return self.mlc("train", model, "--quiet", "--save", save, *options)

    def metrics(self, text: str) -> dict[str, float]:
        """The numbers of a line like 'loss 0.1, accuracy 0.9'."""
        return {name: float(value) for name, value in re.findall(r"(\w+) ([\d.e+-]+\d)", text)}

    def test_digits_reach_97_percent(self) -> None:
        self.train(DIGITS / "model.json", "w.safetensors")
        text = self.mlc("evaluate", DIGITS / "model.json", "--weights", "w.safetensors")
        self.assertIn("test, 360 rows", text)
        self.assertGreaterEqual(self.metrics(text)["accuracy"], 0.97, text)

    def test_sample_weights(self) -> None:
        """Rows of weight 0 might as well have any label."""
        model = self.write_small()
        np.save(self.path("w.npy"), np.where(np.arange(45) % 3, 1, 0).astype(np.float32))
        weighted = small_model()
        weighted["data"]["train"]["sample_weights"] = "w.npy"
        for name in ("first", "second"):
            self.train(self.write_json("weighted.json", weighted), f"{name}.safetensors")
            labels = np.load(self.path("y.npy"))
            labels[::3] = (labels[::3] + 1) % 3
            np.save(self.path("y.npy"), labels)
        self.assert_same_file("first.safetensors", "second.safetensors")
        self.train(model, "plain.safetensors")
        plain = self.path("plain.safetensors").read_bytes()
        self.assertNotEqual(plain, self.path("first.safetensors").read_bytes())

    def test_sample_weights_of_another_length(self) -> None:
        self.write_small()
        np.save(self.path("w.npy"), np.ones(44, np.float32))
        model = small_model()
        model["data"]["train"]["sample_weights"] = "w.npy"
        error = self.fails("train", self.write_json("m.json", model), "--quiet")
        self.assertIn("w.npy: error: 'y/sample_weight' has 44 rows, but 'x' has 45", error)

    def test_convolutions_reach_98_percent_of_digits(self) -> None:
        model = SOURCE / "examples/digits-cnn/model.json"
        self.train(model, "w.safetensors")
        text = self.mlc("evaluate", model, "--weights", "w.safetensors")
        self.assertGreaterEqual(self.metrics(text)["accuracy"], 0.98, text)

    def test_what_is_printed(self) -> None:
        text = self.mlc("train", self.write_small(), "--save", "w.safetensors")
        self.assertIn("small: 66 parameters, 45 rows in batches of 8", text)
        self.assertIn("3/3", text)
        self.assertIn("accuracy", text)
        self.assertNotIn("\r", text, "no bar where there is no terminal")
        self.assertIn("Saved w.safetensors", text)

    def test_quiet_prints_nothing(self) -> None:
        result = self.run_mlc("train", self.write_small(), "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_python_reads_the_weights(self) -> None:
        self.train(self.write_small(), "w.safetensors")
        weights = load_file(self.path("w.safetensors"))
        for name, shape in SMALL_WEIGHTS.items():
            self.assertEqual(weights[name].shape, shape)
            self.assertEqual(weights[name].dtype, np.float32)
            self.assertEqual(weights[f"optimizer/{name}/momentum"].shape, shape)
        with safe_open(self.path("w.safetensors"), "np") as file:
            self.assertEqual(file.metadata()["model"], "small")
            self.assertEqual(file.metadata()["epoch"], "3")

    def test_resumed_run_is_the_uninterrupted_one(self) -> None:
        model = self.write_small()
        self.train(model, "whole.safetensors", "--epochs", 5)
        self.train(model, "part.safetensors", "--epochs", 2)
        self.train(model, "resumed.safetensors", "--epochs", 5, "--resume", "part.safetensors")
        self.assert_same_file("whole.safetensors", "resumed.safetensors")

    def test_resumed_inside_an_epoch(self) -> None:
        model = self.write_small()
        self.train(model, "whole.safetensors", "--epochs", 4)
        for steps in (1, 8, 12):  # an epoch has 6
            with self.subTest(steps=steps):
                self.train(model, "part.safetensors", "--steps", steps)
                self.assertEqual(load_file(self.path("part.safetensors"))["step"], steps)
                options = ("--epochs", 4, "--resume", "part.safetensors")
                self.train(model, "resumed.safetensors", *options)
                self.assert_same_file("whole.safetensors", "resumed.safetensors")

    def test_resuming_in_place(self) -> None:
        model = self.write_small()
        self.train(model, "whole.safetensors", "--epochs", 3)
        for epochs in (1, 2, 3):
            resume = ("--resume", "w.safetensors") if epochs > 1 else ()
            self.train(model, "w.safetensors", "--epochs", epochs, *resume)
        self.assert_same_file("whole.safetensors", "w.safetensors")

    def test_digits_resume(self) -> None:
        model = DIGITS / "model.json"
        self.train(model, "whole.safetensors", "--epochs", 3, "--seed", 7)
        self.train(model, "part.safetensors", "--steps", 60, "--seed", 7)
        self.train(model, "resumed.safetensors", "--epochs", 3, "--resume", "part.safetensors")
        self.assert_same_file("whole.safetensors", "resumed.safetensors")

    def test_seed(self) -> None:
        model = self.write_small()
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            self.train(model, f"{name}.safetensors", "--seed", seed)
        self.assert_same_file("a.safetensors", "b.safetensors")
        first, other = (load_file(self.path(f"{name}.safetensors")) for name in "ac")
        self.assertFalse((first["hidden/kernel"] == other["hidden/kernel"]).all())

    def write_wide(self) -> str:
        x, y = small_data(230, 1, width=200)
        np.save(self.path("x.npy"), x)
        np.save(self.path("y.npy"), y)
        training = {**small_model()["training"], "batch_size": 67}
        return self.write_json("wide.json", small_model(**WIDE, training=training))

    def test_same_bits_with_two_threads(self) -> None:
        for write in (self.write_small, self.write_wide):
            model = write()
            for threads in (1, 2):
                self.train(model, f"{threads}.safetensors", "--threads", threads)
            self.assert_same_file("1.safetensors", "2.safetensors")

    def test_same_bits_in_less_memory(self) -> None:
        model = {**small_model(), **STACKED}
        x, y = small_data(40, 1, width=120)
        np.save(self.path("x.npy"), x)
        np.save(self.path("y.npy"), y)
        name = self.write_json("model.json", model)
        error = self.fails("train", name, "--memory", "1KiB")
        least = re.search(r"^model.json:1:1: error: .* at least (\d+) bytes.*found 1024", error)
        assert least, error
        workspace = re.search(r"train_step .* ([\d.]+) KiB", self.mlc("inspect", name))
        assert workspace
        self.assertLess(int(least[1]), 0.8 * 1024 * float(workspace[1]))
        self.train(name, "all.safetensors")
        self.train(name, "less.safetensors", "--memory", least[1])
        self.assert_same_file("all.safetensors", "less.safetensors")
        self.fails("train", name, "--memory", int(least[1]) - 1)

    def test_without_shuffling_the_rows_come_in_order(self) -> None:
        """Trained on its first rows alone, and on all with --steps: the same."""
        model = self.write_small(rows=48)
        self.train(model, "all.safetensors", "--no-shuffle", "--steps", 2)
        for name in ("x", "y"):
            np.save(self.path(f"{name}.npy"), np.load(self.path(f"{name}.npy"))[:16])
        self.train(model, "first.safetensors", "--no-shuffle", "--epochs", 1)
        self.assert_same_weights("all.safetensors", "first.safetensors")

    def assert_same_weights(self, first: str, second: str) -> None:
        a, b = load_file(self.path(first)), load_file(self.path(second))
        for name in SMALL_WEIGHTS:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)

    def test_initial_weights(self) -> None:
        model = self.write_small()
        random = np.random.default_rng(3)
        weights = {
            name: random.standard_normal(shape).astype(np.float32)
            for name, shape in SMALL_WEIGHTS.items()
        }
        save_file(weights, self.path("start.safetensors"))
        start = ("--initial-weights", "start.safetensors")
        self.train(model, "one.safetensors", *start, "--steps", 1)
        trained = load_file(self.path("one.safetensors"))
        for name, value in weights.items():
            # Adam's first step moves each weight by at most the rate.
            np.testing.assert_allclose(trained[name], value, atol=0.0101)
        self.assertEqual(trained["step"], 1)

    def test_log(self) -> None:
        model = self.write_small()
        self.train(model, "w.safetensors", "--log", "log.csv")
        with self.path("log.csv").open() as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["epoch"] for row in rows], ["1", "2", "3"])
        for row in rows:
            self.assertGreater(float(row["loss"]), 0)
            self.assertTrue(0 <= float(row["accuracy"]) <= 1)

    def test_validation_is_logged(self) -> None:
        data = small_model()["data"]
        model = self.write_small(data={**data, "validation": data["test"]})
        self.train(model, "w.safetensors", "--log", "log.csv")
        header = self.path("log.csv").read_text().splitlines()[0].split(",")
        self.assertIn("val_loss", header)
        self.assertIn("val_accuracy", header)

    def expected(self, weights: str, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Loss and accuracy of the small model, in double precision."""
        w = {name: value.astype(float) for name, value in load_file(self.path(weights)).items()}
        hidden = np.tanh(x @ w["hidden/kernel"] + w["hidden/bias"])
        logits = hidden @ w["y/kernel"] + w["y/bias"]
        losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y]
        return float(losses.mean()), float((logits.argmax(1) == y).mean())

    def test_last_batch_is_counted_exactly(self) -> None:
        model = self.write_small()
        self.train(model, "w.safetensors")
        for rows in (1, 7, 8, 9, 21):
            with self.subTest(rows=rows):
                x, y = small_data(rows, 5)
                np.save(self.path("x_test.npy"), x)
                np.save(self.path("y_test.npy"), y)
                text = self.mlc("evaluate", model, "--weights", "w.safetensors")
                self.assertIn(f"test, {rows} row", text)
                found = self.metrics(text)
                loss, accuracy = self.expected("w.safetensors", x, y)
                self.assertAlmostEqual(found["loss"], loss, delta=1e-4)
                self.assertAlmostEqual(found["accuracy"], accuracy, delta=1e-4)

    def test_evaluating_another_split(self) -> None:
        model = self.write_small()
        self.train(model, "w.safetensors")
        text = self.mlc("evaluate", model, "--weights", "w.safetensors", "--split", "train")
        self.assertIn("train, 45 rows", text)

    def test_interrupted_training_is_saved_and_goes_on(self) -> None:
        model = self.write_small(rows=4001)
        arguments = [MLC, "train", model, "--epochs", "1000000", "--save", "part.safetensors"]
        process = subprocess.Popen(arguments, cwd=self.directory, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                if "/1000000" in line:
                    break
            process.send_signal(signal.SIGINT)
            rest = lines.read()
        self.assertEqual(process.wait(timeout=60), 130)
        self.assertIn("Saved part.safetensors", rest)
        with safe_open(self.path("part.safetensors"), "np") as file:
            epochs = int(file.metadata()["epoch"]) + 1
        resume = ("--resume", "part.safetensors")
        self.train(model, "resumed.safetensors", "--epochs", epochs, *resume)
        self.train(model, "whole.safetensors", "--epochs", epochs)
        self.assert_same_file("resumed.safetensors", "whole.safetensors")

    def test_bar_on_a_terminal(self) -> None:
        ours, theirs = os.openpty()
        arguments = [MLC, "train", self.write_small(rows=4001)]
        process = subprocess.Popen(arguments, cwd=self.directory, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 4096):
                shown += block
        except OSError:
            pass  # how Linux says that the other side is closed
        os.close(ours)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertIn(b"\r", shown)
        self.assertIn(b"accuracy", shown)

    def test_other_formats_of_data(self) -> None:
        """IDX, npz and CSV with the same numbers give the same weights."""
        x = np.random.default_rng(4).integers(0, 200, (20, 5)).astype(np.uint8)
        y = (x[:, 0] > x[:, 1]).astype(np.uint8)
        np.savez(self.path("data.npz"), x=x, y=y)
        for name, array in (("x", x), ("y", y)):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            self.path(f"{name}.idx").write_bytes(header + array.tobytes())
        table = "a,b,c,d,e,y\n" + "".join(
            ",".join(map(str, [*row, label])) + "\n" for row, label in zip(x, y)
        )
        self.path("data.csv").write_text(table)
        sources = {
            "npz": ({"file": "data.npz", "key": "x"}, {"file": "data.npz", "key": "y"}),
            "idx": ("x.idx", "y.idx"),
            "csv": (
                {"file": "data.csv", "columns": list("abcde")},
                {"file": "data.csv", "columns": ["y"]},
            ),
        }
        for name, (inputs, targets) in sources.items():
            data = {"train": {"inputs": inputs, "targets": targets}}
            self.write_json(f"{name}.json", small_model(data=data))
            self.train(f"{name}.json", f"{name}.safetensors")
        self.assert_same_file("npz.safetensors", "idx.safetensors")
        self.assert_same_file("npz.safetensors", "csv.safetensors")

    def test_nothing_else_is_left(self) -> None:
        model = self.write_small()
        before = self.files()
        self.train(model, "w.safetensors", "--log", "log.csv")
        self.assertEqual(self.files() - before, {"w.safetensors", "log.csv"})

    def test_data_is_beside_the_model(self) -> None:
        self.write_small()
        self.path("sub").mkdir()
        for name in ("model.json", "x.npy", "y.npy"):
            shutil.move(self.path(name), self.path("sub") / name)
        self.train("sub/model.json", "w.safetensors")
        self.assertTrue(self.path("w.safetensors").exists())


if __name__ == "__main__":
    main()
