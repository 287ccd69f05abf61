"""Adapt the linear model at the end of a fitted model, and measure the gain on held-out users."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from scipy.special import softmax
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import (
    SIZE_LIMITS, Array, Seed, all_finite, as_numbers, check_number, check_numbers, check_size,
    shown)
from .._networks import ADAPTATION_LIMITS, DecodingNetwork
from ..learning import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError, least_change

NEEDS = (
    "adapt needs an SNNClassifier or SNNRegressor, a model whose outputs are linear in its "
    "features, such as RidgeClassifierCV, LogisticRegression or Ridge, or a Pipeline that ends in "
    "one, or one of these in a FrozenEstimator, got {}.")


def adapt(model: Any, X: ArrayLike, y: ArrayLike, *, penalty: float | None = None) -> Any:
    """Return a copy of a fitted model that is adapted to a few samples of a new user.

    The coefficients and intercepts of the last linear step move towards the new samples, with a
    penalty on their changes. A network also adapts its input, if the samples have all classes
    (`skspike.SNNClassifier.adapt`). Nothing else changes. Adapt the copy again to add samples, or
    the model to start again.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, linear model or sklearn.pipeline.Pipeline
        A fitted network, or a linear model of scikit-learn with ``coef_`` and ``intercept_``, or a
        pipeline that ends in one of them, such as a `skspike.SpikingRocket` with a ridge
        classifier. A `sklearn.frozen.FrozenEstimator` of one of them becomes one of the adapted
        copy. The outputs of a linear model are ``X @ coef_.T + intercept_``, and its probabilities
        their softmax. This excludes :class:`~sklearn.linear_model.PoissonRegressor`.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        New samples, as in `fit`. One per class is enough.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels, known to the model, or their values.
    penalty : float or None, default=None
        Penalty of the changes, above 0, in units of the mean squared size of the features. None
        takes 0.01 for models with probabilities, and 0.3 for others. `adaptation_scores` compares
        penalties.

    Returns
    -------
    adapted : estimator
        The adapted model.

    Raises
    ------
    TypeError
        If the model does not end in a network with a readout or in such a linear model, or the
        values of a regressor are not numbers.
    ValueError
        If a label is unknown, a value is not finite, the samples or the columns of y do not fit the
        model, or `penalty` is out of range.

    See Also
    --------
    adaptation_scores : Measure the gain on the users of a training set.
    skspike.SNNClassifier.adapt : Adapt a network in place.
    skspike.Stream : Streams adapt after each sample.

    Notes
    -----
    Networks and models with ``predict_proba`` minimise the cross-entropy. Other classifiers and
    regressors minimise the squared error, of targets -1 and 1 for classes. It is a ridge regression
    towards the old coefficients, as of a Gaussian prior whose mean is the old model [1]_. Scale the
    features before the linear model (StandardScaler). Otherwise large features change most.

    References
    ----------
    .. [1] C. Chelba, A. Acero, "Adaptation of maximum entropy capitalizer: Little data can help a
        lot", Computer Speech & Language 20, 382-399, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skspike import SpikingRocket
    >>> from skspike import adapt
    >>> from skspike.datasets import make_syllables
    >>> X, y, user = make_syllables(
    ...     300, n_onsets=2, n_vowels=2, n_sources=4, shift=0.1, return_sources=True,
    ...     random_state=0)
    >>> model = make_pipeline(
    ...     SpikingRocket(100, random_state=0), StandardScaler(), RidgeClassifier(100.0))
    >>> model = model.fit(X[user < 3], y[user < 3])
    >>> new, truth = X[user == 3], y[user == 3]
    >>> rows = np.unique(truth, return_index=True)[1]  # one sample of each class
    >>> adapted = adapt(model, new[rows], truth[rows])
    >>> print(round(model.score(new, truth), 2), "to", round(adapted.score(new, truth), 2))
    0.18 to 0.36
    """
    penalty = check_number(penalty, "penalty", **ADAPTATION_LIMITS)
    adapted = copy.copy(model)
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        features = model[:-1].transform(X) if len(model.steps) > 1 else X
        adapted.steps = [*model.steps[:-1], (name, adapt(last, features, y, penalty=penalty))]
        return adapted
    if isinstance(model, FrozenEstimator):
        adapted.estimator = adapt(model.estimator, X, y, penalty=penalty)
        return adapted
    if isinstance(model, DecodingNetwork):
        return adapted.adapt(X, y, penalty=penalty)
    check_is_fitted(model)
    # a model that computes them, or takes them from another model, does not use assigned ones
    if not {"coef_", "intercept_"} <= vars(model).keys():
        raise TypeError(NEEDS.format(type(model).__name__))
    _adapt_linear(adapted, X, y, penalty)
    return adapted


def _adapt_linear(model: Any, X: Any, y: Any, penalty: float | None) -> None:
    """Replace the coefficients of a linear model of scikit-learn."""
    z = np.asarray(X.toarray() if issparse(X) else X, float)
    check_consistent_length(z, y)
    old = model.coef_.toarray() if issparse(model.coef_) else model.coef_
    coef, intercept = np.atleast_2d(old).T, np.atleast_1d(model.intercept_)
    if z.ndim != 2 or z.shape[1] != len(coef):
        raise ValueError(f"X must have {len(coef)} features, got an array of shape {z.shape}.")
    outputs = z @ coef + intercept
    _check_linear(model, X, outputs)
    loss, target = _loss_of(model, y, coef.shape[1])
    dcoef, dintercept = least_change(loss, z, outputs, target, penalty)
    model.coef_ = (coef + dcoef).T.reshape(old.shape)
    changed = intercept + dintercept
    # without an intercept, one number may stand for all outputs
    model.intercept_ = changed if np.ndim(model.intercept_) or len(changed) > 1 else changed[0]
    _check_linear(model, X, z @ (coef + dcoef) + changed)


def _check_linear(model: Any, X: Any, outputs: Array) -> None:
    """Raise unless a model predicts from its linear outputs, and by a softmax of several."""
    found = np.asarray(getattr(model, "decision_function", model.predict)(X), float)
    near = 1e-3 * np.abs(outputs).max(initial=1.0)
    fits = found.size == outputs.size and np.allclose(
        found.reshape(outputs.shape), outputs, rtol=0, atol=near)
    if fits and outputs.shape[1] > 1 and hasattr(model, "predict_proba"):
        fits = np.allclose(model.predict_proba(X), softmax(outputs, axis=1), atol=1e-3)
    if not fits:
        raise TypeError(NEEDS.format(type(model).__name__))


def _loss_of(model: Any, y: Any, n_outputs: int) -> tuple[Loss, Array]:
    """Return the loss of a linear model, and its target."""
    if not is_classifier(model):
        return SquaredError(n_outputs), _values(y, n_outputs)
    y = np.asarray(y)
    unknown = np.setdiff1d(y, model.classes_)
    if len(unknown) or y.ndim != 1:
        raise ValueError(
            f"y must be one column of labels out of {shown(model.classes_.tolist())}, got "
            f"{shown(unknown.tolist())} and shape {y.shape}.")
    index = np.searchsorted(model.classes_, y)
    chosen = index[:, np.newaxis] == (np.arange(n_outputs) if n_outputs > 1 else 1)
    if not hasattr(model, "predict_proba"):
        return SquaredError(n_outputs), np.where(chosen, 1.0, -1.0)
    is_one = n_outputs == 1
    return (BinaryCrossEntropy(1), chosen.astype(int)) if is_one else (
        CrossEntropy(n_outputs), index)


def _values(y: Any, n_outputs: int) -> Array:
    """Return the checked values of a regressor, (n_samples, n_outputs)."""
    y = check_size(as_numbers(y, "y of adapt"), "y of adapt")
    if not all_finite(y):
        raise ValueError("y must be finite, got a value that is infinite or NaN.")
    values = y.reshape(-1, 1) if y.ndim == 1 else y
    if values.shape[1:] != (n_outputs,):
        raise ValueError(
            f"y must have the {n_outputs} columns of the previous fit, got shape {y.shape}.")
    return values.astype(float)


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
    """Compare penalties of `skspike.adapt` on users that are held out in turn.

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
        Number of samples of each class to which a model adapts, at least 1.
    n_splits : int, default=3
        Number of folds of users, from 2 to the number of users. The model is fitted once for each.
    random_state : int, RandomState instance or None, default=None
        Draws the samples.

    Returns
    -------
    scores : named tuple
        Its fields are ``groups``, (n_groups,), ``before``, (n_groups,), the score of each user
        without adaptation, ``after``, (n_penalties, n_groups), and ``penalties``, (n_penalties,).
        ``best_penalty`` is the penalty with the highest mean score, and ``gain``, (n_groups,), the
        gain of each user with it.

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
    >>> from skspike import adaptation_scores
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
