"""Axes in another order, margins, and larger sizes."""

from __future__ import annotations

from typing import Any

from cases.case import SQUARED, Case, Json, case, dense


def on_input(name: str, kind: str, shape: list[int], **options: Any) -> Case:
    """Between layers with weights, so that there is a gradient on either side.
    The one before works on the last axis."""
    layer: Json = {"type": kind, "name": "resize", **options}
    layers = [
        dense("before", shape[-1], "tanh"),
        layer,
        {"type": "Flatten", "name": "flat"},
        dense("y", 2),
    ]
    return case(name, layers, inputs={"x": shape}, loss=SQUARED)


def reshaping() -> list[Case]:
    return [
        on_input("permute", "Permute", [3, 4], dims=[2, 1]),
        on_input("permute-three", "Permute", [3, 4, 2], dims=[3, 1, 2]),
        on_input("repeat-vector", "RepeatVector", [5], n=3),
        on_input("repeat-vector-one", "RepeatVector", [5], n=1),
    ]


def margins() -> list[Case]:
    first = {"data_format": "channels_first"}
    return [
        on_input("zero-padding-1d", "ZeroPadding1D", [4, 3]),
        on_input("zero-padding-1d-pair", "ZeroPadding1D", [4, 3], padding=[0, 2]),
        on_input("zero-padding-1d-first", "ZeroPadding1D", [3, 4], padding=2, **first),
        on_input("zero-padding-2d", "ZeroPadding2D", [4, 3, 2]),
        on_input("zero-padding-2d-one", "ZeroPadding2D", [4, 3, 2], padding=2),
        on_input("zero-padding-2d-two", "ZeroPadding2D", [4, 3, 2], padding=[0, 2]),
        on_input("zero-padding-2d-pairs", "ZeroPadding2D", [4, 3, 2], padding=[[1, 0], [0, 3]]),
        on_input("zero-padding-2d-mixed", "ZeroPadding2D", [4, 3, 2], padding=[1, [0, 3]]),
        on_input("zero-padding-2d-first", "ZeroPadding2D", [2, 4, 3], padding=[1, 2], **first),
        on_input("cropping-1d", "Cropping1D", [5, 3]),
        on_input("cropping-1d-pair", "Cropping1D", [5, 3], cropping=[0, 3]),
        on_input("cropping-2d", "Cropping2D", [5, 4, 2]),
        on_input("cropping-2d-two", "Cropping2D", [5, 4, 2], cropping=[2, 1]),
        on_input("cropping-2d-pairs", "Cropping2D", [5, 4, 2], cropping=[[1, 2], [0, 3]]),
        on_input("cropping-2d-first", "Cropping2D", [2, 5, 4], cropping=1, **first),
    ]


def sampling() -> list[Case]:
    cases = [
        on_input("up-sampling-1d", "UpSampling1D", [4, 3]),
        on_input("up-sampling-1d-size", "UpSampling1D", [4, 3], size=3),
        on_input("up-sampling-2d", "UpSampling2D", [3, 4, 2]),
        on_input("up-sampling-2d-size", "UpSampling2D", [3, 4, 2], size=[3, 1]),
        on_input("up-sampling-2d-first", "UpSampling2D", [2, 3, 4], data_format="channels_first"),
    ]
    for kind in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
        cases.append(
            on_input(f"up-sampling-2d-{kind}", "UpSampling2D", [3, 4, 2], interpolation=kind)
        )
    bilinear = {"interpolation": "bilinear"}
    cases += [
        on_input(
            "up-sampling-2d-bilinear-size", "UpSampling2D", [3, 5, 2], size=[4, 2], **bilinear
        ),
        on_input("up-sampling-2d-bilinear-one", "UpSampling2D", [1, 3, 2], size=[2, 1], **bilinear),
        on_input(
            "up-sampling-2d-bilinear-first",
            "UpSampling2D",
            [2, 3, 4],
            data_format="channels_first",
            **bilinear,
        ),
    ]
    return cases


def resizing() -> list[Case]:
    return reshaping() + margins() + sampling()
