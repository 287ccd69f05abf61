"""Classification of spike trains by models of each class."""

import copy
import functools
import itertools
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, clone
from sklearn.utils import check_random_state

from .._checks import (
    SIZE_LIMITS, FittedArray, Ragged, check_arrays, check_container, check_fits, check_kinds,
    check_number, check_option, checked_times, shown, warn)
from .._utils import Array, Numbers, Seed, atomic, consistent, one_task
from ..experts import Expert, LookupExpert
from ._novelty import Typical, balanced, features, fit_typical, square_distance
from ._pool import combined, fit_pool, gain, probabilities
from ._train_experts import (
    TrainExperts, compact, expanded, frozen, keys_of, lengths, parts, with_expert_options)
from ._train_stream import SpikeTrainStream, check_is_raster, check_streams, start, step

NOVEL = 0.05  # share of the training samples whose novelty is above `novelty_threshold_`
AGREEING = 0.9  # least share of copies with the most frequent label of their train
ALPHA_LIMITS: dict[str, float] = {"above": 0, "high": 1e12}


@with_expert_options
class SpikeTrainClassifier(ClassifierMixin, TrainExperts):
    """Classify spike trains by models of the trains of each class.

    Each expert computes the log likelihood of a train under each class: from the last steps, the
    time since the last spike, the activity of all channels, the rate over time, pairs of channels,
    similar training trains, and spike counts. The log likelihoods are added, with weights that are
    fitted to the training data in folds. On generated trains, the result is within a point or two
    of the best possible accuracy, if one of the experts suits the data.

    Parameters
    ----------
    <parameters>
    alpha : float, default=1.0
        Penalty of the weights of the models, above 0. Values from 0.1 to 10 hardly differ.

    Attributes
    ----------
    weights_ : ndarray of shape (n_models,)
        Weights of the models, at least 0.
    intercept_ : ndarray of shape (n_classes,)
        Intercepts of the classes.
    novelty_threshold_ : float
        Result of `novelty` that 5 % of the training samples exceed, each scored without its fold.
    _typical : tuple of tuple
        Typical log likelihoods and decisions of the training samples, for `novelty`.
    _seen : tuple
        Counts of each expert in each fold, and held-out scores, labels, weights, lengths and
        numbers of the contents of the training samples, for `partial_fit`.
    <attributes>

    See Also
    --------
    SpikeTrainTransformer : The log likelihoods as features.
    LZCClassifier : Complexity, which is one number per train.
    SNNClassifier : Spiking networks.
    skspike.distributed.fit_in_parts : Fit parts of the data in parallel, with the same result.

    Notes
    -----
    Counts are sums over trains, so that `fit` does not depend on the order of the samples, and a
    weight of 2 equals the sample twice. Time is proportional to the number of steps, but "pairs"
    also to the number of channels, and "neighbours" to the number of training samples.

    Equal trains are in the same fold, so their scores do not depend on copies. If few trains are
    repeated, such as templates without noise, and do not resemble each other, no score predicts a
    class. Then all models get equal weights, with a warning.

    Each row of 2-D input is one series, which is binarised at its median as in `LZCTransformer`.
    Samples of unequal length are a list of arrays. Longer trains carry more evidence.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(200, 4, 100, random_state=0)
    >>> model = SpikeTrainClassifier().fit(X[:100], y[:100])
    >>> model.score(X[100:], y[100:]) > 0.85
    True
    >>> model.explain(X[100:]).shape
    (100, 4, 100)
    """

    def __init__(
            self, experts: str | Expert | list[str | Expert] = "auto", *, n_folds: int = 5,
            n_jobs: int | None = None, alpha: float = 1.0):
        self.experts = experts
        self.n_folds = n_folds
        self.n_jobs = n_jobs
        self.alpha = alpha

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, which are not spike trains
        tags.classifier_tags.poor_score = True
        return tags

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the models of the classes, and their weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Spike rasters of 0 and 1, or one series per row. Samples of unequal length are a list or
            an object array of arrays (n_channels, n_steps) or (n_steps,).
        y : array-like of shape (n_samples,)
            Class labels, with at least two classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, at least 0. A weight of 2 equals the sample twice.

        Returns
        -------
        self : SpikeTrainClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is only one class, 3-D input has values other than 0 and 1, or a parameter is
            out of range.

        Warns
        -----
        UserWarning
            If few different trains are repeated, and all models get equal weights.
        """
        raster, y, weights = self._samples(X, y, sample_weight)
        self._resolve(raster)
        return self._learn(raster, y, weights, None)

    @atomic
    def partial_fit(
            self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None,
            sample_weight: ArrayLike | None = None) -> Self:
        """Add samples to the models, and fit the weights of the models again.

        The tables equal those of one `fit` on all samples. The weights of the models may differ a
        little, because each sample is scored when it arrives, by the models of the samples so far.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            The next samples, as in `fit`.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that can occur. Required in the first call, unless it continues a `fit`.
            Later calls must pass the same labels or None.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, as in `fit`.

        Returns
        -------
        self : SpikeTrainClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If `classes` is missing in the first call, or if `classes`, `experts` or `n_folds`
            differ from it.
        """
        first = not hasattr(self, "tables_")
        classes = self._known_classes(classes, first)
        raster, y, weights = self._samples(X, y, sample_weight, classes, reset=first)
        if first:
            self._resolve(raster)
        else:
            self._check_same_options(raster.shape[1])
        return self._learn(raster, y, weights, None if first else self._seen)

    def _learn(self, raster, y, weights, before):
        """Learn from samples, and from the counts and scores before them."""
        check_number(self.alpha, "alpha", **ALPHA_LIMITS)
        keys = keys_of(raster)
        counts = self._count(raster, y, weights, keys)
        if before is not None:
            counts = self._together(before[0], counts)

        def scored(without):
            """Return what `_pool` needs of the samples before and of these."""
            samples = self._held_out(raster, keys, without), y, weights, lengths(raster), keys
            return [samples] if before is None else [before[1], samples]

        return self._learn_parts(counts, scored)

    def _learn_parts(self, counts, scored):
        """Learn from counts, and from what `scored` returns for each set of samples.

        Its argument is a function that returns the tables without a fold.
        """
        alpha = check_number(self.alpha, "alpha", **ALPHA_LIMITS)
        self.tables_, without = self._tables(counts)
        samples = tuple(np.concatenate(arrays) for arrays in zip(*scored(without), strict=True))
        self._pool(*samples, alpha)
        self._seen = counts, samples
        return self

    def _begun(self, X, y, sample_weight=None, *, classes):
        """Return a classifier that knows a part of the samples, and its counts."""
        check_number(self.alpha, "alpha", **ALPHA_LIMITS)
        model, classes = clone(self), self._known_classes(classes, True)
        raster, y, weights = model._samples(X, y, sample_weight, classes)
        model._resolve(raster)
        return model, model._count(raster, y, weights, keys_of(raster))

    def _scored(self, without, X, y, sample_weight=None):
        """Return held-out scores of a part of the samples, and what `_pool` needs of them."""
        raster, y, weights = copy.copy(self)._samples(
            X, y, sample_weight, self.classes_, reset=False)
        keys = keys_of(raster)
        scores = self._held_out(raster, keys, without.__getitem__)
        return scores, y, weights, lengths(raster), keys

    def _together(self, one, other):
        """Return the counts of two sets of samples together."""
        return [
            [compact(expert.add(*map(expanded, pair))) for pair in zip(*folds, strict=True)]
            for expert, *folds in zip(self.experts_, one, other, strict=True)]

    def _known_classes(self, classes, first):
        """Return the labels of all calls of `partial_fit`."""
        if classes is not None:
            check_container(classes, "classes")
            classes = np.unique(classes)
        if first:
            if classes is None:
                raise ValueError("classes must be passed in the first call of partial_fit.")
            return classes
        if classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"classes must be those of the first call, {shown(self.classes_.tolist())}, got "
                f"{shown(classes.tolist())}.")
        return self.classes_

    def _pool(self, scores, y, weights, n_steps, keys, alpha):
        """Learn the weights of the models, and the threshold of novelty."""
        self.weights_, self.intercept_ = fit_pool(scores, y, weights, alpha)
        self._check_weights(scores, y, weights, keys)
        n_classes = len(self.classes_)
        values = [np.empty((len(y), n)) for n in self._n_features()]
        for k, blocks in enumerate(self._features(scores, n_steps)):
            for own, block in zip(values, blocks, strict=True):
                own[y == k] = block[y == k]
        self._typical = balanced(
            [fit_typical(own, y, n_classes, weights) for own in values], values, y, weights)
        found = self._novelty(scores, n_steps)
        order = np.argsort(found)
        reached = np.cumsum(weights[order]) >= (1 - NOVEL) * weights.sum()
        self.novelty_threshold_ = float(found[order[np.argmax(reached)]])

    def _check_weights(self, scores, y, weights, keys):
        """Take equal weights if few trains are repeated, and do not resemble each other.

        The copies of a train are in one fold, so it is scored without them. If copies are the rule
        and have one label, and the gain for each different train does not pay for the parameters
        (Akaike 1974), the fitted weights are noise, or 0.
        """
        # weights that are no whole numbers are no numbers of copies
        copies = weights if (weights % 1 == 0).all() else np.ones(len(weights))
        _, train = np.unique(keys, return_inverse=True)
        labels = np.zeros((train.max() + 1, len(self.classes_)))
        np.add.at(labels, (train, y), copies)
        n_different, n_copies = len(labels), copies.sum()
        if 2 * n_different > n_copies or labels.max(axis=1).sum() < AGREEING * n_copies:
            return
        found = gain(scores, y, weights, self.weights_, self.intercept_) / weights.sum()
        n_parameters = (self.weights_ > 0).sum() + len(self.classes_) - 1
        if found * n_different < n_parameters:
            self.weights_ = np.full(len(self.models_), 1 / len(self.models_))
            self.intercept_ = np.zeros(len(self.classes_))
            warn(
                f"The {n_copies:g} training trains are copies of {n_different} different trains, "
                "and the experts do not recognise the class of a train without its copies. So all "
                "models get equal weights. Predictions suit trains that equal those of fit. For "
                "others, add more different trains.")

    def _check_fitted(self):
        super()._check_fitted()
        check_arrays([
            FittedArray("weights_", self.weights_, (len(self.models_),)),
            FittedArray("intercept_", self.intercept_, (len(self.classes_),))])
        check_kinds({"_typical": (self._typical, tuple)})
        check_fits(len(self._typical) == 2, "_typical must have 2 tuples of arrays.")
        for typical, n in zip(self._typical, self._n_features(), strict=True):
            self._check_typical(typical, n)

    def _check_typical(self, typical, n):
        """Raise unless the typical values of n features have their shapes."""
        k, names = len(self.classes_), Typical._fields
        check_kinds({"_typical": (typical, tuple)})
        check_fits(len(typical) == len(names), "_typical must have tuples of 3 arrays.")
        check_arrays(
            FittedArray(f"_typical.{name}", array, shape)
            for name, array, shape in zip(
                names, typical, ((k, n), (n,), (k, n, n)), strict=True))

    def _is_likelihood(self):
        """Return which models are likelihoods."""
        n_channels = self.n_features_in_ if self._n_dims_in == 3 else 1
        return np.array([
            expert.is_likelihood for expert in self.experts_
            for _ in expert.models(n_channels)])

    def _of_trains(self):
        """Return the models that measure novelty: likelihoods, or all if there are none."""
        is_likelihood = self._is_likelihood()
        return is_likelihood if is_likelihood.any() else ~is_likelihood

    def _n_features(self):
        """Return the numbers of features of novelty: of the models, and of the decision."""
        return 2 * np.count_nonzero(self._of_trains()), 1

    def _features(self, scores, n_steps):
        """Yield the features of novelty for each class: of the models, and of the decision."""
        n_steps = n_steps[:, np.newaxis, np.newaxis]
        decision = combined(scores, self.weights_, self.intercept_)[:, np.newaxis] / n_steps
        scores = scores[:, self._of_trains()] / n_steps
        for k in range(len(self.classes_)):
            own, others = features(decision, k)
            yield np.concatenate(features(scores, k), axis=1), own - others

    def _novelty(self, scores, n_steps):
        """Return the distance of samples from the nearest class, for given scores."""
        nearest = np.full(len(scores), np.inf)
        for k, blocks in enumerate(self._features(scores, n_steps)):
            squares = [
                square_distance(typical, values, k)
                for typical, values in zip(self._typical, blocks, strict=True)]
            nearest = np.minimum(nearest, (squares[0] + squares[1]) / 2)
        return np.sqrt(nearest)

    def _likelihoods(self):
        """Return the weights of the models that are likelihoods, or 1 if all are 0."""
        is_likelihood = self._is_likelihood()
        weights = np.where(is_likelihood, self.weights_, 0)
        return weights if weights.any() else is_likelihood.astype(float)

    def _per_step(self, scores, n_steps):
        """Return the log likelihood per step under the best class, for given scores."""
        best = combined(scores, self.weights_, self.intercept_).argmax(axis=1)
        of_best = np.take_along_axis(scores, best[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
        total, weights = np.zeros(len(scores)), self._likelihoods()
        for m, weight in enumerate(weights / weights.sum()):
            total += weight * of_best[:, m]
        return total / n_steps

    def _decision(self, X):
        """Return the centred scores of classes, (n_samples, n_classes)."""
        return combined(
            self._scores(self._raster(X), self.tables_), self.weights_, self.intercept_)

    @consistent
    def log_likelihood(self, X: ArrayLike) -> Array:
        """Return the log likelihood of each sample under each class, by each model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples with as many dimensions and channels as in `fit`. Rasters may have any length,
            and series also, if `fit` got series of unequal length.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_models, n_classes)
            Models as in `models_`, classes as in `classes_`. Those of "linear", "neighbours" and
            "pairs" are no log probabilities of a train, and only comparable between classes.
        """
        return self._scores(self._raster(X), self.tables_)

    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return the scores of the classes: weighted sums of log likelihoods.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            With two classes, the log odds of ``classes_[1]``. Else logarithms of probabilities, up
            to a constant of the sample, with a mean of 0.
        """
        return _odds(self._decision(X))

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Predict the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Class labels.
        """
        best = self._decision(X).argmax(axis=1)
        return self.classes_[best]

    @consistent
    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities, calibrated on the held-out folds of the training data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`.
        """
        return probabilities(self._decision(X))

    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return logarithms of class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`. Finite, also where a probability is rounded to 0.
        """
        decision = self._decision(X)
        decision = decision - decision.max(axis=1, keepdims=True)
        return decision - np.log(np.exp(decision).sum(axis=1, keepdims=True))

    @consistent
    def score_samples(self, X: ArrayLike) -> Array:
        """Return the log likelihood per step of each sample under its most probable class.

        Regular trains have a higher likelihood than irregular ones under most models. So a low
        likelihood is no measure of novelty: use `novelty`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Mean over the experts with a likelihood, by their weights.

        Raises
        ------
        ValueError
            If no expert has a likelihood, as with "linear", "neighbours" and "pairs" alone.
        """
        raster = self._raster(X)
        if not self._likelihoods().any():
            raise ValueError(
                f"score_samples needs an expert with a likelihood, and experts_={self.experts_} "
                "have none. Add 'history', for example.")
        return self._per_step(self._scores(raster, self.tables_), lengths(raster))

    @consistent
    def novelty(self, X: ArrayLike) -> Array:
        """Return how much each sample differs from the training data.

        The log likelihoods per step, by each model with a likelihood, are compared with those of
        the training samples of each class by the Mahalanobis distance. So is the decision. The
        distance from the nearest class counts. Samples above `novelty_threshold_` do not look like
        the training data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`. Their lengths should be similar to those in `fit`.

        Returns
        -------
        distances : ndarray of shape (n_samples,)
            Root mean square of the differences, in standard deviations. At most about 1 for samples
            that are typical.
        """
        raster = self._raster(X)
        return self._novelty(self._scores(raster, self.tables_), lengths(raster))

    @consistent
    def explain(self, X: ArrayLike) -> Array:
        """Return the evidence of each channel and step for the decision.

        The sum over channels and steps is the result of `decision_function`. Evidence that has no
        place, which is the intercept and the votes of neighbours, is spread evenly.
        `skspike.inspection.explain` returns the same for one class, in the form that
        `skspike.plotting.EvidenceDisplay` draws.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Samples of equal length, as in `log_likelihood`.

        Returns
        -------
        evidence : ndarray of shape (n_samples, n_channels, n_steps), or (n_samples, n_classes, \
n_channels, n_steps) for more than two classes
            Terms of the decision. With two classes, positive terms are in favour of
            ``classes_[1]``. For 2-D input, there is one channel.

        Raises
        ------
        ValueError
            If samples have unequal length. Pass them one at a time.
        """
        raster = self._raster(X)
        if len({*lengths(raster).tolist()}) > 1:
            raise ValueError(
                "explain takes samples of equal length. Pass samples of other lengths one at a "
                "time.")
        (part, _), = parts(raster, np.arange(len(raster)))
        terms = np.stack([self._terms(part[k : k + 1]) for k in range(len(part))])
        return terms[:, 1] - terms[:, 0] if len(self.classes_) == 2 else terms

    def _terms(self, raster):
        """Return the evidence of one sample, (n_classes, n_channels, n_steps)."""
        n_classes, first = len(self.classes_), 0
        size = raster.shape[1] * raster.shape[2]
        total = np.zeros((n_classes, *raster.shape[1:])) + (
            self.intercept_ / size)[:, np.newaxis, np.newaxis]
        for expert, own in zip(self.experts_, self.tables_, strict=True):
            n_models = len(expert.models(raster.shape[1]))
            weights, first = self.weights_[first : first + n_models], first + n_models
            if not weights.any():
                continue
            if expert.is_sum:
                terms = expert.terms(own, raster)[0]
            else:
                scores = expert.score(own, raster, n_classes)[0]
                terms = np.broadcast_to(
                    scores[:, :, np.newaxis, np.newaxis] / size, (*scores.shape, *raster.shape[1:]))
            for weight, model in zip(weights, terms, strict=True):
                total += weight * (model - model.mean(axis=0))
        return total

    @consistent
    def running_decision(self, X: ArrayLike, steps: ArrayLike | None = None) -> Array:
        """Return the decision after each step, or after some.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps)
            Rasters of equal length, with the channels in `fit`.
        steps : array-like of int of shape (n_times,) or None, default=None
            Numbers of steps after which to decide, rising, from 1 to the length of the samples.
            None: after each step.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_times), or (n_samples, n_times, n_classes) for \
