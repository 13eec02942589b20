from __future__ import annotations

import torch

from torch_layers.call import Call, Layer


def position_embedding(call: Call) -> torch.Tensor:
    return call.weights["embeddings"][: call.input.shape[-2]].expand_as(call.input)


def sine(call: Call) -> torch.Tensor:
    time, size = call.input.shape[-2:]
    wavelength = call.options.get("max_wavelength", 10000.0)
    result = torch.zeros(time, size, dtype=torch.float64)
    for p in range(time):
        for i in range(size):
            angle = torch.tensor(p * wavelength ** -(i // 2 * 2 / size), dtype=torch.float64)
            result[p, i] = torch.cos(angle) if i % 2 else torch.sin(angle)
    return result.expand_as(call.input)


def rotary(call: Call) -> torch.Tensor:
    """Pairs of features as complex numbers."""
    axes = (call.options.get("sequence_axis", 1), call.options.get("feature_axis", -1))
    x = call.input.movedim(axes, (-2, -1))
    time, size = x.shape[-2:]
    wavelength = call.options.get("max_wavelength", 10000.0)
    position = torch.arange(time, dtype=torch.float64) / call.options.get("scaling_factor", 1.0)
    frequency = wavelength ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    turn = torch.polar(torch.ones(time, size // 2).double(), torch.outer(position, frequency))
    y = torch.complex(x[..., : size // 2], x[..., size // 2 :]) * turn
    return torch.cat([y.real, y.imag], -1).movedim((-2, -1), axes)


LAYERS: dict[str, Layer] = {
    "PositionEmbedding": position_embedding,
    "SinePositionEncoding": sine,
    "RotaryEmbedding": rotary,
}
