"""Layers that normalize, over batches of which the last has fewer rows."""

from __future__ import annotations

from typing import Any

from cases.case import SQUARED, Arrays, Case, Json, case, dense

MOMENTUM: Json = {"type": "SGD", "learning_rate": 0.05, "momentum": 0.9}


def far_from_zero(weights: Arrays, data: Arrays) -> None:
    """A mean much larger than the deviation, which a careless variance loses."""
    data["x"] *= 0.2
    data["x"] += 1


def normalize(kind: str, name: str = "normal", **options: Any) -> Json:
    return {"type": kind, "name": name, **options}


def between_dense(name: str, layer: Json, **options: Any) -> Case:
    """In a small perceptron. No bias before a batch normalization: what is taken
    off with the mean has a gradient of 0, and rounding would be all of it."""
    use_bias = layer["type"] != "BatchNormalization"
    layers = [dense("hidden", 9, use_bias=use_bias), layer, dense("y", 3, "tanh")]
    return case(name, layers, loss=SQUARED, optimizer=MOMENTUM, **options)


def on_image(name: str, layer: Json, channels: int = 3, **options: Any) -> Case:
    """On (5, 4, channels), followed by a layer that takes all of it."""
    layers = [layer, {"type": "Flatten", "name": "flat"}, dense("y", 2)]
    return case(name, layers, inputs={"x": [5, 4, channels]}, loss=SQUARED, **options)


def batch_normalization() -> list[Case]:
    def normal(**options: Any) -> Json:
        return normalize("BatchNormalization", **options)

    penalties: Json = {
        "gamma_regularizer": {"type": "L2", "l2": 0.1},
        "beta_regularizer": {"type": "L2", "l2": 0.2},
    }
    twice = [
        normal(name="first", momentum=0.5),
        dense("hidden", 8, "gelu", use_bias=False),
        normal(name="second", momentum=0.9, epsilon=1e-5),
        dense("logits", 5),
    ]
    return [
        between_dense("batch-normalization", normal()),
        between_dense("batch-normalization-options", normal(momentum=0.7, epsilon=0.1)),
        between_dense("batch-normalization-no-center", normal(center=False, momentum=0.9)),
        between_dense("batch-normalization-no-scale", normal(scale=False, momentum=0.9)),
        between_dense("batch-normalization-plain", normal(scale=False, center=False)),
        between_dense("batch-normalization-penalties", normal(**penalties)),
        between_dense("batch-normalization-frozen", normal(trainable=False)),
        between_dense("batch-normalization-one-batch", normal(momentum=0.8), batch=17, rows=17),
        on_image("batch-normalization-image", normal(momentum=0.8)),
        on_image("batch-normalization-axis", normal(axis=1, momentum=0.8)),
        on_image("batch-normalization-negative-axis", normal(axis=-2, momentum=0.8)),
        on_image(
            "batch-normalization-batch-one",
            normal(momentum=0.8),
            batch=1,
            rows=3,
            optimizer={"type": "SGD", "learning_rate": 0.01},
        ),
        case(
            "batch-normalization-far",
            [normal(momentum=0.5), dense("y", 2)],
            loss=SQUARED,
            tune=far_from_zero,
        ),
        case("batch-normalization-twice", twice, optimizer={"type": "Adam"}),
    ]


def far_averages(weights: Arrays, data: Arrays) -> None:
    """Means and biases much larger than what is left of them."""
    for name in weights:
        if name.endswith("moving_mean") or name.endswith("bias"):
            weights[name] += 3


