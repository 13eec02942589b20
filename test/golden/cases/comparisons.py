"""Every loss and metric, with class weights, sample weights and reductions."""

from __future__ import annotations

from typing import Any

from cases.case import SPARSE, Arrays, Case, Json, case, dense

SLOW: Json = {"type": "SGD", "learning_rate": 0.02}


def network(name: str, loss: Json, units: int = 3, activation: Any = None, **more: Any) -> Case:
    """A small network with that loss."""
    sequence = more.pop("sequence", 0)
    layer = more.pop("layer", {})
    return case(
        name,
        [dense("hidden", 5, "tanh"), dense("y", units, activation, **layer)],
        inputs={"x": [sequence, 4] if sequence else [4]},
        loss=loss,
        **{"optimizer": SLOW, **more},
    )


def weighted(loss_case: Case, names: list[str] | None = None) -> Case:
    """With sample weights, of some outputs by name where there are several."""
    for split in loss_case.model["data"].values():
        places = {n: f"data.npz:{n}/sample_weight" for n in names or ["y"]}
        split["sample_weights"] = places if names else places["y"]
    return loss_case


def all_zero(weights: Arrays, data: Arrays) -> None:
    """Logits of exactly 0, where |x| and max(x, 0) have a kink."""
    weights["y/kernel"] *= 0
    weights["y/bias"] *= 0


def crossentropies() -> list[Case]:
    def categorical(**options: Any) -> Json:
        return {"type": "categorical_crossentropy", **options}

    def binary(**options: Any) -> Json:
        return {"type": "binary_crossentropy", **options}

    return [
        network("loss-categorical-logits", categorical(from_logits=True)),
        network("loss-categorical-smooth", categorical(from_logits=True, label_smoothing=0.1)),
        network("loss-categorical-probabilities", categorical(), activation="softmax"),
        network("loss-categorical-unnormalized", categorical(), activation="sigmoid"),
        network("loss-categorical-sequence", categorical(from_logits=True), sequence=3),
        # A bias, the same along the axis, would have no gradient but noise.
        network(
            "loss-categorical-axis",
            categorical(from_logits=True, axis=1),
            sequence=4,
            layer={"use_bias": False},
        ),
        network("loss-binary-logits", binary(from_logits=True), units=4),
        network("loss-binary-one", binary(from_logits=True), units=1, batch=1, rows=3),
        network("loss-binary-zero", binary(from_logits=True), units=2, tune=all_zero),
        network("loss-binary-probabilities", binary(label_smoothing=0.2), activation="sigmoid"),
        network("loss-binary-axis", binary(from_logits=True, axis=1), sequence=2),
        network(
            "loss-sparse-ignored",
            {**SPARSE, "ignore_class": -1},
            sequence=3,
            metrics=["sparse_categorical_crossentropy"],
        ),
        network(
            "loss-sparse-ignored-class",
            {"type": "sparse_categorical_crossentropy", "ignore_class": 2},
            activation="softmax",
            units=4,
        ),
    ]


def focal() -> list[Case]:
    def loss(kind: str, **options: Any) -> Json:
        return {"type": f"{kind}_focal_crossentropy", **options}

    return [
        network("loss-focal-binary", loss("binary"), activation="sigmoid"),
        network(
            "loss-focal-binary-options",
            loss(
                "binary",
                from_logits=True,
                gamma=1.5,
                apply_class_balancing=True,
                alpha=0.3,
                label_smoothing=0.1,
            ),
        ),
        network("loss-focal-categorical", loss("categorical"), activation="softmax"),
        network(
            "loss-focal-categorical-options",
            loss("categorical", from_logits=True, gamma=3.0, alpha=0.6, label_smoothing=0.1),
            sequence=2,
        ),
    ]


