"""Spike trains: models of them (experts), distances, rates, and estimators that use them."""

from .._base import Registry
from ._age import CODES as age_codes, Age as Age
from ._counter import SpikeCounter as SpikeCounter
from ._distance_transformer import DistanceTransformer
from ._distances import isi_distance, spike_distance, van_rossum, victor_purpura
from ._expert import Expert, LookupExpert, check_different as check_different, evidence as evidence
from ._firing import firing_rate, isi_cv
from ._history import History as History
from ._linear import Linear as Linear
from ._neighbours import Neighbours as Neighbours
from ._novelty import (
    Typical as Typical, Usual as Usual, UsualSums as UsualSums, moments_of as moments_of)
from ._pairs import Pairs as Pairs
from ._phrases import (
    RUNS as phrase_runs, Phrases as Phrases, PopulationPhrases as PopulationPhrases,
    phrase_dictionary as phrase_dictionary, phrase_text as phrase_text)
from ._population import Population as Population, population_limits as population_limits
from ._raster_features import (
    RasterFeaturesMixin as RasterFeaturesMixin, as_raster as as_raster,
    check_windows as check_windows, counts as counts, raster_of as raster_of,
    series_of as series_of, shortest_length as shortest_length, window_names as window_names)
from ._rate import Rate as Rate
from ._spike_lists import (
    SpikeLists as SpikeLists, norms as norms, products as products, spike_lists as spike_lists)
from ._tree import TreeExpert
from ._weights import centred as centred

EXPERTS: Registry = Registry(globals(), Expert)

# These need the registry.
# isort: split
from ._classifier import SpikeTrainClassifier as SpikeTrainClassifier  # noqa: E402
from ._models import (  # noqa: E402
    ClassModels as ClassModels, Samples as Samples, Tables as Tables,
    fitted_in_parts as fitted_in_parts, frozen as frozen, keys_of as keys_of,
    weighted_experts as weighted_experts)

__all__ = [
    "DistanceTransformer", "Expert", "LookupExpert", "TreeExpert", "firing_rate", "isi_cv",
    "isi_distance", "spike_distance", "van_rossum", "victor_purpura", *EXPERTS.class_names]
