"""Positions: trained, sines, rotations."""

from __future__ import annotations

from typing import Any

from cases.case import SQUARED, Case, Json, case, dense


def positions() -> list[Case]:
    def encoding(kind: str, **options: Any) -> list[Json]:
        return [
            {"type": kind, "name": "positions", "inputs": ["x"], **options},
            {"type": "Add", "name": "sum", "inputs": ["x", "positions"]},
            dense("y", 3),
        ]

    def rotary(**options: Any) -> list[Json]:
        return [
            dense("stem", 6),
            {"type": "RotaryEmbedding", "name": "turned", **options},
            dense("y", 3),
        ]

    sequence = {"x": [5, 7]}
    return [
        case(
            "position-embedding",
            encoding("PositionEmbedding", sequence_length=8),
            inputs=sequence,
            loss=SQUARED,
        ),
        case("position-sine", encoding("SinePositionEncoding"), inputs=sequence, loss=SQUARED),
        case(
            "position-sine-wavelength",
            encoding("SinePositionEncoding", max_wavelength=50.0),
            inputs={"x": [9, 4]},
            loss=SQUARED,
        ),
        case("position-rotary", rotary(), inputs=sequence, loss=SQUARED),
        case(
            "position-rotary-axes",
            rotary(max_wavelength=30.0, scaling_factor=2.5, sequence_axis=-1, feature_axis=1),
            inputs={"x": [4, 3]},
            loss=SQUARED,
        ),
        case(
            "position-rotary-heads",
            rotary(sequence_axis=1, feature_axis=3),
            inputs={"x": [4, 2, 3]},
            loss=SQUARED,
        ),
    ]
