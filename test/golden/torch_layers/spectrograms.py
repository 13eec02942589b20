from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from torch_layers.call import Call, Layer

WINDOWS = {"hann": torch.hann_window, "hamming": torch.hamming_window, "none": torch.ones}


def mel(hertz: torch.Tensor) -> torch.Tensor:
    return 2595 * torch.log10(1 + hertz / 700)


def bands(call: Call, bins: int) -> torch.Tensor:
    """Triangles on the mel scale: (frequencies, bands)."""
    rate = call.options.get("sampling_rate", 16000)
    count = call.options.get("num_mel_bins", 128)
    ends = [call.options.get("min_freq", 20.0), call.options.get("max_freq") or rate // 2]
    low, high = mel(torch.tensor(ends, dtype=torch.float64))
    edges = torch.linspace(low, high, count + 2, dtype=torch.float64)
    places = mel(torch.linspace(0, rate / 2, bins, dtype=torch.float64))[:, None]
    rising = (places - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - places) / (edges[2:] - edges[1:-1])
    weights = torch.minimum(rising, falling).clamp(min=0)
    weights[0] = 0
    return weights


def mel_spectrogram(call: Call) -> torch.Tensor:
    options = call.options
    size = options.get("fft_length", 2048)
    name = options.get("window", "hann")
    length = options.get("sequence_length", size) if name else size
    window = WINDOWS[name or "none"](length, dtype=torch.float64)
    spectrum = torch.stft(
        call.input,
        size,
        options.get("sequence_stride", 512),
        length,
        window,
        center=True,
        pad_mode="reflect",
        return_complex=True,
    )
    strength = spectrum.abs() ** options.get("mag_exp", 2.0)
    result = bands(call, strength.shape[1]).T @ strength
    if not options.get("power_to_db", True):
        return result
    least = options.get("min_power", 1e-10)
    decibels = 10 * torch.log10(result.clamp(min=least))
    decibels = decibels - 10 * math.log10(max(abs(options.get("ref_power", 1.0)), least))
    return torch.maximum(decibels, decibels.max() - options.get("top_db", 80.0))


def stft_spectrogram(call: Call) -> torch.Tensor:
    options = call.options
    mode = options.get("mode", "log")
    channels_first = options.get("data_format") == "channels_first"
    x = call.input if channels_first else call.input.transpose(1, 2)
    length = options.get("frame_length", 256)
    step = options.get("frame_step") or length // 2
    if options.get("padding") == "same":
        frames = math.ceil(x.shape[2] / step)
        beyond = max((frames - 1) * step + length - x.shape[2], 0)
        x = F.pad(x, [beyond // 2, beyond - beyond // 2])

    def transform(side: str) -> torch.Tensor:
        """(batch, channels, frames, frequencies)."""
        return x.unfold(2, length, step) @ call.weights[f"{side}_kernel"][:, 0]

    if mode in ("real", "imag"):
        result = transform(mode)
    elif mode == "stft":
        result = torch.cat([transform("real"), transform("imag")], 3)
    else:
        result = transform("real") ** 2 + transform("imag") ** 2
        if mode == "psd":
            twice = torch.full(result.shape[-1:], 2.0, dtype=torch.float64)
            twice[[0, -1]] = 1
            result = result * twice
        else:
            result = result.clamp(min=1e-7).sqrt()
            if mode == "log":
                result = result.clamp(min=1e-7).log()
    if options.get("expand_dims"):
        return result if channels_first else result.permute(0, 2, 3, 1)
    result = result.transpose(2, 3).flatten(1, 2)
    return result if channels_first else result.transpose(1, 2)


LAYERS: dict[str, Layer] = {
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}
