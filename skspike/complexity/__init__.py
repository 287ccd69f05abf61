"""Complexity measures of spike trains, and the estimators that use them."""

from .._base import Registry
from ._entropies import BlockEntropy as BlockEntropy, SampleEntropy as SampleEntropy
from ._lz76 import LZ76 as LZ76
from ._lz78 import LZ78 as LZ78
from ._measure import Measure
from ._relative import (
    Dictionaries as Dictionaries, experts_of as experts_of,
    n_relative_features as n_relative_features, weights_of_terms as weights_of_terms)
from ._symbols import n_columns as n_columns

MEASURES: Registry = Registry(globals(), Measure)

# These need the registry.
# isort: split
from ._lzc import (  # noqa: E402
    LZCClassifier as LZCClassifier, LZCTransformer as LZCTransformer, features_of as features_of)

__all__ = ["Measure", *MEASURES.class_names]
