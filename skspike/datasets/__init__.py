"""Generators of spike trains, events from images and recordings, and recorded data."""

from ._independent_trains import make_gamma, make_markov, make_poisson
from ._recorded import load_exercises, load_head_direction
from ._recordings import make_gestures, make_reach
from ._related_trains import make_order, make_sync, make_telegraph, make_templates
from ._saccades import make_saccades
from ._syllables import make_syllables

__all__ = [
    "load_exercises", "load_head_direction", "make_gamma", "make_gestures", "make_markov",
    "make_order", "make_poisson", "make_reach", "make_saccades", "make_syllables", "make_sync",
    "make_telegraph", "make_templates"]
