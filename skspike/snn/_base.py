"""Base of SNNTransformer, SNNClassifier and SNNRegressor."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .._checks import (
    Ragged, entries, is_signed, shown, warn_if_falling, warn_if_length_differs,
    warn_if_scales_differ, without_unit)
from .._compile import one_blas_thread
from .._utils import Array, consistent, fit_task, replace_attributes
from ..coding import IntegrateAndFire
from ..learning import (
    INTEGRATOR, RULES, Conversion, Result, Rule, Settings, State, Target, Task, regularisation,
    untrained_error)
from ..rasters import SpikeEncoder
from ..simulation import Convolution
from ._inputs import Inputs, count_channels, count_steps, length_range
from ._labels import Labels, labels_given, labels_in, labels_of
from ._parameters import NetworkParameters
from ._running import checked, layers_of, run, to_currents
from ._samples import Given
from ._scoring import score_rows
from ._settings import resolved_rule
from ._standardise import Moments, amplitudes_differ, at_equal_amplitude, without_rounding_errors
from ._streams import Stream

DELAYS = 0, 5, 10, 20, 40  # in steps, which networks on series may choose


class SpikingNetwork(NetworkParameters):
    """Base of the estimators that hold a spiking network."""

    _stream: type[Stream] = Stream

    def _tag(self, name: str, unknown: bool = False) -> Any:
        """Return a property of the rule, or `unknown` if the rule is not valid.

        Tags are read before `fit` checks the rule.
        """
        rule = self.rule
        known = rule is None or isinstance(rule, Rule) or (isinstance(rule, str) and rule in RULES)
        return getattr(resolved_rule(rule), name) if known else unknown

    @property
    def _labels(self) -> Labels:
        """The labels of the last fit."""
        return labels_of(self.classes_, self._is_indicator)

    def _checked_labels(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        """Return checked X and y. A single column of labels becomes one-dimensional."""
        X, y = checked(self, X, y, reset=reset, multi_output=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _class_target(self, y: Array, weight: Array, labels: Labels | None = None) -> Target:
        """Return the training target for `labels`, by default the labels in y, and store them."""
        name = type(self).__name__
        labels = labels or labels_in(y, name)
        target = labels.target(y, weight, name)
        self.classes_, self._is_indicator = labels.classes, labels.is_indicator
        return target

    def _known_labels(self, classes: Any, y: Array) -> Labels:
        """Return the labels for another chunk of data. The first call must pass the classes."""
        before = self._labels if hasattr(self, "classes_") else None
        if before is None and classes is None:
            raise ValueError(
                "classes must be given in the first call of partial_fit, because a chunk may lack "
                "some of them.")
        labels = before if classes is None else labels_given(classes, y, type(self).__name__)
        assert labels is not None
        if before is not None and not labels.same(before):
            raise ValueError(
                f"classes={shown(list(classes))} differ from the classes of the first call of "
                f"partial_fit, {before}.")
        return labels

    def _learn(
            self, X: Any, target: Target, settings: Settings, given: Given,
            class_weight: Array | None = None) -> None:
        """Fit the encoder and the network to checked data, and set the fitted attributes.

        X has each sample once, and the target has a row for each presentation of a sample.
        Callbacks and scorers get the data as the user passed them. Weights of classes, one for each
        row, act on the loss, and not on the mean and deviation of currents.
        """
        rng, rule = check_random_state(self.random_state), settings.rule
        if rule.only_classes and target.loss is not None and target.n_classes == 0:
            raise ValueError(
                f"{type(rule).__name__} learns classes, not {target.loss.learns}: use "
                "rule='surrogate' or rule=None.")
        # drawn first, because it must be the same for all chunks
        draws = settings.augment or settings.dropout
        noise_seed = rng.randint(2**31 - 1) if draws or "dropout" in settings.automatic else 0
        is_fitted = hasattr(self, "weights_")
        start = None
        if is_fitted and (self.warm_start or settings.single_pass):
            start = self._start(settings, target.n_outputs)
        given_target, weight = target, np.bincount(target.samples, target.sample_weight)
        chooses_scale = "standardize" in settings.automatic and not settings.single_pass
        if chooses_scale and start is None and amplitudes_differ(X):
            scaled = at_equal_amplitude(X)
            error, other = (
                self._untrained_error(series, weight, target, settings, rng)
                for series in (X, scaled))
            if other < error:
                X, self.scales_samples_ = scaled, True
        if not (settings.single_pass and is_fitted):
            self.encoder_, self._n_seen = self._fit_encoder(X, weight, rng), 0
        encoder = self.encoder_
        if start is not None and "delays" in settings.automatic:
            settings = replace(settings, delays=self.taps_)
        n_channels = count_channels(X, encoder, settings.delays)
        if start is not None and (before := start.layers[0].n_inputs) != n_channels:
            raise ValueError(
                f"{_continuation(settings)} needs the {before} channels of the previous fit, got "
                f"{n_channels}.")
        if start is None and is_fitted:
            self.input_mean_ = self.input_scale_ = None
        if encoder is None and X.dtype != np.uint8:
            X = self._to_currents(
                X, weight, settings, centred=not issparse(given.X),
                anew=start is None and self._moments is None)
        target = target._replace(
            sample_weight=_in_loss(target.sample_weight, class_weight, settings.single_pass))
        if settings.automatic:
            settings = self._chosen(X, target, settings, rng, start)
        inputs = Inputs(X, settings, encoder, noise_seed, self._n_seen, target.samples)
        self.graded_ = X.dtype != np.uint8 if encoder is None else encoder.coding_.graded
        self._shortest, self.n_steps_ = length_range(X, encoder, settings.n_steps)
        self.equal_length_in_ &= not isinstance(X, Ragged)
        n_epochs = settings.max_iter * rule.runs(settings.hidden_layer_sizes)

        def fitted_at(state: State) -> SpikingNetwork:
            return self._at(state, settings)

        with fit_task(self, given.X, given.y, n_epochs, fitted_at) as progress:
            score = self._score_of(given, given_target, settings)
            task = Task(inputs, target, settings, rng, start, progress, score)
            with one_blas_thread():
                result = rule.learn(task)
            wrong = result.not_finite()
            if wrong:
                raise ValueError(
                    f"Learning diverged, not finite: {', '.join(wrong)}. Lower "
                    f"learning_rate={settings.learning_rate} or "
                    f"intrinsic_learning_rate={settings.intrinsic_learning_rate}.")
            warn_if_falling(result.attributes.get("loss_curve_", ()), settings.max_iter)
            self._n_seen += len(inputs)
            self._publish(result, settings)

    def _to_currents(
            self, X: Any, weight: Any, settings: Settings, centred: bool, anew: bool) -> Any:
        """Return float currents in float32, standardised by moments that are learned if needed.

        A single pass updates the moments with each mini-batch, so that chunks of any size give the
        same network.
        """
        moments, name = self._moments, type(self).__name__
        if anew:
            learns = self.standardize and not is_signed(entries(X))
        else:
            # imported networks and `fit_in_parts` have a weight of 0 and fixed moments
            learns = settings.single_pass and moments is not None and moments.weight > 0
        if not learns:
            if anew and X.ndim == 2:
                warn_if_scales_differ(X, name)
            values = to_currents(self, entries(X))
            if moments is not None:
                values = without_rounding_errors(values)
            return X.with_values(values) if isinstance(X, Ragged) else values
        currents, size = [], settings.batch_size if settings.single_pass else len(X)
        for first in range(0, len(X), size):
            rows = slice(first, first + size)
            moments = Moments.of(X[rows], weight[rows], centred, moments).rounded()
            standardised = moments.standardise(entries(X[rows]))
            currents.append(without_rounding_errors(standardised))
        assert moments is not None  # there is at least one batch
        self._weight_seen = moments.weight
        self.input_mean_, self.input_scale_ = moments.mean, moments.sd
        if isinstance(X, Ragged):
            return X.with_values(np.concatenate(currents, axis=2))
        return currents[0] if len(currents) == 1 else np.concatenate(currents)

    def _untrained_error(
            self, X: Any, weight: Array, target: Target, settings: Settings,
            rng: np.random.RandomState) -> float:
        """Return the leave-one-out error of the untrained network on series before the encoder."""
        trial, rng = copy.copy(self), copy.deepcopy(rng)
        trial.encoder_ = trial._fit_encoder(X, weight, rng)
        trial.input_mean_ = trial.input_scale_ = None
        if trial.encoder_ is None:
            X = trial._to_currents(X, weight, settings, centred=True, anew=True)
        inputs = Inputs(X, settings, trial.encoder_, samples=target.samples)
        with one_blas_thread():
            return untrained_error(Task(inputs, target, settings, rng))

    def _chosen(
            self, X: Array, target: Target, settings: Settings, rng: np.random.RandomState,
            start: State | None) -> Settings:
        """Return the settings with the delays or the regularisation that the data choose.

        A fit that continues keeps the values of the previous fit. A first single pass has too few
        samples, and neither delays nor regularisation.
        """
        if start is not None:
            return _with_chosen(settings, self.alpha_, self.dropout_)
        if settings.single_pass:
            return settings

        def task_of(settings: Settings) -> Task:
            # a copy of the random numbers, so that the network is the one that the rule will draw
            inputs = Inputs(X, settings, self.encoder_, samples=target.samples)
            return Task(inputs, target, settings, copy.deepcopy(rng))

        with one_blas_thread():
            if {"alpha", "dropout"} & set(settings.automatic):
                return _with_chosen(settings, *regularisation(task_of(settings)))
            if "delays" not in settings.automatic:
                return settings
            longest = count_steps(X, self.encoder_, settings.n_steps)
            delays = tuple(delay for delay in DELAYS if delay < longest)
            return min(
                (settings, replace(settings, delays=delays)),
                key=lambda candidate: untrained_error(task_of(candidate)))

    def _publish(self, result: Result, settings: Settings) -> None:
        """Set the fitted attributes to the result of a rule."""
        state, neuron = result.state, result.neuron
        self.rule_, self.neuron_, self.readout_ = settings.rule, neuron, state.readout
        self.dt_, self.taps_ = settings.dt, settings.delays
        self.alpha_, self.dropout_ = settings.alpha, settings.dropout
        self.learn_intrinsic_ = settings.learn_intrinsic
        self.image_shape_ = settings.image_shape
        self.convolutions_ = tuple(
            layer for layer in settings.hidden_layer_sizes if isinstance(layer, Convolution))
        self.weights_ = [layer.weights for layer in state.layers]
        self.recurrent_weights_ = [layer.recurrent for layer in state.layers]
        self.biases_ = [layer.bias for layer in state.layers]
        self.intrinsics_ = {
            item.name: [layer.intrinsics[item.name] for layer in state.layers]
            for item in neuron.active()}
        self._readout, self._memory = state.decoder, state.memory
        replace_attributes(self, getattr(self, "_rule_attributes", ()), result.attributes)
        self._rule_attributes = tuple(result.attributes)

    def _at(self, state: State, settings: Settings) -> SpikingNetwork:
        """Return a copy of the estimator as if training had ended in a state."""
        fitted = copy.copy(self)
        fitted._publish(Result(state, settings.neuron, {}), settings)
        return fitted

    def _score_of(
            self, given: Given, target: Target, settings: Settings) -> Callable[..., float] | None:
        """Return the score of a state on some rows of the target, None if losses are compared."""
        scorer = settings.scoring
        if scorer == "loss" or not settings.early_stopping:
            return None
        return lambda state, rows: score_rows(
            scorer, self._at(state, settings), given, target.samples[rows],
            target.sample_weight[rows])

    def _fit_encoder(
            self, X: Array, weight: Array, rng: np.random.RandomState) -> SpikeEncoder | None:
        if self.encoder is None:
            return None
        encoder: SpikeEncoder = clone(self.encoder)
        if encoder.random_state is None:
            encoder.set_params(random_state=rng.randint(2**31 - 1))
        # without different weights, any encoder with a fit of its own works
        return encoder.fit(X) if (weight == weight[0]).all() else encoder.fit(
            X, sample_weight=weight)

    def _start(self, settings: Settings, n_outputs: int) -> State:
        """Return the state of the previous fit, or raise if the parameters do not match it."""
        way = _continuation(settings)
        is_auto = isinstance(self.readout, str) and self.readout == "auto"
        readout = self.readout_ if is_auto else settings.readouts[0]
        layers = layers_of(self)
        n_convolutions = len(self.convolutions_)
        before = (
            (*self.convolutions_, *[layer.size for layer in layers[n_convolutions:]]),
            tuple(weights is not None for weights in self.recurrent_weights_),
            sorted(self.intrinsics_), repr(self.readout_), self.image_shape_)
        now = (
            settings.hidden_layer_sizes, settings.recurrent,
            sorted(item.name for item in settings.neuron.active()), repr(readout),
            settings.image_shape)
        if before != now:
            raise ValueError(
                f"{way} continues a network with layers, recurrence, intrinsics, readout and image "
                f"shape {before}, but the parameters are {now}. Set them back, or fit a clone.")
        if n_outputs and self._readout is not None and self._readout.coef.shape[1] != n_outputs:
            n_before = self._readout.coef.shape[1]
            raise ValueError(
                f"{way} needs the {n_before} outputs of the previous fit, got {n_outputs}.")
        # a rule cannot use the memory of another type of rule
        same = type(settings.rule) is type(getattr(self, "rule_", None))
        return State(
            layers, self._readout, self.readout_, self._memory if same else None)

    @consistent
    def stream(self, encoded: bool = False) -> Stream:
        """Return the fitted network as a stream that takes one step at a time.

        Parameters
        ----------
        encoded : bool, default=False
            Whether the stream takes the output of the encoder. It matters only for a network with
            an encoder, whose stream otherwise takes series, as `fit` does.

        Returns
        -------
        stream : Stream
            Has ``step(x)``, ``reset()`` and ``state``. The stream of a classifier also has
            ``predict_proba()``, ``decision_function()`` and ``predict()``, computed from the train
            so far.
        """
        check_is_fitted(self, "weights_")
        if self.scales_samples_:
            raise ValueError(
                "A network that scales each series by itself (standardize='sample', or chosen by "
                "'auto') cannot stream, because it needs all values. Fit it with "
                "standardize=True.")
        return self._stream(self, None if encoded else self.encoder_)


class ReadoutNetwork(SpikingNetwork):
    """Base class of the networks that predict by a linear readout."""

    _perceptron: Any  # the class of scikit-learn that `from_mlp` takes

    @classmethod
    def from_mlp(
            cls, mlp: Any, X: ArrayLike, *, n_steps: int = 10,
            encoder: SpikeEncoder | None = None, **parameters: Any) -> Self:
        """Convert a fitted perceptron of scikit-learn to a network with similar predictions.

        Each hidden unit, a rectified linear unit, becomes an integrate-and-fire neuron without
        leak, which keeps the excess over its threshold. Its spike count is the rounded activation
        of the unit. More steps need more energy and are closer to the perceptron. The network can
        be trained further, and then needs fewer steps:
        ``network.set_params(warm_start=True, max_iter=20).fit(X, y)``.

        Parameters
        ----------
        mlp : MLPClassifier or MLPRegressor
            The fitted perceptron, with ``activation="relu"``.
        X : array-like of shape (n_samples, n_features)
            Samples of the training data, some hundred or more. They set the scale of the firing
            rates.
        n_steps : int, default=10
            Number of steps of the default encoder. Ignored with `encoder`.
        encoder : SpikeEncoder or None, default=None
            Encoder of the features. None: spikes without noise of two signs, ``SpikeEncoder(
            n_steps=n_steps, coding=IntegrateAndFire(signed=True))``.
        **parameters : dict
            Further parameters of the estimator.

        Returns
        -------
        network : estimator
            The fitted network, of this class.

        Raises
        ------
        TypeError
            If `mlp` is no perceptron for the same kind of target.
        ValueError
            If the perceptron is not fitted or has other units, or X does not fit it.

        Notes
        -----
        The features are decoded from the spike counts of the encoder by least squares. So any
        coding can be used whose counts depend on the values. `skspike.coding.Latency` cannot,
        because it has one spike for each value. The activation that becomes a spike in every step
        is a percentile of the activations of X, out of 90 to 100 [1]_. The one whose network has
        the lowest loss on at most 2000 samples is chosen, with the predictions of the perceptron as
        targets.

        References
        ----------
        .. [1] B. Rueckauer, I.-A. Lungu, Y. Hu, M. Pfeiffer, S.-C. Liu, "Conversion of continuous-
            valued deep networks to efficient event-driven networks for image classification",
            Frontiers in Neuroscience 11, 2017.

        Examples
        --------
        >>> from sklearn.datasets import load_wine
        >>> from sklearn.neural_network import MLPClassifier
        >>> from sklearn.preprocessing import scale
        >>> from skspike import SNNClassifier
        >>> X, y = load_wine(return_X_y=True)
        >>> X = scale(X)
        >>> mlp = MLPClassifier(16, max_iter=1000, random_state=0).fit(X[::2], y[::2])
        >>> network = SNNClassifier.from_mlp(mlp, X[::2])
        >>> bool(network.score(X[1::2], y[1::2]) > 0.9)
        True
        """
        if not isinstance(mlp, cls._perceptron):
            raise TypeError(
                f"{cls.__name__}.from_mlp needs a fitted {cls._perceptron.__name__}, got "
                f"{type(mlp).__name__}. Of a Pipeline, pass the last step, and transformed data.")
        rule = Conversion(mlp)
        rule.check()
        if encoder is None:
            encoder = SpikeEncoder(n_steps=n_steps, coding=IntegrateAndFire(signed=True))
        sizes = tuple(weights.shape[1] for weights in mlp.coefs_[:-1])
        network = cls(
            sizes, **{
                "neuron": clone(INTEGRATOR), "encoder": encoder, "readout": "count", **parameters})
        network.rule, further = rule, network.rule
        network._fit_perceptron(mlp, X)
        # the perceptron is not kept, and training can continue
        network.rule, network.rule_ = further, resolved_rule(further)
        return network

    def _fit_perceptron(self, mlp: Any, X: Any) -> None:
        """Fit to the predictions of a perceptron."""
        self.fit(X, mlp.predict(X))

    @property
    def readout_coef_(self) -> Array:
        """Coefficients of the standardised features."""
        return self._linear_readout.coef

    @property
    def readout_intercept_(self) -> Array:
        """Intercepts of the readout."""
        return self._linear_readout.intercept

    @property
    def count_mean_(self) -> Array:
        """Mean of each feature."""
        return self._linear_readout.mean

    @property
    def count_scale_(self) -> Array:
        """Scale of each feature."""
        return self._linear_readout.scale

    def _outputs(self, X: ArrayLike) -> Array:
        """Return the outputs of the readout, (n_samples, n_outputs)."""
        checked_X = checked(self, X)
        warn_if_length_differs(
            length_range(checked_X, self.encoder_, self.n_steps_), (self._shortest, self.n_steps_),
            type(self).__name__)
        return self._linear_readout.outputs(run(self, checked_X, self.rule_.respond))


def _in_loss(weight: Any, class_weight: Array | None, single_pass: bool) -> Array:
    """Return the weights of rows in the loss. Their mean is 1, unless they are one chunk."""
    weight = weight if single_pass else without_unit(weight)
    if class_weight is not None:
        weight = weight * class_weight if single_pass else without_unit(weight * class_weight)
    in_loss: Array = weight
    return in_loss


def _with_chosen(settings: Settings, alpha: float, dropout: float) -> Settings:
    """Return the settings with the chosen values, except values that the user has given."""
    if "alpha" in settings.automatic:
        settings = replace(settings, alpha=alpha)
    if "dropout" in settings.automatic:
        settings = replace(settings, dropout=dropout)
    return settings


def _continuation(settings: Settings) -> str:
    """Return the method or parameter that continues a fit, as named in error messages."""
    return "partial_fit" if settings.single_pass else "warm_start=True"
