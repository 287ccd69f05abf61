"""What files of fitted estimators hold of this package, for those who load them."""

import importlib

from .coding import CODINGS
from .complexity import MEASURES
from .learning import RULES, LinearReadout, Reservoir
from .neurons import NEURONS
from .rasters import NeuronGroup
from .readouts import READOUTS


def trusted_types() -> list[str]:
    """Return the names of this package's own types that a file of a fitted estimator may hold.

    skops loads only types that it knows or is told to trust. These are all that estimators and
    registered parts of skspike need, to be told once: ``skops.io.load(file,
    trusted=skspike.trusted_types())``. Parts of your own (neurons, rules and so on) come on top, by
    the names that ``skops.io.get_untrusted_types(file=...)`` shows.

    Returns
    -------
    names : list of str
        Full names, sorted.

    See Also
    --------
    show_versions : The versions under which a file was made.

    Examples
    --------
    >>> import skspike
    >>> [name for name in skspike.trusted_types() if "LIF" in name]
    ['skspike.neurons._adaptive_lif.AdaptiveLIF', 'skspike.neurons._lif.LIF']
    """
    package = importlib.import_module(__package__)  # what it exports is the list of the estimators
    exported = [getattr(package, name) for name in package.__all__]
    parts = [
        cls for registry in (CODINGS, NEURONS, READOUTS, RULES, MEASURES)
        for cls in registry.values()]
    records = [getattr(rule, "memory_type", None) for rule in RULES.values()]
    types = {
        thing
        for thing in [*exported, *parts, *records, Reservoir, LinearReadout, NeuronGroup]
        if isinstance(thing, type)}
    return sorted(
        f"{cls.__module__}.{cls.__qualname__}"
        for cls in types if cls.__module__.startswith(f"{__package__}."))
