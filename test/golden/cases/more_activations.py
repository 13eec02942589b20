"""The other activations, and activations as layers."""

from __future__ import annotations

from typing import Any

from cases.activations import wide_range
from cases.case import SQUARED, Arrays, Case, Json, case, dense

#: Each with the options of a second configuration, if it has any.
ACTIVATIONS: dict[str, Json] = {
    "relu6": {},
    "leaky_relu": {"negative_slope": 0.4},
    "elu": {"alpha": 0.6},
    "selu": {},
    "celu": {"alpha": 0.7},
    "softplus": {},
    "squareplus": {"b": 1.5},
    "sparse_plus": {},
    "silu": {},
    "hard_silu": {},
    "mish": {},
    "hard_sigmoid": {},
    "sparse_sigmoid": {},
    "log_sigmoid": {},
    "hard_tanh": {},
    "softsign": {},
    "tanh_shrink": {},
    "soft_shrink": {"threshold": 0.3},
    "hard_shrink": {"threshold": 0.8},
    "exponential": {},
    "log_softmax": {"axis": 1},
    "sparsemax": {"axis": 1},
}

RELUS: dict[str, Json] = {
    "slope": {"negative_slope": 0.2},
    "maximum": {"max_value": 1.1},
    "threshold": {"threshold": 0.4},
    "all": {"negative_slope": 0.3, "max_value": 1.5, "threshold": 0.25},
}


def steep(weights: Arrays, data: Arrays) -> None:
    """Every piece of a function of pieces is reached."""
    weights["hidden/kernel"] *= 3


def finite_range(weights: Arrays, data: Arrays) -> None:
    """The exponential of each is finite in single precision."""
    wide_range(weights, data)
    data["x"] *= 0.9


#: At the usual rate their ten steps run away.
SLOWLY = {
    "activation-exponential",
    "activation-log-softmax",
    "activation-log-softmax-options",
    "activation-relu-slope",
    "activation-soft-shrink",
}


def in_model(name: str, activation: Any, **options: Any) -> Case:
    if name in SLOWLY:
        options["optimizer"] = {"type": "SGD", "learning_rate": 0.001}
    layers = [dense("hidden", 9, activation), dense("y", 2)]
    tune = None if activation == "exponential" else steep
    return case(name, layers, loss=SQUARED, tune=tune, **options)


def alone(name: str, activation: Any) -> Case:
    layer = {"type": "Activation", "name": "y", "activation": activation}
    return case(name, [layer], inputs={"x": [33]}, loss=None, rows=7, tune=finite_range)


def functions() -> list[Case]:
    threshold = {"type": "threshold", "threshold": 0.2, "default_value": -0.7}
    cases = []
    for name, options in ACTIVATIONS.items():
        label = name.replace("_", "-")
        cases += [in_model(f"activation-{label}", name), alone(f"range-{label}", name)]
        if options:
            shape = {"inputs": {"x": [4, 3]}} if "axis" in options else {}
            cases.append(
                in_model(f"activation-{label}-options", {"type": name, **options}, **shape)
            )
    for label, options in RELUS.items():
        relu = {"type": "relu", **options}
        cases += [in_model(f"activation-relu-{label}", relu), alone(f"range-relu-{label}", relu)]
    cases += [
        in_model("activation-threshold", threshold),
        alone("range-threshold", threshold),
        in_model("activation-swish", "swish"),
    ]
    return cases


def gates() -> list[Case]:
    """Keras infers the shape wrong behind one, so that it comes last."""
    rows = {"type": "glu", "axis": 1}
    gate = {"type": "Activation", "name": "y", "activation": "glu"}
    return [
        case("activation-glu", [dense("hidden", 10, "tanh"), gate], loss=SQUARED),
        case(
            "activation-glu-axis",
            [dense("hidden", 3), {**gate, "activation": rows}],
            inputs={"x": [4, 5]},
            loss=SQUARED,
        ),
        case("activation-glu-dense", [dense("y", 6, "glu")], loss=SQUARED),
    ]


def layers() -> list[Case]:
    options: dict[str, Json] = {
        "ReLU": {"max_value": 1.2, "negative_slope": 0.1, "threshold": 0.3},
        "LeakyReLU": {"negative_slope": 0.15},
        "ELU": {"alpha": 1.4},
        "PReLU": {"alpha_regularizer": {"type": "L1", "l1": 0.02}},
        "Softmax": {},
    }
    cases = []
    for kind, given in options.items():
        for suffix, some in (("", {}), ("-options", given)):
            if some or not suffix:
                layer = {"type": kind, "name": "bend", **some}
                cases.append(
                    case(
                        f"layer-{kind.lower()}{suffix}",
                        [dense("hidden", 9), layer, dense("y", 2)],
                        loss=SQUARED,
                        tune=steep,
                    )
                )
    on_axes: dict[str, Json] = {
        "layer-prelu-shared": {"type": "PReLU", "shared_axes": [1, 2]},
        "layer-prelu-shared-one": {"type": "PReLU", "shared_axes": 2},
        "layer-softmax-axis": {"type": "Softmax", "axis": 1},
        "layer-softmax-axes": {"type": "Softmax", "axis": [1, 3]},
    }
    for name, layer in on_axes.items():
        cases.append(
            case(
                name,
                [{**layer, "name": "bend"}, {"type": "Flatten", "name": "flat"}, dense("y", 2)],
                inputs={"x": [3, 4, 2]},
                loss=SQUARED,
            )
        )
    return cases


def more_activations() -> list[Case]:
    return functions() + gates() + layers()
