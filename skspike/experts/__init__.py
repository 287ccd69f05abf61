"""Experts: models of the spike trains of each class, for `skspike.SpikeTrainClassifier`."""

from .._utils import Registry
from ._age import CODES as age_codes, Age as Age
from ._base import Expert, LookupExpert, check_different, evidence
from ._history import SYMBOLS as window_symbols, History as History
from ._linear import Linear as Linear
from ._neighbours import Neighbours as Neighbours
from ._pairs import Pairs as Pairs
from ._population import Population as Population, population_limits
from ._rate import Rate as Rate
from ._tree import TreeExpert

EXPERTS = Registry(globals(), Expert)

__all__ = ["Expert", "LookupExpert", "TreeExpert", *EXPERTS.class_names]
