"""Attention layers take their inputs as arguments of the call."""

from __future__ import annotations

from typing import Any

import keras

from cases import Json
from keras_layers.options import arguments

#: Arguments of the call that are options of the model file.
CALL = {"use_causal_mask", "use_attention_mask"}


def masked_softmax(scores: Any, attention_mask: Any = None) -> Any:
    """Of (batch, heads, queries, keys): a query that may look nowhere weighs all
    keys alike, as in the attention that Keras takes by default. Where it
    computes the scores for their own sake, such rows are zero."""
    if attention_mask is not None:
        mask = keras.ops.cast(attention_mask, "bool")
        while mask.ndim < scores.ndim:
            mask = keras.ops.expand_dims(mask, 1)
        scores = keras.ops.where(mask, scores, -1e30)
    return keras.ops.softmax(scores)


def make(options: Json) -> keras.layers.Layer:
    rest = {key: value for key, value in options.items() if key not in CALL}
    layer = getattr(keras.layers, options["type"])(**arguments(rest))
    compute = layer._compute_attention

    def exactly(*inputs: Any, **named: Any) -> Any:
        """JAX's own attention has its softmax in float32, whatever its inputs.
        Keras's formula is taken where the scores are wanted too."""
        if options["type"] == "MultiHeadAttention":
            return compute(*inputs[:5], True, *inputs[6:], **named)
        layer._return_attention_scores = True
        result = compute(*inputs, **named)
        layer._return_attention_scores = False
        return result

    layer._compute_attention = exactly
    layer._masked_softmax = masked_softmax
    return layer


def call(layer: keras.layers.Layer, options: Json, inputs: list[Any]) -> Any:
    sequences = list(inputs)
    named = {"use_causal_mask": options.get("use_causal_mask", False)}
    if options.get("use_attention_mask"):
        named["attention_mask"] = sequences.pop()
    if len(sequences) > 2:
        named["key"] = sequences[2]
    return layer(sequences[0], sequences[min(1, len(sequences) - 1)], **named)


BUILDERS = {"MultiHeadAttention": make, "GroupQueryAttention": make}
CALLS = {"MultiHeadAttention": call, "GroupQueryAttention": call}
