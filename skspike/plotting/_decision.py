"""Decision of a network after each step of a sample."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers
from .._networks import stream_of
from .._utils import Array, Axes, Step, last_of
from ._style import get_axes, palette, place_legend, step_of, style_of


class DecisionDisplay:
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
    skspike.streams.stream_of : Process one sample step by step.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_templates
    >>> from skspike.plotting import DecisionDisplay
    >>> X, y = make_templates(100, n_classes=3, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = DecisionDisplay.from_estimator(network, X[0])
    >>> display.values.shape
    (150, 3)
    """

    def __init__(self, values: Array, names: list[str], dt: float = 1.0):
        self.values = values
        self.names = names
        self.dt = dt

    @classmethod
    def from_estimator(
            cls, estimator: Any, sample: ArrayLike, *, dt: Step | None = None,
            ax: Axes | None = None, **line_kwargs: Any) -> Self:
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
        **line_kwargs : dict
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
        line_kwargs = style_of(line_kwargs, "plot")
        dt = step_of(estimator, dt)
        x = as_numbers(sample, cls.__name__)
        if x.ndim != 2:
            raise ValueError(
                f"{cls.__name__} expects one sample of shape (n_channels, n_steps), got shape "
                f"{x.shape}. Pass one of several samples, such as X[0].")
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
        return cls(np.array(values), [str(label) for label in classes], dt).plot(ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : DecisionDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax, (n_steps, n_outputs) = get_axes(ax), self.values.shape
        times = np.arange(1, n_steps + 1) * self.dt
        self.lines_ = []
        for k, colour in enumerate(palette(n_outputs)):
            label = self.names[k] if self.names else None
            options = {"color": colour, "linewidth": 1.5, "label": label, **line_kwargs}
            self.lines_ += ax.plot(times, self.values[:, k], **options)
        ax.set(xlabel="time (ms)", xlim=(0, n_steps * self.dt))
        if self.names:
            ax.set(ylabel="probability", ylim=(0, 1.02))
            place_legend(ax, title="class", handlelength=1.0)
        else:
            ax.set_ylabel("prediction")
        self.ax_, self.figure_ = ax, ax.figure
        return self
