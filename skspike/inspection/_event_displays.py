"""Displays of a detector of events: decisions on a recording, and recall over false alarms."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, Axes, check_events, check_number, is_raster
from .._meta import EventDetector
from ._style import Display, one_sample, palette, place_legend, style_of, view_of

HEIGHT = 6.0  # of the recording, in units of a margin
TOP = -9.0  # of the recording, below the lowest margin
ROWS = 0.8  # height of the values of a channel, in rows
LEAST = 1.0  # false alarms per hour up to which the axis is linear


@dataclass(eq=False, repr=False)
class EventDisplay(Display):
    """Events of a recording, and the scores and decisions of a `skspike.EventDetector`.

    A line is the smoothed margin of a label over all other classes, and the dashed line the
    threshold. True events are spans, and decisions are points, in the colour of their label. The
    recording is drawn below. Create a display with `from_estimator`.

    Parameters
    ----------
    recording : ndarray of shape (n_channels, n_steps)
        Signals or spike trains.
    margins : ndarray of shape (n_classes, n_steps)
        Smoothed margin of each label.
    threshold : float
        Margin at which an event is detected.
    classes : ndarray of shape (n_classes,)
        Labels.
    found : ndarray of shape (n_found,)
        Decisions, as ``EventDetector.predict`` returns them.
    events : ndarray of shape (n_events,) or None, default=None
        True events, a structured array with the fields onset, offset and label, in ms.
    dt : float, default=1.0
        Length of a step in ms.
    start : float, default=0.0
        Time of the first step in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The margins.
    points_ : list of matplotlib Line2D
        The decisions for each label.
    spans_ : list of matplotlib Polygon or Rectangle
        The true events.

    See Also
    --------
    DetectionDisplay : Recall against false alarms per hour.
    skspike.EventDetector : Find events in recordings.

    Examples
    --------
    >>> from skspike import EventDetector
    >>> from skspike.datasets import make_gestures
    >>> from skspike.inspection import EventDisplay
    >>> X, y = make_gestures(2, random_state=0)
    >>> detector = EventDetector(dt=20.0, random_state=0).fit(X, y)  # doctest: +SKIP
    >>> EventDisplay.from_estimator(detector, X[0], y[0], stop=30_000)  # doctest: +SKIP
    """

    recording: Array
    margins: Array
    threshold: float
    classes: Array
    found: Array
    events: Array | None = None
    dt: float = 1.0
    start: float = 0.0

    @classmethod
    def from_estimator(
            cls, estimator: Any, recording: ArrayLike, events: Any = None, *, start: float = 0.0,
            stop: float | None = None, ax: Axes | None = None, **style: Any) -> Self:
        """Find events in a recording, and draw them.

        Parameters
        ----------
        estimator : EventDetector
            A fitted detector.
        recording : array-like of shape (n_channels, n_steps)
            Signals or spike trains, as in `fit`.
        events : array-like of shape (n_events, 3), structured array, DataFrame or None, \
