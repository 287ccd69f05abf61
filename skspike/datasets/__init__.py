"""Generators of labelled spike trains, and of events from images."""

from ._independent_trains import make_gamma, make_markov, make_poisson
from ._related_trains import make_order, make_sync, make_telegraph, make_templates
from ._saccades import make_saccades
from ._syllables import make_syllables

__all__ = [
    "make_gamma", "make_markov", "make_order", "make_poisson", "make_saccades", "make_syllables",
    "make_sync", "make_telegraph", "make_templates"]
