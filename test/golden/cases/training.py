"""Optimizers beside SGD and Adam, clipped gradients and learning rate schedules."""

from __future__ import annotations

from cases.case import Case, Json, case, dense

LAYERS = [dense("hidden", 6, "tanh"), dense("logits", 3)]

OPTIMIZERS: dict[str, Json] = {
    "rmsprop": {"type": "RMSprop"},
    "rmsprop-options": {
        "type": "RMSprop",
        "learning_rate": 0.01,
        "rho": 0.8,
        "momentum": 0.5,
        "epsilon": 1e-3,
        "centered": True,
        "weight_decay": 0.1,
    },
    "rmsprop-momentum": {"type": "RMSprop", "momentum": 0.9},
    "adagrad": {"type": "Adagrad"},
    "adagrad-options": {
        "type": "Adagrad",
        "learning_rate": 0.1,
        "initial_accumulator_value": 0.5,
        "epsilon": 1e-3,
    },
    "adadelta": {"type": "Adadelta"},
    "adadelta-options": {
        "type": "Adadelta",
        "learning_rate": 1.0,
        "rho": 0.8,
        "epsilon": 1e-4,
        "weight_decay": 0.01,
    },
    "adamax": {"type": "Adamax"},
    "adamax-options": {
        "type": "Adamax",
        "learning_rate": 0.02,
        "beta_1": 0.8,
        "beta_2": 0.9,
        "epsilon": 1e-3,
    },
    "nadam": {"type": "Nadam"},
    "nadam-options": {
        "type": "Nadam",
        "learning_rate": 0.02,
        "beta_1": 0.8,
        "beta_2": 0.9,
        "epsilon": 1e-3,
        "weight_decay": 0.1,
    },
    "lion": {"type": "Lion"},
    "lion-options": {
        "type": "Lion",
        "learning_rate": 0.01,
        "beta_1": 0.7,
        "beta_2": 0.8,
        "weight_decay": 0.2,
    },
}

CLIPPING: dict[str, Json] = {
    "norm": {"type": "SGD", "learning_rate": 0.3, "momentum": 0.5, "clipnorm": 0.2},
    "value": {"type": "SGD", "learning_rate": 0.3, "clipvalue": 0.05},
    "global": {"type": "Adam", "learning_rate": 0.03, "global_clipnorm": 0.3},
    "loose": {"type": "SGD", "learning_rate": 0.3, "global_clipnorm": 100.0},
    "decay": {"type": "AdamW", "clipnorm": 0.1},
}


def decay(kind: str, first: float, steps: int, **options: object) -> Json:
    return {"type": kind, "initial_learning_rate": first, "decay_steps": steps, **options}


SCHEDULES: dict[str, Json] = {
    "exponential": decay("ExponentialDecay", 0.4, 4, decay_rate=0.6),
    "exponential-stairs": decay("ExponentialDecay", 0.4, 3, decay_rate=0.5, staircase=True),
    "inverse": decay("InverseTimeDecay", 0.4, 2, decay_rate=0.5),
    "inverse-stairs": decay("InverseTimeDecay", 0.4, 3, decay_rate=0.9, staircase=True),
    "polynomial": decay("PolynomialDecay", 0.4, 6),
    "polynomial-power": decay("PolynomialDecay", 0.4, 7, end_learning_rate=0.05, power=0.5),
    "polynomial-cycle": decay("PolynomialDecay", 0.4, 4, power=2.0, cycle=True),
    "cosine": decay("CosineDecay", 0.4, 7),
    "cosine-warmup": decay("CosineDecay", 0.01, 5, alpha=0.1, warmup_target=0.4, warmup_steps=3),
    "piecewise": {
        "type": "PiecewiseConstantDecay",
        "boundaries": [2, 5],
        "values": [0.5, 0.2, 0.05],
    },
}


def training() -> list[Case]:
    named = {f"optimizer-{name}": options for name, options in OPTIMIZERS.items()}
    named |= {f"clip-{name}": options for name, options in CLIPPING.items()}
    for name, schedule in SCHEDULES.items():
        named[f"schedule-{name}"] = {"type": "SGD", "learning_rate": schedule, "momentum": 0.5}
    named["schedule-adamw"] = {
        "type": "AdamW",
        "weight_decay": 0.3,
        "learning_rate": SCHEDULES["cosine-warmup"],
    }
    named["schedule-nadam"] = {"type": "Nadam", "learning_rate": SCHEDULES["exponential"]}
    return [
        case(name, LAYERS, inputs={"x": [4]}, optimizer=options) for name, options in named.items()
    ]
