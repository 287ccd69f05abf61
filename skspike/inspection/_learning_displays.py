"""Learned networks: intrinsic parameters before and after learning, and losses by epoch."""

import itertools
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._base import Array, Axes, snapshot
from .._networks import SpikingNetwork
from ._style import Display, by_name, palette, place_legend, pyplot, set_whole_ticks, style_of

UNITS = {"frequency": "Hz", "g_na": "1/ms", "g_k": "1/ms"}  # of all except tau
MAX_BINS = 20
MAX_COLUMNS = 4  # of the legend
PANEL_SIZE = 3.2  # inches
Networks = SpikingNetwork | Mapping[str, SpikingNetwork] | Sequence[SpikingNetwork]
MIN_LOG_RATIO = 3.0  # a logarithmic axis that spans a smaller factor has hardly any ticks


@dataclass(eq=False, repr=False)
class IntrinsicsDisplay(Display):
    """Distributions of intrinsic parameters by layer, before and after learning.

    Each parameter has a panel, with a histogram of the values after learning for each layer. The
    values before learning are a dashed line if all neurons share one value, a shaded range if they
    were drawn from a range, and a grey outline if each neuron has a given value. Infinite values,
    such as time constants of membranes without leak, are counted in the label of the axis. Create a
    display with `from_estimator`.

    Parameters
    ----------
    initial : dict of str to float, tuple, ndarray, or list of these
        Each parameter before learning: one value, a range (low, high), or one value per neuron. A
        list has one entry for each different start of several networks.
    learned : dict of str to list of ndarray
        Values of each parameter after learning, one array for each layer.
    log : tuple of str, default=()
        Parameters to draw on a logarithmic axis if they span a factor of more than three.
    labels : sequence of str or None, default=None
        Labels of the arrays in `learned`. None means layers of a single network.

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
    >>> from skspike.inspection import IntrinsicsDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = IntrinsicsDisplay.from_estimator(network)
    >>> list(display.learned)
    ['tau_mem', 'threshold', 'v_reset']
    """

    initial: dict[str, Any]
    learned: dict[str, list[Array]]
    log: tuple[str, ...] = ()
    labels: Sequence[str] | None = None

    @classmethod
    def from_estimator(
            cls, estimator: Networks, *, names: Sequence[str] | None = None,
            ax: Axes | Sequence[Axes] | None = None, **style: Any) -> Self:
        """Draw the intrinsic parameters of one or several fitted networks.

        Parameters
        ----------
        estimator : SNNTransformer, SNNClassifier or SNNRegressor, or dict or list of these
            A fitted network, or several, in a dict by name, or in a list. Networks in a list, such
            as those of several seeds, are named by class and number.
        names : sequence of str or None, default=None
            Parameters to draw, which all networks must have. None draws those of the parameters in
            `learn_intrinsic`, or of all if it is False, that every network has.
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            One Axes for each parameter. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.hist`.

        Returns
        -------
        display : IntrinsicsDisplay
            The display.

        Raises
        ------
        ValueError
            If there is no network, an estimator is not a fitted network, a name is unknown, the
            networks have no common parameter, or the number of axes does not equal the number of
            parameters.
        """
        networks = by_name(estimator)
        found = [_intrinsics(network, names, cls.__name__) for network in networks.values()]
        starts, learned, logs = zip(*found, strict=True) if found else ((), (), ())
        starts, learned = _by_parameter(starts), _by_parameter(learned)
        if not learned:
            raise ValueError(
                f"{cls.__name__} needs networks with a common intrinsic parameter, got "
                f"{[list(parameters) for _, parameters, _ in found]}. Pass names.")
        labels = None
        if isinstance(estimator, Mapping | list | tuple):
            n_layers = map(len, next(iter(learned.values())))
            labels = [*itertools.chain(*map(_labels, networks, n_layers))]
        return cls(
            {name: _distinct(values) for name, values in starts.items()},
            {name: [*itertools.chain(*layers)] for name, layers in learned.items()},
            tuple(dict.fromkeys(itertools.chain(*logs))), labels).plot(ax, **style)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, **style: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes, sequence of matplotlib Axes or None, default=None
            One Axes for each parameter. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.hist`.

        Returns
        -------
        self : IntrinsicsDisplay
            The display.
        """
        style = style_of(style, "hist")
        axes = _new_axes(len(self.learned)) if ax is None else np.atleast_1d(ax).ravel()
        if len(axes) != len(self.learned):
            raise ValueError(
                f"ax must hold one Axes for each of the parameters {tuple(self.learned)}, got "
                f"{len(axes)}.")
        for panel, name in zip(axes, self.learned, strict=True):
            self._draw_panel(panel, name, style)
        self.ax_, self.figure_ = axes, axes[0].figure
        handles, labels = axes[0].get_legend_handles_labels()
        if ax is None:  # one legend above all panels
            self.figure_.legend(
                handles, labels, loc="outside upper center", ncols=min(len(labels), MAX_COLUMNS),
                frameon=False)
        else:
            place_legend(axes[-1])
        return self

    def _draw_panel(self, ax, name, style):
        """Draw one parameter."""
        starts, layers = self.initial[name], self.learned[name]
        starts = starts if isinstance(starts, list) else [starts]
        labels = self.labels
        if labels is None:
            labels = ["after learning"] if len(layers) == 1 else _labels("after", len(layers))
        after = np.concatenate(layers)
        values = _finite(np.concatenate([after, *map(np.ravel, starts)]))
        values = values if len(values) else np.ones(1)
        log = name in self.log and values.max() > MIN_LOG_RATIO * values.min()
        n_bins = min(round(2 * np.sqrt(max(map(len, layers)))), MAX_BINS)
        bins = _bin_edges(values, style.get("bins", n_bins), log)
        for label, layer, colour in zip(labels, layers, palette(len(layers)), strict=True):
            ax.hist(_finite(layer), **{
                "color": colour, "alpha": 0.6, "label": label, **style, "bins": bins})
        for k, start in enumerate(starts):
            _draw_start(ax, start, bins, "_before" if k else "before")
        if log:
            ax.set_xscale("log")
            ax.xaxis.get_major_locator().set_params(subs=(1, 2, 5))
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_formatter("")
        else:
            ax.locator_params(axis="x", nbins=5)
        ax.set(xlabel=_axis_label(name, after), ylabel="number of neurons")
        set_whole_ticks(ax.yaxis)


def _intrinsics(estimator, names, display):
    """Return the start and the learned values of parameters, and the names of those on log axes."""
    if not hasattr(estimator, "learn_intrinsic"):
        raise ValueError(
            f"{display} expects a fitted SNNTransformer, SNNClassifier or SNNRegressor, got "
            f"{estimator!r}. Of a Pipeline, pass that step.")
    check_is_fitted(estimator, "weights_")
    estimator = snapshot(estimator)
    neuron, learned = estimator.neuron_, estimator.intrinsics_
    if names is None:
        names = estimator.learn_intrinsic_ or tuple(learned)
    if not names or not set(names) <= set(learned):
        raise ValueError(f"names must be some of {tuple(learned)}, got {names!r}.")
    log = tuple(item.name for item in neuron.active() if item.scale == "log")
    start = {name: getattr(neuron, name) for name in names}
    return start, {name: learned[name] for name in names}, log


def _labels(name, n_layers):
    """Return the labels of the layers of a network."""
    return [name] if n_layers == 1 else [f"{name}, layer {k + 1}" for k in range(n_layers)]


def _by_parameter(tables):
    """Return the values of several networks for each parameter that all of them have."""
    return {
        name: [table[name] for table in tables]
        for name in (tables[0] if tables else ()) if all(name in table for table in tables)}


def _distinct(starts):
    """Return the different values before learning, as a list."""
    found = []
    for start in starts:
        if not any(type(start) is type(other) and np.array_equal(start, other) for other in found):
            found.append(start)
    return found


def _finite(values):
    """Return the finite values."""
    return values[np.isfinite(values)]


def _draw_start(ax, start, bins, label):
    """Draw the values before learning: one value, a range, or one value per neuron."""
    if np.ndim(start) == 0:
        # an infinite value has no line, but an entry in the legend of all panels
        x = start if np.isfinite(start) else np.nan
        ax.axvline(x, color="black", linestyle="--", label=label)
    elif isinstance(start, tuple):
        ax.axvspan(*start, color="0.85", zorder=0, label=label)
    else:
        ax.hist(_finite(start), bins, histtype="step", color="0.3", linewidth=1.5, label=label)


def _axis_label(name, values):
    """Return the name of a parameter with its unit, if it has one, and the infinite values."""
    unit = "ms" if name.startswith("tau") else UNITS.get(name)
    n_infinite = len(values) - len(_finite(values))
    note = f", {n_infinite} of {len(values)} infinite" if n_infinite else ""
    return (f"{name} ({unit})" if unit else name) + note


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


def _bin_edges(values, bins, log):
    """Return the edges of bins over all values, with a margin if `bins` is their number."""
    if not isinstance(bins, numbers.Integral):
        return np.histogram_bin_edges(values, bins)
    values = np.log(values) if log else values
    low, high = values.min(), values.max()
    margin = 0.05 * (high - low) or 0.1
    edges = np.linspace(low - margin, high + margin, bins + 1)
    return np.exp(edges) if log else edges


@dataclass(eq=False, repr=False)
class LossCurveDisplay(Display):
    """Loss after each epoch, of one or several networks.

    The mean training loss is a solid line. The loss on held-out data, which exists for networks
    with `early_stopping`, is a dashed line of the same colour. If `early_stopping` is a scorer, the
    held-out score is a dotted line with an axis on the right. Create a display with
    `from_estimator`.

    Parameters
    ----------
    curves : dict of str to (loss, validation loss)
        Curves of each network by name, as sequences of float. The validation loss is None for a
        network without validation.
    scores : dict of str to sequence of float or None, default=None
        Held-out scores after each epoch, of the networks that have them. None means no scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    score_ax_ : matplotlib Axes or None
        The axes of the held-out scores, or None without scores.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The curves: for each network its loss and held-out loss, and then all held-out scores.

    See Also
    --------
    IntrinsicsDisplay : Plot the learned parameters of neurons.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import LossCurveDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> options = {"max_iter": 5, "random_state": 0}
    >>> learned = SNNClassifier(8, **options).fit(X, y)
    >>> fixed = SNNClassifier(8, learn_intrinsic=False, **options).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator({"fixed": fixed, "learned": learned})
    """

    curves: Mapping[str, tuple[Sequence[float], Sequence[float] | None]]
    scores: Mapping[str, Sequence[float]] | None = None

    @classmethod
    def from_estimator(
            cls, estimator: Networks, *, ax: Axes | None = None, **style: Any) -> Self:
        """Draw the losses of one or several networks in one plot.

        Parameters
        ----------
        estimator : SNNTransformer, SNNClassifier or SNNRegressor, or dict or list of these
            A fitted network whose rule minimises a loss, or several, in a dict by name, or in a
            list. Networks in a list, such as those of several seeds, are named by class and number.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display.

        Raises
        ------
        ValueError
            If an estimator is not fitted or has no `loss_curve_`.
        """
        networks = by_name(estimator)
        curves = {name: _curves(network) for name, network in networks.items()}
        scores = {
            name: network.validation_scores_ for name, network in networks.items()
            if hasattr(network, "validation_scores_")}
        return cls(curves, scores).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw the losses, and the scores on an axis at the right."""
        n_drawn, scores = len(ax.get_lines()), self.scores or {}
        colours = palette(n_drawn + len(self.curves))[n_drawn:]
        self.lines_ = []
        for (name, (loss, validation)), colour in zip(self.curves.items(), colours, strict=True):
            self._draw_curve(ax, loss, name, colour, "-", style)
            if validation is not None:
                self._draw_curve(ax, validation, f"{name}, held-out", colour, "--", style)
        self.score_ax_ = ax.twinx() if scores else None
        for name, colour in zip(self.curves, colours, strict=True):
            if name in scores:
                self._draw_curve(self.score_ax_, scores[name], name, colour, ":", style)
        if self.score_ax_ is not None:
            self.score_ax_.set_ylabel("held-out score (dotted)")
        ax.set(xlabel="epoch", ylabel="mean loss of a sample")
        set_whole_ticks(ax.xaxis)
        # the legend leaves room for the axis of scores
        place_legend(ax, **({"bbox_to_anchor": (1.2, 1.0)} if scores else {}))

    def _draw_curve(self, ax, values, label, colour, linestyle, style):
        """Draw one curve."""
        options = {
            "color": colour, "linestyle": linestyle, "label": label,
            "marker": "." if len(values) == 1 else "", **style}
        self.lines_ += ax.plot(np.arange(1, len(values) + 1), values, **options)


def _curves(estimator):
    """Return the training and validation loss of a fitted network."""
    check_is_fitted(estimator)
    estimator = snapshot(estimator)
    name = type(estimator).__name__
    if hasattr(estimator, "loss_curve_"):
        return estimator.loss_curve_, getattr(estimator, "validation_curve_", None)
    if not hasattr(estimator, "rule"):
        raise ValueError(
            f"LossCurveDisplay expects a fitted network, got {name}. Of a Pipeline, pass that "
            "step. Of a search, pass its best_estimator_.")
    raise ValueError(
        f"LossCurveDisplay needs a loss_curve_, got {name} with rule={estimator.rule!r}, which "
        "does not minimise a loss. Use a rule that does, such as "
        'rule="surrogate" or rule="tempotron".')
