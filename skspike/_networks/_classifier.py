"""Classifier: a spiking network with a linear decoder."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin

from .._base import (
    Array, Seed, Step, accuracy, atomic, available_if, check_is_fitted, checked_weights, consistent)
from ..coding import SpikeEncoder
from ..learning import Rule
from ..metrics import step_accuracy
from ..neurons import Neuron
from ..simulation import Convolution, Readout
from ._decoding import DecodingNetwork, outputs_after, outputs_at_steps
from ._documentation import with_network_parameters
from ._settings import property_of_rule
from ._streams import ClassifierStream
from ._targets import NO_SCORES


def _has_scores(classifier: Any) -> bool:
    """Return whether there are decision scores, or raise if scikit-learn has no form for them."""
    if isinstance(getattr(classifier, "classes_", None), list):
        raise AttributeError(NO_SCORES)
    return True


def _has_running_scores(classifier: Any) -> bool:
    """Return whether there are decision scores, which the rule can compute after each step."""
    return _has_scores(classifier) and property_of_rule(
        classifier, "responds_in_steps", unknown=True)


@with_network_parameters
class SNNClassifier(ClassifierMixin, DecodingNetwork):  # type: ignore[misc]
    """Spiking neural network that classifies by a linear decoder of its last layer's spikes.

    With surrogate gradients, weights, intrinsic parameters of the neurons and decoder are trained
    together. With other rules, the decoder is fitted to the spikes of the trained network. The
    decoder of the Tempotron uses the largest membrane potentials instead of spikes. Input is a
    raster of spikes (3-D), currents over time (3-D), constant currents (2-D), or anything that
    `encoder` takes. Labels may have several columns: an indicator matrix of labels that do not
    exclude each other (multilabel), or several columns of classes (multioutput). With
    ``readout="leaky"``, it takes a class for each step of recordings of any length, and returns one
    for each step, from the past alone (`SNNRegressor` has notes on this).

    <groups>

    Parameters
    ----------
    <parameters>
    class_weight : dict of label to float, "balanced", list of these or None, default=None
        Weight of each class in the loss, >= 0. Classes that the dict leaves out have weight 1.
        "balanced" weights classes inversely to their frequency. The unit of the weights does not
        matter: the mean over the samples in `fit`, and over the classes in `partial_fit`, is
        scaled to 1. STDP minimises no loss and takes the weights as the prior of the classes. Its
        decoder "assigned" ignores classes of weight 0 and uses the weights for nothing else. For
        labels in several columns, pass a list with one entry per column. The labels of a column
        of an indicator matrix are 0 and 1. The weights of the columns are multiplied, as in
        scikit-learn's trees, because a sample has one weight.
    <running>

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of these
        Class labels. For an indicator matrix, the numbers of its columns. For several columns of
        classes, a list with the labels of each column.
    decoder_coef_ : ndarray of shape (n_neurons * n_filters, n_outputs)
        Coefficients of the decoder, for the standardised features of `readout_`: all features of
        the first neuron, then of the next. The outputs are the logits of the classes, of the labels
        of an indicator matrix, or of the classes of all columns. The name ``coef_`` is not used,
        because they do not belong to features of the input.
    decoder_intercept_ : ndarray of shape (n_outputs,)
        Intercepts of the decoder.
    feature_mean_, feature_scale_ : ndarray of shape (n_neurons * n_filters,)
        Mean and scale that standardise these features, computed with the initial weights. STDP with
        the decoder "assigned" computes them with the learned weights. The decoder "shared" and the
        Tempotron do not standardise: mean 0, scale 1. If a margin of the Tempotron exceeds 100
        thresholds, its scale is the largest margin divided by 100.
    <attributes>

    See Also
    --------
    SNNTransformer : The same network without the readout.
    suggest : Returns the values that `fit` would choose.

    Notes
    -----
    With ``rule=None`` the weights stay random, and the decoder is a logistic regression. `fit`
    adds the weights of equal samples and sorts the samples by content. So the order of the samples
    does not matter, and a weight of 2 gives the same network as the sample twice.

    Surrogate gradients and ``rule=None`` support labels in several columns. The loss is the sum
    over the columns of the cross-entropy: of a logistic function for each label of an indicator
    matrix, and of a softmax for each column of classes. Results have the form of scikit-learn's
    ``MLPClassifier`` for an indicator matrix, and of its ``RandomForestClassifier`` for columns of
    classes.

    References
    ----------
    .. [1] Z. Rudnicka, J. Szczepanski, A. Pregowska, arXiv:2508.11674, 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> round(SNNClassifier(16, random_state=0).fit(X, y).score(X, y), 2)
    0.99

    Labels that do not exclude each other:

    >>> from sklearn.datasets import make_multilabel_classification
    >>> X, y = make_multilabel_classification(60, n_classes=3, random_state=0)
    >>> model = SNNClassifier(16, max_iter=20, random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.predict_proba(X).shape
    ((60, 3), (60, 3))
    """

    _stream = ClassifierStream

    def __init__(
        self,
        hidden_layer_sizes: int | Convolution | Sequence[int | Convolution] = (64,),
        *,
        recurrent: bool | Sequence[bool] = False,
        delays: Sequence[float] | str | None = "auto",
        readout: str | Readout = "auto",
        neuron: str | Neuron = "lif",
        learn_intrinsic: bool | Sequence[str] = True,
        encoder: SpikeEncoder | None = None,
        standardize: bool | str = "auto",
        missing: str | None = None,
        n_steps: int | None = None,
        dt: Step | None = None,
        streaming: bool = False,
        rule: str | Rule | None = "surrogate",
        learning_rate: float | None = None,
        max_iter: int | None = None,
        batch_size: int = 32,
        early_stopping: bool | str | Callable[..., Any] = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-4,
        warm_start: bool = False,
        alpha: float | str = "auto",
        class_weight: dict[Any, Any] | str | None = None,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: bool = False,
    ):
        super().__init__(
            hidden_layer_sizes, recurrent=recurrent, delays=delays, readout=readout, neuron=neuron,
            learn_intrinsic=learn_intrinsic, encoder=encoder, standardize=standardize,
            missing=missing, n_steps=n_steps, dt=dt, streaming=streaming, rule=rule,
            learning_rate=learning_rate, max_iter=max_iter, batch_size=batch_size,
            early_stopping=early_stopping, validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change, tol=tol, warm_start=warm_start, alpha=alpha,
            n_jobs=n_jobs, random_state=random_state, verbose=verbose)
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: rules that learn without labels may score poorly."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = property_of_rule(self, "poor_score")
        several = not property_of_rule(self, "only_classes")
        tags.target_tags.multi_output = tags.classifier_tags.multi_label = several
        return tags

    @atomic
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn weights, intrinsic parameters and readout.

        Parameters
        ----------
        <samples>
        y : array-like of shape (n_samples,) or (n_samples, n_columns), or of classes of each \
step, (n_samples, n_steps) or a list of array-like of shape (n_steps,)
            Class labels, numbers or strings. Several columns that have only 0 and 1 are an
            indicator matrix. Other columns are separate sets of classes. With ``readout="leaky"``,
            columns are the steps of 3-D input. Then -1, or None in arrays of objects, means that
            the class of a step is not known.
        <weights>
            STDP only presents samples, so its weights must be multiples of one number.

        Returns
        -------
        self : SNNClassifier
            The fitted classifier.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight)

    @available_if(lambda self: property_of_rule(self, "learns_chunks", unknown=True))
    @atomic
    def partial_fit(
            self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None,
            sample_weight: ArrayLike | None = None) -> Self:
        """Continue learning with one pass over new samples, at constant learning rates.

        Surrogate gradients take the samples in their order. If `batch_size` divides the size of the
        chunks, and without a memory, the chunks give the same network as one chunk of all samples.
        The scale of initial weights, the readout, and whether trains are constant in time, are set
        on the first batch, which should hold samples of all classes. Mean and deviation of currents
        include all samples so far (`standardize`). Competing neurons (STDP) take the samples of a
        chunk in random order, and set the readout on each chunk alone.

        Parameters
        ----------
        <chunk>
        y : array-like of shape (n_samples,) or (n_samples, n_columns)
            Class labels.
        classes : array-like of shape (n_classes,), list of these or None, default=None
            All labels that can occur. Required in the first call. Later calls must pass the same
            labels or None. For an indicator matrix of n columns, pass ``range(n)``. For several
            columns of classes, pass a list with the labels of each column.
        <chunk weights>
            STDP presents a sample of weight 2 twice, and needs multiples of one number.

        Returns
        -------
        self : SNNClassifier
            The fitted classifier.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight, classes, single_pass=True)

    @available_if(_has_scores)
    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return the logits of the classes. Not available for several columns of classes.

        Parameters
        ----------
        <input>

        Returns
        -------
        scores : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
            For two classes, the logit of the second minus the logit of the first. For an indicator
            matrix, the logit of each label, (n_samples, n_labels). With a class for each step, the
            logits of all classes in float32, (n_samples, n_classes, n_steps), or a list of arrays
            (n_classes, n_steps) if X is a list.

        Raises
        ------
        <input errors>
        """
        if self._each_step:
            scores: Array = outputs_at_steps(self, X, np.transpose)
            return scores
        outputs = self._outputs(X)
        return self._labels.scores(outputs)

    @available_if(_has_running_scores)
    @consistent
    def running_decision(self, X: ArrayLike, steps: ArrayLike | None = None) -> Array:
        """Return `decision_function` of the steps so far, as a stream returns it.

        Parameters
        ----------
        <input>
        steps : array-like of int of shape (n_times,) or None, default=None
            Numbers of steps after which to decide, rising, from 1 to the length of the samples.
            None: after each step.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_times), or (n_samples, n_times, n_classes) for \
