"""Types of this package in files of fitted estimators."""

import importlib

from ._meta import Joined
from ._networks import Memory, NeuronGroup, PatchLayer
from .coding import CODINGS, Augment, MoveImages
from .complexity import MEASURES, Dictionaries
from .io import RasterInfo
from .learning import RULES, Centring, LinearDecoder, Reservoir
from .neurons import NEURONS
from .simulation import READOUTS
from .trains import EXPERTS, DistanceTransformer, Typical, Usual, UsualSums


def trusted_types() -> list[str]:
    """Return the names of the types of this package in files of fitted estimators.

    skops loads only types that it knows or that are passed as trusted: ``skops.io.load(file,
    trusted=skspike.trusted_types())``. The list covers all estimators and registered parts of
    skspike. Add your own parts (neurons, rules and so on) by the names that
    ``skops.io.get_untrusted_types(file=...)`` returns.

    Returns
    -------
    names : list of str
        Full names, sorted.

    See Also
    --------
    show_versions : Print the versions to store with a file.

    Examples
    --------
    >>> import skspike
    >>> [name for name in skspike.trusted_types() if name.endswith(".LIF")]
    ['skspike.neurons._lif.LIF']
    """
    package = importlib.import_module(__package__)  # exports all estimators
    exported = [getattr(package, name) for name in package.__all__ if name != "Stream"]
    parts = [
        cls for registry in (CODINGS, EXPERTS, NEURONS, READOUTS, RULES, MEASURES)
        for cls in registry.values()]
    records = [getattr(rule, "memory_type", None) for rule in RULES.values()]
    others = (
        DistanceTransformer, Augment, MoveImages, Reservoir, Centring, LinearDecoder, NeuronGroup,
        PatchLayer, Typical, Usual, UsualSums, Dictionaries, Memory, Joined, RasterInfo)
    types = {
        thing
        for thing in [*exported, *parts, *records, *others]
        if isinstance(thing, type)}
    return sorted(
        f"{cls.__module__}.{cls.__qualname__}"
        for cls in types if cls.__module__.startswith(f"{__package__}."))
