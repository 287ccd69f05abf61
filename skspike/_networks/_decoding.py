"""Base of the classifier and the regressor: a spiking network with a linear decoder.

A prediction prepares X (`checked`), computes the features of the readout (`run`), and decodes them.

The decoder can adapt to a few samples of a new user, and with samples of all classes the input too:
moved channels, other offsets and gains. Some candidates are compared. The one with the smallest
loss on the new samples is taken, if it is better than no change by some evidence:

* the channels of the user are shifted and stretched, as frequencies are by the length of a vocal
  tract. With positions from 0 to 1 over the channels, the weights of position p move to
  ``shift + stretch * p``, with linear interpolation,
* currents are standardised by the mean and the deviation of the new samples, or half-way, if each
  channel has 50 values. Two rows of a table would differ by two deviations in all columns.

So the network keeps its form, and streams and exported code adapt with it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse

from .._base import (
    Array, Moments, check_is_fitted, check_number, checked_times, entries, warn_if_length_differs)
from ..learning import Target, least_change
from ._base import SpikingNetwork, checked_samples
from ._documentation import ADAPTATION_LIMITS
from ._fitted_network import checked, prepared_of, run
from ._input import Input, rounded
from ._recordings import check_is_list, outputs_of_steps, refuse_steps
from ._settings import check_length_known, check_streams

SHIFTS, STRETCHES = (-0.1, -0.05, 0.0, 0.05, 0.1), (0.9, 1.0, 1.1)
MIN_CHANNELS = 10  # so that the largest shift is a channel
MIN_VALUES = 50  # of each channel, for their mean and deviation
SHARES = (0.5, 1.0)  # of the moments of the new samples
EVIDENCE = 2.0  # least decrease of the loss, the logarithm of a likelihood


class DecodingNetwork(SpikingNetwork):
    """Base class of the networks that predict by a linear decoder."""

    _decodes = True

    @property
    def decoder_coef_(self) -> Array:
        """Coefficients of the standardised features."""
        return self._linear_decoder.coef

    @property
    def decoder_intercept_(self) -> Array:
        """Intercepts of the decoder."""
        return self._linear_decoder.intercept

    @property
    def feature_mean_(self) -> Array:
        """Mean of each feature."""
        return self._linear_decoder.mean

    @property
    def feature_scale_(self) -> Array:
        """Scale of each feature."""
        return self._linear_decoder.scale

    def adapt(self, X: ArrayLike, y: ArrayLike, *, penalty: float | None = None) -> Self:
        """Adapt to a few samples of a new user, sensor or session.

        `decoder_coef_` and `decoder_intercept_` minimise the loss on the samples, with a penalty on
        the distance from their present values. So classes without new samples are kept, and another
        call continues from the adapted readout. If the samples have all classes, the input also
        adapts (Notes). To adapt to several users, adapt a copy for each
        (``copy.copy(network).adapt(X, y)``).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            New samples, as in `fit`. One per class is enough.
        y : array-like of shape (n_samples,) or (n_samples, n_columns)
            Their labels or values. Labels must be in `classes_`.
        penalty : float or None, default=None
            Penalty of the changes, above 0, in units of the mean squared size of the features. None
            takes 0.01 for classes, and 0.3 for values. `skspike.adaptation_scores`
            compares several penalties on the users of a training set.

        Returns
        -------
        self : estimator
            The adapted network.

        Raises
        ------
        ValueError
            If the network is not fitted, X or y does not fit it, or `penalty` is out of range.

        See Also
        --------
        skspike.adapt : The same for pipelines that end in a linear model.
        skspike.Stream.adapt : Adapts the readout of a stream after each sample.

        Notes
        -----
        Before the readout, classifiers without an encoder adapt their input, if the new samples
        have all classes. The network is compared with networks whose channels are shifted by up to
        10 % of their number and stretched by 10 % (3-D input of at least 10 channels), and with
        networks that standardise currents by the mean and deviation of the new samples, or
        half-way, if each channel has 50 values. The one with the smallest loss on the new samples
        is taken, if it is lower by at least 2. Only `weights_`, or `input_mean_` and
        `input_scale_`, change.

        Networks are too sure about new users. So the logits of classes are divided by 2 while they
        adapt, and samples that are classified correctly also have an effect.
        """
        penalty = check_number(penalty, "penalty", **ADAPTATION_LIMITS)
        refuse_steps(self, "adapt")
        fitted = copy.copy(self)
        check_is_fitted(fitted, "weights_")
        _, _, target, _ = checked_samples(fitted, X, y, single_pass=True)
        target, decoder = fitted._target_kind.in_unit(fitted, target), fitted._linear_decoder
        loss, fitted = target.loss, with_input_of_user(fitted, X, target)
        features = _features(fitted, X)
        dcoef, dintercept = least_change(
            loss, decoder.standardise(features), decoder.outputs(features), target.y, penalty,
            loss.adaptation_temperature)
        adapted = copy.copy(self)
        adapted._decoder = decoder._replace(
            coef=decoder.coef + dcoef, intercept=decoder.intercept + dintercept)
        adapted.weights_ = fitted.weights_
        adapted.input_mean_, adapted.input_scale_ = fitted.input_mean_, fitted.input_scale_
        self.__dict__ = adapted.__dict__  # at once, so that no other thread sees a part of it
        return self

    def _outputs(self, X: ArrayLike) -> Array:
        """Return the outputs of the decoder, (n_samples, n_outputs)."""
        features = _features(self, X)  # first: it raises if the network is not fitted
        return self._linear_decoder.outputs(features)


def _features(network: Any, X: ArrayLike) -> Array:
    """Return the features of the readout, (n_samples, n_features)."""
    found = checked(network, X)
    if found.X.ndim == 3:
        warn_if_length_differs(
            found.source.length_range(found.X), (network._shortest, network.n_steps_),
            type(network).__name__)
    return run(network, found, network.rule_.respond)


def outputs_at_steps(network: Any, X: Any, read: Any) -> Any:
    """Return ``read(outputs)`` of the outputs at each step of each recording, in the form of X."""
    check_is_fitted(network, "weights_")
    check_is_list(network, X)
    _, source = prepared_of(network)
    _, checked_X = source._replace(scales_samples=False).checked(network, X, reset=False)
    is_array = hasattr(X, "ndim") and X.ndim == 3
    return outputs_of_steps(network, checked_X, read, as_list=not is_array)


def outputs_after(network: Any, X: ArrayLike, steps: Any, decoder: Any = None) -> Array:
    """Return the outputs of a decoder after some steps, (n_samples, n_times, n_outputs).

    None is the decoder of the network.
    """
    refuse_steps(network, "running_decision")
    found, rule = checked(network, X), network.rule_
    check_streams(network, rule)
    check_length_known(network)
    if network.encoder_ is not None:
        network.encoder_.stream()  # raises if it cannot
    at = checked_times(steps, found.source.count_steps(found.X), found.X)
    decoder = decoder or network._linear_decoder
    return run(
        network, found, lambda built, events: rule.outputs_after(
            built, events, decoder, at, network.n_steps_))


def with_input_of_user(network: Any, X: Any, target: Target) -> Any:
    """Return a copy of a fitted network with the best input for new samples, or the network.

    The input changes only if the samples have all classes. With a few classes, a difference between
    classes could look like a difference between users.
    """
    loss = target.loss
    if network.encoder_ is not None or not 0 < loss.n_classes == len(np.unique(target.y)):
        return network

    def loss_of(candidate: Any) -> float:
        outputs = candidate._outputs(X) / loss.adaptation_temperature
        found, _ = loss.gradient(outputs, target.y, np.ones(len(outputs)))
        return float(found) + EVIDENCE * (candidate is not network)

    return min([network, *_moved(network), *_standardised(network, X)], key=loss_of)


def _moved(network: Any) -> Iterator[Any]:
    """Yield copies for users whose channels are moved. Features and images have another order."""
    n = network.n_features_in_
    if network._n_dims_in != 3 or network.image_shape_ is not None or n < MIN_CHANNELS:
        return
    weights = network.weights_[0]
    of_channels = weights.reshape(-1, n, weights.shape[1])  # for each delay
    place = (np.arange(n) + 0.5) / n
    for shift, stretch in itertools.product(SHIFTS, STRETCHES):
        if (shift, stretch) == (0.0, 1.0):
            continue
        source = np.clip((place - shift) / stretch * n - 0.5, 0, n - 1)
        first = np.minimum(source.astype(int), n - 2)
        share = (source - first)[:, np.newaxis]
        moved = (1 - share) * of_channels[:, first] + share * of_channels[:, first + 1]
        moved = moved.reshape(weights.shape).astype(weights.dtype)
        candidate = copy.copy(network)
        candidate.weights_ = [moved, *network.weights_[1:]]
        yield candidate


def _standardised(network: Any, X: Any) -> Iterator[Any]:
    """Yield copies whose currents are standardised by the new samples, or half-way."""
    old = network._moments
    if old is None:
        return
    _, values = Input.of(network).checked(network, X, reset=False)
    if entries(values).size < MIN_VALUES * network.n_features_in_:
        return
    new = Moments.of(values, np.ones(len(values)), centred=not issparse(X))
    for share in SHARES:
        mean = (1 - share) * old.mean + share * new.mean
        sd = (1 - share) * old.sd + share * new.sd
        # a channel that was constant in the fit has weights that were not learned, and a channel
        # that is constant in the new samples keeps its deviation
        sd = np.where(new.sd > 0, sd, old.sd)
        found = rounded(old._replace(mean=mean, sd=np.where(old.sd > 0, sd, 0)))
        candidate = copy.copy(network)
        candidate.input_mean_, candidate.input_scale_ = found.mean, found.sd
        yield candidate
