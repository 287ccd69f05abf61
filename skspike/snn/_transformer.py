"""The middle stage of a pipeline: spike trains to spike trains, through a learned network."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._utils import Array, RasterOutputMixin, atomic, available_if, consistent
from ..learning import Target
from ._base import SpikingNetwork
from ._parameters import documented
from ._running import checked, run, steps
from ._settings import settings_of


@documented
class SNNTransformer(RasterOutputMixin, TransformerMixin, SpikingNetwork):
    """Run spike trains through a spiking neural network and return the spike trains of its last layer.

    Weights and intrinsic parameters learn together, by a `rule`. One that needs `y` sets a readout
    too, which is kept for a warm start but not shown. 3-D input is a raster of spikes; 2-D input is
    constant currents held for `n_steps` (direct coding), or whatever `encoder` takes.

    Parameters
    ----------
    <parameters>
    <running>

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; of rules that learn from them only.
    <attributes>

    See Also
    --------
    SNNClassifier : The same network with its readout.
    LZCClassifier : Reads rasters by their complexity.

    Notes
    -----
    The raster of a row is the same alone and in any batch, bit for bit. ``sample_weight`` is not
    offered: in float32 a weight of two and a repeated row do not train to the same network to
    scikit-learn's tolerance.

    References
    ----------
    .. [1] A. Rudnicka, J. Szczepanski, A. Pregowska, arXiv:2508.11674, 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SNNTransformer, SpikeEncoder
    >>> X, y = load_iris(return_X_y=True)
    >>> pipeline = make_pipeline(SpikeEncoder(n_steps=50, random_state=0), SNNTransformer(8, max_iter=2, random_state=0))
    >>> pipeline.fit_transform(X, y).shape
    (150, 8, 50)
    """

    def __sklearn_tags__(self):
        """Return the estimator tags: rasters are uint8, and every rule that learns from labels needs them."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        tags.target_tags.required = self._tag("requires_y")
        return tags

    @atomic
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn weights and intrinsic parameters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Spike raster of 0 and 1, or currents; with an encoder whatever it takes. Sparse features
            are written out, as by `SpikeEncoder`.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels; not needed, and ignored, where the rule learns without them: None, STDP,
            and pair-based STDP but for "fisher".

        Returns
        -------
        self : SNNTransformer
            The fitted transformer.
        """
        self._fit(X, y)
        return self

    @available_if(lambda self: self._tag("streams", unknown=True))  # of which settings_of tells
    @atomic
    def partial_fit(self, X: ArrayLike, y: ArrayLike | None = None, classes: ArrayLike | None = None) -> Self:
        """Go on learning with one pass over new samples; see `SNNClassifier.partial_fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            The next samples; an encoder keeps the range that it has seen first.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels, where the rule reads them.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that will ever come, where the rule reads labels; None takes those of the
            first call.

        Returns
        -------
        self : SNNTransformer
            The fitted transformer.
        """
        known = self._tag("requires_y") and (classes is not None or hasattr(self, "classes_"))
        self._fit(X, y, self._classes_so_far(classes) if known else None, once=True)
        return self

    def _fit(self, X, y, classes=None, once=False):
        settings, given = self._settings_once() if once else settings_of(self), (X, y)
        reset = not (once and hasattr(self, "weights_"))
        if self._tag("requires_y"):
            X, y = checked(self, X, y, reset=reset)
            self.classes_, target = self._classes_of(y, classes)
        else:
            X, target = checked(self, X, reset=reset), Target()
            vars(self).pop("classes_", None)  # those of an earlier fit
        self._learn(X, target, settings, given, once)

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spikes of the last layer.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), dtype uint8
            1 where a neuron spikes, else 0.
        """
        X = checked(self, X)
        raster = np.empty((len(X), self.weights_[-1].shape[1], steps(self, X)), np.uint8)
        return run(self, X, self.rule_.run, raster)

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the last layer's neurons.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str
            One name per neuron.
        """
        check_is_fitted(self, "weights_")
        return np.asarray([f"neuron{k}" for k in range(self.weights_[-1].shape[1])], dtype=object)


def fitted_transformer(neuron, weights, recurrent, intrinsics, taps, dt):
    """Return a transformer without a rule that is fitted, as `fit` sets it, and holds these arrays (see its attributes)."""
    sizes = tuple(layer.shape[1] for layer in weights)
    delays = None if taps == (0,) else tuple(tap * dt for tap in taps)
    each = tuple(layer is not None for layer in recurrent)
    made = SNNTransformer(
        sizes, recurrent=each, delays=delays, neuron=neuron, rule=None, dt=dt, warm_start=True)
    # A warm start goes on from a fit, and without a rule leaves it as it is.
    made.weights_ = list(weights)
    made.recurrent_weights_ = list(recurrent)
    made.intrinsics_ = dict(intrinsics)
    made.readout_ = made._readout = made._memory = None
    return made.fit(np.zeros((1, len(weights[0]) // len(taps), 1), np.uint8))
