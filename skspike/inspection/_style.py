"""Base class of the displays, colours, legends, and checks of samples, labels and names."""

from collections.abc import Mapping
from inspect import signature
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._base import (
    Axes, as_numbers, check_container, check_dt, check_number, given_dt, optional, shown, snapshot)

# M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270, 2021:
# optimised for contrast under simulated colour blindness, for contrast with white, and for
# appearance, above all of the first few.
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70",
    "#717581", "#92dadd")
# arguments of methods of Axes that are not in their signatures
UNLISTED = {"barh": ("capsize", "ecolor", "error_kw", "log", "tick_label", "xerr", "yerr")}


def pyplot():
    """Import and return matplotlib.pyplot, which ``import skspike`` does not load."""
    with optional("matplotlib", "plot", "skspike.inspection"):
        from matplotlib import pyplot as plt
    return plt


def style_of(kwargs, method):
    """Return style arguments of a method of Axes by their full names, such as linewidth for lw.

    Raise if an argument does not exist or is given twice. No figure is made.
    """
    pyplot()
    from matplotlib import axes, cbook, collections, image, lines, patches

    artist = {
        "plot": lines.Line2D, "scatter": collections.PathCollection, "hist": patches.Patch,
        "barh": patches.Patch, "imshow": image.AxesImage}[method]
    style = cbook.normalize_kwargs(kwargs, artist)
    allowed = {*signature(getattr(axes.Axes, method)).parameters, *UNLISTED.get(method, ())}
    for name in style:
        if name not in allowed and not hasattr(artist, f"set_{name}"):
            raise TypeError(f"matplotlib.axes.Axes.{method} has no argument {name!r}.")
    if "c" in style:  # scatter takes c or color
        style.setdefault("color", None)
    return style


