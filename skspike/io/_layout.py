"""Dense arrays whose axes come in another order."""

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers, check_option, is_raster
from .._utils import Raster
from ._info import RasterInfo, default_names, with_info


def from_array(
        x: ArrayLike, layout: str, *, counts: bool = False, return_info: bool = False) -> Raster:
    """Bring a dense array of spikes into the order (samples, channels, steps).

    Parameters
    ----------
    x : array-like or torch.Tensor
        Spikes, 0 and 1, or numbers of spikes.
    layout : str
        What the axes of `x` are, a letter each: N samples, T time steps, C channels, and H and W
        for rows and columns, which become channels in the order in which they stand. "NTC" is time
        before channels, "TNC" torch and snntorch's time first, "NTCHW" frames of events. Without N
        there is one sample, without C, H and W one channel.
    counts : bool, default=False
        Whether to keep the values as they are, graded spikes or currents for networks, in place of
        1 for a spike or more.
    return_info : bool, default=False
        Whether to return names and the numbers of lost spikes too. Channels that are flattened are
        called ``c1_h3_w7``.

    Returns
    -------
    raster : ndarray of shape (n_samples, n_channels, n_steps), uint8 or float
        1 where a channel spikes; with `counts` the values.
    info : RasterInfo
        Only with `return_info`; an array does not tell its times.

    Raises
    ------
    TypeError
        If `x` does not hold numbers.
    ValueError
        If `layout` does not fit the axes of `x`, or there are negative or broken numbers without
        `counts`.

    Warns
    -----
    UserWarning
        If more than 1 % of the spikes are lost to bins that hold one already.

    See Also
    --------
    from_spike_times : Times in place of an array.
    from_tonic : Events in place of frames.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.io import from_array
    >>> time_first = np.zeros((100, 8, 3))  # 100 steps of 8 samples with 3 channels
    >>> from_array(time_first, "TNC").shape
    (8, 3, 100)
    """
    name = "from_array"
    check_option(counts, "counts", (False, True))
    # a tensor may need gradients, or lie on another device
    x = as_numbers(x.detach().cpu() if hasattr(x, "detach") else x, name)
    if not isinstance(layout, str) or set(layout) - set("NTCHW") or len(
            set(layout)) < len(layout) or "T" not in layout:
        raise ValueError(
            "layout must be letters out of N, T, C, H and W, T among them and each once, got "
            f"{layout!r}.")
    if len(layout) != x.ndim or 0 in x.shape:
        raise ValueError(
            f"layout={layout!r} expects {len(layout)} axes, none of them empty, got shape "
            f"{x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} expects finite numbers, got NaN or infinity.")
    inner = [letter for letter in layout if letter in "CHW"]
    sizes = [x.shape[layout.index(letter)] for letter in inner]
    x = x.transpose([layout.index(letter) for letter in ["N"] * ("N" in layout) + inner + ["T"]])
    x = x.reshape(-1 if "N" in layout else 1, int(np.prod(sizes)), x.shape[-1])
    if not counts and not is_raster(x) and ((x < 0).any() or (x != np.floor(x)).any()):
        raise ValueError(
            f"{name} expects spikes, 0 and 1, or their numbers; counts=True keeps other values, "
            "for networks and encoders.")
    raster = np.ascontiguousarray(
        x if counts else x > 0,
        (x.dtype if x.dtype.kind == "f" else np.float32) if counts else np.uint8)
    total = int(x.sum(dtype=float))
    info = RasterInfo(
        _names(inner, sizes), None, None, total,
        0 if counts else total - int(np.count_nonzero(raster)), 0)
    return with_info(raster, info, name, return_info, stacklevel=3)


def _names(inner, sizes):
    """Return the names of channels by their places on the axes from which they come."""
    if len(inner) < 2:
        return default_names(int(np.prod(sizes)))
    return [
        "_".join(f"{letter.lower()}{k}" for letter, k in zip(inner, place, strict=True))
        for place in np.ndindex(*sizes)]
