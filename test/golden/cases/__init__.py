"""The cases of the golden test: small models that between them use everything.

Sizes are odd on purpose: nothing here is a multiple of a vector's width. A case
is a model plus the rows of data it is given; `tune`, where present, changes the
random weights and data to reach a corner that random values miss. Each family
of cases is a module with a function of its name.
"""

from __future__ import annotations

from cases.activations import activations
from cases.attention import attention
from cases.case import Arrays, Case, Json
from cases.comparisons import comparisons
from cases.convolutions import convolutions
from cases.embeddings import embeddings
from cases.graphs import graphs
from cases.losses import losses
from cases.merging import merging
from cases.mixed import mixed
from cases.more_activations import more_activations
from cases.normalization import normalization
from cases.optimizers import optimizers
from cases.recurrent import recurrent
from cases.resizing import resizing
from cases.pooling import pooling
from cases.positions import positions
from cases.shapes import shapes
from cases.spectrograms import spectrograms
from cases.structure import structure
from cases.training import training

__all__ = ["Arrays", "Case", "Json", "all_cases"]

FAMILIES = [
    activations,
    losses,
    comparisons,
    optimizers,
    training,
    graphs,
    convolutions,
    shapes,
    normalization,
    more_activations,
    merging,
    resizing,
    embeddings,
    pooling,
    recurrent,
    attention,
    positions,
    spectrograms,
    structure,
    mixed,
]


def all_cases() -> list[Case]:
    return [case for family in FAMILIES for case in family()]
