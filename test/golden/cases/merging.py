"""Several inputs made one: repeated to one shape, or multiplied along axes."""

from __future__ import annotations

from typing import Any

from cases.case import SQUARED, Case, Json, case, dense

Shapes = dict[str, list[int]]

#: Inputs to repeat along axes of size 1, and along missing ones.
UNEQUAL: Shapes = {"a": [4, 3], "b": [1, 3], "c": [3]}


def join(kind: str, *inputs: str, **options: Any) -> Json:
    return {"type": kind, "name": "join", "inputs": list(inputs), **options}


def on_dense(name: str, layer: Json, inputs: Shapes, units: dict[str, int] | None = None) -> Case:
    """Every input through a layer of its own first, so that it has a gradient."""
    before = [
        {**dense(f"{key}_in", (units or {}).get(key, shape[-1]), "tanh"), "inputs": [key]}
        for key, shape in inputs.items()
    ]
    joined = {**layer, "inputs": [f"{key}_in" for key in layer["inputs"]]}
    after = [{"type": "Flatten", "name": "flat"}, dense("y", 2)]
    return case(name, [*before, joined, *after], inputs=inputs, loss=SQUARED)


def elementwise() -> list[Case]:
    cases = []
    for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum"):
        label = kind.lower()
        cases.append(
            on_dense(f"merge-{label}", join(kind, "a", "b", "c"), dict.fromkeys("abc", [5]))
        )
        cases.append(on_dense(f"merge-{label}-unequal", join(kind, "a", "b", "c"), UNEQUAL))
    pair: Shapes = {"a": [4, 3], "b": [4, 1]}
    cases += [
        on_dense("merge-subtract", join("Subtract", "a", "b"), dict.fromkeys("ab", [5])),
        on_dense("merge-subtract-unequal", join("Subtract", "a", "b"), pair),
        on_dense("merge-subtract-missing", join("Subtract", "b", "a"), {"a": [4, 3], "b": [3]}),
    ]
    return cases


def dots() -> list[Case]:
    def dot(axes: Any, **options: Any) -> Json:
        return join("Dot", "a", "b", axes=axes, **options)

    vectors: Shapes = {"a": [6], "b": [6]}
    matrices: Shapes = {"a": [4, 3], "b": [5, 4]}
    same: Shapes = {"a": [4, 3], "b": [4, 5]}
    return [
        on_dense("dot-vectors", dot(1), vectors),
        on_dense("dot-vectors-normalize", dot(-1, normalize=True), vectors),
        on_dense("dot-pair", dot([1, 2]), matrices),
        on_dense("dot-pair-normalize", dot([1, -1], normalize=True), matrices),
        on_dense("dot-one-axis", dot(1), same),
        on_dense("dot-vector-matrix", dot([1, 2]), {"a": [4], "b": [5, 4]}),
        on_dense("dot-images", dot([2, 1]), {"a": [2, 5, 3], "b": [5, 2]}),
    ]


def merging() -> list[Case]:
    return elementwise() + dots()
