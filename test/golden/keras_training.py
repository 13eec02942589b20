"""Losses, metrics and optimizers of Keras by the names of the model file."""

from __future__ import annotations

import inspect
from typing import Any

import keras
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights
from keras.src.utils.naming import to_snake_case

from cases import Json


class Perplexity(keras.metrics.Mean):
    """KerasHub's, but for one thing: e to the mean over all tokens, where that
    takes the mean over batches of their means."""

    def __init__(
        self,
        from_logits: bool = False,
        mask_token_id: int | None = None,
        name: str = "perplexity",
    ) -> None:
        super().__init__(name=name)
        self.from_logits = from_logits
        self.mask_token_id = mask_token_id

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        values = keras.losses.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=self.from_logits
        )
        if self.mask_token_id is not None:
            kept = keras.ops.cast(keras.ops.not_equal(y_true, self.mask_token_id), values.dtype)
            sample_weight = kept if sample_weight is None else sample_weight * kept
        super().update_state(values, sample_weight)

    def result(self) -> Any:
        return keras.ops.exp(super().result())


def by_snake_case(module: Any) -> dict[str, type]:
    classes = inspect.getmembers(module, inspect.isclass)
    return {to_snake_case(name): value for name, value in classes}


class Ctc(keras.losses.CTC):
    """The size of the labels is that of the array."""

    def __init__(self, max_label_length: int, **options: Any) -> None:
        super().__init__(**options)


LOSSES = {**by_snake_case(keras.losses), "ctc": Ctc}
METRICS = {
    **by_snake_case(keras.metrics),
    "fbeta_score": keras.metrics.FBetaScore,
    "logcosh": keras.metrics.LogCoshError,
    "perplexity": Perplexity,
}


def arguments(options: Json) -> Json:
    return {k: v for k, v in options.items() if k != "type"}


def make_loss(options: Json) -> keras.losses.Loss:
    return LOSSES[options["type"]](**arguments(options))


def make_metric(options: Any) -> Any:
    """Names are resolved by Keras itself, as far as it knows them."""
    if isinstance(options, str):
        return METRICS[options]() if options in ("perplexity", "logcosh") else options
    return METRICS[options["type"]](**arguments(options))


def make_metrics(metrics: Any) -> Any:
    if isinstance(metrics, dict):
        return {name: [make_metric(m) for m in some] for name, some in metrics.items()}
    return metrics and [make_metric(metric) for metric in metrics]


def make_optimizer(options: Json) -> keras.optimizers.Optimizer:
    values = arguments(options)
    schedule = values.get("learning_rate")
    if isinstance(schedule, dict):
        schedules = keras.optimizers.schedules
        values["learning_rate"] = getattr(schedules, schedule["type"])(**arguments(schedule))
    return getattr(keras.optimizers, options["type"])(**values)


def compile_model(network: keras.Model, training: Json) -> None:
    loss = training["loss"]
    each = make_loss(loss) if "type" in loss else {k: make_loss(v) for k, v in loss.items()}
    if any("/" in name for name in loss):  # Keras knows such an output by another name
        each = list(each.values())
    network.compile(
        make_optimizer(training["optimizer"]),
        each,
        loss_weights=training.get("loss_weights"),
        metrics=make_metrics(training.get("metrics")),
        weighted_metrics=make_metrics(training.get("weighted_metrics")),
        jit_compile=False,
    )


def class_weight(model: Json) -> dict[int, float] | None:
    weights = model["training"].get("class_weight")
    return weights and {int(label): weight for label, weight in weights.items()}


def training_weights(model: Json, y: Any, sample_weight: Any) -> Any:
    """The weights that a training step's loss has."""
    weights = class_weight(model)
    return class_weight_to_sample_weights(y, weights) if weights else sample_weight
