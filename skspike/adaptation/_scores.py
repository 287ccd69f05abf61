"""Measure adaptation on the users of a training set."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from sklearn.utils import check_consistent_length, check_random_state

from .._checks import SIZE_LIMITS, as_numbers, check_number, check_numbers
from .._networks import ADAPTATION_LIMITS
from .._utils import Array, Seed
from ._adapt import adapt


class AdaptationScores(NamedTuple):
    """Scores of users that a model did not see in its fit, before and after adaptation.

    Parameters
    ----------
    groups : ndarray of shape (n_groups,)
        The users.
    before : ndarray of shape (n_groups,)
        Score of each user without adaptation.
    after : ndarray of shape (n_penalties, n_groups)
        Score of each user after adaptation, for each penalty.
    penalties : ndarray of shape (n_penalties,)
        The penalties.

    See Also
    --------
    adaptation_scores : Computes them.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.adaptation import AdaptationScores
    >>> scores = AdaptationScores(
    ...     np.array(["a", "b"]), np.array([0.8, 0.6]), np.array([[0.8, 0.7], [0.9, 0.8]]),
    ...     np.array([1.0, 0.1]))
    >>> scores.best_penalty, scores.gain.round(2).tolist()
    (0.1, [0.1, 0.2])
    """

    groups: Array
    before: Array
    after: Array
    penalties: Array

    @property
    def best_penalty(self) -> float:
        """Penalty with the highest mean score."""
        return float(self.penalties[self.after.mean(axis=1).argmax()])

    @property
    def gain(self) -> Array:
        """Gain of each user with the best penalty, (n_groups,)."""
        return np.asarray(self.after[self.after.mean(axis=1).argmax()] - self.before)


def adaptation_scores(
        model: Any, X: ArrayLike, y: ArrayLike, groups: ArrayLike, *,
        penalties: Sequence[float] = (0.001, 0.01, 0.1, 1.0), n_samples: int = 1, n_splits: int = 3,
        random_state: Seed = None) -> AdaptationScores:
    """Compare penalties of `adapt` on users that are held out in turn.

    The users are divided into folds. For each fold, a clone of the model is fitted on the users of
    the other folds. For each user of the fold, a copy is adapted to a few samples per class, and
    scored on the other samples of the user.

    Parameters
    ----------
    model : estimator
        Classifier for `adapt`. It need not be fitted.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Samples of several users.
    y : array-like of shape (n_samples,)
        Labels.
    groups : array-like of shape (n_samples,)
        User, sensor or session of each sample.
    penalties : sequence of float, default=(0.001, 0.01, 0.1, 1.0)
        Penalties, above 0.
    n_samples : int, default=1
        Number of samples of each class to which a model adapts.
    n_splits : int, default=3
        Number of folds of users, from 2 to the number of users. The model is fitted once for each.
    random_state : int, RandomState instance or None, default=None
        Draws the samples.

    Returns
    -------
    scores : AdaptationScores
        Scores of each user before and after adaptation, and the best penalty.

    Raises
    ------
    ValueError
        If there are fewer users than folds, a user has no other samples to score, or a parameter is
        out of range.

    See Also
    --------
    adapt : Adapts a model.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SpikeCounter
    >>> from skspike.adaptation import adaptation_scores
    >>> from skspike.datasets import make_syllables
    >>> X, y, user = make_syllables(
    ...     400, n_onsets=2, n_vowels=2, n_sources=6, return_sources=True, random_state=0)
    >>> model = make_pipeline(SpikeCounter(n_windows=5), RidgeClassifier(100.0))
    >>> scores = adaptation_scores(model, X, y, user, random_state=0)
    >>> scores.after.shape, bool(scores.gain.mean() > 0)
    ((4, 6), True)
    """
    X, y, groups = as_numbers(X, "adaptation_scores"), np.asarray(y), np.asarray(groups)
    check_consistent_length(X, y, groups)
    limits = {name: limit for name, limit in ADAPTATION_LIMITS.items() if name != "none"}
    penalties = check_numbers(penalties, "penalties", **limits)
    if not penalties:
        raise ValueError("penalties must have at least one number, got none.")
    n_samples = check_number(n_samples, "n_samples", **SIZE_LIMITS)
    users, rng = np.unique(groups), check_random_state(random_state)
    n_splits = check_number(n_splits, "n_splits", low=2, high=len(users), integer=True)
    before, after = np.zeros(len(users)), np.zeros((len(penalties), len(users)))
    for train, test in GroupKFold(n_splits).split(X, y, groups):
        fitted = clone(model).fit(X[train], y[train])
        for user, few, rest in _users(groups[test], y[test], n_samples, rng):
            few, rest, k = test[few], test[rest], np.searchsorted(users, user)
            before[k] = fitted.score(X[rest], y[rest])
            after[:, k] = [
                adapt(fitted, X[few], y[few], penalty=penalty).score(X[rest], y[rest])
                for penalty in penalties]
    return AdaptationScores(users, before, after, np.array(penalties))


def _users(
        groups: Array, y: Array, n_samples: int,
        rng: np.random.RandomState) -> Iterator[tuple[Any, Array, Array]]:
    """Yield each user, the rows of a few samples of each class, and the rows of the rest."""
    for user in np.unique(groups):
        rows = rng.permutation(np.flatnonzero(groups == user))
        few = np.concatenate([rows[y[rows] == label][:n_samples] for label in np.unique(y[rows])])
        rest = np.setdiff1d(rows, few)
        if not len(rest):
            raise ValueError(
                f"groups={user!r} has only {len(rows)} samples, and none is left for the score "
                f"after an adaptation to n_samples={n_samples} of each class.")
        yield user, few, rest
