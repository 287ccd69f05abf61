"""How the loss fell while networks learned."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._utils import Axes, as_now
from ..snn import SpikingNetwork
from ._axes import get_axes, legend_beside
from ._palette import palette


class LossCurveDisplay:
    """Loss after each epoch, of one or several networks.

    The mean training loss is a solid line; the loss on held-out data, where a network learned with
    `early_stopping`, a dashed one of the same colour. Make one with `from_estimator` or
    `from_estimators`.

    Parameters
    ----------
    curves : dict of str to (loss, validation loss)
        The curves of each network by its name, sequences of float; None where there was no
        validation.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : list of matplotlib Line2D
        The curves.

    See Also
    --------
    IntrinsicsDisplay : What neurons have learned.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import LossCurveDisplay
    >>> X, y = make_order(100, random_state=0)
    >>> networks = {learn: SNNClassifier(8, learn_intrinsic=learn, max_iter=5, random_state=0).fit(X, y) for learn in (False, True)}
    >>> display = LossCurveDisplay.from_estimators({"fixed": networks[False], "learned": networks[True]})
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
        estimator : SNNTransformer or SNNClassifier
            A fitted network whose rule minimises a loss.
        name : str or None, default=None
            What it is called in the legend; None takes its class's name.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
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
        """Draw the losses of several networks over each other.

        Parameters
        ----------
        estimators : dict of str to estimator
            Fitted networks by name.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display.

        Raises
        ------
        TypeError
            If `estimators` is no dict.
        ValueError
            If an estimator is not fitted or has no `loss_curve_`.
        """
        if not hasattr(estimators, "items"):
            given = type(estimators).__name__
            raise TypeError(
                f"LossCurveDisplay expects a dict of name to fitted network, got {given}; one goes "
                "to from_estimator.")
        return cls({name: _curves(estimator) for name, estimator in estimators.items()}).plot(
            ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw, once more if it was drawn before.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure. Lines that are there already stay.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : LossCurveDisplay
            The display.
        """
        ax = get_axes(ax)
        drawn = len(ax.get_lines())
        self.lines_ = []
        for (name, (loss, validation)), colour in zip(
                self.curves.items(), palette(drawn + len(self.curves))[drawn:], strict=True):
            parts = [(loss, "-", name)] + (
                [] if validation is None else [(validation, "--", f"{name}, held-out")])
            for values, style, label in parts:
                epochs = np.arange(1, len(values) + 1)
                options = {
                    "color": colour, "linestyle": style, "label": label,
                    "marker": "." if len(values) == 1 else "", **line_kwargs}
                self.lines_ += ax.plot(epochs, values, **options)
        ax.set(xlabel="epoch", ylabel="loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        legend_beside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _curves(estimator):
    """Return training and validation loss of a fitted network."""
    check_is_fitted(estimator)
    estimator = as_now(estimator)
    if not hasattr(estimator, "loss_curve_"):
        if not hasattr(estimator, "rule"):
            way = "of a Pipeline take that step, of a search the one in its best_estimator_"
            raise ValueError(
                f"LossCurveDisplay expects a fitted network, got {type(estimator).__name__}; "
                f"{way}.")
        rule = estimator.rule
        raise ValueError(
            "LossCurveDisplay needs the loss_curve_ of a rule that minimises a loss, and "
            f"{type(estimator).__name__} with rule={rule!r} "
            'has none; rule="surrogate" and rule="tempotron" do.')
    return estimator.loss_curve_, getattr(estimator, "validation_curve_", None)
