"""Losses and regularizers."""

from __future__ import annotations

from cases.case import PROBABILITIES, SGD, SQUARED, Arrays, Case, case, dense


def confident(weights: Arrays, data: Arrays) -> None:
    """Probabilities below 1e-7 and above 1 - 1e-7, which Keras clips."""
    weights["probabilities/kernel"] *= 12


def large_logits(weights: Arrays, data: Arrays) -> None:
    """exp of these overflows, unless the row's maximum is taken off first."""
    weights["logits/kernel"] *= 100


def losses() -> list[Case]:
    hidden = dense("hidden", 9, "tanh")
    return [
        case("loss-sparse-logits", [hidden, dense("logits", 5)]),
        case(
            "loss-sparse-logits-large",
            [hidden, dense("logits", 5)],
            tune=large_logits,
            optimizer={"type": "SGD", "learning_rate": 0.001},
        ),
        case(
            "loss-sparse-probabilities",
            [hidden, dense("probabilities", 5, "softmax")],
            loss=PROBABILITIES,
        ),
        case(
            "loss-sparse-clipped",
            [hidden, dense("probabilities", 5, "softmax")],
            loss=PROBABILITIES,
            tune=confident,
            optimizer={"type": "SGD", "learning_rate": 0.01},
        ),
        # Outputs that don't add up to 1: Keras divides by their sum.
        case(
            "loss-sparse-unnormalized", [hidden, dense("scores", 5, "sigmoid")], loss=PROBABILITIES
        ),
        case(
            "loss-sparse-sequence",
            [dense("hidden", 6, "relu"), dense("logits", 4)],
            inputs={"x": [3, 5]},
        ),
        case(
            "loss-mse",
            [hidden, dense("y", 3)],
            loss=SQUARED,
            metrics=["mean_squared_error", "mean_absolute_error"],
        ),
        case("loss-mse-one", [hidden, dense("y", 1)], loss=SQUARED),
        case(
            "loss-mse-sequence",
            [dense("hidden", 6, "gelu"), dense("y", 2)],
            inputs={"x": [3, 5]},
            loss=SQUARED,
        ),
        case(
            "regularizer-kernel",
            [
                dense("hidden", 9, "relu", kernel_regularizer={"type": "L2", "l2": 0.02}),
                dense("logits", 5, kernel_regularizer={"type": "L2"}),
            ],
        ),
        case(
            "regularizer-both",
            [
                dense("hidden", 9, kernel_regularizer={"type": "L1L2", "l1": 0.01, "l2": 0.02}),
                dense("logits", 5, kernel_regularizer={"type": "L1", "l1": 0.03}),
            ],
        ),
        case(
            "regularizer-bias",
            [
                dense("hidden", 9, "tanh", bias_regularizer={"type": "L2", "l2": 0.3}),
                dense("y", 2, kernel_regularizer={"type": "L2", "l2": 0.05}),
            ],
            loss=SQUARED,
        ),
    ]