def distances() -> list[Case]:
    def plain(kind: str, name: str, **more: Any) -> Case:
        return network(f"loss-{name}", {"type": kind}, **more)

    return [
        plain("mean_absolute_error", "mae"),
        plain(
            "mean_absolute_percentage_error",
            "mape",
            optimizer={"type": "SGD", "learning_rate": 1e-5},
        ),
        plain("mean_squared_logarithmic_error", "msle", activation="relu"),
        plain("huber", "huber"),
        network("loss-huber-delta", {"type": "huber", "delta": 0.3}, sequence=2),
        plain("log_cosh", "log-cosh"),
        plain("kl_divergence", "kl-divergence", activation="softmax"),
        plain("poisson", "poisson", activation="sigmoid"),
        plain("cosine_similarity", "cosine"),
        network("loss-cosine-axis", {"type": "cosine_similarity", "axis": 1}, sequence=3),
        plain("hinge", "hinge"),
        plain("squared_hinge", "squared-hinge", units=1),
        plain("categorical_hinge", "categorical-hinge", units=4),
    ]


def weights() -> list[Case]:
    squared: Json = {"type": "mean_squared_error"}
    kinds = {"0": 0.5, "2": 3.0}
    accuracy = ["accuracy"]
    return [
        network("reduction-sum", {**squared, "reduction": "sum"}),
        weighted(network("reduction-sum-weighted", {**squared, "reduction": "sum"})),
        weighted(
            network("reduction-weighted-mean", {**squared, "reduction": "mean_with_sample_weight"})
        ),
        weighted(
            network(
                "weights-sample",
                squared,
                metrics=["mse"],
                weighted_metrics=["mse", "mae", "root_mean_squared_error"],
            )
        ),
        weighted(
            network(
                "weights-sample-steps",
                SPARSE,
                sequence=3,
                metrics=accuracy,
                weighted_metrics=["accuracy", {"type": "perplexity", "from_logits": True}],
            )
        ),
        weighted(
            network(
                "weights-sample-ignored",
                {**SPARSE, "ignore_class": 1},
                sequence=3,
                metrics=[],
                weighted_metrics=[
                    {
                        "type": "sparse_categorical_crossentropy",
                        "from_logits": True,
                        "ignore_class": 1,
                    }
                ],
            )
        ),
        weighted(
            network(
                "weights-sample-reduced",
                {**SPARSE, "ignore_class": 1, "reduction": "mean_with_sample_weight"},
            )
        ),
        network("weights-class", SPARSE, class_weight=kinds, weighted_metrics=accuracy),
        network(
            "weights-class-binary",
            {"type": "binary_crossentropy", "from_logits": True},
            units=1,
            class_weight={"1": 2.5},
        ),
        network(
            "weights-class-categorical",
            {"type": "categorical_crossentropy", "from_logits": True},
            class_weight=kinds,
        ),
        weighted(
            case(
                "weights-two-outputs",
                [
                    dense("hidden", 5, "tanh"),
                    dense("kind", 3, inputs=["hidden"]),
                    dense("size", 2, inputs=["hidden"]),
                ],
                inputs={"x": [4]},
                outputs=["kind", "size"],
                loss={"kind": SPARSE, "size": {"type": "huber"}},
                optimizer=SLOW,
                loss_weights={"kind": 0.3, "size": 2.0},
                metrics={"kind": ["accuracy"], "size": ["mae"]},
                weighted_metrics={"kind": ["accuracy"], "size": ["mse"]},
            ),
            ["kind", "size"],
        ),
    ]


def spellings() -> list[Case]:
    """Labels of a sequence, without saying which step is which."""

    def spelled(name: str, steps: int, classes: int, longest: int, **options: Any) -> Case:
        loss = {"type": "ctc", "max_label_length": longest, **options.pop("loss", {})}
        layers = [dense("hidden", 6, "tanh"), dense("logits", classes)]
        inputs = {"x": [steps, 3]}
        return case(name, layers, inputs=inputs, loss=loss, optimizer=SLOW, **options)

    return [
        spelled("loss-ctc", 11, 5, 5),
        spelled("loss-ctc-batch-one", 7, 3, 3, batch=1, rows=4),
        spelled("loss-ctc-one-character", 4, 4, 1),
        spelled("loss-ctc-one-kind", 9, 2, 4),
        spelled("loss-ctc-wide", 17, 19, 8, batch=3, rows=7),
        spelled("loss-ctc-sum", 8, 6, 3, loss={"reduction": "sum"}),
        weighted(spelled("loss-ctc-weighted", 9, 4, 4), ["logits"]),
    ]


