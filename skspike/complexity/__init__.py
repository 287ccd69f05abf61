"""Complexity measures of spike trains."""

from .._utils import Registry
from ._base import Measure
from ._entropies import BlockEntropy as BlockEntropy, SampleEntropy as SampleEntropy
from ._lz76 import LZ76 as LZ76
from ._lz78 import LZ78 as LZ78
# `name as name` exports a name to the package that the reference does not document.
from ._symbols import n_columns as n_columns

MEASURES = Registry(globals(), Measure)

__all__ = ["Measure", *MEASURES.class_names]
