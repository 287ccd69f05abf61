"""Classification of spike trains by models of each class."""

import copy
import itertools
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin
from sklearn.utils import check_random_state

from .._base import (
    READERS, SIZE_LIMITS, Array, DecisionMixin, Estimator, Ragged, Seed, Stream, atomic,
    check_input, check_is_fitted, check_jobs, check_kinds, check_labels, check_number, check_option,
    checked_times, choices, consistent, one_task, same_parts, shown, weighted, with_sections)
from . import EXPERTS
from ._expert import Expert, LookupExpert
from ._models import (
    ClassModels, ClassReader, HeldOut, Samples, TrainStream, frozen, keys_of, known_classes,
    lengths, parts, resolved)
from ._novelty import fit_novelty, novelty
from ._raster_features import as_raster
from ._weights import centred, copies_of_others, fit_weights

ALPHA_LIMITS: dict[str, float] = {"above": 0, "high": 1e12}
FOLD_LIMITS: dict[str, Any] = {"low": 2, "high": 1000, "integer": True}


@with_sections(experts=choices(EXPERTS)[1:-1].replace('"', "'"))
class SpikeTrainClassifier(DecisionMixin, TransformerMixin, Estimator):
    """Classify spike trains by models of the trains of each class.

    Each expert computes the log likelihood of a train under each class: from the last steps, the
    time since the last spike, the activity of all channels, the rate over time, pairs of channels,
    similar training trains, and spike counts. The log likelihoods are added, with weights that are
    fitted to the training data in folds. On generated trains, the result is within a point or two
    of the best possible accuracy, if one of the experts suits the data.

    Parameters
    ----------
    experts : "auto", str, Expert, or list of these, default="auto"
        Models of the trains of each class, by name (<experts>) or as objects from
        `skspike.trains`, which carry parameters. "auto": all of them. Fewer experts are faster.
    n_folds : int, default=5
        Number of folds, at least 2. The scores of a training sample come from models of the other
        folds. The fold of a sample depends on its content alone, so that equal samples are in the
        same fold, and the order of the samples does not matter.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.
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
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    experts_ : list of Expert
        The experts that have a model of this number of channels.
    models_ : list of str
        Names of the models: the expert, and one of its models. An expert may have several, such as
        "history shared", with the same parameters for all channels, and "history each".
    n_folds_ : int
        Number of folds.
    tables_ : list of dict
        Tables of each expert.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int or None
        Length of the series in `fit`. None if lengths differ.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    LZCClassifier : Complexity, which is one number per train.
    SNNClassifier : Spiking networks.
    skspike.fit_in_parts : Fit parts of the data in parallel, with the same result.

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
    >>> round(model.score(X[100:], y[100:]), 2)
    0.92
    >>> model.explain(X[100:]).shape
    (100, 4, 100)
    """

    _plugins = {"experts": EXPERTS}

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
        models, samples = self._begun(X, y, sample_weight)
        counts = models.count(samples)
        self.tables_, held = models.learn(counts, samples)
        return self._weigh(counts, held)

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
        classes = known_classes(self, classes)
        if not hasattr(self, "tables_"):
            models, samples = self._begun(X, y, sample_weight, classes)
            counts, seen = models.count(samples), []
        else:
            samples = self._samples(X, y, sample_weight, classes, reset=False)
            n_folds, experts = self._checked_options(samples.raster.shape[1])
            if n_folds != self.n_folds_ or not same_parts(experts, self.experts_):
                raise ValueError(
                    f"partial_fit continues with n_folds={self.n_folds_} and experts="
                    f"{self.experts_}, got n_folds={n_folds} and experts={experts}. Set these, or "
                    "begin anew with fit.")
            models = self._models()
            models.check_counts(self._seen[0])
            counts = models.together(self._seen[0], models.count(samples))
            seen = [self._seen[1]]
        self.tables_, held = models.learn(counts, samples)
        return self._weigh(counts, HeldOut.joined([*seen, held]))

    def _begun(self, X, y, sample_weight=None, classes=None):
        """Return models that have not learned, and the samples of a first call."""
        samples = self._samples(X, y, sample_weight, classes)
        n_channels = samples.raster.shape[1]
        self.n_folds_, self.experts_ = self._checked_options(n_channels)
        models = self._models()
        self.models_ = models.names
        return models, samples

    def _weigh(self, counts, held):
        """Learn the weights of the models and the novelty from held-out samples."""
        self.weights_, self.intercept_ = fit_weights(
            held.scores, held.y, held.weights, float(self.alpha))
        if copies_of_others(held, self.weights_, self.intercept_):
            self.weights_ = np.full(len(self.models_), 1 / len(self.models_))
            self.intercept_ = np.zeros(len(self.classes_))
        self._typical, self.novelty_threshold_ = fit_novelty(self._models(), held)
        self._seen = counts, tuple(held)
        return self

    def _samples(self, X, y, sample_weight=None, classes=None, reset=True):
        """Check the input of `fit`, and return training samples."""
        X, y = check_input(self, X, y, reset=reset)
        check_labels(y, type(self).__name__)
        X, y, weights, _ = weighted(X, y, sample_weight)
        self.classes_ = np.unique(y) if classes is None else classes
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes, got 1 class in "
                f"n_samples = {len(y)}.")
        unknown = ~np.isin(y, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y has the label {shown(y[unknown][0])}, which is not in classes_="
                f"{shown(self.classes_.tolist())}. Pass all labels as classes in the first call.")
        n_steps = None if isinstance(X, Ragged) else X.shape[-1]
        known = reset or n_steps == self.n_steps_in_
        self.n_steps_in_ = n_steps if known else None
        raster = as_raster(X, type(self).__name__, check_jobs(self.n_jobs))
        return Samples(raster, np.searchsorted(self.classes_, y), weights, keys_of(raster))

    def _checked_options(self, n_channels):
        """Check the parameters. Return the number of folds, and the experts for these channels."""
        check_number(self.alpha, "alpha", **ALPHA_LIMITS)
        return check_number(self.n_folds, "n_folds", **FOLD_LIMITS), resolved(
            self.experts, n_channels)

    def _models(self) -> ClassModels:
        """Return the models, with what they have learned."""
        learned = (getattr(self, name, None) for name in ("tables_", "weights_", "intercept_"))
        return ClassModels(
            self.experts_, self._n_channels, len(self.classes_), self.n_folds_,
            check_jobs(self.n_jobs), *learned)

    @property
    def _n_channels(self):
        return self.n_features_in_ if self._n_dims_in == 3 else 1

    def _check_fitted(self) -> None:
        """Raise unless the fitted attributes have their types and shapes, and belong together."""
        check_kinds({
            "experts_": (self.experts_, list), "tables_": (self.tables_, list),
            "models_": (self.models_, list), "classes_": (self.classes_, np.ndarray)})
        check_number(self.n_folds_, "n_folds_", **FOLD_LIMITS)
        self._models().check(self.models_)

    def _checked(self, X):
        """Return the models, and the raster of checked input after `fit`."""
        check_is_fitted(self, "tables_")
        self._check_fitted()
        X = check_input(self, X, reset=False)
        return self._models(), as_raster(X, type(self).__name__, check_jobs(self.n_jobs))

    def _decide(self, method, X):
        """Return the result of a method for X."""
        models, raster = self._checked(X)
        reader = ClassReader(self.classes_)
        return getattr(reader, READERS[method])(models.decision(models.scores(raster)))

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
        models, raster = self._checked(X)
        return models.scores(raster)

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return log likelihoods as features, for other classifiers or with other features.

        Samples of the training data, which are recognised by their spikes, get the scores of models
        without their fold. So a classifier after this step is trained on features as they will be
        for new samples. Features of different models are not on one scale.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples, as in `log_likelihood`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float64
            For two classes, the log odds of ``classes_[1]`` by each model. Else the scores of all
            classes by the first model, then by the next, each with a mean of 0 over the classes.
        """
        models, raster = self._checked(X)
        scores, is_new = HeldOut(*self._seen[1]).scores_of(keys_of(raster), models)
        if is_new.any():
            scores[is_new] = models.scores(raster[np.flatnonzero(is_new)])
        if models.n_classes == 2:
            return scores[:, :, 1] - scores[:, :, 0]
        return centred(scores).reshape(len(scores), -1)

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the features, such as ``history_shared`` or ``history_shared_cat``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str objects
            Names of the columns of the output of `transform`.
        """
        check_is_fitted(self, "tables_")
        models = [name.replace(" ", "_") for name in self.models_]
        if len(self.classes_) == 2:
            return np.array(models, dtype=object)
        return np.array(
            [f"{name}_{label}" for name in models for label in self.classes_], dtype=object)

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
        models, raster = self._checked(X)
        return novelty(models, self._typical, models.scores(raster), lengths(raster))

    @consistent
    def explain(self, X: ArrayLike) -> Array:
        """Return the evidence of each channel and step for the decision.

        The sum over channels and steps is the result of `decision_function`. Evidence that has no
        place, which is the intercept and the votes of neighbours, is spread evenly.
        `skspike.inspection.explain` returns the same for one class, in the form that
        `skspike.inspection.EvidenceDisplay` draws.

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
        models, raster = self._checked(X)
        if len({*lengths(raster).tolist()}) > 1:
            raise ValueError(
                "explain takes samples of equal length. Pass samples of other lengths one at a "
                "time.")
        (part, _), = parts(raster, np.arange(len(raster)))
        terms = models.terms(part)
        return terms[:, 1] - terms[:, 0] if len(self.classes_) == 2 else terms

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
        (models, raster), name = self._checked(X), f"{type(self).__name__}.running_decision"
        check_streams(self, name, isinstance(raster, Ragged) and raster.flat)
        stops = checked_times(steps, int(lengths(raster)[0]), raster)
        (part, _), = parts(raster, np.arange(len(raster)))
        states, read = models.start(len(part)), ClassReader(self.classes_)
        return np.stack([
            read.scores(models.advance(frozen(part[:, :, first:stop]), states))
            for first, stop in itertools.pairwise([0, *stops])], axis=1)

    def stream(self) -> Stream:
        """Return a stream, which takes the spikes of one train step by step.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a train.

        Raises
        ------
        ValueError
            If an expert with a weight above 0 needs whole trains, as "neighbours" does.
        """
        check_is_fitted(self, "tables_")
        self._check_fitted()
        name = type(self).__name__
        check_streams(self, f"{name}.stream")
        return TrainStream(name, copy.deepcopy(self._models()), self.classes_.copy())

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
        self._check_fitted()
        n_samples = check_number(n_samples, "n_samples", **SIZE_LIMITS)
        n_steps = 100 if n_steps is None else check_number(n_steps, "n_steps", **SIZE_LIMITS)
        check_option(label, "label", self.classes_.tolist())
        drawing = {
            one.name: (one, own) for one, own in zip(self.experts_, self.tables_, strict=True)
            if isinstance(one, LookupExpert) and one.is_likelihood}
        check_option(expert, "expert", list(drawing))
        chosen, own = drawing[expert]
        draws = check_random_state(random_state).random_sample(
            (n_steps, n_samples, self._n_channels))
        table = own[chosen.models(self._n_channels)[-1]]
        return chosen.sample(table, draws, self.classes_.tolist().index(label))


def check_streams(model: SpikeTrainClassifier, name: str, are_series: bool = False) -> None:
    """Raise if the input or a model with a weight above 0 needs whole trains."""
    if are_series or model._n_dims_in != 3:
        raise ValueError(
            f"{name} needs rasters (n_samples, n_channels, n_steps). A series is binarised at its "
            "median, which is known at its end.")
    model._models().check_sums(name)
