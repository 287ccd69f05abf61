"""Transformer: spike trains to spike trains of a network's last layer."""

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._base import (
    Array, Ragged, RasterOutputMixin, atomic, available_if, check_is_fitted, consistent)
from ..learning import Result, State
from ..neurons import Neuron
from ..simulation import Layer
from ._base import SpikingNetwork
from ._documentation import with_network_parameters
from ._fitted_network import checked, network_of, run
from ._settings import property_of_rule, settings_of


@with_network_parameters
class SNNTransformer(
        RasterOutputMixin, TransformerMixin, SpikingNetwork):  # type: ignore[misc]
    """Spiking neural network that returns the spike trains of its last layer.

    Weights and intrinsic parameters are learned together by `rule`. Rules that need `y` train a
    decoder too, which a warm start uses. Input is a raster of spikes (3-D), currents over time
    (3-D), constant currents (2-D), or anything that `encoder` takes.

    <groups>

    Parameters
    ----------
    <parameters>
    <running>

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of these
        Class labels, for rules that learn from labels only. In several columns as in
        `SNNClassifier`.
    <attributes>

    See Also
    --------
    SNNClassifier : The same network with its readout.
    LZCClassifier : Classifies rasters by their complexity.

    Notes
    -----
    The raster of a row is the same alone and in any batch, bit for bit. The order of the samples
    in `fit` does not matter: see `SNNClassifier`.

    References
    ----------
    .. [1] Z. Rudnicka, J. Szczepanski, A. Pregowska, arXiv:2508.11674, 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SNNTransformer, SpikeEncoder
    >>> X, y = load_iris(return_X_y=True)
    >>> encoder = SpikeEncoder(n_steps=50, random_state=0)
    >>> pipeline = make_pipeline(encoder, SNNTransformer(8, max_iter=2, random_state=0))
    >>> pipeline.fit_transform(X, y).shape
    (150, 8, 50)
    """

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: output is uint8, and y is required if the rule needs it."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        tags.target_tags.required = property_of_rule(self, "requires_y")
        tags.target_tags.multi_output = not property_of_rule(self, "only_classes")
        return tags

    @atomic
    def fit(
            self, X: ArrayLike, y: ArrayLike | None = None,
            sample_weight: ArrayLike | None = None) -> Self:
        """Learn weights and intrinsic parameters.

        Parameters
        ----------
        <samples>
        y : array-like of shape (n_samples,) or (n_samples, n_columns), or None, default=None
            Class labels, in several columns as in `SNNClassifier.fit`. Ignored by unsupervised
            rules (None, STDP, and PairSTDP unless intrinsics="fisher").
        <weights>
            STDP only presents samples, so its weights must be multiples of one number.

        Returns
        -------
        self : SNNTransformer
            The fitted transformer.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight)

    @available_if(lambda self: property_of_rule(self, "learns_chunks", unknown=True))
    @atomic
    def partial_fit(
            self, X: ArrayLike, y: ArrayLike | None = None,
            classes: ArrayLike | None = None,
            sample_weight: ArrayLike | None = None) -> Self:
        """Continue learning with one pass over new samples. See `SNNClassifier.partial_fit`.

        Parameters
        ----------
        <chunk>
        y : array-like of shape (n_samples,) or (n_samples, n_columns), or None, default=None
            Class labels, for rules that need them.
        classes : array-like of shape (n_classes,), list of these, or None, default=None
            All labels that can occur, as in `SNNClassifier.partial_fit`, for rules that need
            labels. None takes the labels of the first call.
        <chunk weights>
            STDP presents a sample of weight 2 twice, and needs multiples of one number.

        Returns
        -------
        self : SNNTransformer
            The fitted transformer.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight, classes, single_pass=True)

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spikes of the last layer.

        Parameters
        ----------
        <input>

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), dtype uint8
            1 where a neuron spikes, else 0. Rasters of unequal length are an object array
            (n_samples,) of arrays (n_neurons, n_steps).

        Raises
        ------
        <input errors>
        """
        found = checked(self, X)
        if isinstance(found.X, Ragged):
            return run(self, found, self.rule_.run)
        shape = len(found.X), found.network.size, found.source.count_steps(found.X)
        return run(self, found, self.rule_.run, np.empty(shape, np.uint8))

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
        return np.asarray([f"neuron{k}" for k in range(network_of(self).size)], dtype=object)


def fitted_transformer(
        neuron: Neuron, layers: list[Layer], delays: tuple[int, ...], dt: float,
        mean: Array | None = None, scale: Array | None = None,
        image_shape: tuple[int, ...] | None = None, currents: bool = False) -> SNNTransformer:
    """Return a fitted transformer with these layers and no rule. `delays` are in steps.

    Its input is spikes, unless `currents`. With a `mean` and `scale` of each channel, its input is
    currents, which it standardises.
    """
    first: Any
    first, *others = (layer.layout.entry for layer in layers)
    first = first if image_shape is None else replace(first, image_shape=image_shape)
    network = SNNTransformer(
        (first, *others),
        recurrent=tuple(layer.recurrent is not None for layer in layers),
        delays=None if delays == (0,) else tuple(delay * dt for delay in delays),
        standardize=scale is not None, neuron=neuron, rule=None, dt=dt, warm_start=True)
    n_channels = layers[0].n_inputs // len(delays)
    network.n_features_in_, network._n_dims_in, network._equal_length_in = n_channels, 3, True
    network.encoder_, network.input_mean_, network.input_scale_ = None, mean, scale
    network.takes_currents_ = currents or scale is not None
    network.n_steps_, network._shortest, network._n_seen = 1, 1, 0
    settings = settings_of(network, np.zeros((1, n_channels, 1), np.uint8))
    return network._publish(Result(State(layers), settings.neuron, {"n_iter_": 1}), settings)
