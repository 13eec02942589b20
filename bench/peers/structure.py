"""What the peers know of the workloads: a function for each reads the layers of
its model file, and refuses all that it does not expect there. A peer that
measured something else than the model would be worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Shape = tuple[int, ...]


class Unknown(Exception):
    """The model has something that the peers don't know; the text says what."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Unknown(f"the peers don't know {what}")


class Layers:
    """The layers of a model file, taken in order, each with every option that
    it has: with the values that are given here, or to be returned."""

    def __init__(self, layers: list[Json]) -> None:
        self.layers = list(layers)

    def left(self) -> int:
        return len(self.layers)

    def take(self, type_: str, name: str, *wanted: str, **fixed: Any) -> list[Any]:
        """The values of the wanted options of the next layer."""
        layer = self.layers.pop(0) if self.layers else {}
        is_it = layer.get("type") == type_ and layer.get("name") == name
        expect(is_it, f"this model: {type_} '{name}' should come, not {layer or 'an end'}")
        options = {key: layer[key] for key in layer if key not in ("type", "name", *wanted)}
        expect(options == fixed, f"{options} of '{name}', but {fixed}")
        expect(all(key in layer for key in wanted), f"'{name}' without {', '.join(wanted)}")
        return [layer[key] for key in wanted]


@dataclass
class Structure:
    """The trained weights and statistics, by the names and with the shapes that
    they have in weight files, and what inputs and targets may be."""

    weights: dict[str, Shape] = field(default_factory=dict)
    classes: int = 2
    target_shape: Shape = ()
    ids: int = 0  # are below that, where inputs are integers

    def add(self, layer: str, **shapes: Shape) -> None:
        self.weights.update({f"{layer}/{name}": shape for name, shape in shapes.items()})

    def dense(self, layer: str, inputs: int, units: int) -> int:
        self.add(layer, kernel=(inputs, units), bias=(units,))
        return units

    def embedding(self, layer: str, rows: int, width: int) -> int:
        self.add(layer, embeddings=(rows, width))
        return width


def mlp(layers: Layers, inputs: list[Shape]) -> Structure:
    model, (features,) = Structure(), inputs[0]
    while layers.left() > 1:
        name = layers.layers[0].get("name", "")
        (units,) = layers.take("Dense", name, "units", activation="relu")
        features = model.dense(name, features, units)
    (model.classes,) = layers.take("Dense", "logits", "units")
    model.dense("logits", features, model.classes)
    return model


def cnn(layers: Layers, inputs: list[Shape]) -> Structure:
    model, (height, width, channels) = Structure(), inputs[0]
    same = {"padding": "same", "kernel_size": 3}
    for i in (1, 2):
        (filters,) = layers.take("Conv2D", f"conv_{i}", "filters", activation="relu", **same)
        layers.take("MaxPooling2D", f"pool_{i}")
        model.add(f"conv_{i}", kernel=(3, 3, channels, filters), bias=(filters,))
        height, width, channels = height // 2, width // 2, filters
    layers.take("Flatten", "flatten")
    (units,) = layers.take("Dense", "hidden", "units", activation="relu")
    model.dense("hidden", height * width * channels, units)
    (model.classes,) = layers.take("Dense", "logits", "units")
    model.dense("logits", units, model.classes)
    return model