default=None
            True events, rows (onset, offset, label) with times in ms. None draws none.
        start : float, default=0.0
            Time in ms at which the figure begins. The detector reads the recording from its start.
        stop : float or None, default=None
            Time in ms at which the figure ends. None: the end of the recording.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot` for the margins.

        Returns
        -------
        display : EventDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.EventDetector`, the recording is not 2-D, or
            `start` and `stop` are not within it.
        """
        style = style_of(style, "plot")
        fitted = view_of(estimator, EventDetector, cls.__name__)
        x, dt = one_sample(recording, cls.__name__), fitted.dt_
        length = x.shape[1] * dt
        start = check_number(start, "start", low=0, high=length - dt)
        stop = check_number(stop, "stop", low=start + dt, high=length, none=True) or length
        table = None if events is None else check_events([events], ends=[length])[0]
        (margins,), (found,) = fitted.decision_function([x]), fitted.predict([x])
        part = slice(round(start / dt), round(stop / dt))
        return cls(
            x[:, part], margins[:, part], fitted.threshold_, fitted.classes_,
            found[(found["time"] >= start) & (found["time"] <= stop)],
            None if table is None else table[(table["offset"] > start) & (table["onset"] < stop)],
            dt, start).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw margins, threshold, events and decisions over the recording."""
        n_classes, n_steps = self.margins.shape
        colours = dict(zip(self.classes.tolist(), palette(n_classes), strict=True))
        times = (self.start + (np.arange(n_steps) + 1) * self.dt) / 1000
        rows = [] if self.events is None else self.events.tolist()
        self.spans_ = [
            ax.axvspan(onset / 1000, offset / 1000, color=colours.get(label, "0.5"), alpha=0.2)
            for onset, offset, label in rows]
        self.lines_, self.points_ = [], []
        for (label, colour), margin in zip(colours.items(), self.margins, strict=True):
            self.lines_ += ax.plot(times, margin, **{
                "color": colour, "linewidth": 1.0, "label": str(label), **style})
            when = self.found["time"][self.found["label"] == label] / 1000
            self.points_ += ax.plot(
                when, np.full(len(when), self.threshold), "o", color=colour)
        ax.axhline(self.threshold, color="0.5", linestyle="--", label="threshold")
        self._draw_recording(ax, times)
        ax.set(
            xlabel="time (s)", ylabel="margin", xlim=(self.start / 1000, times[-1]),
            ylim=(TOP - HEIGHT - 0.5, 9))
        ax.set_yticks([-8, -4, 0, 4, 8])
        place_legend(ax)

    def _draw_recording(self, ax, times):
        """Draw spikes, or a line for each channel, below the margins."""
        n_channels = len(self.recording)
        row = HEIGHT / n_channels
        centres = TOP - row * (np.arange(n_channels) + 0.5)
        if is_raster(self.recording):
            channel, step = np.nonzero(self.recording)
            ax.plot(times[step], centres[channel], "|", color="black", markersize=2)
            return
        low, high = self.recording.min(), self.recording.max()
        scaled = (self.recording - (low + high) / 2) / ((high - low) or 1.0) * ROWS * row
        ax.plot(times, (scaled + centres[:, np.newaxis]).T, color="black", linewidth=0.5)


@dataclass(eq=False, repr=False)
class DetectionDisplay(Display):
    """Recall of a `skspike.EventDetector` against false alarms per hour, for all thresholds.

    Events and false alarms are counted in recordings that were left out in `fit`. A point marks the
    threshold that was chosen, and a line from it reaches to the rate of false alarms that is not
    exceeded with a probability of 95 %. Create a display with `from_estimator`.

    Parameters
    ----------
    false_alarms : ndarray of shape (n_thresholds,)
        False alarms per hour.
    recalls : ndarray of shape (n_thresholds,)
        Share of the events that are found.
    chosen : int
        Index of the chosen threshold.
    bound : float
        False alarms per hour that are not exceeded at this threshold.

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
    EventDisplay : Events of a recording, with scores and decisions.
    skspike.EventDetector : Choose the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.inspection import DetectionDisplay
    >>> rates, recalls = np.array([60.0, 12.0, 0.0]), np.array([0.95, 0.9, 0.6])
    >>> display = DetectionDisplay(rates, recalls, chosen=1, bound=19.0).plot()
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('false alarms per hour', 'recall')
    """

    false_alarms: Array
    recalls: Array
    chosen: int
    bound: float

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, ax: Axes | None = None, **style: Any) -> Self:
        """Draw the thresholds of a fitted detector.

        Parameters
        ----------
        estimator : EventDetector
            A fitted detector.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : DetectionDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.EventDetector`.
        """
        fitted = view_of(estimator, EventDetector, cls.__name__)
        chosen = fitted.thresholds_.tolist().index(fitted.threshold_)
        return cls(
            fitted.false_alarms_, fitted.recalls_, chosen, fitted.max_false_alarms_).plot(
                ax, **style)

    def _draw(self, ax, style):
        """Draw the curve, and the chosen threshold with its bound."""
        (self.line_,) = ax.plot(self.false_alarms, self.recalls, **{
            "color": palette(1)[0], "linewidth": 1.5, "label": "thresholds", **style})
        rate, recall = self.false_alarms[self.chosen], self.recalls[self.chosen]
        colour = self.line_.get_color()
        ax.plot([rate, self.bound], [recall, recall], ":", color=colour, label="95 % bound")
        ax.plot(rate, recall, "o", color=colour, label="chosen")
        ax.set_xscale("symlog", linthresh=LEAST)
        ax.set(xlabel="false alarms per hour", ylabel="recall", ylim=(-0.02, 1.02))
        ax.set_xlim(left=0)
        place_legend(ax)
