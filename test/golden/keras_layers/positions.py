"""KerasHub's layers of positions, by its formulas."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cases import Json
from keras_layers.options import arguments


class PositionEmbedding(keras.layers.Layer):
    def __init__(self, sequence_length: int, embeddings_initializer: Any = "uniform", **rest: Any):
        super().__init__(**rest)
        self.sequence_length = sequence_length
        self.embeddings_initializer = embeddings_initializer

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(
            name="embeddings",
            shape=(self.sequence_length, shape[-1]),
            initializer=self.embeddings_initializer,
        )

    def call(self, x: Any) -> Any:
        return ops.broadcast_to(self.table[: x.shape[-2]], ops.shape(x))


class SinePositionEncoding(keras.layers.Layer):
    def __init__(self, max_wavelength: float = 10000, **rest: Any):
        super().__init__(**rest)
        self.max_wavelength = max_wavelength

    def call(self, x: Any) -> Any:
        size = x.shape[-1]
        position = ops.cast(ops.arange(x.shape[-2]), self.compute_dtype)
        feature = ops.arange(size)
        exponent = ops.cast(2 * (feature // 2), self.compute_dtype) / size
        timescales = ops.power(ops.cast(1 / self.max_wavelength, self.compute_dtype), exponent)
        angles = ops.expand_dims(position, 1) * ops.expand_dims(timescales, 0)
        is_cosine = ops.cast(feature % 2, self.compute_dtype)
        encoding = ops.sin(angles) * (1 - is_cosine) + ops.cos(angles) * is_cosine
        return ops.broadcast_to(encoding, ops.shape(x))


class RotaryEmbedding(keras.layers.Layer):
    def __init__(
        self,
        max_wavelength: float = 10000,
        scaling_factor: float = 1.0,
        sequence_axis: int = 1,
        feature_axis: int = -1,
        **rest: Any,
    ):
        super().__init__(**rest)
        self.max_wavelength = max_wavelength
        self.scaling_factor = scaling_factor
        self.axes = (sequence_axis, feature_axis)

    def call(self, x: Any) -> Any:
        sequence, feature = (axis % len(x.shape) for axis in self.axes)
        size = x.shape[feature]
        exponent = ops.cast(ops.arange(0, size, 2), self.compute_dtype) / size
        frequency = 1.0 / ops.power(ops.cast(self.max_wavelength, self.compute_dtype), exponent)
        position = ops.cast(ops.arange(x.shape[sequence]), self.compute_dtype)
        angles = ops.einsum("i,j->ij", position / self.scaling_factor, frequency)
        angles = ops.concatenate([angles, angles], axis=-1)
        if sequence > feature:
            angles = ops.transpose(angles)
        shape = [1] * len(x.shape)
        shape[sequence], shape[feature] = x.shape[sequence], size
        angles = ops.reshape(angles, shape)
        first, second = ops.split(x, 2, axis=feature)
        turned = ops.concatenate([-second, first], axis=feature)
        return x * ops.cos(angles) + turned * ops.sin(angles)


def builder(kind: type) -> Any:
    def build(options: Json) -> keras.layers.Layer:
        return kind(**arguments(options))

    return build


BUILDERS = {
    kind.__name__: builder(kind)
    for kind in (PositionEmbedding, SinePositionEncoding, RotaryEmbedding)
}