def named(kind: str, **options: Any) -> Json:
    return {"type": kind, **options}


DECISIONS: list[Any] = [
    {"type": "binary_accuracy", "threshold": 0.3},
    named("precision"),
    named("recall"),
    named("precision", thresholds=0.3, name="precise"),
    named("recall", thresholds=0.7, class_id=1, name="second"),
    named("auc", num_thresholds=7),
    named("auc", num_thresholds=5, summation_method="minoring", name="low"),
    named("auc", num_thresholds=5, summation_method="majoring", name="high"),
    named("auc", num_thresholds=9, curve="PR", name="pr"),
    named("auc", num_thresholds=9, curve="PR", summation_method="majoring", name="pr_high"),
]
AREAS: list[Any] = [
    named("auc", thresholds=[0.61, 0.3, 0.48]),
    named("auc", thresholds=[0.25, 0.5, 0.75], name="even"),
    named("auc", thresholds=[0.52], curve="PR", name="pr"),
    named("auc", thresholds=[0.4, 0.55], summation_method="minoring", name="low"),
]
SCORES: list[Any] = [
    "categorical_accuracy",
    named("top_k_categorical_accuracy", k=2),
    named("precision", top_k=2),
    named("recall", top_k=2, class_id=2, thresholds=0.2),
    named("f1_score", average="macro"),
    named("f1_score", average="micro", threshold=0.3, name="micro"),
    named("fbeta_score", average="weighted", beta=2.0),
    named("categorical_crossentropy", label_smoothing=0.1),
    "kl_divergence",
]
LABELS: list[Any] = [
    "acc",
    "sparse_categorical_accuracy",
    named("sparse_top_k_categorical_accuracy", k=2),
    named("sparse_categorical_crossentropy", from_logits=True),
    named("sparse_categorical_crossentropy", from_logits=True, ignore_class=0, name="but_0"),
    named("perplexity", from_logits=True),
    named("perplexity", from_logits=True, mask_token_id=1, name="masked"),
]
ERRORS: list[Any] = [
    "mse",
    "mean_squared_error",
    named("root_mean_squared_error"),
    "mae",
    "mape",
    "msle",
    "logcosh",
    "poisson",
    "cosine_similarity",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
]


def metrics() -> list[Case]:
    binary = named("binary_crossentropy")
    categorical = named("categorical_crossentropy")
    distance = named("mean_squared_logarithmic_error")
    families = {
        "binary": (binary, {"activation": "sigmoid"}, DECISIONS),
        "binary-sequence": (
            binary,
            {"activation": "sigmoid", "sequence": 2},
            DECISIONS[:6] + [named("binary_crossentropy", label_smoothing=0.1)],
        ),
        "areas": (binary, {"activation": "sigmoid"}, AREAS),
        "categorical": (categorical, {"units": 5, "activation": "softmax"}, SCORES),
        "categorical-sequence": (
            categorical,
            {"units": 4, "activation": "softmax", "sequence": 3},
            SCORES[:4] + SCORES[7:],
        ),
        "labels": (SPARSE, {"units": 5}, LABELS),
        "labels-sequence": (SPARSE, {"units": 4, "sequence": 3}, LABELS),
        "errors": (distance, {"activation": "sigmoid"}, ERRORS),
        "errors-sequence": (distance, {"activation": "sigmoid", "sequence": 2}, ERRORS),
    }
    cases = []
    for name, (loss, options, listed) in families.items():
        cases.append(network(f"metrics-{name}", loss, metrics=listed, **options))
        heavy = network(
            f"metrics-weighted-{name}", loss, metrics=[], weighted_metrics=listed, **options
        )
        cases.append(weighted(heavy))
    return cases


def comparisons() -> list[Case]:
    return [*crossentropies(), *focal(), *distances(), *spellings(), *weights(), *metrics()]
