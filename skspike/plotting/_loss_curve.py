"""Training and validation loss of networks by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._networks import SpikingNetwork
from .._utils import Axes, snapshot
from ._style import get_axes, palette, place_legend


class LossCurveDisplay:
    """Loss after each epoch, of one or several networks.

    The mean training loss is a solid line. The loss on held-out data, which exists for networks
    with `early_stopping`, is a dashed line of the same colour. Create a display with
    `from_estimator` or `from_estimators`.

    Parameters
    ----------
    curves : dict of str to (loss, validation loss)
        Curves of each network by name, as sequences of float. The validation loss is None for a
        network without validation.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The curves.

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

    def __init__(self, curves: Mapping[str, tuple[Sequence[float], Sequence[float] | None]]):
        self.curves = curves

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
            cls, estimators: Mapping[str, SpikingNetwork], *, ax: Axes | None = None,
            **line_kwargs: Any) -> Self:
        """Draw the losses of several networks in one plot.

        Parameters
        ----------
        estimators : dict of str to estimator
            Fitted networks by name.
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
            If `estimators` is not a dict.
        ValueError
            If an estimator is not fitted or has no `loss_curve_`.
        """
        if not hasattr(estimators, "items"):
            raise TypeError(
                f"{cls.__name__} expects a dict of name to fitted network, got "
                f"{type(estimators).__name__}. For a single network, use from_estimator.")
        curves = {name: _curves(estimator) for name, estimator in estimators.items()}
        return cls(curves).plot(ax, **line_kwargs)

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
        ax = get_axes(ax)
        n_drawn = len(ax.get_lines())
        colours = palette(n_drawn + len(self.curves))[n_drawn:]
        self.lines_ = []
        for (name, (loss, validation)), colour in zip(self.curves.items(), colours, strict=True):
            for values, style, label in (
                    (loss, "-", name), (validation, "--", f"{name}, held-out")):
                if values is None:
                    continue
                options = {
                    "color": colour, "linestyle": style, "label": label,
                    "marker": "." if len(values) == 1 else "", **line_kwargs}
                self.lines_ += ax.plot(np.arange(1, len(values) + 1), values, **options)
        ax.set(xlabel="epoch", ylabel="loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        place_legend(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


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
