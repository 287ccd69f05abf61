"""The neurons' own parameters before and after learning."""

import numbers
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._utils import Array, Axes, as_now
from ..snn import SpikingNetwork
from ._axes import legend_beside, pyplot
from ._palette import palette

MOST_BINS = 20
SIZE = 3.2  # inches of one panel of several
WIDE = 3.0  # a logarithmic axis that spans less than this factor would hold hardly a tick


class IntrinsicsDisplay:
    """Distributions of intrinsic parameters by layer, before and after learning.

    There is one panel for each parameter. The values after learning are a histogram for each layer.
    Where all neurons started from one value it is a dashed line, where values were drawn from a
    range the range is shaded, and where each neuron had its own they are a grey outline. Make one
    with `from_estimator`.

    Parameters
    ----------
    initial : dict of str to float, tuple or ndarray
        What each parameter was before learning: one value, (low, high), or one value for each
        neuron.
    learned : dict of str to list of ndarray
        Values of each parameter after learning, one array for each layer.
    log : tuple of str, default=()
        Parameters that go on a logarithmic axis where they span a factor of three or more.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        The axes, one for each parameter.
    figure_ : matplotlib Figure
        The figure that holds them.

    See Also
    --------
    LossCurveDisplay : How learning went.
    skspike.neurons.Intrinsic : What an intrinsic is.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import IntrinsicsDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> display = IntrinsicsDisplay.from_estimator(SNNClassifier(16, max_iter=5, random_state=0).fit(X, y))
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
        estimator : SNNTransformer or SNNClassifier
            A fitted network.
        names : sequence of str or None, default=None
            Which parameters; None takes those that its `learn_intrinsic` names, or all of them if
            that is False.
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            Where to draw, one for each parameter; None makes a figure.
        **hist_kwargs : dict
            Passed to `matplotlib.axes.Axes.hist`.

        Returns
        -------
        display : IntrinsicsDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is no network or not fitted, a name is unknown, or the number of axes
            is another.
        """
        if not hasattr(estimator, "learn_intrinsic"):
            wanted = "a fitted SNNTransformer or SNNClassifier"
            raise ValueError(
                f"{cls.__name__} expects {wanted}, got {estimator!r}; of a Pipeline take that "
                "step.")
        check_is_fitted(estimator, "weights_")
        estimator = as_now(estimator)
        neuron, known = estimator.neuron_, estimator.intrinsics_
        if names is None:
            names = estimator.learn_intrinsic_ or tuple(known)
        if not names or not set(names) <= set(known):
            raise ValueError(f"names must be some of {tuple(known)}, got {names!r}.")
        log = tuple(item.name for item in neuron.active() if item.scale == "log")
        initial = {name: getattr(neuron, name) for name in names}
        return cls(initial, {name: known[name] for name in names}, log).plot(ax, **hist_kwargs)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, **hist_kwargs: Any) -> Self:
        """Draw, once more if it was drawn before.

        Parameters
        ----------
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            Where to draw, one for each parameter; None makes a figure.
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
            self._panel(panel, name, hist_kwargs)
        self.ax_, self.figure_ = axes, axes[0].figure
        handles, labels = axes[0].get_legend_handles_labels()
        if ax is None:  # one for all, above them
            self.figure_.legend(
                handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        else:
            legend_beside(axes[-1])
        return self

    def _panel(self, ax, name, hist_kwargs):
        """Draw one parameter."""
        before, layers = self.initial[name], self.learned[name]
        every = np.concatenate([*layers, np.ravel(before)])
        log = name in self.log and every.max() > WIDE * every.min()
        hist_kwargs = dict(hist_kwargs)
        bins = hist_kwargs.pop("bins", min(round(2 * np.sqrt(max(map(len, layers)))), MOST_BINS))
        bins = _bins(every, bins, log) if isinstance(
            bins, numbers.Integral) else np.histogram_bin_edges(every, bins)
        for k, (values, colour) in enumerate(zip(layers, palette(len(layers)), strict=True)):
            label = "after learning" if len(layers) == 1 else f"after, layer {k + 1}"
            ax.hist(values, bins, **{"color": colour, "alpha": 0.6, "label": label, **hist_kwargs})
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
    """Return the axes of a new figure with n panels, three in a row at most."""
    n_rows = -(-n // 3)
    n_columns = -(-n // n_rows)
    size = (SIZE * n_columns, 0.85 * SIZE * n_rows + 0.5) if n > 1 else None
    _, axes = pyplot().subplots(
        n_rows, n_columns, figsize=size, layout="constrained", squeeze=False)
    for spare in axes.flat[n:]:
        spare.remove()
    return axes.ravel()[:n]


def _bins(values, n, log):
    """Return the edges of n bins over all values, with some room, or around them where all are the same."""
    values = np.log(values) if log else values
    low, high = values.min(), values.max()
    room = 0.05 * (high - low) or 0.1
    edges = np.linspace(low - room, high + room, n + 1)
    return np.exp(edges) if log else edges
