"""Layers that walk along time."""

from __future__ import annotations

from typing import Any

from cases.case import SPARSE, SQUARED, Arrays, Case, Json, case, dense

STEPS = {"x": [5, 4]}
#: For what runs away from itself in ten steps at the usual rate.
SLOWLY: Json = {"type": "SGD", "learning_rate": 0.01}


def strengthen(weights: Arrays, _: Arrays) -> None:
    """Makes the state matter."""
    for name in weights:
        if name.endswith("recurrent_kernel"):
            weights[name] *= 5


def layer(kind: str, name: str = "rnn", units: int = 3, **options: Any) -> Json:
    return {"type": kind, "name": name, "units": units, **options}


def recurrent_case(name: str, layers: list[Json], **options: Any) -> Case:
    return case(f"recurrent-{name}", layers, **{"inputs": STEPS, "tune": strengthen, **options})


def to_logits(name: str, *layers: Json, **options: Any) -> Case:
    return recurrent_case(name, [*layers, dense("logits", 5)], **options)


def sequence(name: str, *layers: Json, **options: Any) -> Case:
    """Trained on the outputs of all steps."""
    return recurrent_case(name, list(layers), loss=SQUARED, **options)


def simple() -> list[Case]:
    return [
        to_logits("simple", layer("SimpleRNN"), tune=None),
        sequence(
            "simple-sequence",
            layer("SimpleRNN", activation="relu", use_bias=False, return_sequences=True),
        ),
        to_logits("simple-backwards", layer("SimpleRNN", go_backwards=True, unroll=True)),
    ]


def lstm() -> list[Case]:
    return [
        to_logits("lstm", layer("LSTM")),
        sequence("lstm-backwards", layer("LSTM", go_backwards=True, return_sequences=True)),
        to_logits("lstm-no-bias", layer("LSTM", use_bias=False)),
        to_logits(
            "lstm-activations",
            layer("LSTM", activation="softplus", recurrent_activation="hard_sigmoid"),
        ),
        to_logits("lstm-linear", layer("LSTM", activation=None)),
        to_logits(
            "lstm-stacked",
            layer("LSTM", "first", return_sequences=True),
            layer("LSTM", "second", 4),
            optimizer={"type": "Adam", "learning_rate": 0.01},
        ),
        to_logits("lstm-batch-one", layer("LSTM"), batch=1, rows=3),
        to_logits("lstm-one-step", layer("LSTM"), inputs={"x": [1, 4]}),
        to_logits("lstm-ones", layer("LSTM", units=1), inputs={"x": [2, 1]}, batch=1, rows=3),
        # Larger than a register tile in every direction, a multiple of none.
        recurrent_case(
            "lstm-tiles",
            [layer("LSTM", units=19, return_sequences=True), layer("GRU", "last", 9)],
            inputs={"x": [6, 11]},
            batch=9,
            rows=14,
            loss=SQUARED,
            tune=None,
        ),
        # From the states of one to the states of another.
        recurrent_case(
            "lstm-translation",
            [
                layer("LSTM", "encoder", inputs=["x"], return_state=True),
                layer(
                    "LSTM",
                    "decoder",
                    inputs=["y", "encoder:1", "encoder:2"],
                    return_sequences=True,
                ),
                dense("logits", 4),
            ],
            inputs={"x": [5, 4], "y": [3, 2]},
            loss=SPARSE,
        ),
        recurrent_case(
            "lstm-all-results",
            [
                layer("LSTM", return_sequences=True, return_state=True),
                {"type": "Concatenate", "name": "states", "inputs": ["rnn:1", "rnn:2"]},
            ],
            outputs=["rnn", "states"],
            loss={"rnn": SQUARED, "states": SQUARED},
        ),
    ]


def gru() -> list[Case]:
    return [
        to_logits("gru", layer("GRU")),
        to_logits("gru-reset-before", layer("GRU", reset_after=False)),
        sequence(
            "gru-sequence",
            layer("GRU", go_backwards=True, return_sequences=True, reset_after=False),
            layer("GRU", "last", return_sequences=True),
        ),
        to_logits(
            "gru-reset-before-no-bias",
            layer("GRU", reset_after=False, use_bias=False, activation="relu"),
            batch=1,
            rows=3,
        ),
        recurrent_case(
            "gru-state",
            [layer("GRU", inputs=["x", "h"], return_state=True), dense("logits", 5)],
            inputs={**STEPS, "h": [3]},
        ),
        to_logits("gru-one-step", layer("GRU"), inputs={"x": [1, 4]}, batch=1, rows=3),
    ]


