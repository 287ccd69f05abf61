"""elephant: trains that are binned already."""

from typing import Any, Literal

import numpy as np

from .._checks import check_number
from .._utils import Raster
from ._binning import Spikes, binned, check_options, check_samples, documented
from ._info import default_names


@documented
def from_elephant(
    trains: Any,
    *,
    length: Literal["pad", "cut"] | None = None,
    align: Literal["start", "stop"] = "start",
    counts: bool = False,
    return_info: bool = False,
) -> Raster:
    """Make a raster of elephant's binned spike trains; their bins stay as they are.

    Parameters
    ----------
    trains : elephant.conversion.BinnedSpikeTrain or list of it
        A sample of one or more channels, or several such samples with bins of one width.
    <options>

    <returns>

    Raises
    ------
    TypeError
        If something else is found.
    ValueError
        If samples differ in the width of their bins, in their number of channels, or in their
        length without `length`.

    <warns>

    See Also
    --------
    from_neo : Trains that are not binned yet.

    Notes
    -----
    Binned trains have no names, and what elephant itself has lost is not known.

    Examples
    --------
    >>> import neo
    >>> from elephant.conversion import BinnedSpikeTrain
    >>> from skspike.io import from_elephant
    >>> train = neo.SpikeTrain([1.0, 2.5, 7.0], units="ms", t_stop=8.0)
    >>> from_elephant(BinnedSpikeTrain([train], bin_size=2 * train.units)).tolist()
    [[[1, 1, 0, 1]]]
    """
    name = "from_elephant"
    trains = [trains] if hasattr(trains, "sparse_matrix") else list(trains)
    wrong = [one for one in trains if not hasattr(one, "sparse_matrix")]
    if wrong:
        raise TypeError(
            f"{name} expects BinnedSpikeTrain, got {type(wrong[0]).__name__}; neo's trains go to "
            "from_neo.")
    check_samples([range(one.sparse_matrix.shape[0]) for one in trains], name, "channels")
    widths = np.array([float(one.bin_size.rescale("ms").magnitude) for one in trains])
    if not np.allclose(widths, widths[0], rtol=1e-9, atol=0):
        raise ValueError(
            f"{name} needs bins of one width, got {', '.join(f'{w:g}' for w in np.unique(widths))} "
            "ms: bin them anew.")
    bin_width = check_options(
        check_number(float(widths[0].round(12)), "bin_size", above=0), length, align, counts)
    starts = np.array([float(one.t_start.rescale("ms").magnitude) for one in trains])
    stops = starts + np.array([one.sparse_matrix.shape[1] for one in trains]) * bin_width
    entries = [one.sparse_matrix.tocoo() for one in trains]
    samples = np.repeat(np.arange(len(trains)), [int(e.data.sum()) for e in entries])
    channels, steps = (
        np.concatenate([np.repeat(getattr(e, axis), e.data) for e in entries])
        for axis in ("row", "col"))
    # in the middle, where no edge is near
    spikes = Spikes(starts[samples] + (steps + 0.5) * bin_width, samples, channels)
    return binned(
        spikes, starts, stops, default_names(entries[0].shape[0]), name, bin_width=bin_width,
        length=length, align=align, counts=counts, return_info=return_info)  # fmt: skip
