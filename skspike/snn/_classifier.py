"""The spiking network with its own readout: a classifier."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight

from .._checks import check_number, shown
from .._utils import Array, Seed, atomic, available_if, consistent
from ..learning import Rule
from ..neurons import Neuron
from ..rasters import SpikeEncoder
from ..readouts import Readout
from ._base import ReadoutMixin, SpikingNetwork
from ._parameters import documented
from ._running import checked
from ._settings import settings_of
from ._streams import ClassifierStream


@documented
class SNNClassifier(ClassifierMixin, ReadoutMixin, SpikingNetwork):
    """Spiking neural network that classifies by a linear readout of its last layer's spikes.

    Surrogate gradients train weights, intrinsic parameters of the neurons and readout together;
    other rules set the readout on what they have learned, and the Tempotron's reads the largest
    potentials in place of counts. 3-D input is a raster of spikes; 2-D input is constant currents
    held for `n_steps` (direct coding), or whatever `encoder` takes.

    Parameters
    ----------
    <parameters>
    class_weight : dict of label to float, "balanced" or None, default=None
        Weight of each class in the loss, finite and not negative; a class that the dict leaves out
        has 1, and one of weight 0 is not learned. "balanced" weighs inversely to class frequency.
        To STDP, which minimises no loss, it is the prior of the classes; under its readout
        "assigned" only a weight of 0 matters.
    <running>

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    readout_coef_ : ndarray of shape (n_neurons * n_filters, n_classes)
        Coefficients of what `readout_` sees, standardised: all its features of the first neuron,
        then those of the next. They weigh neurons and not features of the input, and so are not
        called ``coef_``.
    readout_intercept_ : ndarray of shape (n_classes,)
        Intercepts of the readout.
    count_mean_, count_scale_ : ndarray of shape (n_neurons * n_filters,)
        What these are standardised with: their mean and floored deviation under the initial weights
        (STDP with the readout "assigned": the learned ones; what reads counts as they are, and the
        Tempotron, which reads none: 0 and 1).
    <attributes>

    See Also
    --------
    SNNTransformer : The same network without the readout.

    Notes
    -----
    With ``rule=None`` the network stays as initialised, and the readout is a logistic regression.
    ``sample_weight`` is not offered: in float32 a weight of two and a repeated row do not train to
    the same network to scikit-learn's tolerance.

    References
    ----------
    .. [1] A. Rudnicka, J. Szczepanski, A. Pregowska, arXiv:2508.11674, 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skspike import SNNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = make_pipeline(StandardScaler(), SNNClassifier(16, random_state=0)).fit(X, y)
    >>> classifier.score(X, y) > 0.9
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        *,
        recurrent: bool | Sequence[bool] = False,
        delays: Sequence[float] | None = None,
        readout: str | Readout = "auto",
        neuron: str | Neuron = "lif",
        rule: str | Rule | None = "surrogate",
        learn_intrinsic: bool | Sequence[str] = True,
        encoder: SpikeEncoder | None = None,
        learning_rate: float | None = None,
        intrinsic_learning_rate: float = 0.02,
        dropout: float = 0.0,
        alpha: float = 0.0,
        spike_penalty: float = 0.0,
        max_iter: int | None = None,
        batch_size: int = 32,
        n_steps: int = 100,
        dt: float = 1.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-4,
        warm_start: bool = False,
        class_weight: dict[Any, Any] | str | None = None,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: bool = False,
    ):
        super().__init__(
            hidden_layer_sizes,
            recurrent=recurrent,
            delays=delays,
            readout=readout,
            neuron=neuron,
            rule=rule,
            learn_intrinsic=learn_intrinsic,
            encoder=encoder,
            learning_rate=learning_rate,
            intrinsic_learning_rate=intrinsic_learning_rate,
            dropout=dropout,
            alpha=alpha,
            spike_penalty=spike_penalty,
            max_iter=max_iter,
            batch_size=batch_size,
            n_steps=n_steps,
            dt=dt,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.class_weight = class_weight

    _stream = ClassifierStream

    def __sklearn_tags__(self):
        """Return the estimator tags: what learns without labels cannot promise a score."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = self._tag("poor_score")
        return tags

    @atomic
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn weights, intrinsic parameters and readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Spike raster of 0 and 1, or currents; with an encoder whatever it takes. Sparse features
            are written out, as by `SpikeEncoder`.
        y : array-like of shape (n_samples,)
            Class labels, numbers or strings.

        Returns
        -------
        self : SNNClassifier
            The fitted classifier.
        """
        settings, given = settings_of(self), (X, y)
        X, y = checked(self, X, y, reset=True)
        classes, target = self._classes_of(y)
        before = getattr(self, "classes_", classes)
        if self.warm_start and not np.array_equal(classes, before):
            raise ValueError(
                f"warm_start=True needs the classes of the previous fit, {before}, got {classes}.")
        self.classes_ = classes
        self._learn(
            X, target._replace(sample_weight=sample_weights(self.class_weight, y, classes)),
            settings, given)
        return self

    @available_if(lambda self: self._tag("streams", unknown=True))  # of which settings_of tells
    @atomic
    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Go on learning with one pass over new samples, at constant learning rates.

        Surrogate gradients take them in their order: chunks whose size `batch_size` divides give
        what one chunk of them all gives. What is set on data, the scale of initial weights and the
        readout, is set on the first batch: let it hold a bit of everything. Neurons that compete
        (STDP) take those of a chunk in random order, and get their readout from each chunk anew, by
        its samples alone.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            The next samples; an encoder keeps the range that it has seen first.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that will ever come; needed in the first call, and the same in all others, if
            it is given.

        Returns
        -------
        self : SNNClassifier
            The fitted classifier.
        """
        settings = self._settings_once()
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' asks how many samples each class has, which no chunk "
                "tells; give a dict of weights.")
        classes, first, given = self._classes_so_far(classes), not hasattr(self, "weights_"), (X, y)
        X, y = checked(self, X, y, reset=first)
        self.classes_, target = self._classes_of(y, classes)
        check_class_weight(self.class_weight, self.classes_)
        weight = (
            np.array([self.class_weight.get(label, 1.0) for label in y.tolist()])
            if self.class_weight else np.ones(len(y)))
        self._learn(X, target._replace(sample_weight=weight), settings, given, once=True)
        return self

    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return the logits of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
            For two classes, the logit of the second minus that of the first.
        """
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Class labels.
        """
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]

    @consistent
    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(self._outputs(X), axis=1)

    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return the logarithms of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return log_softmax(self._outputs(X), axis=1)


def check_class_weight(class_weight, classes):
    """Raise unless weights are those of classes, and one is above 0."""
    if isinstance(class_weight, dict):
        for label, value in class_weight.items():
            check_number(value, f"class_weight[{shown(label)}]", low=0)
        known, given = set(classes.tolist()), set(class_weight)
        if not (known <= given or given <= known):  # as in scikit-learn: a fold may lack a class
            raise ValueError(
                f"class_weight must have labels of y, out of {classes.tolist()}, got "
                f"{list(class_weight)}.")
    elif not (
            class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced")):
        raise ValueError(
            "class_weight must be 'balanced', None or a dict of label to weight, got "
            f"{shown(class_weight)}.")
    if isinstance(class_weight, dict) and not any(
            class_weight.get(label, 1.0) for label in classes.tolist()):
        raise ValueError(
            f"class_weight must give a class of y a weight above 0, got {shown(class_weight)}.")


def sample_weights(class_weight, y, classes):
    """Return the weight of each sample; their mean is 1, for the sizes of steps must not depend on the unit of the weights."""
    check_class_weight(class_weight, classes)
    weight = compute_sample_weight(class_weight, y)
    weight /= weight.max()  # first: sums of large weights overflow
    return weight / weight.mean()
