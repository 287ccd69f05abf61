"""Importance of channels with its spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._importance import Importance
from ._style import Display, check_names, palette


@dataclass(eq=False, repr=False)
class ImportanceDisplay(Display):
    """Importance of each channel: the loss of score if the channel is permuted.

    The most important channel is at the top. Bars are means, and lines the standard deviation over
    repeats.

    Parameters
    ----------
    importance : Importance
        Result of `skspike.inspection.channel_importance`.
    channel_names : sequence of str or None, default=None
        Names of the channels. None: their numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    bars_ : matplotlib BarContainer
        The bars, in the order of the importance.

    See Also
    --------
    EvidenceDisplay : Evidence within one sample.
    skspike.inspection.channel_importance : Compute the importance.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import channel_importance
    >>> from skspike.inspection import ImportanceDisplay
    >>> X, y = make_order(100, 6, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X[:50], y[:50])
    >>> importance = channel_importance(network, X[50:], y[50:], random_state=0)
    >>> display = ImportanceDisplay(importance).plot()
    >>> len(display.bars_)
    6
    """

    importance: Importance
    channel_names: Sequence[str] | None = None
    _method = "barh"

    def __post_init__(self):
        check_names(
            self.channel_names, len(self.importance.importances_mean), type(self).__name__)

    def _draw(self, ax, style):
        """Draw the bars, from the most important channel."""
        mean = self.importance.importances_mean
        order = np.argsort(-mean, kind="stable")
        names = range(len(mean)) if self.channel_names is None else self.channel_names
        options = {
            "color": palette(1)[0], "ecolor": "black",
            "xerr": self.importance.importances_std[order], **style}
        self.bars_ = ax.barh(range(len(order)), mean[order], **options)
        ax.axvline(0, color="0.5", linewidth=0.8)
        ax.set_yticks(range(len(order)), labels=[str(names[k]) for k in order])
        ax.set(xlabel="loss of score", ylabel="channel", ylim=(len(order) - 0.5, -0.5))
