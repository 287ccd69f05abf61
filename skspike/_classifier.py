"""The spiking network with its own readout: a classifier."""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight

from ._running import checked, run
from ._snn import SpikingNetwork, documented
from ._validation import atomic, check_number, consistent, shown
from .learning import READOUT, Readout
from .streams import ClassifierStream


@documented
class SNNClassifier(ClassifierMixin, SpikingNetwork):
    """Spiking neural network that classifies by a linear readout of its last layer's spike counts.

    Surrogate gradients train weights, intrinsic parameters of the neurons and readout together; other rules set the readout on what
    they have learned, and the Tempotron's reads the largest potentials in place of counts. 3-D input is a raster of spikes; 2-D
    input is constant currents held for `n_steps` (direct coding), or whatever `encoder` takes.

    Parameters
    ----------
    <parameters>
    class_weight : dict of label to float, "balanced" or None, default=None
        Weight of each class in the loss, finite and not negative; a class that the dict leaves out has 1, and one of weight 0 is not
        learned. "balanced" weighs inversely to class frequency. To STDP, which minimises no
        loss, it is the prior of the classes; under its readout "assigned" only a weight of 0 matters.
    <running>

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    readout_coef_ : ndarray of shape (n_neurons, n_classes)
        Coefficients of the standardised spike counts. They weigh neurons and not features, and so are not called ``coef_``.
    readout_intercept_ : ndarray of shape (n_classes,)
        Intercepts of the readout.
    count_mean_, count_scale_ : ndarray of shape (n_neurons,)
        What spike counts are standardised with: their mean and floored deviation under the initial weights (STDP with the readout
        "assigned": the learned ones; what reads counts as they are, and the Tempotron, which reads none: 0 and 1).
    <attributes>

    See Also
    --------
    SNNTransformer : The same network without the readout.

    Notes
    -----
    With ``rule=None`` the network stays as initialised, and the readout is a logistic regression on its spike counts. ``sample_weight``
    is not offered: in float32 a weight of two and a repeated row do not train to the same network to scikit-learn's tolerance.

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
        hidden_layer_sizes=(64,),
        *,
        recurrent=False,
        neuron="lif",
        rule="surrogate",
        learn_intrinsic=True,
        encoder=None,
        learning_rate=None,
        intrinsic_learning_rate=0.02,
        max_iter=30,
        batch_size=32,
        n_steps=100,
        dt=1.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        tol=1e-4,
        warm_start=False,
        class_weight=None,
        n_jobs=None,
        random_state=None,
        verbose=False,
    ):
        super().__init__(
            hidden_layer_sizes,
            recurrent=recurrent,
            neuron=neuron,
            rule=rule,
            learn_intrinsic=learn_intrinsic,
            encoder=encoder,
            learning_rate=learning_rate,
            intrinsic_learning_rate=intrinsic_learning_rate,
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
    def fit(self, X, y):
        """Learn weights, intrinsic parameters and readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Spike raster of 0 and 1, or currents; with an encoder whatever it takes.
        y : array-like of shape (n_samples,)
            Class labels, numbers or strings.

        Returns
        -------
        self : SNNClassifier
            The fitted classifier.
        """
        settings = self._check_parameters()
        X, y = checked(self, X, y, reset=True)
        classes, encoded = self._encode_target(y)
        before = getattr(self, "classes_", classes)
        if self.warm_start and not np.array_equal(classes, before):
            raise ValueError(f"warm_start=True needs the classes of the previous fit, {before}, got {classes}.")
        self.classes_ = classes
        weight = self._sample_weight(y)
        self._learn(X, encoded, weight, len(self.classes_), settings)

    def _sample_weight(self, y):
        """Return the weight of each sample; their mean is 1, for the sizes of steps must not depend on the unit of the weights."""
        given = self.class_weight
        if isinstance(given, dict):
            for label, value in given.items():
                check_number(value, f"class_weight[{shown(label)}]", low=0)
            known = self.classes_.tolist()
            if not (set(known) <= set(given) or set(given) <= set(known)):  # as in scikit-learn: a fold may lack a class
                raise ValueError(f"class_weight must have labels of y, out of {known}, got {list(given)}.")
        elif not (given is None or (isinstance(given, str) and given == "balanced")):
            raise ValueError(f"class_weight must be 'balanced', None or a dict of label to weight, got {shown(given)}.")
        weight = compute_sample_weight(given, y)
        if not weight.any():
            raise ValueError(f"class_weight must give a class of y a weight above 0, got {shown(given)}.")
        weight /= weight.max()  # first: sums of large weights overflow
        return weight / weight.mean()

    @property
    def _readout(self):
        """The readout that the attributes hold now: there is no other."""
        return Readout(*(getattr(self, name) for name in READOUT))

    @_readout.setter
    def _readout(self, readout):
        for name, value in zip(READOUT, readout, strict=True):
            setattr(self, name, value)

    def _logits(self, X):
        features = run(self, checked(self, X), self.rule_.respond)
        return self._readout.logits(features)

    @consistent
    def decision_function(self, X):
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
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    @consistent
    def predict(self, X):
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
        best = self._logits(X).argmax(axis=1)
        return self.classes_[best]

    @consistent
    def predict_proba(self, X):
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
        return softmax(self._logits(X), axis=1)

    @consistent
    def predict_log_proba(self, X):
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
        return log_softmax(self._logits(X), axis=1)
