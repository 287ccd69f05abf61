"""Conversion of dense arrays with another order of axes to rasters."""

import math

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers, check_option, is_raster
from .._utils import Raster
from ._binning import RasterInfo, default_names, grid_names, with_info


def from_array(
        x: ArrayLike, layout: str, *, counts: bool = False, return_info: bool = False) -> Raster:
    """Convert a dense array of spikes to a raster (n_samples, n_channels, n_steps).

    Parameters
    ----------
    x : array-like or torch.Tensor
        Spikes of 0 and 1, or spike counts.
    layout : str
        Axes of `x`, one letter each: N samples, T time steps, C channels, H rows and W columns. C,
        H and W are flattened to channels in their order. "NTC" has time before channels, "TNC" has
        time first as in torch and snntorch, and "NTCHW" is for frames of events. T is required.
        Without N there is one sample, without C, H and W one channel.
    counts : bool, default=False
        Whether to keep the values, as graded spikes or currents for networks. Otherwise any number
        of spikes becomes 1.
    return_info : bool, default=False
        Whether to return channel names and the numbers of lost spikes. Flattened channels have
        names such as ``c1_h3_w7``.

    Returns
    -------
    raster : ndarray of shape (n_samples, n_channels, n_steps), uint8 or float
        1 for each step with a spike, or the values with `counts`.
    info : RasterInfo
        Names and lost spikes, without times. Only with `return_info`.

    Raises
    ------
    TypeError
        If `x` does not hold numbers.
    ValueError
        If `layout` does not fit the axes of `x`, a value is not finite, or a value is negative or
        fractional and `counts` is False.

    Warns
    -----
    UserWarning
        If more than 1 % of the spikes are lost, because they share a step with another one.

    See Also
    --------
    from_spike_times : Convert spike times.
    from_tonic : Convert events.

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
    # a tensor may need gradients, or be on another device
    x = as_numbers(x.detach().cpu() if hasattr(x, "detach") else x, name)
    _check_layout(layout, x.shape)
    if not np.isfinite(x).all():
        raise ValueError(f"{name} expects finite numbers, got NaN or infinity.")
    # order the axes, and flatten the axes of channels
    axes = [letter for letter in layout if letter in "CHW"]
    sizes = [x.shape[layout.index(letter)] for letter in axes]
    x = x.transpose([layout.index(letter) for letter in ["N", *axes, "T"] if letter in layout])
    x = x.reshape(-1 if "N" in layout else 1, math.prod(sizes), x.shape[-1])
    dtype = x.dtype if x.dtype.kind == "f" else np.float32
    raster = np.array(x, dtype, order="C") if counts else _as_spikes(x)
    is_grid = len(axes) > 1
    names = grid_names("".join(axes).lower(), sizes) if is_grid else default_names(x.shape[1])
    total = int(x.sum(dtype=float))
    n_clipped = 0 if counts else total - int(np.count_nonzero(raster))
    image_shape = (1, *sizes)[-3:] if axes in (["C", "H", "W"], ["H", "W"]) else None
    info = RasterInfo(names, None, None, total, n_clipped, 0, image_shape)
    return with_info(raster, info, name, return_info)


def _check_layout(layout, shape):
    """Raise unless a layout describes the axes of a shape."""
    known = isinstance(layout, str) and "T" in layout and set(layout) <= set("NTCHW")
    if not known or len(set(layout)) < len(layout):
        raise ValueError(
            "layout must consist of different letters out of N, T, C, H and W, T among them, got "
            f"{layout!r}.")
    if len(layout) != len(shape) or 0 in shape:
        raise ValueError(
            f"layout={layout!r} needs an array of {len(layout)} axes, none of them empty, got "
            f"shape {shape}.")


def _as_spikes(x):
    """Return 1 for each number of spikes above 0."""
    if not is_raster(x) and not ((x >= 0) & (x == np.floor(x))).all():
        raise ValueError(
            "from_array expects spikes of 0 and 1, or spike counts. To keep other values, for "
            "networks and encoders, pass counts=True.")
    return np.ascontiguousarray(x > 0, np.uint8)