more than two classes
            `decision_function` of the steps so far. The last one equals that of the whole train,
            bit for bit.

        Raises
        ------
        ValueError
            If samples have unequal length or are series (n_steps,), which are binarised at their
            median, `steps` are out of range or do not rise, or an expert with a weight above 0
            needs whole trains, as "neighbours" does.
        """
        raster, name = self._raster(X), f"{type(self).__name__}.running_decision"
        check_streams(self, name)
        check_is_raster(not (isinstance(raster, Ragged) and raster.flat), name)
        stops = checked_times(steps, int(lengths(raster)[0]), raster)
        (part, _), = parts(raster, np.arange(len(raster)))
        states = start(self, *part.shape[:2])
        found = [
            step(self, frozen(part[:, :, first:stop]), states)
            for first, stop in itertools.pairwise([0, *stops])]
        return np.stack([_odds(decision) for decision in found], axis=1)

    def stream(self) -> SpikeTrainStream:
        """Return a stream, which takes the spikes of one train step by step.

        Returns
        -------
        stream : skspike.streams.SpikeTrainStream
            A stream at the start of a train.

        Raises
        ------
        ValueError
            If an expert with a weight above 0 needs whole trains, as "neighbours" does.
        """
        return SpikeTrainStream(self)

    @consistent
    def sample(
            self, n_samples: int = 1, *, label: Any, n_steps: int | None = None,
            expert: str = "history", random_state: Seed = None) -> Array:
        """Draw spike trains from a model of a class, to see what was learned.

        Parameters
        ----------
        n_samples : int, default=1
            Number of trains.
        label : int, str or other type of label
            Class, one of `classes_`.
        n_steps : int or None, default=None
            Number of steps. None: 100.
        expert : str, default="history"
            Name of the expert, which must have probabilities of single spikes: "history", "age",
            "population" or "rate". If it has models of single channels, they are used.
        random_state : int, RandomState instance or None, default=None
            Seed of the trains.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), uint8
            Spike trains.

        Raises
        ------
        ValueError
            If the label is unknown, or the expert was not fitted or has no such probabilities.
        """
        n_channels = self.n_features_in_ if self._n_dims_in == 3 else 1
        self._check_fitted()
        n_samples = check_number(n_samples, "n_samples", **SIZE_LIMITS)
        n_steps = 100 if n_steps is None else check_number(n_steps, "n_steps", **SIZE_LIMITS)
        check_option(label, "label", self.classes_.tolist())
        drawing = {
            one.name: (one, own) for one, own in zip(self.experts_, self.tables_, strict=True)
            if isinstance(one, LookupExpert) and one.is_likelihood}
        check_option(expert, "expert", list(drawing))
        chosen, own = drawing[expert]
        draws = check_random_state(random_state).random_sample((n_steps, n_samples, n_channels))
        table = own[chosen.models(n_channels)[-1]]
        return chosen.sample(table, draws, self.classes_.tolist().index(label))


def _odds(decision: Array) -> Numbers:
    """Return the log odds of the second of two classes, or the scores of all classes."""
    return decision[..., 1] - decision[..., 0] if decision.shape[-1] == 2 else decision


def fitted_in_parts(model: Any, data: Any, classes: Any) -> Any:
    """Return a classifier that is fitted to all parts of the data, with the result of one fit.

    The first pass adds counts. The second scores each sample by the models without its fold, which
    depends on the content of the sample alone.
    """
    begun, counts = zip(*data.each(_counted, model, classes), strict=True)
    data.check_shapes([(one._n_dims_in, one.n_features_in_) for one in begun])
    model, found = begun[0], {one.n_steps_in_ for one in begun}
    model.n_steps_in_ = found.pop() if len(found) == 1 else None
    model._equal_length_in = model.n_steps_in_ is not None and all(
        one._equal_length_in for one in begun)
    return model._learn_parts(
        functools.reduce(model._together, counts),
        lambda without: data.each(_scored, model, [*map(without, range(model.n_folds_))]))


def _counted(model: Any, classes: Any, *samples: Any) -> Any:
    """Return a classifier that has the shape of a part, and the counts of the part."""
    return model._begun(*samples, classes=classes)


def _scored(model: Any, without: Any, *samples: Any) -> Any:
    """Return the scores of a part by models without the fold of each sample."""
    return model._scored(without, *samples)
