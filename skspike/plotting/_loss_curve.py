"""Training and validation loss of networks by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._networks import SpikingNetwork
from .._utils import Axes, snapshot
from ._style import by_name, get_axes, palette, place_legend, set_whole_ticks, style_of


class LossCurveDisplay:
    """Loss after each epoch, of one or several networks.

    The mean training loss is a solid line. The loss on held-out data, which exists for networks
    with `early_stopping`, is a dashed line of the same colour. If `early_stopping` is a scorer, the
    held-out score is a dotted line with an axis on the right. Create a display with
    `from_estimator` or `from_estimators`.

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
    >>> from skspike.plotting import LossCurveDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> options = {"max_iter": 5, "random_state": 0}
    >>> learned = SNNClassifier(8, **options).fit(X, y)
    >>> fixed = SNNClassifier(8, learn_intrinsic=False, **options).fit(X, y)
    >>> display = LossCurveDisplay.from_estimators({"fixed": fixed, "learned": learned})
    """

    def __init__(
            self, curves: Mapping[str, tuple[Sequence[float], Sequence[float] | None]],
            scores: Mapping[str, Sequence[float]] | None = None):
        self.curves = curves
        self.scores = scores or {}

    @classmethod
    def from_estimator(
            cls, estimator: SpikingNetwork, *, name: str | None = None, ax: Axes | None = None,
            **line_kwargs: Any) -> Self:
        """Draw the loss of one network.

        Parameters
        ----------
        estimator : SNNTransformer, SNNClassifier or SNNRegressor
            A fitted network whose rule minimises a loss.
        name : str or None, default=None
            Name in the legend. None takes the name of the class.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not fitted or has no `loss_curve_`.
        """
        return cls.from_estimators(
            {name or type(estimator).__name__: estimator}, ax=ax, **line_kwargs)

    @classmethod
    def from_estimators(
            cls, estimators: Mapping[str, SpikingNetwork] | Sequence[SpikingNetwork], *,
            ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the losses of several networks in one plot.

        Parameters
        ----------
        estimators : dict of str to estimator, or list of estimator
            Fitted networks by name. Networks in a list, such as those of several seeds, are named
            by class and number.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display.

        Raises
        ------
        TypeError
            If `estimators` is neither a dict nor a list.
        ValueError
            If an estimator is not fitted or has no `loss_curve_`.
        """
        estimators = by_name(estimators, cls.__name__)
        curves = {name: _curves(estimator) for name, estimator in estimators.items()}
        scores = {
            name: estimator.validation_scores_ for name, estimator in estimators.items()
            if hasattr(estimator, "validation_scores_")}
        return cls(curves, scores).plot(ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure. Lines in given axes stay.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : LossCurveDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax = get_axes(ax)
        n_drawn = len(ax.get_lines())
        colours = palette(n_drawn + len(self.curves))[n_drawn:]
        self.lines_: list[Any] = []
        for (name, (loss, validation)), colour in zip(self.curves.items(), colours, strict=True):
            self._draw(ax, loss, name, colour, "-", line_kwargs)
            if validation is not None:
                self._draw(ax, validation, f"{name}, held-out", colour, "--", line_kwargs)
        self.score_ax_ = ax.twinx() if self.scores else None
        for name, colour in zip(self.curves, colours, strict=True):
            if name in self.scores:
                self._draw(self.score_ax_, self.scores[name], name, colour, ":", line_kwargs)
        if self.score_ax_ is not None:
            self.score_ax_.set_ylabel("held-out score (dotted)")
        ax.set(xlabel="epoch", ylabel="mean loss of a sample")
        set_whole_ticks(ax.xaxis)
        # the legend leaves room for the axis of scores
        place_legend(ax, **({"bbox_to_anchor": (1.2, 1.0)} if self.scores else {}))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax, values, label, colour, style, line_kwargs):
        """Draw one curve."""
        options = {
            "color": colour, "linestyle": style, "label": label,
            "marker": "." if len(values) == 1 else "", **line_kwargs}
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
