# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc predict: numbers against NumPy, to every kind of file and to the screen."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load_file, save_file
from support import CommandTest, main, small_data, small_model

ROWS = 21  # not a multiple of the batch


class PredictTest(CommandTest):
    def setUp(self) -> None:
        super().setUp()
        self.model = self.write_small()
        self.mlc("train", self.model, "--quiet", "--save", "w.safetensors")
        self.x, self.y = small_data(ROWS, 9)
        np.save(self.path("new.npy"), self.x)
        w = load_file(self.path("w.safetensors"))
        hidden = np.tanh(self.x @ w["hidden/kernel"] + w["hidden/bias"])
        self.logits = hidden @ w["y/kernel"] + w["y/bias"]

    def predict(self, *options: object, data: str = "new.npy") -> str:
        weights = ("--weights", "w.safetensors")
        return self.mlc("predict", self.model, *weights, "--input", data, *options)

    def check(self, found: np.ndarray) -> None:
        np.testing.assert_allclose(found, self.logits, rtol=1e-4, atol=1e-5)

    def test_npy(self) -> None:
        self.predict("-o", "out.npy")
        found = np.load(self.path("out.npy"))
        self.assertEqual(found.dtype, np.float32)
        self.check(found)

    def test_npz(self) -> None:
        self.predict("-o", "out.npz")
        with np.load(self.path("out.npz")) as file:
            self.assertEqual(list(file), ["y"])
            self.check(file["y"])

    def test_csv(self) -> None:
        self.predict("-o", "out.csv")
        self.check(np.genfromtxt(self.path("out.csv"), delimiter=",", skip_header=1))

    def test_printed(self) -> None:
        lines = self.predict().splitlines()
        self.assertIn(f"y, {ROWS} rows", lines[0])
        classes = [int(line.split()[1]) for line in lines[2:]]
        self.assertEqual(classes, self.logits.argmax(axis=1).tolist())

    def test_input_by_name_and_from_other_formats(self) -> None:
        np.savez(self.path("new.npz"), other=self.x[:2], rows=self.x)
        np.savetxt(self.path("new.csv"), self.x, delimiter=",", fmt="%.9g")
        for data in ("x=new.npy", "new.npz:rows", "x=new.csv"):
            with self.subTest(data):
                self.predict("-o", "out.npy", data=data)
                self.check(np.load(self.path("out.npy")))

    def test_same_bits_with_two_threads(self) -> None:
        for threads in (1, 2):
            self.predict("-o", f"{threads}.npy", "--threads", threads)
        self.assert_same_file("1.npy", "2.npy")

    def test_several_inputs_and_outputs(self) -> None:
        model = {
            "name": "pair",
            "inputs": [{"name": "a", "shape": [3]}, {"name": "b", "shape": [3]}],
            "layers": [
                {"type": "Add", "name": "sum", "inputs": ["a", "b"]},
                {"type": "Concatenate", "name": "both", "inputs": ["a", "b"]},
                {"type": "Dense", "name": "d", "units": 1, "inputs": ["both"]},
            ],
            "outputs": ["sum", "d"],
        }
        self.write_json("pair.json", model)
        a, b = (small_data(10, seed, width=3)[0] for seed in (1, 2))
        np.save(self.path("a.npy"), a)
        np.save(self.path("b.npy"), b)
        kernel = np.arange(6, dtype=np.float32).reshape(6, 1)
        weights = {"d/kernel": kernel, "d/bias": np.ones(1, np.float32)}
        save_file(weights, self.path("pair.safetensors"))
        self.mlc("predict", "pair.json", "--weights", "pair.safetensors",
                 "--input", "b=b.npy", "--input", "a=a.npy", "-o", "out.npz")  # fmt: skip
        with np.load(self.path("out.npz")) as file:
            np.testing.assert_array_equal(file["sum"], a + b)
            expected = np.concatenate([a, b], axis=1) @ kernel + 1
            np.testing.assert_allclose(file["d"], expected, rtol=1e-4, atol=1e-5)

    def test_a_model_without_training_predicts(self) -> None:
        self.write_json("model.json", small_model(training=None, data=None))
        self.predict("-o", "out.npy")
        self.check(np.load(self.path("out.npy")))


if __name__ == "__main__":
    main()