class Display:
    """Base class of the displays: check style arguments, make axes, draw, and keep the axes.

    A display defines ``_draw(ax, style)``.
    """

    _method = "plot"  # of Axes, which gets the style arguments

    def plot(self, ax: Axes | None = None, **style: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to the method of `matplotlib.axes.Axes` that draws the data: ``plot`` for lines
            and spikes, ``scatter`` for points, ``hist`` or ``barh`` for bars, ``imshow`` for
            images.

        Returns
        -------
        self : Display
            The display.
        """
        style = style_of(style, self._method)
        self.ax_ = pyplot().subplots(layout="constrained")[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        self._draw(self.ax_, style)
        return self

    def _draw(self, ax, style):
        """Draw the data on axes, in a checked style."""
        raise NotImplementedError


def place_legend(ax, **options):
    """Place the legend to the right of the axes, where it covers no data."""
    options = {"bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0, "frameon": False, **options}
    ax.legend(loc="upper left", **options)


def by_name(estimators):
    """Return one or several estimators by name. Others are named by class, and number in a list."""
    if isinstance(estimators, Mapping):
        return dict(estimators)
    if not isinstance(estimators, list | tuple):
        return {type(estimators).__name__: estimators}
    return {
        f"{type(estimator).__name__} {k}": estimator for k, estimator in enumerate(estimators, 1)}


def palette(n: int = len(COLOURS)) -> list[str]:
    """Return the colours of the displays, for use in other figures.

    There are ten colours [1]_ in a fixed order, which people with colour blindness can distinguish
    too. The first of two colours is also the first of ten. The displays draw classes in these
    colours, and everything else, such as a boundary or the value before learning, in black or grey.

    Parameters
    ----------
    n : int, default=10
        Number of colours, at least 0. More than ten are evenly spaced colours of the map viridis,
        which is perceptually uniform. Neighbours are then similar, so only their order is visible.

    Returns
    -------
    colours : list of str
        Colours as ``"#rrggbb"``.

    See Also
    --------
    RasterDisplay : Draw spike trains in these colours.

    References
    ----------
    .. [1] M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270,
        2021.

    Examples
    --------
    >>> from skspike.inspection import palette
    >>> palette(2)
    ['#3f90da', '#ffa90e']

    Use the colours for all lines of an Axes:

    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> ax.set_prop_cycle(color=palette())
    """
    check_number(n, "n", low=0, integer=True)
    if n <= len(COLOURS):
        return list(COLOURS[:n])
    return [
        "#{:02x}{:02x}{:02x}".format(*rgba)
        for rgba in pyplot().get_cmap("viridis")(np.linspace(0, 0.95, n), bytes=True)]


def set_whole_ticks(axis):
    """Place ticks at whole numbers only, unless the user has set the ticks or the scale."""
    locator = axis.get_major_locator()
    if isinstance(locator, pyplot().MaxNLocator):
        locator.set_params(integer=True)


def one_sample(sample, name):
    """Return a sample as an array (n_channels, n_steps)."""
    x = as_numbers(sample, name)
    if x.ndim != 2:
        raise ValueError(
            f"{name} expects one sample of shape (n_channels, n_steps), got shape {x.shape}. Pass "
            "one of several samples, such as X[0].")
    return x


def view_of(estimator, kind, name):
    """Return a view of a fitted estimator of a class, or raise."""
    if not isinstance(estimator, kind):
        raise ValueError(f"{name} expects a fitted {kind.__name__}, got {estimator!r}.")
    check_is_fitted(estimator)
    return snapshot(estimator)


def step_of(estimator, dt):
    """Return the checked `dt`, by default the step of an estimator, or 1 ms if it has none.

    Raise if the estimator was given another one.
    """
    dt, fitted = check_dt(dt, none=True), getattr(estimator, "best_estimator_", estimator)
    given = given_dt(fitted) if hasattr(fitted, "get_params") else None
    if dt is not None and given not in (None, dt):
        raise ValueError(
            f"dt={dt:g} ms differs from dt={given:g} ms of {type(fitted).__name__}. Leave dt out.")
    return dt or _step_of(estimator) or 1.0


def _step_of(estimator):
    """Return the step of an estimator, or of its last part that has one, or None."""
    step = getattr(estimator, "dt_", getattr(estimator, "dt", None))
    steps = getattr(estimator, "steps", getattr(estimator, "transformers_", ()))
    parts = [part for _, part, *_ in steps]
    inner = ("best_estimator_", "estimator_")
    parts += [getattr(estimator, name) for name in inner if hasattr(estimator, name)]
    return step or next(filter(None, map(_step_of, reversed(parts))), None)


def by_class(y, n_samples):
    """Return the label, the colour and the sample indices of each class."""
    if y is None:
        return [(None, "black", np.arange(n_samples))]
    labels = np.unique(y)
    return [
        (str(label), colour, np.flatnonzero(y == label))
        for label, colour in zip(labels, palette(len(labels)), strict=True)]


def check_labels(y, n_samples, name):
    """Return class labels as an array, or None for None."""
    if y is None:
        return None
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.dtype.kind == "O" and len({isinstance(label, str) for label in y.flat}) > 1:
        raise ValueError(f"{name} needs labels that are all strings or all numbers, got y of both.")
    if y.shape != (n_samples,):
        raise ValueError(
            f"{name} needs one label for each of the {n_samples} samples, got y of shape "
            f"{y.shape}.")
    for i, label in enumerate(y):
        # NaN differs from itself, and pandas.NA has no truth value
        if label is None or not isinstance(label == label, (bool, np.bool_)) or label != label:
            raise ValueError(
                f"{name} needs a label for each sample, got {shown(label)} for sample {i}. Leave "
                "such samples out.")
    return y


def check_names(names, n, name, of="channels", parameter="channel_names"):
    """Return a name for each channel or feature as a list of str, or None for None."""
    if names is None:
        return None
    if isinstance(names, str) or len(names) != n:
        raise ValueError(
            f"{name} needs a list of one name for each of the {n} {of}, got {parameter}={names!r}.")
    return [str(one) for one in names]
