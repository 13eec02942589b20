"""Rows of tables, and masks of steps: what they do to losses and metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases.case import SQUARED, Arrays, Case, Json, case, dense


def embedding(name: str, rows: int, columns: int, **options: Any) -> Json:
    return {
        "type": "Embedding",
        "name": name,
        "input_dim": rows,
        "output_dim": columns,
        **options,
    }


def flatten(name: str = "flat") -> Json:
    return {"type": "Flatten", "name": name}


def embeddings() -> list[Case]:
    return [*tables(), *optimizers(), *masks()]


def tables() -> list[Case]:
    """Fewer rows than ids, so that many are named more than once."""
    return [
        case(
            "embedding",
            [embedding("words", 9, 5), flatten(), dense("logits", 4)],
            inputs={"x": [6]},
            ids={"x": 9},
        ),
        case(
            "embedding-batch-one",
            [embedding("words", 3, 33), flatten(), dense("logits", 3)],
            inputs={"x": [2, 3]},
            ids={"x": 3},
            batch=1,
            rows=4,
        ),
        case(
            "embedding-one-column",
            [embedding("bias", 7, 1), dense("y", 1)],
            inputs={"x": []},
            ids={"x": 7},
            loss=SQUARED,
        ),
        case(
            "embedding-two-tables",
            [
                embedding("user", 11, 4, inputs=["user_id"]),
                embedding("item", 6, 3, inputs=["item_id"]),
                {"type": "Concatenate", "name": "both", "inputs": ["user", "item"]},
                dense("y", 2),
            ],
            inputs={"user_id": [], "item_id": []},
            ids={"user_id": 11, "item_id": 6},
            loss=SQUARED,
        ),
        # The ids pass through layers before they are looked up.
        case(
            "embedding-moved-ids",
            [
                {"type": "Reshape", "name": "grid", "target_shape": [2, 2], "inputs": ["a"]},
                {"type": "Concatenate", "name": "ids", "axis": 1, "inputs": ["grid", "b"]},
                embedding("words", 8, 3),
                flatten(),
                dense("logits", 3),
            ],
            inputs={"a": [4], "b": [3, 2]},
            ids={"a": 8, "b": 8},
        ),
        case(
            "embedding-frozen",
            [embedding("words", 9, 5, trainable=False), flatten(), dense("logits", 4)],
            inputs={"x": [6]},
            ids={"x": 9},
        ),
    ]


def optimizers() -> list[Case]:
    """Updates of rows alone, and those that change the whole table."""

    def trained(name: str, optimizer: Json, **options: Any) -> Case:
        return case(
            f"embedding-{name}",
            [embedding("words", 9, 5, **options), flatten(), dense("logits", 4)],
            inputs={"x": [6]},
            ids={"x": 9},
            optimizer=optimizer,
        )

    sgd: Json = {"type": "SGD", "learning_rate": 0.5}
    return [
        trained("momentum", {**sgd, "momentum": 0.9}),
        trained("nesterov", {**sgd, "momentum": 0.9, "nesterov": True}),
        trained("decay", {**sgd, "weight_decay": 0.1}),
        trained("adam", {"type": "Adam", "learning_rate": 0.1}),
        trained("regularizer", sgd, embeddings_regularizer={"type": "L2", "l2": 0.1}),
    ]


def pad(weights: Arrays, data: Arrays) -> None:
    """Whole steps of the value that Masking looks for, at the ends of rows, and
    elsewhere a value that has it in only some features."""
    for row, x in enumerate(data["x"]):
        x[max(1, x.shape[0] - row % 4) :] = 0
        x[0, 0] = 0


def end_with_zeros(weights: Arrays, data: Arrays) -> None:
    for row, ids in enumerate(data["x"]):
        ids[max(1, ids.shape[0] - row % 4) :] = 0
        ids[0] = max(ids[0], 1)


def masks() -> list[Case]:
    sequence = {"inputs": {"x": [5]}, "ids": {"x": 7}, "tune": end_with_zeros}
    words = embedding("words", 7, 4, mask_zero=True)
    return [
        case("mask-embedding", [words, dense("logits", 3)], **sequence),
        case(
            "mask-embedding-squared",
            [
                words,
                dense("hidden", 3, "tanh"),
                {"type": "Activation", "name": "act", "activation": "relu"},
                {"type": "Dropout", "name": "drop", "rate": 0.0},
                dense("y", 2),
            ],
            loss=SQUARED,
            metrics=["mean_absolute_error"],
            **sequence,
        ),
        case(
            "mask-batch-normalization",
            [words, {"type": "BatchNormalization", "name": "norm"}, dense("logits", 3)],
            **sequence,
        ),
        # Flatten takes the mask away.
        case("mask-dropped", [words, flatten(), dense("logits", 3)], **sequence),
        case(
            "mask-masking",
            [
                {"type": "Masking", "name": "mask"},
                dense("hidden", 4, "relu"),
                dense("y", 2),
            ],
            inputs={"x": [6, 3]},
            loss=SQUARED,
            tune=pad,
        ),
        case(
            "mask-masking-value",
            [
                {"type": "Masking", "name": "mask", "mask_value": 1.5},
                dense("y", 3),
            ],
            inputs={"x": [4, 2]},
            loss=SQUARED,
            tune=lambda _, data: np.putmask(
                data["x"], np.arange(data["x"].size) % 8 > 3, np.float32(1.5)
            ),
        ),
        *merged_masks(),
    ]


def merged_masks() -> list[Case]:
    """Two masks, and a mask beside none."""

    def merged(name: str, layer: Json, second: Json, loss: Json = SQUARED) -> Case:
        return case(
            f"mask-{name}",
            [
                embedding("left", 7, 3, mask_zero=True, inputs=["x"]),
                second,
                {"name": "both", "inputs": ["left", "right"], **layer},
                dense("y", 2),
            ],
            inputs={"x": [5], "z": [5]},
            ids={"x": 7, "z": 3},
            loss=loss,
            tune=end_with_zeros,
        )

    masked = embedding("right", 3, 3, mask_zero=True, inputs=["z"])
    plain = embedding("right", 3, 3, inputs=["z"])
    add: Json = {"type": "Add"}
    side: Json = {"type": "Concatenate"}
    behind: Json = {"type": "Concatenate", "axis": 1}
    return [
        merged("add", add, masked),
        merged("add-one", add, plain),
        merged("concatenate", side, masked),
        merged("concatenate-one", side, plain),
        merged("concatenate-steps", behind, masked),
        merged("concatenate-steps-one", behind, plain),
    ]
