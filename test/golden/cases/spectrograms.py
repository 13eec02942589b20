"""Spectrograms: frames, windows, bands, what is made of magnitudes."""

from __future__ import annotations

from typing import Any

from cases.case import Case, Json, case, dense


def classifier(name: str, shape: list[int], layers: list[Json], **options: Any) -> Case:
    end = [{"type": "Flatten", "name": "flat"}, dense("logits", 3)]
    return case(name, [*layers, *end], inputs={"x": shape}, **options)


def mel(**options: Any) -> Json:
    return {"type": "MelSpectrogram", "name": "mel", **options}


def stft(**options: Any) -> Json:
    return {"type": "STFTSpectrogram", "name": "stft", **options}


def mels() -> list[Case]:
    return [
        # Bands too narrow for any frequency, too: they are raised by top_db.
        classifier(
            "mel-spectrogram", [37], [mel(fft_length=16, sequence_stride=5, num_mel_bins=4)]
        ),
        classifier(
            "mel-spectrogram-magnitude",
            [7],
            [
                dense("stem", 28, "tanh"),
                mel(
                    fft_length=16,
                    sequence_stride=3,
                    sequence_length=9,
                    window="hamming",
                    sampling_rate=8000,
                    num_mel_bins=5,
                    min_freq=300.0,
                    max_freq=3000.0,
                    power_to_db=False,
                    mag_exp=1.0,
                ),
            ],
        ),
        classifier(
            "mel-spectrogram-no-window",
            [23],
            [
                dense("stem", 22),
                mel(
                    fft_length=11,
                    sequence_stride=4,
                    window=None,
                    num_mel_bins=3,
                    mag_exp=1.5,
                    top_db=9.0,
                    min_power=0.01,
                    ref_power=-2.0,
                ),
            ],
            batch=1,
            rows=4,
        ),
    ]


def stfts() -> list[Case]:
    return [
        classifier("stft-spectrogram", [29, 1], [stft(frame_length=8)]),
        classifier(
            "stft-spectrogram-density",
            [19, 2],
            [
                stft(
                    mode="psd",
                    frame_length=6,
                    frame_step=5,
                    fft_length=9,
                    padding="same",
                    expand_dims=True,
                    window=None,
                )
            ],
        ),
        classifier(
            "stft-spectrogram-complex",
            [2, 17],
            [
                stft(
                    mode="stft",
                    frame_length=5,
                    scaling="spectrum",
                    periodic=True,
                    data_format="channels_first",
                )
            ],
        ),
        classifier(
            "stft-spectrogram-magnitude",
            [2, 17],
            [
                stft(
                    mode="magnitude",
                    frame_length=7,
                    window="hamming",
                    expand_dims=True,
                    data_format="channels_first",
                )
            ],
            batch=1,
            rows=3,
        ),
        classifier(
            "stft-spectrogram-real",
            [15, 2],
            [dense("stem", 3), stft(mode="real", frame_length=4, frame_step=4, scaling=None)],
        ),
        classifier(
            "stft-spectrogram-imaginary", [15, 2], [stft(mode="imag", frame_length=4, frame_step=3)]
        ),
    ]


def spectrograms() -> list[Case]:
    return mels() + stfts()
