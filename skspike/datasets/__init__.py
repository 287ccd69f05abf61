"""Generators of labelled spike trains, and of events from images."""

from ._gamma import make_gamma
from ._jittered import make_sync, make_templates
from ._markov import make_markov
from ._modulated import make_am, make_telegraph
from ._order import make_order
from ._poisson import make_bernoulli, make_poisson
from ._randman import make_randman
from ._saccades import make_saccades
from ._syllables import make_syllables
from ._textures import make_textures
from ._yin_yang import make_yin_yang

__all__ = [
    "make_am", "make_bernoulli", "make_gamma", "make_markov", "make_order", "make_poisson",
    "make_randman", "make_saccades", "make_syllables", "make_sync", "make_telegraph",
    "make_templates", "make_textures", "make_yin_yang"]
