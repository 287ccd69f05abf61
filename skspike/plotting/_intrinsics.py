"""Intrinsic parameters of neurons before and after learning."""

import numbers
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._networks import SpikingNetwork
from .._utils import Array, Axes, snapshot
from ._style import palette, place_legend, pyplot

MAX_BINS = 20
PANEL_SIZE = 3.2  # inches
MIN_LOG_RATIO = 3.0  # a logarithmic axis that spans a smaller factor has hardly any ticks


class IntrinsicsDisplay:
    """Distributions of intrinsic parameters by layer, before and after learning.

    Each parameter has a panel, with a histogram of the values after learning for each layer. The
    values before learning are a dashed line if all neurons share one value, a shaded range if they
    were drawn from a range, and a grey outline if each neuron has a given value. Create a display
    with `from_estimator`.

    Parameters
    ----------
    initial : dict of str to float, tuple or ndarray
        Each parameter before learning: one value, a range (low, high), or one value per neuron.
    learned : dict of str to list of ndarray
        Values of each parameter after learning, one array for each layer.
    log : tuple of str, default=()
        Parameters to draw on a logarithmic axis if they span a factor of more than three.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        The axes, one for each parameter.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    LossCurveDisplay : Plot the training loss.
    skspike.neurons.Intrinsic : Declaration of an intrinsic parameter.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import IntrinsicsDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = IntrinsicsDisplay.from_estimator(network)
    >>> list(display.learned)
    ['tau_mem', 'threshold', 'v_reset']
    """

    def __init__(
            self, initial: dict[str, Any], learned: dict[str, list[Array]],
            log: tuple[str, ...] = ()):
        self.initial = initial
        self.learned = learned
        self.log = log

    @classmethod
    def from_estimator(
            cls, estimator: SpikingNetwork, *, names: Sequence[str] | None = None,
            ax: Axes | Sequence[Axes] | None = None, **hist_kwargs: Any) -> Self:
        """Draw the intrinsic parameters of a fitted network.

        Parameters
        ----------
        estimator : SNNTransformer, SNNClassifier or SNNRegressor
            A fitted network.
        names : sequence of str or None, default=None
            Parameters to draw. None draws the parameters in `learn_intrinsic`, or all if it is
            False.
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            One Axes for each parameter. None creates a figure.
        **hist_kwargs : dict
            Passed to `matplotlib.axes.Axes.hist`.

        Returns
        -------
        display : IntrinsicsDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted network, a name is unknown, or the number of axes does
            not equal the number of parameters.
        """
        if not hasattr(estimator, "learn_intrinsic"):
            raise ValueError(
                f"{cls.__name__} expects a fitted SNNTransformer, SNNClassifier or SNNRegressor, "
                f"got {estimator!r}. Of a Pipeline, pass that step.")
        check_is_fitted(estimator, "weights_")
        estimator = snapshot(estimator)
        neuron, learned = estimator.neuron_, estimator.intrinsics_
        if names is None:
            names = estimator.learn_intrinsic_ or tuple(learned)
        if not names or not set(names) <= set(learned):
            raise ValueError(f"names must be some of {tuple(learned)}, got {names!r}.")
        log = tuple(item.name for item in neuron.active() if item.scale == "log")
        initial = {name: getattr(neuron, name) for name in names}
        return cls(initial, {name: learned[name] for name in names}, log).plot(ax, **hist_kwargs)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, **hist_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            One Axes for each parameter. None creates a figure.
        **hist_kwargs : dict
            Passed to `matplotlib.axes.Axes.hist`.

        Returns
        -------
        self : IntrinsicsDisplay
            The display.
        """
        axes = _new_axes(len(self.learned)) if ax is None else np.atleast_1d(ax).ravel()
        if len(axes) != len(self.learned):
            raise ValueError(
                f"ax must hold one Axes for each of the parameters {tuple(self.learned)}, got "
                f"{len(axes)}.")
        for panel, name in zip(axes, self.learned, strict=True):
            self._draw_panel(panel, name, hist_kwargs)
        self.ax_, self.figure_ = axes, axes[0].figure
        handles, labels = axes[0].get_legend_handles_labels()
        if ax is None:  # one legend above all panels
            self.figure_.legend(
                handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        else:
            place_legend(axes[-1])
        return self

    def _draw_panel(self, ax, name, hist_kwargs):
        """Draw one parameter."""
        before, layers = self.initial[name], self.learned[name]
        values = np.concatenate([*layers, np.ravel(before)])
        log = name in self.log and values.max() > MIN_LOG_RATIO * values.min()
        hist_kwargs = dict(hist_kwargs)
        bins = hist_kwargs.pop("bins", min(round(2 * np.sqrt(max(map(len, layers)))), MAX_BINS))
        if isinstance(bins, numbers.Integral):
            bins = _bin_edges(values, bins, log)
        else:
            bins = np.histogram_bin_edges(values, bins)
        for k, (after, colour) in enumerate(zip(layers, palette(len(layers)), strict=True)):
            label = "after learning" if len(layers) == 1 else f"after, layer {k + 1}"
            ax.hist(after, bins, **{"color": colour, "alpha": 0.6, "label": label, **hist_kwargs})
        if np.ndim(before) == 0:
            ax.axvline(before, color="black", linestyle="--", label="before")
        elif isinstance(before, tuple):
            ax.axvspan(*before, color="0.85", zorder=0, label="before")
        else:
            ax.hist(before, bins, histtype="step", color="0.3", linewidth=1.5, label="before")
        if log:
            ax.set_xscale("log")
            ax.xaxis.get_major_locator().set_params(subs=(1, 2, 5))
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_formatter("")
        else:
            ax.locator_params(axis="x", nbins=5)
        ax.set(xlabel=f"{name} (ms)" if name.startswith("tau") else name, ylabel="neurons")
        ax.yaxis.get_major_locator().set_params(integer=True)


def _new_axes(n):
    """Return the axes of a new figure with n panels, at most three in a row."""
    n_rows = -(-n // 3)
    n_columns = -(-n // n_rows)
    size = (PANEL_SIZE * n_columns, 0.85 * PANEL_SIZE * n_rows + 0.5) if n > 1 else None
    _, axes = pyplot().subplots(
        n_rows, n_columns, figsize=size, layout="constrained", squeeze=False)
    for spare in axes.flat[n:]:
        spare.remove()
    return axes.ravel()[:n]


def _bin_edges(values, n, log):
    """Return the edges of n bins over all values, with a margin at both ends."""
    values = np.log(values) if log else values
    low, high = values.min(), values.max()
    margin = 0.05 * (high - low) or 0.1
    edges = np.linspace(low - margin, high + margin, n + 1)
    return np.exp(edges) if log else edges
