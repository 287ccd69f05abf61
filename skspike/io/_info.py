"""What a conversion tells beside the raster."""

import warnings
from typing import NamedTuple

import numpy as np

SHARE = 0.01  # of the spikes: a warning tells if more are lost


class RasterInfo(NamedTuple):
    """What ``return_info=True`` gives beside a raster: names, times, and the number of spikes that the raster does not hold.

    Parameters
    ----------
    channel_names : ndarray of str objects of shape (n_channels,)
        Names of the channels, ``x0``, ``x1``, ... where the source has none.
        ``get_feature_names_out(info.channel_names)`` of a fitted estimator or pipeline names its
        features by them.
    bin_width : float or None
        Length of a step in ms; None if the source does not tell it.
    t_start : ndarray of shape (n_samples,) or None
        When the first step of each sample begins, in ms on the clock of the source.
    n_spikes : int
        Spikes in the samples that were given.
    n_clipped : int
        Spikes lost because another one fell into the same bin of the same channel; 0 with
        ``counts=True``.
    n_outside : int
        Spikes lost because they lie outside of the window of their sample.

    See Also
    --------
    from_spike_times : Gives one, as all ways from recordings do.

    Examples
    --------
    >>> from skspike import SpikeCounter
    >>> from skspike.io import from_tonic
    >>> import numpy as np
    >>> events = np.array([(1500, 0, 1), (2500, 0, 1), (3000, 2, 1)], dtype=[("t", "i8"), ("x", "i2"), ("p", "i1")])
    >>> raster, info = from_tonic([events], sensor_size=(3, 1, 1), bin_width=0.5, t_stop=4.0, return_info=True)
    >>> info.n_spikes, info.n_clipped, info.n_outside
    (3, 0, 0)
    >>> SpikeCounter().fit(raster).get_feature_names_out(info.channel_names).tolist()
    ['count_x0', 'count_x1', 'count_x2']
    """

    channel_names: np.ndarray
    bin_width: float | None
    t_start: np.ndarray | None
    n_spikes: int
    n_clipped: int
    n_outside: int


def default_names(n_channels):
    """Return the names of channels that have none, as scikit-learn gives them to features."""
    return [f"x{k}" for k in range(n_channels)]


def with_info(raster, info, name, return_info, chosen=False, spans="", stacklevel=4):
    """Return a raster, with what there is to tell of it if that is wanted; warn of losses, unless the windows were `chosen` to cut out.

    Where most spikes are lost, the warning tells the `spans` of times and windows, for a unit may
    be wrong.
    """
    parts = [
        f"{info.n_clipped} in bins that held one already (take shorter bins, or keep them with "
        "counts=True)"] * (info.n_clipped > 0)
    lost = info.n_clipped
    if info.n_outside and (not chosen or info.n_outside == info.n_spikes):
        parts.append(f"{info.n_outside} outside of the window")
        lost += info.n_outside
    if lost > SHARE * info.n_spikes:
        doubt = spans if lost > info.n_spikes / 2 else ""
        warnings.warn(
            f"{name} lost {lost} of {info.n_spikes} spikes: {', '.join(parts)}.{doubt}",
            UserWarning, stacklevel=stacklevel)
    if not return_info:
        return raster
    return raster, info._replace(
        channel_names=np.asarray(list(map(str, info.channel_names)), dtype=object))
