"""Convolutions of every kind: strides, padding, dilation, groups."""

from __future__ import annotations

from typing import Any

from cases.case import Case, Json, case, dense


def layer(kind: str, name: str, kernel_size: Any, **options: Any) -> Json:
    return {"type": kind, "name": name, "kernel_size": kernel_size, **options}


def classifier(name: str, shape: list[int], layers: list[Json], **options: Any) -> Case:
    """The layers, then logits of three classes."""
    end = [{"type": "Flatten", "name": "flat"}, dense("logits", 3)]
    return case(name, [*layers, *end], inputs={"x": shape}, **options)


def conv2d() -> list[Case]:
    return [
        classifier(
            "conv2d-same",
            [7, 6, 3],
            [
                layer("Conv2D", "a", 3, filters=5, padding="same", activation="relu"),
                layer(
                    "Conv2D",
                    "b",
                    [3, 2],
                    filters=2,
                    padding="same",
                    activation="tanh",
                    kernel_regularizer={"type": "L2", "l2": 0.05},
                ),
            ],
        ),
        # More channels and filters than a vector has lanes.
        classifier(
            "conv2d-wide",
            [4, 5, 3],
            [
                layer("Conv2D", "a", 3, filters=19, padding="same", activation="relu"),
                layer("Conv2D", "b", 2, filters=17, strides=2, use_bias=False),
                layer("Conv2D", "c", 1, filters=2),
            ],
            optimizer={"type": "Adam", "learning_rate": 0.01},
        ),
        classifier(
            "conv2d-valid-strided",
            [9, 8, 2],
            [
                layer("Conv2D", "a", [3, 2], filters=4, strides=[2, 1], activation="tanh"),
                layer("Conv2D", "b", 2, filters=3, strides=[1, 3]),
            ],
        ),
        # What is beyond the border is not the same on both sides.
        classifier(
            "conv2d-same-strided",
            [8, 7, 2],
            [
                layer("Conv2D", "a", 4, filters=3, strides=2, padding="same", activation="relu"),
                layer("Conv2D", "b", 3, filters=4, strides=[3, 2], padding="same"),
            ],
        ),
        classifier(
            "conv2d-dilated-groups",
            [7, 6, 4],
            [
                layer(
                    "Conv2D",
                    "a",
                    3,
                    filters=6,
                    dilation_rate=2,
                    groups=2,
                    padding="same",
                    use_bias=False,
                    activation="relu",
                ),
                layer("Conv2D", "b", 2, filters=3, dilation_rate=[3, 2], groups=3),
            ],
        ),
        classifier(
            "conv2d-patches",
            [6, 4, 2],
            [
                layer("Conv2D", "a", 2, filters=5, strides=2, activation="relu"),
                layer("Conv2D", "b", 1, filters=4, activation="tanh"),
                layer("Conv2D", "c", 1, filters=3, strides=2),
                layer("Conv2D", "d", [2, 1], filters=4),
            ],
        ),
        classifier(
            "conv2d-batch-one",
            [5, 5, 1],
            [layer("Conv2D", "a", 5, filters=2, padding="same", activation="relu")],
            batch=1,
            rows=3,
        ),
    ]


def conv1d() -> list[Case]:
    return [
        classifier(
            "conv1d-causal",
            [11, 3],
            [
                layer(
                    "Conv1D",
                    "a",
                    3,
                    filters=4,
                    padding="causal",
                    dilation_rate=2,
                    activation="tanh",
                ),
                layer("Conv1D", "b", [2], filters=3, padding="causal", strides=[3]),
            ],
        ),
        classifier(
            "conv1d-strided-groups",
            [13, 4],
            [
                layer("Conv1D", "a", 4, filters=6, strides=3, padding="same", groups=2),
                layer("Conv1D", "b", 2, filters=3, activation="relu"),
            ],
        ),
    ]


def depthwise() -> list[Case]:
    return [
        classifier(
            "depthwise2d",
            [6, 7, 3],
            [
                layer("DepthwiseConv2D", "a", 3, padding="same", activation="relu"),
                layer(
                    "DepthwiseConv2D",
                    "b",
                    [2, 3],
                    depth_multiplier=2,
                    strides=2,
                    depthwise_regularizer={"type": "L2", "l2": 0.1},
                ),
            ],
        ),
        # One more channel than a vector has lanes.
        classifier(
            "depthwise1d-wide",
            [6, 17],
            [
                layer("DepthwiseConv1D", "a", 3, padding="same", activation="relu"),
                layer("DepthwiseConv1D", "b", 2, dilation_rate=2, use_bias=False),
                layer("Conv1D", "c", 1, filters=2),
            ],
        ),
        classifier(
            "separable2d",
            [6, 5, 3],
            [
                layer(
                    "SeparableConv2D",
                    "a",
                    3,
                    filters=4,
                    depth_multiplier=2,
                    padding="same",
                    activation="relu",
                    pointwise_regularizer={"type": "L2", "l2": 0.1},
                ),
                layer("SeparableConv2D", "b", [2, 3], filters=3, strides=2, use_bias=False),
            ],
        ),
        classifier(
            "separable1d",
            [9, 4],
            [
                layer("SeparableConv1D", "a", 3, filters=5, dilation_rate=2, activation="tanh"),
                layer("SeparableConv1D", "b", 2, filters=3, padding="same"),
            ],
        ),
    ]


def transposed() -> list[Case]:
    return [
        classifier(
            "conv2d-transpose-same",
            [3, 4, 2],
            [
                layer(
                    "Conv2DTranspose",
                    "a",
                    3,
                    filters=3,
                    strides=2,
                    padding="same",
                    activation="relu",
                    kernel_regularizer={"type": "L2", "l2": 0.05},
                ),
                layer("Conv2DTranspose", "b", [2, 3], filters=2, padding="same"),
            ],
        ),
        # Strides beyond the kernel leave places that nothing reaches.
        classifier(
            "conv2d-transpose-valid",
            [2, 3, 3],
            [
                layer("Conv2DTranspose", "a", [2, 3], filters=2, strides=[3, 1], activation="tanh"),
                layer("Conv2DTranspose", "b", 2, filters=2, dilation_rate=2, use_bias=False),
            ],
        ),
        classifier(
            "conv2d-transpose-output-padding",
            [3, 2, 2],
            [
                layer(
                    "Conv2DTranspose",
                    "a",
                    3,
                    filters=3,
                    strides=[3, 2],
                    output_padding=[2, 0],
                    padding="same",
                    activation="relu",
                ),
                layer("Conv2DTranspose", "b", 2, filters=2, strides=2, output_padding=1),
            ],
        ),
        classifier(
            "conv1d-transpose",
            [4, 3],
            [
                layer("Conv1DTranspose", "a", 4, filters=4, strides=3, padding="same"),
                layer("Conv1DTranspose", "b", 3, filters=2, dilation_rate=2, padding="same"),
            ],
        ),
    ]


def convolutions() -> list[Case]:
    return [*conv2d(), *conv1d(), *depthwise(), *transposed()]
