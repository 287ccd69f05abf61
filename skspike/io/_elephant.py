"""Conversion of binned spike trains of elephant to rasters."""

from typing import Any

import numpy as np

from .._checks import check_number
from .._utils import Raster
from ._binning import (
    Align, Length, Spikes, binned, check_options, check_samples, default_names, in_ms,
    with_binning_options)


@with_binning_options
def from_elephant(
        trains: Any, *, length: Length = None, align: Align = "start", counts: bool = False,
        return_info: bool = False) -> Raster:
    """Convert binned spike trains of elephant to a raster with the same bins.

    Parameters
    ----------
    trains : elephant.conversion.BinnedSpikeTrain or list of it
        One sample, or several samples with bins of one width. Each holds one or more channels.
    <parameters>

    Returns
    -------
    <returns>

    Raises
    ------
    TypeError
        If a sample is not a BinnedSpikeTrain.
    ValueError
        If samples differ in their bin width or number of channels. If they differ in length and
        `length` is None.

    Warns
    -----
    <warns>

    See Also
    --------
    from_neo : Convert spike trains that are not binned.

    Notes
    -----
    Binned trains have no names. Spikes that elephant has lost while binning are not counted.

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
    trains = _trains(trains)
    matrices = [train.sparse_matrix.tocoo() for train in trains]
    check_samples([range(matrix.shape[0]) for matrix in matrices], name, "channels")
    widths = in_ms(trains, "bin_size")
    if not np.allclose(widths, widths[0], rtol=1e-9, atol=0):
        raise ValueError(
            f"{name} needs bins of one width, got {', '.join(f'{w:g}' for w in np.unique(widths))} "
            "ms. Bin the trains again.")
    width = check_number(float(widths[0].round(12)), "bin_size", above=0)
    options = check_options(name, width, length, align, counts, return_info)
    starts = in_ms(trains, "t_start")
    stops = starts + np.array([matrix.shape[1] for matrix in matrices]) * width
    # repeat each entry as often as it counts spikes
    spikes = [np.repeat([matrix.row, matrix.col], matrix.data, axis=1) for matrix in matrices]
    samples = np.repeat(np.arange(len(trains)), [found.shape[1] for found in spikes])
    channels, steps = np.concatenate(spikes, axis=1)
    # place spikes in the middle of their bins, far from the edges
    times = starts[samples] + (steps + 0.5) * width
    spikes = Spikes(times, channels, np.arange(len(times)), samples)
    return binned(spikes, starts, stops, default_names(matrices[0].shape[0]), options)


def _trains(trains):
    """Return one or several binned trains as a list."""
    trains = [trains] if hasattr(trains, "sparse_matrix") else list(trains)
    for train in trains:
        if not hasattr(train, "sparse_matrix"):
            raise TypeError(
                f"from_elephant expects BinnedSpikeTrain, got {type(train).__name__}. For trains "
                "of neo, use from_neo.")
    return trains