def both(name: str = "both", inner: Json | None = None, **options: Any) -> Json:
    inner = inner or {"type": "LSTM", "units": 3}
    return {"type": "Bidirectional", "name": name, "layer": inner, **options}


def bidirectional() -> list[Case]:
    lstm = {"type": "LSTM", "units": 3, "return_sequences": True}
    gru = {"type": "GRU", "units": 2, "name": "inner"}
    return [
        to_logits("both", both()),
        to_logits("both-stacked", both(inner=lstm), both("next", gru), optimizer=SLOWLY),
        sequence("both-sum", both(inner=lstm, merge_mode="sum")),
        sequence("both-mul", both(inner=gru, merge_mode="mul"), optimizer=SLOWLY),
        # A simple recurrence that is made stronger doubles an error with each step.
        sequence(
            "both-ave",
            both(inner={"type": "SimpleRNN", "units": 4}, merge_mode="ave"),
            tune=None,
        ),
        recurrent_case(
            "both-apart",
            [both(inner=lstm, merge_mode=None), {**dense("y", 2), "inputs": ["both:1"]}],
            outputs=["both", "y"],
            loss={"both": SQUARED, "y": SQUARED},
        ),
        recurrent_case(
            "both-states",
            [
                both("first", {**gru, "return_state": True}),
                both("second", {**gru, "units": 2}, inputs=["x", "first:2", "first:1"]),
                {"type": "Add", "name": "sum", "inputs": ["first", "second"]},
            ],
            loss=SQUARED,
            optimizer=SLOWLY,
        ),
        to_logits(
            "both-other-layer",
            both(
                inner={**lstm, "name": "ahead"},
                backward_layer={
                    "type": "GRU",
                    "name": "back",
                    "units": 3,
                    "go_backwards": True,
                    "return_sequences": True,
                },
            ),
            layer("LSTM", "last"),
        ),
    ]


def blank_some_steps(weights: Arrays, inputs: Arrays) -> None:
    """Steps to skip at the end, at the beginning and in between; a row of none."""
    strengthen(weights, inputs)
    x = inputs["x"]
    x[0, 3:] = x[1, :2] = x[2, 2] = x[4] = 0
    x[5:, 1] = 0


def masked() -> list[Case]:
    masking: Json = {"type": "Masking", "name": "mask"}
    both_ways = {"type": "GRU", "units": 2, "return_sequences": True}
    both_last = both(inner={"type": "LSTM", "units": 2}, merge_mode="sum")
    cases = {
        "lstm": [layer("LSTM", return_sequences=True), layer("GRU", "last"), dense("logits", 5)],
        "backwards": [
            layer("GRU", go_backwards=True, return_sequences=True),
            dense("logits", 5),
        ],
        "both": [both(inner=both_ways), layer("SimpleRNN", "last"), dense("logits", 5)],
        "both-last": [both_last, dense("logits", 5)],
        # The second output has the mask as well.
        "both-apart": [
            both(inner=both_ways, merge_mode=None),
            layer("GRU", "first", inputs=["both"]),
            layer("LSTM", "second", inputs=["both:1"]),
            {"type": "Subtract", "name": "difference", "inputs": ["first", "second"]},
            dense("logits", 5),
        ],
    }
    rates = {"both": {"optimizer": SLOWLY}}
    return [
        recurrent_case(
            f"masked-{name}", [masking, *layers], tune=blank_some_steps, **rates.get(name, {})
        )
        for name, layers in cases.items()
    ]


def time_distributed() -> list[Case]:
    inner = dense("inner", 3, "relu")
    return [
        sequence("distributed", {"type": "TimeDistributed", "name": "each", "layer": inner}),
        sequence(
            "distributed-recurrence",
            {
                "type": "TimeDistributed",
                "name": "each",
                "layer": {"type": "LSTM", "units": 2, "name": "inner"},
            },
            layer("SimpleRNN", "last"),
            inputs={"x": [3, 4, 2]},
            tune=None,
        ),
    ]


def recurrent() -> list[Case]:
    return [*simple(), *lstm(), *gru(), *bidirectional(), *masked(), *time_distributed()]
