"""Base of the classifier and the regressor: a spiking network with a linear decoder."""

from __future__ import annotations

import copy
from typing import Any, Self

from numpy.typing import ArrayLike

from .._checks import check_is_fitted, check_number, checked_times, warn_if_length_differs
from .._utils import Array
from ..learning import Target, least_change
from ._base import SpikingNetwork
from ._fitted import checked, run
from ._input import Input
from ._new_user import with_input_of_user
from ._parameters import ADAPTATION_LIMITS
from ._streamable import check_length_known, check_streams


class DecodingNetwork(SpikingNetwork):
    """Base class of the networks that predict by a linear decoder."""

    _decodes = True

    def _in_unit(self, target: Target) -> Target:
        """Return the target in the unit of the outputs."""
        return target

    @property
    def decoder_coef_(self) -> Array:
        """Coefficients of the standardised features."""
        return self._linear_decoder.coef

    @property
    def decoder_intercept_(self) -> Array:
        """Intercepts of the readout."""
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
            takes 0.01 for classes, and 0.3 for values. `skspike.adaptation.adaptation_scores`
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
        skspike.adaptation.adapt : The same for pipelines that end in a linear model.
        skspike.streams.Stream.adapt : Adapts the readout of a stream after each sample.

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
        fitted = copy.copy(self)
        check_is_fitted(fitted, "weights_")
        _, _, target, _ = fitted._checked(X, y, single_pass=True)
        target, decoder = fitted._in_unit(target), fitted._linear_decoder
        loss, fitted = target.loss, with_input_of_user(fitted, X, target)
        features = fitted._features(X)
        dcoef, dintercept = least_change(
            loss, decoder.standardise(features), decoder.outputs(features), target.y, penalty,
            loss.adaptation_temperature)
        decoder = decoder._replace(
            coef=decoder.coef + dcoef, intercept=decoder.intercept + dintercept)
        # at once, so that no other thread sees a part of it
        self.__dict__ = {
            **vars(self), "_decoder": decoder, "weights_": fitted.weights_,
            "input_mean_": fitted.input_mean_, "input_scale_": fitted.input_scale_}
        return self

    def _features(self, X: ArrayLike) -> Array:
        """Return the features of the readout, (n_samples, n_features)."""
        checked_X = checked(self, X)
        warn_if_length_differs(
            Input.of(self).length_range(checked_X), (self._shortest, self.n_steps_),
            type(self).__name__)
        return run(self, checked_X, self.rule_.respond)

    def _outputs(self, X: ArrayLike) -> Array:
        """Return the outputs of the readout, (n_samples, n_outputs)."""
        features = self._features(X)  # first: it raises if the network is not fitted
        return self._linear_decoder.outputs(features)

    def _outputs_after(self, X: ArrayLike, steps: Any) -> Array:
        """Return the outputs of the readout after some steps, (n_samples, n_times, n_outputs)."""
        X, rule = checked(self, X), self.rule_
        check_streams(self, rule)
        check_length_known(self)
        if self.encoder_ is not None:
            self.encoder_.stream()  # raises if it cannot
        at = checked_times(steps, Input.of(self).count_steps(X), X)
        decoder = self._linear_decoder
        return run(
            self, X, lambda network, events: rule.outputs_after(
                network, events, decoder, at, self.n_steps_))
