"""Base of SNNTransformer, SNNClassifier and SNNRegressor."""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.utils import check_random_state
from sklearn.utils.validation import column_or_1d

from .._checks import (
    check_is_fitted, check_number, check_option, checked_times, shown, warn_if_falling,
    warn_if_length_differs, weighted, without_unit)
from .._compile import one_blas_thread
from .._utils import Array, Stream, consistent, fit_task, replace_attributes, resolve, same_parts
from ..coding import CODINGS
from ..learning import RULES, Result, Rule, Settings, State, Target, Task, least_change
from ._choices import choose, choose_scale, described, is_auto, trial_of, values_of
from ._fitted import checked, layers_of, run
from ._input import Input
from ._labels import Labels, labels_given, labels_in, labels_of
from ._learned import publish
from ._new_user import with_input_of_user
from ._parameters import ADAPTATION_LIMITS, OPTIONS, NetworkParameters
from ._rehearsal import check_memory, rehearsed, score_before
from ._samples import Given, Inputs, arranged
from ._scoring import score_of
from ._settings import resolved_rule, settings_of
from ._streamable import check_length_known, check_streams
from ._streams import NetworkStream, SpikeStream


class SpikingNetwork(NetworkParameters):
    """Base of the estimators that hold a spiking network."""

    _stream: type[NetworkStream] = SpikeStream
    _target_options: dict[str, Any] = {"multi_output": True}  # of the check of y

    def _tag(self, name: str, unknown: bool = False) -> Any:
        """Return a property of the rule, or `unknown` if the rule is not valid.

        Tags are read before `fit` checks the rule.
        """
        rule = self.rule
        known = rule is None or isinstance(rule, Rule) or (isinstance(rule, str) and rule in RULES)
        if isinstance(rule, Rule):
            return getattr(rule, name)
        return getattr(_default_rule(rule), name) if known else unknown

    @property
    def _needs_target(self) -> bool:
        """Whether a fit needs y."""
        return self._decodes or bool(self._tag("requires_y"))

    @property
    def _labels(self) -> Labels:
        """The labels of the last fit."""
        return labels_of(self.classes_, self._is_indicator)

    def _fit(
            self, X: Any, y: Any, sample_weight: Any, classes: Any = None,
            single_pass: bool = False) -> Self:
        """Learn, as `fit` does or, with `single_pass`, as `partial_fit` does.

        Callbacks and scorers get the data as the user passed them. `classes` are all labels that
        can occur, None if y has them.
        """
        given = X, y
        source, X, target, kept = self._checked(X, y, sample_weight, classes, single_pass)
        X, target, rows = arranged(X, target, self._tag("repeats"), single_pass)
        settings = settings_of(self, X, single_pass, len(target.samples))
        source, task = self._task(source, X, target, settings, not issparse(given[0]))
        self._learn(source, task, target, Given(*given, kept[rows]))
        return self

    def _suggested(self, X: Any, y: Any, sample_weight: Any) -> dict[str, Any]:
        """Return values for the parameters that are "auto" or None, as a fit would choose them."""
        is_sparse = issparse(X)
        source, X, target, _ = self._checked(X, y, sample_weight)
        X, target, _ = arranged(X, target, self._tag("repeats"))
        settings = settings_of(self, X, n_rows=len(target.samples))
        source, task = self._task(source, X, target, settings, not is_sparse)
        return values_of(self, source, task)

    def _checked(
            self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None,
            single_pass: bool = False) -> tuple[Input, Any, Target, Array]:
        """Return the input, checked samples, their target, and the rows of X that they have."""
        for name, allowed in OPTIONS.items():
            check_option(getattr(self, name), name, allowed)
        resolved_rule(self.rule)  # raises if there is none of this name
        source, X, *y = Input.before(self, single_pass).checked(
            self, X, **({"y": y, **self._target_options} if self._needs_target else {}),
            reset=not (single_pass and hasattr(self, "weights_")), sample_weight=sample_weight)
        self.scales_samples_ = source.scales_samples
        X, labels, weight, kept = weighted(X, y[0] if y else None, sample_weight)
        return source, X, self._target(labels, weight, classes, single_pass), kept

    def _target(self, y: Any, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the training target for labels, and store the labels. Other rules have none.

        `classes` are all labels that can occur. A warm start must have those of the previous fit.
        """
        if y is None:
            replace_attributes(self, ("classes_", "_is_indicator"), {})  # of an earlier fit
            return Target(sample_weight=weight)
        name = type(self).__name__
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        is_known = hasattr(self, "classes_")
        if classes is not None or (single_pass and (is_known or self._decodes)):
            labels = self._known_labels(classes, y)
        else:
            labels = labels_in(y, name)
        before = self._labels if self.warm_start and is_known else labels
        if not labels.same(before):
            raise ValueError(
                f"warm_start=True needs the classes of the previous fit, {before}, got {labels}.")
        self.classes_, self._is_indicator = labels.classes, labels.is_indicator
        return labels.target(y, weight, name)

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

    def _for_loss(self, target: Target, settings: Settings) -> tuple[Target, Array | None]:
        """Return the target in the unit of the loss, and weights of the classes of its rows.

        Weights of classes act on the loss, and not on the mean and deviation of currents.
        """
        return target, None

    def _task(
            self, source: Input, X: Any, target: Target, settings: Settings,
            centred: bool) -> tuple[Input, Task]:
        """Return the fitted input and the task of the rule, with all that the data choose.

        X has each sample once, and the target has a row for each presentation of a sample.
        """
        rng = check_random_state(self.random_state)
        target, class_weight = self._for_loss(target, settings)
        X, target, class_weight = self._with_memory(X, target, class_weight, settings, rng)
        _check_target(settings.rule, target)
        settings = self._continued(settings, source.continues, X.ndim)
        # drawn first, because it must be the same for all chunks
        noise_seed = rng.randint(2**31 - 1) if _is_random(settings) else 0
        weight = np.bincount(target.samples, target.sample_weight)
        if choose_scale(self, source, X, weight, target, settings, rng):
            source = replace(source, scales_samples=True)
            X = source.scaled(X)
        source = source.with_encoder(self, X, weight, settings.n_steps, rng)
        n_channels = len(settings.delays) * X.shape[1] * source.per_feature
        start = self._start(
            settings, n_channels, target.n_outputs) if source.continues else None
        source, X = source.with_moments(self, X, weight, settings, centred)
        target = target._replace(
            sample_weight=_in_loss(target.sample_weight, class_weight, settings.single_pass))
        trial = functools.partial(trial_of, source, X, target, rng)
        settings = choose(self, source, X, trial, settings)
        if settings.verbose and settings.automatic:
            print(f"Chosen: {described(settings)}")
        n_seen = self._n_seen if source.keeps_encoder else 0
        inputs = Inputs(X, settings, source.encoder, noise_seed, n_seen, target.samples)
        return source, Task(inputs, target, settings, rng, start)

    def _learn(
            self, source: Input, task: Task, target: Target, given: Given) -> None:
        """Learn the network, and set the fitted attributes."""
        settings = task.settings
        of_input = source.attributes(self, task.inputs.X, settings, len(task.inputs))
        n_epochs = settings.max_iter * settings.rule.runs(settings.hidden_layer_sizes)
        # a single pass adds to the losses of earlier chunks
        earlier = [*getattr(self, "loss_curve_", ())] * settings.single_pass
        replace_attributes(self, self._rule_attributes, {"_rule_attributes": ()})

        def fitted_at(state: State, attributes: Any = None) -> SpikingNetwork:
            """Return a copy of the estimator as if training had ended in a state."""
            result = Result(state, settings.neuron, _with_losses(attributes or {}, earlier))
            found: SpikingNetwork = publish(copy.copy(self), result, settings, of_input)
            return found

        with fit_task(self, given.X, given.y, n_epochs, fitted_at) as progress:
            task.progress = progress
            if settings.early_stopping and settings.scoring != "loss":
                task.score = score_of(fitted_at, given, target, settings.scoring)
            with one_blas_thread():
                result = settings.rule.learn(task)
            _check_finite(result, settings)
            warn_if_falling(result.attributes.get("loss_curve_", ()), settings.max_iter)
            attributes = _with_losses(result.attributes, earlier)
            publish(self, result._replace(attributes=attributes), settings, of_input)

    def _continued(self, settings: Settings, continues: bool, ndim: int) -> Settings:
        """Return the settings of this fit, which may continue the previous one.

        Input has `ndim` dimensions.
        """
        if continues and is_auto(self.delays):
            settings = replace(settings, delays=self.delay_steps_)
            if ndim == 2 and self.encoder is None and self.delay_steps_ != (0,):
                raise ValueError(
                    f"warm_start=True keeps the delays of {self.delay_steps_} steps, which have no "
                    "effect on constant currents (2-D input). Pass rasters or series, or fit a "
                    "clone.")
        return settings

    def _with_memory(
            self, X: Any, target: Target, class_weight: Array | None, settings: Settings,
            rng: np.random.RandomState) -> tuple[Any, Target, Array | None]:
        """Return a chunk of ``partial_fit`` with samples of the memory, which learns the chunk."""
        if not settings.single_pass:
            replace_attributes(self, ("chunk_scores_", "_rehearsal"), {})
        size = check_memory(self, X, settings)
        if not size:
            return X, target, class_weight
        is_first = not hasattr(self, "weights_")
        if isinstance(self, DecodingNetwork):
            before = [] if is_first else [score_before(self, X, target)]
            self.chunk_scores_ = [*getattr(self, "chunk_scores_", ()), *before]
        draws = np.random.default_rng([rng.randint(2**31 - 1), 0 if is_first else self._n_seen])
        X, target, class_weight, self._rehearsal = rehearsed(
            self._rehearsal, size, X, target, class_weight, draws)
        return X, target, class_weight

    def _start(self, settings: Settings, n_channels: int, n_outputs: int) -> State:
        """Return the state of the previous fit, or raise if the parameters do not match it."""
        way = _continuation(settings)
        if settings.single_pass and not _same_encoder(self.encoder, self.encoder_):
            raise ValueError(
                f"partial_fit keeps the encoder of the first chunk, {self.encoder_}, but the "
                f"parameter is encoder={self.encoder}. Set it back, or fit a clone.")
        # before the check of fitted attributes, whose message would be misleading
        before = np.shape(self.weights_[0])
        if len(before) in (2, 4):
            n_before = before[-2] * math.prod((self.image_shape_ or ())[1:])
            known, found = (
                f"{n_inputs // len(delays)} channels and {len(delays)} delays"
                for n_inputs, delays in (
                    (n_before, self.delay_steps_), (n_channels, settings.delays)))
            if known != found:
                raise ValueError(f"{way} needs the {known} of the previous fit, got {found}.")
        before = np.shape(getattr(self._decoder, "coef", ()))
        if n_outputs and len(before) == 2 and before[1] != n_outputs:
            raise ValueError(
                f"{way} needs the {before[1]} outputs of the previous fit, got {n_outputs}.")
        is_auto = isinstance(self.readout, str) and self.readout == "auto"
        readout = self.readout_ if is_auto else settings.readouts[0]
        layers = layers_of(self)
        n_convolutions = len(self.convolutions_)
        old = (
            (*self.convolutions_, *[layer.size for layer in layers[n_convolutions:]]),
            tuple(weights is not None for weights in self.recurrent_weights_),
            sorted(self.intrinsics_), repr(self.readout_), self.image_shape_)
        now = (
            settings.hidden_layer_sizes, settings.recurrent,
            sorted(item.name for item in settings.neuron.active()), repr(readout),
            settings.image_shape)
        if old != now:
            raise ValueError(
                f"{way} continues a network with layers, recurrence, intrinsics, readout and image "
                f"shape {old}, but the parameters are {now}. Set them back, or fit a clone.")
        # a rule cannot use the memory of another type of rule
        same = type(settings.rule) is type(getattr(self, "rule_", None))
        return State(
            layers, self._decoder, self.readout_, self._memory if same else None, self._centring)

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
        stream : skspike.streams.Stream
            The stream of a classifier also has ``predict_proba()``, ``decision_function()`` and
            ``predict()``, computed from the train so far.
        """
        check_is_fitted(self, "weights_")
        check_streams(self, self.rule_)
        return self._stream(self, None if encoded else self.encoder_)


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


def _same_encoder(given: Any, fitted: Any) -> bool:
    """Return whether an encoder has the parameters of a fitted one that affect its output."""
    if given is None or fitted is None:
        return given is fitted
    codings = [resolve(encoder.coding, CODINGS, "coding") for encoder in (given, fitted)]
    names = "dt", "missing", "value_range"
    is_same = all(np.array_equal(getattr(given, name), getattr(fitted, name)) for name in names)
    return is_same and same_parts(codings[:1], codings[1:])


@functools.cache
def _default_rule(name: str | None) -> Rule:
    """Return the rule of a name, whose properties only are read."""
    return resolved_rule(name)


def _in_loss(weight: Any, class_weight: Array | None, single_pass: bool) -> Array:
    """Return the weights of rows in the loss. Their mean is 1, unless they are one chunk."""
    weight = weight if single_pass else without_unit(weight)
    if class_weight is not None:
        weight = weight * class_weight if single_pass else without_unit(weight * class_weight)
    in_loss: Array = weight
    return in_loss


def _with_losses(attributes: dict[str, Any], earlier: list[float]) -> dict[str, Any]:
    """Return the attributes of a rule, with its losses after earlier ones."""
    losses = attributes.get("loss_curve_")
    return attributes if losses is None else {**attributes, "loss_curve_": [*earlier, *losses]}


def _continuation(settings: Settings) -> str:
    """Return the method or parameter that continues a fit, as named in error messages."""
    return "partial_fit" if settings.single_pass else "warm_start=True"


def _is_random(settings: Settings) -> bool:
    """Return whether training may change samples at random."""
    chosen = {"augment", "dropout"} & set(settings.automatic)
    return bool(settings.augment or settings.dropout or chosen)


def _check_target(rule: Rule, target: Target) -> None:
    """Raise if a rule that learns classes gets another target."""
    if rule.only_classes and target.loss is not None and target.n_classes == 0:
        raise ValueError(
            f"{type(rule).__name__} learns classes, not {target.loss.learns}: use "
            "rule='surrogate' or rule=None.")


def _check_finite(result: Result, settings: Settings) -> None:
    """Raise if a learned value is not finite."""
    wrong = result.not_finite()
    if wrong:
        raise ValueError(
            f"Learning diverged, not finite: {', '.join(wrong)}. Lower "
            f"learning_rate={settings.learning_rate} or "
            f"intrinsic_learning_rate={settings.intrinsic_learning_rate}.")
