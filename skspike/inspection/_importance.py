"""Importance of channels: the loss of score if a channel is permuted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import SIZE_LIMITS, Array, Seed, as_numbers, check_number, check_shape
from ._style import Display, check_names, palette


class Importance(NamedTuple):
    """Importance of each channel, with the names of scikit-learn's ``permutation_importance``."""

    importances_mean: Array
    importances_std: Array
    importances: Array


def channel_importance(
        model: Any, X: ArrayLike, y: ArrayLike, *, scoring: Any = None, n_repeats: int = 5,
        sample_weight: ArrayLike | None = None, random_state: Seed = None) -> Importance:
    """Compute the importance of each channel: the loss of score if its samples are permuted.

    A permuted channel keeps its trains, but they belong to other samples. So the model cannot use
    it, and the score falls if the model depends on it.

    Parameters
    ----------
    model : estimator
        A fitted classifier, regressor or Pipeline.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Samples that were not used for training. The columns of 2-D input are the channels.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or values.
    scoring : str, callable or None, default=None
        Score, by a name of scikit-learn or as ``scoring(model, X, y)``. None: ``model.score``.
    n_repeats : int, default=5
        Number of permutations of each channel.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples in the score.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.

    Returns
    -------
    importances_mean, importances_std : ndarray of shape (n_channels,)
        Mean and standard deviation over repeats. Results are a named tuple.
    importances : ndarray of shape (n_channels, n_repeats)
        Decrease of the score in each repeat.

    Raises
    ------
    ValueError
        If X and y have different lengths, or X is not 2-D or 3-D.

    See Also
    --------
    explain : Evidence of channels and steps for single decisions.
    sklearn.inspection.permutation_importance : The same for 2-D input, in processes.
    skspike.inspection.ImportanceDisplay : Draw it.

    Notes
    -----
    If two channels have the same information, the model can use one if the other is permuted, and
    both seem unimportant [1]_.

    References
    ----------
    .. [1] L. Breiman, "Random forests", Machine Learning 45, 5-32, 2001.

    Examples
    --------
    Two of four channels have information about the class:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import channel_importance
    >>> X, y = make_poisson(200, 4, 100, rates=(20.0, 60.0), random_state=0)
    >>> X[:, 2:] = np.random.default_rng(0).permutation(X[:, 2:])
    >>> network = SNNClassifier(16, max_iter=20, random_state=0).fit(X[:100], y[:100])
    >>> importance = channel_importance(network, X[100:], y[100:], random_state=0)
    >>> sorted(importance.importances_mean.argsort()[-2:].tolist())
    [0, 1]
    """
    check_is_fitted(model)
    values: Any = X if hasattr(X, "iloc") else as_numbers(X, "channel_importance")
    if values.ndim not in (2, 3):
        raise ValueError(
            "channel_importance expects 2-D input or 3-D input (n_samples, n_channels, n_steps), "
            f"got shape {values.shape}.")
    check_shape(values.shape, "channel_importance")
    check_consistent_length(values, y, sample_weight)
    n_repeats = check_number(n_repeats, "n_repeats", **SIZE_LIMITS)
    rng, scorer = check_random_state(random_state), check_scoring(model, scoring)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    before = scorer(model, values, y, **weights)
    importances = np.array([
        [
            before - scorer(model, _permuted(values, channel, rng), y, **weights)
            for _ in range(n_repeats)]
        for channel in range(values.shape[1])])
    return Importance(importances.mean(axis=1), importances.std(axis=1), importances)


def _permuted(X, channel, rng):
    """Return a copy of X with one channel or column in random order."""
    order, result = rng.permutation(len(X)), X.copy()
    if hasattr(X, "iloc"):
        result.isetitem(channel, X.iloc[order, channel].array)
    else:
        result[:, channel] = X[order, channel]
    return result


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