class Resnet:
    """Convolutions without biases, each with a normalization behind."""

    def __init__(self, layers: Layers, channels: int) -> None:
        self.model, self.layers, self.channels = Structure(), layers, channels

    def convolve(self, name: str, channels: int, size: int, **options: Any) -> int:
        options = {"padding": "same", **options}
        (filters,) = self.layers.take(
            "Conv2D", name, "filters", kernel_size=size, use_bias=False, **options
        )
        self.model.add(name, kernel=(size, size, channels, filters))
        return filters

    def normalize(self, name: str, width: int) -> None:
        self.layers.take("BatchNormalization", name, momentum=0.9, epsilon=1e-5)
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        self.model.add(name, **{variable: (width,) for variable in names})

    def block(self, name: str, source: str, strides: int) -> str:
        """Two convolutions beside a shortcut; returns the last layer's name."""
        if strides == 1:
            width = self.convolve(f"{name}_conv_1", self.channels, 3, inputs=[source])
        else:
            # As PyTorch does: "same" would pad behind the image only.
            self.layers.take("ZeroPadding2D", f"{name}_pad", padding=1, inputs=[source])
            options = {"padding": "valid", "strides": strides}
            width = self.convolve(f"{name}_conv_1", self.channels, 3, **options)
        self.normalize(f"{name}_norm_1", width)
        self.layers.take("ReLU", f"{name}_relu_1")
        expect(self.convolve(f"{name}_conv_2", width, 3) == width, "blocks of two widths")
        self.normalize(f"{name}_norm_2", width)
        shortcut = source
        if strides != 1:
            options = {"strides": strides, "inputs": [source]}
            self.convolve(f"{name}_shortcut", self.channels, 1, **options)
            shortcut = f"{name}_shortcut_norm"
            self.normalize(shortcut, width)
        self.layers.take("Add", f"{name}_sum", inputs=[f"{name}_norm_2", shortcut])
        self.layers.take("ReLU", f"{name}_relu_2")
        self.channels = width
        return f"{name}_relu_2"


# Of ResNet-20, and the strides of their first convolutions.
RESNET_BLOCKS = [
    (f"block_{stage}_{i}", 2 if stage > 1 and i == 1 else 1)
    for stage in (1, 2, 3)
    for i in (1, 2, 3)
]


def resnet20(layers: Layers, inputs: list[Shape]) -> Structure:
    net = Resnet(layers, inputs[0][-1])
    net.channels = net.convolve("stem", net.channels, 3)
    net.normalize("stem_norm", net.channels)
    layers.take("ReLU", "stem_relu")
    last = "stem_relu"
    for name, strides in RESNET_BLOCKS:
        last = net.block(name, last, strides)
    layers.take("GlobalAveragePooling2D", "pool")
    (net.model.classes,) = layers.take("Dense", "logits", "units")
    net.model.dense("logits", net.channels, net.model.classes)
    return net.model


def lstm(layers: Layers, inputs: list[Shape]) -> Structure:
    model = Structure(target_shape=inputs[0])
    rows, width = layers.take("Embedding", "embedded", "input_dim", "output_dim")
    (units,) = layers.take("LSTM", "lstm", "units", return_sequences=True)
    (model.classes,) = layers.take("Dense", "logits", "units")
    model.ids = rows
    model.embedding("embedded", rows, width)
    model.add(
        "lstm",
        kernel=(width, 4 * units),
        recurrent_kernel=(units, 4 * units),
        bias=(4 * units,),
    )
    model.dense("logits", units, model.classes)
    return model


def speech(layers: Layers, inputs: list[Shape]) -> Structure:
    model, (_, channels) = Structure(), inputs[0]
    layers.take("ZeroPadding1D", "pad", padding=1)
    (filters,) = layers.take(
        "Conv1D", "conv", "filters", kernel_size=3, strides=2, activation="relu"
    )
    (units,) = layers.take("GRU", "gru", "units")
    (model.classes,) = layers.take("Dense", "logits", "units")
    model.add("conv", kernel=(3, channels, filters), bias=(filters,))
    model.add(
        "gru",
        kernel=(filters, 3 * units),
        recurrent_kernel=(units, 3 * units),
        bias=(2, 3 * units),
    )
    model.dense("logits", units, model.classes)
    return model


def gpt(layers: Layers, inputs: list[Shape]) -> Structure:
    (length,) = inputs[0]
    model = Structure(target_shape=inputs[0])
    model.ids, width = layers.take(
        "Embedding", "tokens_embedded", "input_dim", "output_dim", inputs=["tokens"]
    )
    layers.take("PositionEmbedding", "positions", sequence_length=length)
    layers.take("Add", "stream_0", inputs=["tokens_embedded", "positions"])
    model.embedding("tokens_embedded", model.ids, width)
    model.embedding("positions", length, width)
    block = 0
    while layers.left() > 2:
        block += 1
        gpt_block(model, layers, block, width)
    layers.take("LayerNormalization", "norm", epsilon=1e-5)
    model.add("norm", gamma=(width,), beta=(width,))
    (model.classes,) = layers.take("Dense", "logits", "units", use_bias=False)
    model.add("logits", kernel=(width, model.classes))
    return model


