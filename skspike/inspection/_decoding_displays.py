"""Decisions and scores over time: streams, early decisions and sliding decoders."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, Axes, Step, check_number, last_of
from .._meta import EarlyClassifier, SlidingDecoder
from .._networks import stream_of
from ._style import Display, one_sample, palette, place_legend, step_of, style_of, view_of


@dataclass(eq=False, repr=False)
class DecisionDisplay(Display):
    """Decision of a network over time: class probabilities, or values, after each step.

    The network takes one sample step by step, as a stream. Create a display with `from_estimator`.

    Parameters
    ----------
    values : ndarray of shape (n_steps, n_outputs)
        Probability of each class, or value of each output of a regressor, after each step.
    names : list of str
        Names of the classes, or an empty list for a regressor.
    dt : float, default=1.0
        Length of a step in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        One line for each class or output.

    See Also
    --------
    EvidenceDisplay : Evidence of channels and windows of time for the final decision.
    skspike.stream_of : Process one sample step by step.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_templates
    >>> from skspike.inspection import DecisionDisplay
    >>> X, y = make_templates(100, n_classes=3, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = DecisionDisplay.from_estimator(network, X[0])
    >>> display.values.shape
    (150, 3)
    """

    values: Array
    names: list[str]
    dt: float = 1.0

    @classmethod
    def from_estimator(
            cls, estimator: Any, sample: ArrayLike, *, dt: Step | None = None,
            ax: Axes | None = None, **style: Any) -> Self:
        """Run a sample through a network, and draw the decision after each step.

        Parameters
        ----------
        estimator : SNNClassifier, SNNRegressor or a Pipeline of a SpikeEncoder and one of these
            A fitted model that can stream.
        sample : array-like of shape (n_channels, n_steps)
            One sample.
        dt : float, RasterInfo or None, default=None
            Length of a step in ms, or the `skspike.io.RasterInfo` that has it. None takes the step
            of the estimator.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : DecisionDisplay
            The display.

        Raises
        ------
        ValueError
            If the sample is not 2-D, the model cannot stream or does not predict, or it has several
            columns of labels.
        """
        style = style_of(style, "plot")
        dt = step_of(estimator, dt)
        x = one_sample(sample, cls.__name__)
        last = last_of(estimator)
        classes = getattr(last, "classes_", np.array([]))
        if not (hasattr(last, "stream") and hasattr(last, "predict")) or isinstance(classes, list):
            raise ValueError(
                f"{cls.__name__} expects an SNNRegressor, or an SNNClassifier with one column of "
                f"labels, got {estimator!r}.")
        stream = stream_of(estimator)
        decide = getattr(stream, "predict_proba", stream.predict)
        values = []
        for step in x.T:
            stream.step(step)
            values.append(np.atleast_1d(decide()))
        return cls(np.array(values), [str(label) for label in classes], dt).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw a line for each class or output."""
        (n_steps, n_outputs) = self.values.shape
        times = np.arange(1, n_steps + 1) * self.dt
        self.lines_ = []
        for k, colour in enumerate(palette(n_outputs)):
            label = self.names[k] if self.names else None
            options = {"color": colour, "linewidth": 1.5, "label": label, **style}
            self.lines_ += ax.plot(times, self.values[:, k], **options)
        ax.set(xlabel="time (ms)", xlim=(0, n_steps * self.dt))
        if self.names:
            ax.set(ylabel="probability", ylim=(0, 1.02))
            place_legend(ax, title="class", handlelength=1.0)
        else:
            ax.set_ylabel("prediction")


@dataclass(eq=False, repr=False)
class EarlyDisplay(Display):
    """Accuracy of early decisions against their mean time, for all thresholds.

    The curve has one point for each threshold of a `skspike.EarlyClassifier`, on held-out folds. A
    point marks the threshold that was chosen, and a dashed line the accuracy of whole samples.
    Create a display with `from_estimator`.

    Parameters
    ----------
    mean_times : ndarray of shape (n_thresholds,)
        Mean time of the decision in ms.
    accuracies : ndarray of shape (n_thresholds,)
        Accuracy of the decisions.
    chosen : int
        Index of the chosen threshold.
    whole_accuracy : float
        Accuracy of whole samples.
    length : float
        Length of a sample in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    line_ : matplotlib Line2D
        The curve.

    See Also
    --------
    DecisionDisplay : Decision over time on one sample.
    skspike.EarlyClassifier : Choose the threshold.

    Examples
    --------
    >>> from skspike import EarlyClassifier, SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import EarlyDisplay
    >>> X, y = make_poisson(200, 10, 100, random_state=0)
    >>> model = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(X, y)
    >>> display = EarlyDisplay.from_estimator(model)
    >>> display.length
    100.0
    """

    mean_times: Array
    accuracies: Array
    chosen: int
    whole_accuracy: float
    length: float

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, ax: Axes | None = None, **style: Any) -> Self:
        """Draw the thresholds of a fitted classifier.

        Parameters
        ----------
        estimator : EarlyClassifier
            A fitted classifier.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : EarlyDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.EarlyClassifier`.
        """
        fitted = view_of(estimator, EarlyClassifier, cls.__name__)
        chosen = fitted.thresholds_.tolist().index(fitted.threshold_)
        return cls(
            fitted.mean_times_, fitted.accuracies_, chosen, fitted.whole_accuracy_,
            float(fitted.times_[-1])).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw the curve, the chosen threshold and the accuracy of whole samples."""
        (self.line_,) = ax.plot(
            self.mean_times, self.accuracies,
            **{"color": palette(1)[0], "linewidth": 1.5, "label": "early decisions", **style})
        ax.plot(
            self.mean_times[self.chosen], self.accuracies[self.chosen], "o",
            color=self.line_.get_color(), label="chosen")
        ax.axhline(self.whole_accuracy, color="0.5", linestyle="--", label="whole samples")
        ax.set(xlabel="mean time of decision (ms)", ylabel="accuracy", xlim=(0, self.length))
        place_legend(ax)


@dataclass(eq=False, repr=False)
class SlidingDisplay(Display):
    """Score of each window of a `skspike.SlidingDecoder`, with the band of chance.

    The line is the mean over folds at the centre of each window, and the coloured band its standard
    deviation. Without information, the scores of all windows are within the grey band in 95 % of
    recordings. It is drawn if the decoder was fitted with `n_permutations`. Create a display with
    `from_estimator`.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_windows)
        Scores of each window on each fold.
    windows : ndarray of shape (n_windows, 2)
        Start and end of each window in ms.
    chance_band : tuple of (float, float) or None, default=None
        Limits of the grey band. None draws none.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    line_ : matplotlib Line2D
        The mean scores.

    See Also
    --------
    GeneralizationDisplay : Scores of each window in all others.
    skspike.SlidingDecoder : Compute the scores.

    Examples
    --------
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import SlidingDisplay
    >>> X, y = make_poisson(60, 4, 100, random_state=0)
    >>> decoder = SlidingDecoder(window=50.0, n_permutations=39, random_state=0).fit(X, y)
    >>> display = SlidingDisplay.from_estimator(decoder)
    >>> low, high = display.chance_band
    >>> print(round(low, 2), "to", round(high, 2))
    0.43 to 0.73
    """

    scores: Array
    windows: Array
    chance_band: tuple[float, float] | None = None

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, t_start: float = 0.0, level: float = 0.95,
            ax: Axes | None = None, **style: Any) -> Self:
        """Draw the scores of a fitted decoder.

        Parameters
        ----------
        estimator : SlidingDecoder
            A fitted decoder.
        t_start : float, default=0.0
            Time of the first step in ms, negative if samples begin before an event.
        level : float, default=0.95
            Level of the grey band, as in `skspike.SlidingDecoder.chance_band`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : SlidingDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.SlidingDecoder`, or `level` is outside its
            range or needs more permutations.
        """
        t_start = check_number(t_start, "t_start")
        fitted = view_of(estimator, SlidingDecoder, cls.__name__)
        band = fitted.chance_band(level) if len(fitted.chance_scores_) else None
        return cls(fitted.scores_, fitted.windows_ + t_start, band).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw the mean scores with their deviation and the band of chance."""
        times = self.windows.mean(axis=1)
        mean, deviation = self.scores.mean(axis=0), self.scores.std(axis=0)
        if self.chance_band is not None:
            ax.axhspan(*self.chance_band, color="0.85", zorder=0)
        colour = palette(1)[0]
        (self.line_,) = ax.plot(
            times, mean, **{
                "color": colour, "linewidth": 1.5, "marker": "." if len(times) == 1 else "",
                **style})
        ax.fill_between(
            times, mean - deviation, mean + deviation, color=self.line_.get_color(), alpha=0.3,
            linewidth=0)
        ax.set(
            xlabel="centre of the window (ms)", ylabel="score",
            xlim=(self.windows.min(), self.windows.max()))


@dataclass(eq=False, repr=False)
class GeneralizationDisplay(Display):
    """Score of the classifier of each window in all windows of a `skspike.SlidingDecoder`.

    A high score away from the diagonal means that information has the same code at both times. A
    score below chance means that the code is reversed. Create a display with `from_estimator`.

    Parameters
    ----------
    scores : ndarray of shape (n_windows, n_windows)
        Mean score of the classifier of one window (rows) in another one (columns).
    windows : ndarray of shape (n_windows, 2)
        Start and end of each window in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    image_ : matplotlib AxesImage
        The scores.

    See Also
    --------
    SlidingDisplay : Scores over time with a band of chance.

    Examples
    --------
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import GeneralizationDisplay
    >>> X, y = make_poisson(60, 4, 100, random_state=0)
    >>> decoder = SlidingDecoder(window=20.0, generalize=True).fit(X, y)
    >>> GeneralizationDisplay.from_estimator(decoder).scores.shape
    (9, 9)
    """

    scores: Array
    windows: Array
    _method = "imshow"

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, t_start: float = 0.0, ax: Axes | None = None,
            **style: Any) -> Self:
        """Draw the scores of a fitted decoder.

        Parameters
        ----------
        estimator : SlidingDecoder
            A decoder fitted with ``generalize=True``.
        t_start : float, default=0.0
            Time of the first step in ms, negative if samples begin before an event.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : GeneralizationDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a `skspike.SlidingDecoder` fitted with ``generalize=True``.
        """
        t_start = check_number(t_start, "t_start")
        fitted = view_of(estimator, SlidingDecoder, cls.__name__)
        if not hasattr(fitted, "generalization_scores_"):
            raise ValueError(
                f"{cls.__name__} expects a SlidingDecoder fitted with generalize=True, got "
                f"{fitted!r}.")
        return cls(
            fitted.generalization_scores_.mean(axis=0), fitted.windows_ + t_start).plot(
                ax, **style)

    def _draw(self, ax, style):
        """Draw the scores as an image."""
        times = self.windows.mean(axis=1)
        half = np.diff(times[:2]).sum() / 2 or np.ptp(self.windows[0]) / 2
        span = times[0] - half, times[-1] + half
        self.image_ = ax.imshow(self.scores, **{
            "origin": "lower", "extent": (*span, *span), "cmap": "viridis", **style})
        ax.figure.colorbar(self.image_, ax=ax, label="score")
        ax.set(xlabel="test window (ms)", ylabel="training window (ms)")
