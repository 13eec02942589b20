"""Spectrograms in the model's own precision."""

from __future__ import annotations

from typing import Any

import keras

from cases import Json
from keras_layers.options import arguments


class MelSpectrogram(keras.layers.MelSpectrogram):
    """Keras makes the weights of the bands in float32, whatever the layer is in."""

    def linear_to_mel_weight_matrix(self, *positional: Any, **named: Any) -> Any:
        return super().linear_to_mel_weight_matrix(
            *positional, **{**named, "dtype": self.compute_dtype}
        )


def mel_spectrogram(options: Json) -> keras.layers.Layer:
    return MelSpectrogram(**arguments(options))


BUILDERS = {"MelSpectrogram": mel_spectrogram}
