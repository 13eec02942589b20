"""Branches, several inputs and outputs, frozen layers."""

from __future__ import annotations

from typing import Any

from cases.case import SGD, SPARSE, SQUARED, Case, Json, case, dense


def graphs() -> list[Case]:
    def join(kind: str, name: str, *inputs: str, **options: Any) -> Json:
        return {"type": kind, "name": name, "inputs": list(inputs), **options}

    def after(source: str, layer: Json) -> Json:
        return {**layer, "inputs": [source]}

    return [
        case(
            "graph-add",
            [
                dense("stem", 9, "relu"),
                dense("branch", 9, "tanh"),
                join("Add", "sum", "stem", "branch"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-add-three",
            [
                after("x", dense("a", 6, "tanh")),
                after("x", dense("b", 6, "sigmoid")),
                after("b", dense("c", 6)),
                join("Add", "sum", "a", "b", "c"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-add-twice",
            [
                dense("stem", 6, "gelu"),
                join("Add", "double", "stem", "stem"),
                join("Add", "triple", "double", "stem"),
                dense("y", 3),
            ],
            loss=SQUARED,
        ),
        case(
            "graph-concatenate",
            [
                after("x", dense("a", 4, "relu")),
                after("x", dense("b", 7, "tanh")),
                join("Concatenate", "both", "a", "b", "x"),
                dense("logits", 5),
            ],
        ),
        case(
            "graph-concatenate-axis",
            [
                after("x", dense("a", 4, "relu")),
                after("x", dense("b", 4, "tanh")),
                join("Concatenate", "both", "a", "b", axis=1),
                {"type": "Flatten"},
                dense("logits", 5),
            ],
            inputs={"x": [3, 5]},
        ),
        case(
            "graph-two-inputs",
            [
                after("left", dense("a", 6, "relu")),
                {"type": "Flatten", "name": "flat", "inputs": ["right"]},
                dense("b", 5, "tanh"),
                join("Concatenate", "both", "a", "b"),
                dense("logits", 3),
            ],
            inputs={"left": [7], "right": [2, 3]},
        ),
        case(
            "graph-two-outputs",
            [dense("stem", 9, "relu"), dense("kind", 4), after("stem", dense("size", 2))],
            outputs=["kind", "size"],
            loss={"kind": SPARSE, "size": SQUARED},
        ),
        case(
            "graph-loss-weights",
            [dense("stem", 9, "relu"), dense("kind", 4), after("stem", dense("size", 2))],
            outputs=["kind", "size"],
            loss={"kind": SPARSE, "size": SQUARED},
            loss_weights={"kind": 0.25, "size": 3.0},
        ),
        case(
            "graph-frozen",
            [
                dense("fixed", 9, "relu", trainable=False),
                dense("middle", 6, "tanh"),
                dense("top", 5, trainable=False),
            ],
            loss=SPARSE,
            optimizer={"type": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        ),
        # An output that is also used further on.
        case(
            "graph-inner-output",
            [dense("code", 3, "tanh"), dense("wide", 9, "relu"), dense("copy", 7)],
            outputs=["copy", "code"],
            loss={"copy": SQUARED, "code": SQUARED},
            optimizer={"type": "Adam"},
        ),
        case(
            "graph-two-inputs-two-outputs",
            [
                after("left", dense("a", 6, "gelu")),
                after("right", dense("b", 6, "gelu")),
                join("Add", "sum", "a", "b"),
                dense("kind", 3),
                after("sum", dense("size", 1)),
            ],
            inputs={"left": [7], "right": [4]},
            outputs=["size", "kind"],
            loss={"size": SQUARED, "kind": SPARSE},
            optimizer={"type": "SGD", "learning_rate": 0.05, "momentum": 0.9},
        ),
    ]
