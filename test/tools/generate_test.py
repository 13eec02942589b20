# Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlc generate: continuing a text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from support import CommandTest, main

LENGTH = 8
TEXTS = ["a", "b", "c", "d", " ", "the"]


def model(*middle: dict[str, Any]) -> dict[str, Any]:
    embedding = {"type": "Embedding", "name": "e", "input_dim": 6, "output_dim": 8}
    last = {"type": "Dense", "name": "scores", "units": 6}
    return {
        "inputs": [{"name": "ids", "shape": [LENGTH], "dtype": "int32"}],
        "layers": [embedding, *middle, last],
        "training": {
            "loss": {"type": "sparse_categorical_crossentropy", "from_logits": True},
            "optimizer": {"type": "Adam", "learning_rate": 0.01},
            "batch_size": 4,
        },
        "data": {
            "train": {"inputs": "x.npy", "targets": "y.npy"},
            "vocabulary": "vocabulary.json",
        },
    }


ATTENTION = [
    {"type": "PositionEmbedding", "name": "p", "sequence_length": LENGTH, "inputs": ["e"]},
    {"type": "Add", "name": "s", "inputs": ["e", "p"]},
    {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 4, "use_causal_mask": True,
     "sliding_window": 5},
]  # fmt: skip
LSTM = [{"type": "LSTM", "units": 9, "return_sequences": True}]


class GenerateTest(CommandTest):
    def train(self, content: dict[str, Any]) -> tuple[str, str, str]:
        """Of all orders of ids: those that go up by one are the rule."""
        rng = np.random.default_rng(1)
        ids = (rng.integers(0, 6, (40, 1)) + np.arange(LENGTH + 1)) % 6
        noise = rng.random(ids.shape) < 0.2
        ids = np.where(noise, rng.integers(0, 6, ids.shape), ids).astype(np.int32)
        np.save(self.path("x.npy"), ids[:, :-1])
        np.save(self.path("y.npy"), ids[:, 1:])
        self.write_json("vocabulary.json", TEXTS)
        self.write_json("m.json", content)
        self.mlc("train", "m.json", "--quiet", "--save", "w.safetensors", "--epochs", "3")
        return ("m.json", "--weights", "w.safetensors")

    def generate(self, trained: tuple[str, ...], *options: Any) -> str:
        return self.mlc("generate", *trained, *options)

    def assert_greedy_as_predict(self, middle: list[dict[str, Any]]) -> None:
        """Each id is the likeliest by a prediction from all those before it."""
        content = model(*middle)
        del content["data"]["vocabulary"]
        trained = self.train(content)
        words = self.generate(
            trained, "--prompt", "2 5 0", "--temperature", 0, "--length", LENGTH - 3
        ).split()
        ids = np.zeros((1, LENGTH), np.int32)
        ids[0] = [int(word) for word in words]
        np.save(self.path("ids.npy"), ids)
        self.mlc("predict", *trained, "--input", "ids.npy", "-o", "scores.npy")
        likeliest = np.load(self.path("scores.npy"))[0].argmax(axis=1)
        np.testing.assert_array_equal(ids[0, 3:], likeliest[2:-1])

    def test_attention_goes_on_as_predict_says(self) -> None:
        self.assert_greedy_as_predict(ATTENTION)

    def test_lstm_goes_on_as_predict_says(self) -> None:
        self.assert_greedy_as_predict(LSTM)

    def test_text(self) -> None:
        trained = self.train(model(*ATTENTION))
        text = self.generate(trained, "--prompt", "ab the", "--length", 50)
        self.assertTrue(text.startswith("ab the"))
        self.assertTrue(set(text[6:-1]) <= set("abcd the"))
        self.assertEqual(text, self.generate(trained, "--prompt", "ab the", "--length", 50))
        other = self.generate(trained, "--prompt", "ab the", "--length", 50, "--seed", 1)
        self.assertNotEqual(text, other)
        for limit in (("--top-k", 1), ("--top-p", 0), ("--temperature", 0)):
            least = self.generate(trained, "--prompt", "a", "--length", 30, *limit)
            self.assertEqual(least, self.generate(trained, "--prompt", "a", "--length", 30,
                                                  "--temperature", 0, "--seed", 9))  # fmt: skip

    def test_mistakes(self) -> None:
        trained = self.train(model(*ATTENTION))
        self.assertIn('begins at byte 1 of the prompt: "x"',
                      self.fails("generate", *trained, "--prompt", "ax"))  # fmt: skip
        self.assertIn("the prompt is empty", self.fails("generate", *trained, "--prompt", ""))
        self.assertIn("--prompt is required", self.fails("generate", *trained))
        for bad in (("--length", 0), ("--temperature", -1), ("--top-k", 0), ("--top-p", 2)):
            self.assertIn(bad[0], self.fails("generate", *trained, "--prompt", "a", *bad))
        self.path("vocabulary.json").write_text(json.dumps(TEXTS[:4]))
        message = self.fails("generate", *trained, "--prompt", "a")
        self.assertIn("vocabulary.json:1:1: error: expected 6 texts", message)
        self.assertIn("m.json:", message)
        self.path("vocabulary.json").unlink()
        self.assertIn("No such file", self.fails("generate", *trained, "--prompt", "a"))

    def test_numbers_as_the_prompt(self) -> None:
        content = model(*LSTM)
        del content["data"]["vocabulary"]
        trained = self.train(content)
        message = self.fails("generate", *trained, "--prompt", "a b")
        self.assertIn('expected ids as the prompt, found "a"', message)
        message = self.fails("generate", *trained, "--prompt", "2 6")
        self.assertIn("'ids' is 6, expected one in [0, 6)", message)

    def test_models_that_cannot(self) -> None:
        content = model({"type": "Conv1D", "filters": 8, "kernel_size": 3, "padding": "same"})
        trained = self.train(content)
        message = self.fails("generate", *trained, "--prompt", "a")
        self.assertIn("m.json:", message)
        self.assertIn("it takes all positions at once", message)
        self.fails("compile", "m.json", "--generate", "-o", "m.o")
        self.assertFalse(self.path("m.o").exists())
        content = model(*LSTM)
        content["training"]["loss"] = "mse"
        self.write_json("m.json", content)
        self.assertIn("logits or probabilities", self.fails("generate", *trained, "--prompt", "a"))

    def test_compiled(self) -> None:
        self.write_json("m.json", model(*ATTENTION))
        self.mlc("compile", "m.json", "--generate", "-o", "m.o")
        header = self.path("m.h").read_text()
        self.assertIn(
            "m_generate_step(void *state, void *workspace, const int32_t *ids, "
            "const int32_t *position, float *scores)",
            header,
        )
        self.assertIn("each in [0, 8)", header)
        self.mlc("compile", "m.json", "-o", "m.o")
        self.assertNotIn("generate_step", self.path("m.h").read_text())


if __name__ == "__main__":
    main()