def gpt_block(model: Structure, layers: Layers, i: int, width: int) -> None:
    layers.take("LayerNormalization", f"norm_1_{i}", epsilon=1e-5, inputs=[f"stream_{i - 1}"])
    heads, key = layers.take(
        "MultiHeadAttention", f"attention_{i}", "num_heads", "key_dim", use_causal_mask=True
    )
    expect(heads * key == width, "heads that are not as wide together as the stream")
    layers.take("Add", f"attended_{i}", inputs=[f"stream_{i - 1}", f"attention_{i}"])
    layers.take("LayerNormalization", f"norm_2_{i}", epsilon=1e-5)
    gelu = {"type": "gelu", "approximate": True}
    (hidden,) = layers.take("Dense", f"expand_{i}", "units", activation=gelu)
    layers.take("Dense", f"contract_{i}", units=width)
    layers.take("Add", f"stream_{i}", inputs=[f"attended_{i}", f"contract_{i}"])

    for norm in (f"norm_1_{i}", f"norm_2_{i}"):
        model.add(norm, gamma=(width,), beta=(width,))
    for part in ("query", "key", "value"):
        model.add(f"attention_{i}/{part}", kernel=(width, heads, key), bias=(heads, key))
    model.add(f"attention_{i}/attention_output", kernel=(heads, key, width), bias=(width,))
    model.dense(f"expand_{i}", width, hidden)
    model.dense(f"contract_{i}", hidden, width)


def recsys(layers: Layers, inputs: list[Shape]) -> Structure:
    model, (features,), tables = Structure(target_shape=(1,)), inputs[0], len(inputs) - 1
    (hidden,) = layers.take("Dense", "bottom_1", "units", activation="relu", inputs=["dense"])
    (width,) = layers.take("Dense", "bottom_2", "units", activation="relu")
    model.dense("bottom_1", features, hidden)
    model.dense("bottom_2", hidden, width)
    layers.take("Reshape", "row_dense", target_shape=[1, width])
    for k in range(tables):
        table = {"output_dim": width, "inputs": [f"id_{k}"]}
        (rows,) = layers.take("Embedding", f"table_{k}", "input_dim", **table)
        expect(model.ids in (0, rows), "tables of several lengths")
        model.ids = rows
        model.embedding(f"table_{k}", rows, width)
        layers.take("Reshape", f"row_{k}", target_shape=[1, width])
    pairs = take_pairs(layers, tables)
    layers.take("Concatenate", "features", inputs=["bottom_2", "interactions"])
    (hidden,) = layers.take("Dense", "top_1", "units", activation="relu")
    layers.take("Dense", "click", units=1)
    model.dense("top_1", width + pairs, hidden)
    model.dense("click", hidden, 1)
    return model


def take_pairs(layers: Layers, tables: int) -> int:
    """The products of each row with those after it: the triangle above the
    diagonal of the matrix of all products, row after row."""
    names, count = ["row_dense", *(f"row_{k}" for k in range(tables))], tables + 1
    layers.take("Concatenate", "rows", axis=1, inputs=names)
    layers.take("Dot", "products", axes=2, inputs=["rows", "rows"])
    layers.take("Reshape", "flat", target_shape=[count * count, 1])
    for i in range(tables):
        cropping = [count * i + i + 1, count * (tables - i)]
        layers.take("Cropping1D", f"above_{i}", cropping=cropping, inputs=["flat"])
    parts = [f"above_{i}" for i in range(tables)]
    layers.take("Concatenate", "triangle", axis=1, inputs=parts)
    layers.take("Flatten", "interactions")
    return count * tables // 2


READERS: dict[str, Callable[[Layers, list[Shape]], Structure]] = {
    "mlp": mlp,
    "mlp_wide": mlp,
    "cnn": cnn,
    "resnet20": resnet20,
    "lstm": lstm,
    "speech": speech,
    "gpt": gpt,
    "recsys": recsys,
}


def read_structure(model: Json) -> Structure:
    expect(model["name"] in READERS, f"the workload '{model['name']}'")
    expect("outputs" not in model, "outputs but the last layer's")
    layers = Layers(model["layers"])
    shapes = [tuple(one["shape"]) for one in model["inputs"]]
    structure = READERS[model["name"]](layers, shapes)
    expect(not layers.left(), f"layers behind the last one: {layers.layers}")
    return structure