def behind_products() -> list[Case]:
    """By averages, behind a layer with a bias: both are one summand."""

    def block(kind: str, name: str, activation: str | None = None, **options: Any) -> list[Json]:
        normal = {"scale": name != "b", "center": name not in "bc", "epsilon": 0.01}
        return [
            {"type": kind, "name": f"{name}_product", **options},
            normalize("BatchNormalization", f"{name}_normal", **normal, trainable=False),
            {"type": "Activation", "name": name, "activation": activation or "relu"},
        ]

    convolutions = [
        *block("Conv2D", "a", filters=5, kernel_size=3),
        *block("DepthwiseConv2D", "b", kernel_size=2),
        *block("Conv2DTranspose", "c", filters=4, kernel_size=2, strides=2),
        *block("Conv2D", "d", filters=3, kernel_size=1, strides=2),
        *block("SeparableConv2D", "e", filters=2, kernel_size=2),
    ]
    denses = [
        *block("Dense", "a", "tanh", units=9),
        *block("Dense", "b", "tanh", units=6),
        *block("Dense", "c", "tanh", units=17),
        *block("Dense", "d", "linear", units=3),
    ]
    # The activation comes first.
    activated = [
        dense("hidden", 9, "tanh"),
        normalize("BatchNormalization", trainable=False),
        dense("y", 3),
    ]
    image = {"inputs": {"x": [7, 6, 3]}, "tune": far_averages}
    slowly: Json = {"type": "SGD", "learning_rate": 0.01}
    behind = "batch-normalization-behind"
    return [
        case(f"{behind}-convolutions", convolutions, loss=None, rows=3, **image),
        case(f"{behind}-dense", denses, loss=SQUARED, optimizer=slowly, tune=far_averages),
        case(f"{behind}-batch-one", denses, loss=None, rows=1, tune=far_averages),
        case(f"{behind}-activation", activated, loss=SQUARED, optimizer=slowly, tune=far_averages),
    ]


def layer_normalization() -> list[Case]:
    def normal(**options: Any) -> Json:
        return normalize("LayerNormalization", **options)

    return [
        between_dense("layer-normalization", normal()),
        between_dense("layer-normalization-options", normal(epsilon=0.2, scale=False)),
        between_dense("layer-normalization-no-center", normal(center=False)),
        between_dense("layer-normalization-batch-one", normal(), batch=1, rows=3),
        on_image("layer-normalization-image", normal()),
        on_image("layer-normalization-axis", normal(axis=2)),
        on_image("layer-normalization-axes", normal(axis=[1, 3], epsilon=1e-5)),
        on_image("layer-normalization-row", normal(axis=[1, 2, 3])),
        case(
            "layer-normalization-far", [normal(), dense("y", 2)], loss=SQUARED, tune=far_from_zero
        ),
    ]


def rms_normalization() -> list[Case]:
    def normal(**options: Any) -> Json:
        return normalize("RMSNormalization", **options)

    return [
        between_dense("rms-normalization", normal()),
        between_dense("rms-normalization-epsilon", normal(epsilon=0.3)),
        on_image("rms-normalization-image", normal()),
        on_image("rms-normalization-axes", normal(axis=[-2, -1])),
    ]


def group_normalization() -> list[Case]:
    def normal(**options: Any) -> Json:
        return normalize("GroupNormalization", **options)

    return [
        between_dense("group-normalization", normal(groups=3)),
        on_image("group-normalization-image", normal(groups=2), channels=6),
        on_image("group-normalization-one", normal(groups=1, center=False)),
        on_image("group-normalization-each", normal(groups=-1, scale=False, epsilon=1e-5)),
        on_image("group-normalization-axis", normal(groups=5, axis=1)),
        on_image("group-normalization-negative-axis", normal(groups=2, axis=-2)),
    ]


def unit_normalization() -> list[Case]:
    def normal(**options: Any) -> Json:
        return normalize("UnitNormalization", **options)

    return [
        between_dense("unit-normalization", normal()),
        on_image("unit-normalization-axis", normal(axis=1)),
        on_image("unit-normalization-axes", normal(axis=[1, -1])),
    ]


def normalization() -> list[Case]:
    return (
        batch_normalization()
        + behind_products()
        + layer_normalization()
        + rms_normalization()
        + group_normalization()
        + unit_normalization()
    )
