"""Optimizers with their options."""

from __future__ import annotations

from cases.case import SGD, Case, Json, case, dense


def optimizers() -> list[Case]:
    options: dict[str, Json] = {
        "sgd": {"type": "SGD"},
        "sgd-rate": {"type": "SGD", "learning_rate": 0.3},
        "sgd-momentum": {"type": "SGD", "momentum": 0.9},
        "sgd-nesterov": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True},
        "sgd-decay": {"type": "SGD", "momentum": 0.5, "weight_decay": 0.2},
        "adam": {"type": "Adam"},
        "adam-options": {
            "type": "Adam",
            "learning_rate": 0.02,
            "beta_1": 0.8,
            "beta_2": 0.95,
            "epsilon": 1e-3,
        },
        "adam-decay": {"type": "Adam", "weight_decay": 0.5},
        "adamw": {"type": "AdamW"},
        "adamw-options": {
            "type": "AdamW",
            "learning_rate": 0.01,
            "weight_decay": 0.1,
            "beta_1": 0.85,
            "beta_2": 0.99,
            "epsilon": 1e-4,
        },
    }
    layers = [dense("hidden", 11, "tanh"), dense("logits", 5)]
    cases = [case(f"optimizer-{name}", layers, optimizer=o) for name, o in options.items()]
    # Regularization is part of the gradient, weight decay is not.
    regular = [
        dense("hidden", 11, "tanh", kernel_regularizer={"type": "L2", "l2": 0.1}),
        dense("logits", 5),
    ]
    cases.append(case("optimizer-adamw-regularizer", regular, optimizer=options["adamw-options"]))
    return cases
