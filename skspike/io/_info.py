"""Channel names, and the information about a converted raster."""

from typing import NamedTuple

import numpy as np

from .._checks import warn

MAX_LOST = 0.01  # fraction of lost spikes above which a conversion warns


class RasterInfo(NamedTuple):
    """Names, times and lost spikes of a raster, returned with ``return_info=True``.

    Parameters
    ----------
    channel_names : ndarray of str objects of shape (n_channels,)
        Names of the channels. ``x0``, ``x1``, ... if the source has no names. Pass them to
        ``get_feature_names_out`` of a fitted estimator or pipeline to name its features.
    bin_width : float or None
        Length of a step in ms. None if the source does not contain it.
    t_start : ndarray of shape (n_samples,) or None
        Start of the first step of each sample, in ms on the clock of the source. None if the source
        does not contain it.
    n_spikes : int
        Number of spikes in the given samples. A spike of a recording that is given for several
        samples, with a window for each, counts once.
    n_clipped : int
        Number of spikes lost because their bin already holds a spike. 0 with ``counts=True``.
    n_outside : int
        Number of spikes lost because they are in no window of their samples.
    image_shape : tuple of (int, int, int) or None, default=None
        Number of polarities or colours, rows and columns of a sensor, if its channels are in this
        order. Estimators that use neighbouring pixels have a parameter of the same name. None if
        the channels are not pixels.

    See Also
    --------
    from_spike_times : Convert spike times, one of the functions that return this information.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SpikeCounter
    >>> from skspike.io import from_spike_times
    >>> raster, info = from_spike_times(
    ...     [[[0.2, 0.9], [1.5]]], bin_width=0.5, t_start=0, t_stop=2, return_info=True)
    >>> info.n_spikes, info.n_clipped, info.n_outside
    (3, 0, 0)
    >>> SpikeCounter().fit(raster).get_feature_names_out(info.channel_names).tolist()
    ['count_x0', 'count_x1']
    """

    channel_names: np.ndarray
    bin_width: float | None
    t_start: np.ndarray | None
    n_spikes: int
    n_clipped: int
    n_outside: int
    image_shape: tuple[int, ...] | None = None


def default_names(n_channels):
    """Return names for unnamed channels, in the style of scikit-learn's feature names."""
    return [f"x{k}" for k in range(n_channels)]


def grid_names(letters, sizes):
    """Return names for the channels of a grid, such as ``y3_x7``, with one letter per axis."""
    return ["_".join(map("{}{}".format, letters, place)) for place in np.ndindex(*sizes)]


def check_names(names, n_channels, name):
    """Return one name for each channel, as a list of str."""
    names = default_names(n_channels) if names is None else list(map(str, names))
    if len(names) != n_channels:
        raise ValueError(
            f"{name} needs channel_names for each of the {n_channels} channels, got {len(names)}.")
    return names


def with_info(raster, info, name, return_info, per_sample=False, spans=""):
    """Return a raster, and its information if requested. Warn about lost spikes.

    Spikes outside windows given for each sample (`per_sample`) are left out on purpose, unless all
    spikes are outside. If most spikes are lost, the unit may be wrong. Then the warning contains
    `spans`, the ranges of spikes and windows.
    """
    lost = info.n_clipped
    reasons = []
    if info.n_clipped:
        reasons.append(
            f"{info.n_clipped} in bins that held one already (take shorter bins, or keep them with "
            "counts=True)")
    if info.n_outside and (not per_sample or info.n_outside == info.n_spikes):
        reasons.append(f"{info.n_outside} outside the window")
        lost += info.n_outside
    if lost > MAX_LOST * info.n_spikes:
        warn(
            f"{name} lost {lost} of {info.n_spikes} spikes: {', '.join(reasons)}."
            + (spans if lost > info.n_spikes / 2 else ""))
    if not return_info:
        return raster
    names = np.array(list(map(str, info.channel_names)), dtype=object)
    return raster, info._replace(channel_names=names)
