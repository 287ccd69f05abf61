"""Evidence of the channels and steps of a spike train for its class."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._checks import check_option
from .._estimators import SpikeTrainClassifier
from .._utils import Array, Axes, snapshot
from ._style import get_axes, palette, pyplot
from ._trains import check_names, check_trains

LARGEST = 0.995  # quantile of absolute evidence that gets the full colour


class EvidenceDisplay:
    """Evidence of each channel and step for a class, with the spikes of the train.

    Colours show the terms that add up to the decision of a `skspike.SpikeTrainClassifier`: the
    second colour of the palette for the class, the first against it. Black marks are spikes. Create
    a display with `from_estimator`.

    Parameters
    ----------
    evidence : ndarray of shape (n_channels, n_steps)
        Evidence for the class.
    raster : ndarray of shape (n_channels, n_steps)
        Spikes, 0 and 1.
    label : str
        Name of the class.
    dt : float, default=1.0
        Length of a step in ms.
    channel_names : sequence of str or None, default=None
        Names of the channels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    image_ : matplotlib AxesImage
        The evidence.

    See Also
    --------
    skspike.SpikeTrainClassifier : Its method ``explain`` returns the evidence.
    RasterDisplay : Spikes alone.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import EvidenceDisplay
    >>> X, y = make_order(100, 6, random_state=0)
    >>> model = SpikeTrainClassifier(["pairs", "rate"]).fit(X, y)
    >>> display = EvidenceDisplay.from_estimator(model, X[0])
    """

    def __init__(
            self, evidence: Array, raster: Array, label: str, dt: float = 1.0,
            channel_names: Sequence[str] | None = None):
        self.evidence = evidence
        self.raster = raster
        self.label = label
        self.dt = dt
        self.channel_names = channel_names

    @classmethod
    def from_estimator(
            cls, estimator: SpikeTrainClassifier, X: ArrayLike, *, label: Any = None,
            dt: float = 1.0, channel_names: Sequence[str] | None = None, ax: Axes | None = None,
            **image_kwargs: Any) -> Self:
        """Draw the evidence of one sample.

        Parameters
        ----------
        estimator : SpikeTrainClassifier
            A classifier that was fitted on rasters.
        X : array-like of shape (n_channels, n_steps) or (1, n_channels, n_steps)
            Spikes of one sample.
        label : int, str, other type of label or None, default=None
            Class for which evidence is drawn, one of ``classes_``. None: the predicted class.
        dt : float, default=1.0
            Length of a step in ms.
        channel_names : sequence of str or None, default=None
            Names of the channels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **image_kwargs : dict
            Passed to `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : EvidenceDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted SpikeTrainClassifier, there are several samples, or the
            label is unknown.
        """
        if not hasattr(estimator, "explain"):
            raise ValueError(
                f"{cls.__name__} expects a fitted SpikeTrainClassifier, got {estimator!r}.")
        check_is_fitted(estimator)
        estimator = snapshot(estimator)
        raster, dt = check_trains(X, dt, cls.__name__)
        if len(raster) != 1:
            raise ValueError(f"{cls.__name__} draws one sample, got {len(raster)}. Pass X[0].")
        names = check_names(channel_names, raster.shape[1], cls.__name__)
        classes = estimator.classes_.tolist()
        if label is None:
            label = estimator.predict(raster)[0]
        check_option(label, "label", classes)
        terms = estimator.explain(raster)[0]
        k = classes.index(label)
        evidence = terms[k] if len(classes) > 2 else terms if k else -terms
        return cls(evidence, raster[0], str(label), dt, names).plot(ax, **image_kwargs)

    def plot(self, ax: Axes | None = None, **image_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **image_kwargs : dict
            Passed to `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        self : EvidenceDisplay
            The display.
        """
        ax = get_axes(ax)
        n_channels, n_steps = self.raster.shape
        limit = np.quantile(np.abs(self.evidence), LARGEST) or 1.0
        options = {
            "cmap": _colour_map(), "vmin": -limit, "vmax": limit, "aspect": "auto",
            "interpolation": "nearest", "extent": (0, n_steps * self.dt, n_channels - 0.5, -0.5),
            **image_kwargs}
        self.image_ = ax.imshow(self.evidence, **options)
        channels, steps = self.raster.nonzero()
        ax.plot((steps + 0.5) * self.dt, channels, "|", color="black", markersize=5)
        if self.channel_names is not None:
            ax.set_yticks(range(n_channels), self.channel_names)
        ax.set(xlabel="time (ms)", ylabel="channel")
        ax.figure.colorbar(self.image_, ax=ax, label=f"evidence for class {self.label}")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _colour_map():
    """Return the map from the first colour through white to the second one."""
    pyplot()  # names the extra if matplotlib is missing
    from matplotlib.colors import LinearSegmentedColormap

    against, for_class = palette(2)
    return LinearSegmentedColormap.from_list("evidence", [against, "white", for_class])
