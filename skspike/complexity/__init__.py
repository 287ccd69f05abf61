"""Complexity measures of spike trains."""

from .._utils import Registry
from ._base import Measure
from ._block_entropy import BlockEntropy as BlockEntropy
from ._lz76 import LZ76 as LZ76, lz76, lz76_joint, lz76_words
from ._lz78 import LZ78 as LZ78, lz78, lz78_joint, lz78_words
from ._sample_entropy import SampleEntropy as SampleEntropy
from ._symbols import column_symbols
from ._words import WordMeasure

MEASURES = Registry(globals(), Measure)

__all__ = [
    "Measure", "WordMeasure", "column_symbols", "lz76", "lz76_joint", "lz76_words", "lz78",
    "lz78_joint", "lz78_words", *MEASURES.class_names]