more than two classes
            The scores after each number of steps.

        Raises
        ------
        ValueError
            If the network cannot run step by step, samples have unequal length, or `steps` are out
            of range or do not rise.
        """
        outputs = outputs_after(self, X, steps)
        scores = self._labels.scores(outputs.reshape(-1, outputs.shape[2]))
        return scores.reshape(*outputs.shape[:2], *scores.shape[1:])

    @available_if(_has_running_scores)
    @consistent
    def running_features(
            self, X: ArrayLike, steps: ArrayLike | None = None, *,
            weights: Array | None = None) -> Array:
        """Return the features of the readout after each step, or after some.

        Parameters
        ----------
        <input>
        steps : array-like of int of shape (n_times,) or None, default=None
            Numbers of steps, rising, from 1 to the length of the samples. None: after each step.
        weights : ndarray of shape (n_features, n_sums) or None, default=None
            If it is given, weighted sums of the features are returned, which takes less time.

        Returns
        -------
        features : ndarray of shape (n_samples, n_times, n_features) or (n_samples, n_times, n_sums)
            Features of the steps so far, such as the spike counts of the last layer, or their
            weighted sums.

        Raises
        ------
        ValueError
            If the network cannot run step by step, samples have unequal length, `steps` are out of
            range or do not rise, or `weights` have another number of rows.
        """
        check_is_fitted(self, "weights_")
        decoder, n = self._linear_decoder, len(self._linear_decoder.mean)
        weights = np.eye(n) if weights is None else checked_weights(weights, n).astype(float)
        return outputs_after(self, X, steps, decoder._replace(
            coef=weights, intercept=np.zeros(weights.shape[1]), mean=np.zeros(n),
            scale=np.ones(n)))

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class or labels of each sample.

        Parameters
        ----------
        <input>

        Returns
        -------
        labels : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Class labels, in the shape of y in `fit`. With a class for each step, (n_samples,
            n_steps), or a list of arrays (n_steps,) if X is a list.

        Raises
        ------
        <input errors>
        """
        if self._each_step:
            labels: Array = outputs_at_steps(self, X, self._labels.labels)
            return labels
        outputs = self._outputs(X)
        return self._labels.labels(outputs)

    @consistent
    def predict_proba(self, X: ArrayLike) -> Any:
        """Return the probabilities of classes or labels.

        Parameters
        ----------
        <input>

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), or list of these
            Columns in the order of `classes_`. For an indicator matrix, the probability of each
            label, (n_samples, n_labels). For several columns of classes, a list with one array per
            column. With a class for each step, in the form of `decision_function`.

        Raises
        ------
        <input errors>
        """
        if self._each_step:
            return outputs_at_steps(self, X, lambda outputs: self._labels.probabilities(outputs).T)
        outputs = self._outputs(X)
        return self._labels.probabilities(outputs)

    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Any:
        """Return the logarithms of the probabilities.

        Parameters
        ----------
        <input>

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes), or list of these
            Logarithms in the form of `predict_proba`.

        Raises
        ------
        <input errors>
        """
        if self._each_step:
            return outputs_at_steps(
                self, X, lambda outputs: self._labels.log_probabilities(outputs).T)
        outputs = self._outputs(X)
        return self._labels.log_probabilities(outputs)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy: the share of samples whose labels are all correct.

        Parameters
        ----------
        <input>
        y : array-like of shape (n_samples,) or (n_samples, n_columns)
            True labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples.

        Returns
        -------
        accuracy : float
            From 0 to 1. With labels in several columns, all columns of a sample must be correct.
            With a class for each step, the share of the steps with a known class.

        Raises
        ------
        NotFittedError
            If the network is not fitted.
        ValueError
            If X or y have not the form of the training data.
        """
        if self._each_step:
            return step_accuracy(y, self.predict(X), sample_weight=sample_weight)
        return accuracy(y, self.predict(X), sample_weight)
