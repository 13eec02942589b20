"""Layers and models that are called several times, and models in models."""

from __future__ import annotations

from typing import Any

from cases.case import SPARSE, SQUARED, Case, Json, case, dense


def again(shared: str, name: str, *inputs: str) -> Json:
    return {"shared": shared, "name": name, "inputs": list(inputs)}


def nested(name: str, layers: list[Json], **options: Any) -> Json:
    return {"type": "Model", "name": name, "layers": layers, **options}


def join(*inputs: str) -> Json:
    return {"type": "Concatenate", "name": "both", "inputs": list(inputs)}


def shared() -> list[Case]:
    twins = [
        {**dense("tower", 4, "tanh"), "inputs": ["a"]},
        again("tower", "other", "b"),
        {"type": "Subtract", "name": "difference", "inputs": ["tower", "other"]},
        dense("y", 2),
    ]
    pair = {"inputs": {"a": [5], "b": [5]}, "loss": SQUARED}
    normal = {"type": "BatchNormalization", "momentum": 0.7}
    return [
        case("shared-towers", twins, **pair),
        case("shared-frozen", [{**twins[0], "trainable": False}, *twins[1:]], **pair),
        case(
            "shared-penalty",
            [{**twins[0], "kernel_regularizer": {"type": "L2", "l2": 0.1}}, *twins[1:]],
            **pair,
        ),
        case(
            "shared-in-a-row",
            [
                dense("first", 6, "tanh"),
                dense("step", 6, "tanh"),
                again("step", "second_step", "step"),
                again("second_step", "third_step", "second_step"),
                dense("logits", 4),
            ],
            optimizer={"type": "Adam"},
        ),
        # Rows of different shape, but one set of weights.
        case(
            "shared-shapes",
            [
                {**dense("tower", 4, "tanh"), "inputs": ["a"]},
                again("tower", "other", "b"),
                {"type": "Flatten", "name": "flat", "inputs": ["other"]},
                join("tower", "flat"),
                dense("y", 2),
            ],
            inputs={"a": [5], "b": [3, 5]},
            loss=SQUARED,
        ),
        # Moving statistics are updated by each call, one after the other.
        case(
            "shared-batch-normalization",
            [
                {**normal, "name": "normal", "inputs": ["a"]},
                again("normal", "other", "b"),
                join("normal", "other"),
                dense("y", 2),
            ],
            **pair,
        ),
        case(
            "shared-batch-normalization-in-a-row",
            [
                dense("hidden", 5, use_bias=False),
                {**normal, "name": "normal"},
                dense("bend", 5, "tanh"),
                again("normal", "other", "bend"),
                dense("y", 2),
            ],
            loss=SQUARED,
        ),
    ]


def models() -> list[Case]:
    layers = [dense("wide", 7, "relu"), dense("code", 3, "tanh")]
    pair = {"inputs": {"a": [5], "b": [5]}, "loss": SQUARED}
    siblings = [
        nested("encoder", layers, inputs=["a"]),
        again("encoder", "other", "b"),
        join("encoder", "other"),
        dense("y", 2),
    ]
    two = nested(
        "merge",
        [
            {**dense("left", 4, "tanh"), "inputs": ["l"]},
            {**dense("right", 4, "relu"), "inputs": ["r"]},
            {"type": "Multiply", "name": "product", "inputs": ["left", "right"]},
            dense("sum", 3),
        ],
        inputs=["a", "b"],
        arguments=["l", "r"],
    )
    parts = nested(
        "parts",
        [dense("stem", 6, "tanh"), dense("mean", 3), {**dense("scale", 3), "inputs": ["stem"]}],
        outputs=["mean", "scale"],
    )
    penalized = [
        {**layers[0], "kernel_regularizer": {"type": "L2", "l2": 0.1}},
        {**layers[1], "kernel_regularizer": {"type": "L1", "l1": 0.02}},
    ]
    penalty = nested("encoder", penalized, inputs=["a"])
    normal = {"type": "BatchNormalization", "name": "normal", "momentum": 0.8}
    block = [dense("linear", 5, use_bias=False), normal]
    return [
        case("model-in-model", [nested("encoder", layers), dense("y", 2)], loss=SQUARED),
        case("model-last", [dense("before", 6), nested("head", layers)], loss=SQUARED),
        case("model-twice", siblings, **pair),
        case("model-frozen", [{**siblings[0], "trainable": False}, *siblings[1:]], **pair),
        # A penalty counts once, however often its model is called; frozen, it doesn't.
        case("model-penalty", [nested("encoder", penalized), dense("y", 2)], loss=SQUARED),
        case("model-penalty-twice", [penalty, *siblings[1:]], **pair),
        case(
            "model-penalty-inner",
            [
                nested("outer", [nested("encoder", penalized), dense("code", 3)]),
                dense("y", 2, kernel_regularizer={"type": "L2", "l2": 0.2}),
            ],
            loss=SQUARED,
        ),
        case(
            "model-penalty-frozen",
            [nested("encoder", penalized, trainable=False), dense("y", 2)],
            loss=SQUARED,
        ),
        case("model-two-inputs", [two, dense("y", 2)], **pair),
        case(
            "model-two-inputs-twice",
            [two, again("merge", "turned", "b", "a"), join("merge", "turned"), dense("y", 2)],
            **pair,
        ),
        case(
            "model-two-outputs",
            [parts, {"type": "Add", "name": "y", "inputs": ["parts/mean", "parts/scale"]}],
            loss=SQUARED,
        ),
        case(
            "model-output-of-model",
            [parts, {**dense("kind", 4), "inputs": ["parts/scale"]}],
            outputs=["parts/mean", "kind"],
            loss={"parts/mean": SQUARED, "kind": SPARSE},
        ),
        case(
            "model-in-model-in-model",
            [
                nested("outer", [nested("inner", layers), dense("after", 4, "tanh")], inputs=["a"]),
                again("outer", "other", "b"),
                join("outer", "other"),
                dense("y", 2),
            ],
            **pair,
        ),
        case(
            "model-batch-normalization-twice",
            [
                nested("block", block),
                {"type": "Activation", "name": "bend", "activation": "tanh"},
                dense("match", 7),
                again("block", "other", "match"),
                dense("y", 2),
            ],
            loss=SQUARED,
        ),
        case(
            "model-frozen-batch-normalization",
            [nested("block", block, trainable=False), dense("y", 2)],
            loss=SQUARED,
        ),
    ]


def recurrent() -> list[Case]:
    walk = {"type": "LSTM", "name": "walk", "units": 3, "return_state": True}
    reader = nested("reader", [walk], inputs=["a"], outputs=["walk", "walk:2"])
    pair = {"inputs": {"a": [4, 2], "b": [4, 2]}, "loss": SQUARED}
    return [
        # Goes on with other steps where the first call ended.
        case(
            "shared-lstm",
            [
                {**walk, "inputs": ["a"]},
                again("walk", "on", "b", "walk:1", "walk:2"),
                join("on", "on:2"),
                dense("y", 2),
            ],
            **pair,
        ),
        case(
            "model-lstm-twice",
            [
                reader,
                again("reader", "other", "b"),
                join("reader/walk", "reader:1", "other/walk:2", "other:0"),
                dense("y", 2),
            ],
            **pair,
        ),
    ]


def structure() -> list[Case]:
    return shared() + models() + recurrent()
