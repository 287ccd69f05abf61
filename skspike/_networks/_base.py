"""Base of SNNTransformer, SNNClassifier and SNNRegressor."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_random_state
from sklearn.utils.validation import column_or_1d

from .._base import (
    Array, Estimator, FillsMissing, Moments, Prepared, Seed, Step, Stream, check_is_fitted,
    check_option, check_same_dt, consistent, entries, fit_task, one_blas_thread, replace_attributes,
    resolve, same_parts, shown, warn_if_falling, warn_if_recording, weighted, without_unit)
from ..coding import CODINGS, Augmentation, SpikeEncoder
from ..learning import RULES, Centring, LinearDecoder, Result, Rule, Settings, State, Target, Task
from ..neurons import NEURONS, Neuron
from ..simulation import READOUTS, Convolution, Readout
from ._choices import choose, choose_scale, described, is_auto, trial_of, values_of
from ._documentation import OPTIONS
from ._fitted_network import layers_of
from ._input import Input
from ._labels import Labels, labels_given, labels_in, labels_of
from ._recordings import check_not_one, check_recordings, check_same_target, cut, warn_if_steps
from ._rehearsal import check_memory, rehearsed, score_before
from ._scoring import score_of
from ._settings import check_streams, resolved_rule, settings_of, with_epochs
from ._streams import NetworkStream, SpikeStream
from ._training_samples import Given, Inputs, arranged


class SpikingNetwork(FillsMissing, Estimator):
    """Base of the estimators that hold a spiking network. `NetworkParameters` documents them."""

    _plugins = {"neuron": NEURONS, "rule": RULES, "readout": READOUTS}

    streaming: bool
    _decodes = False  # whether it predicts by a decoder
    _rehearsal: Any = None
    _target_options: dict[str, Any] = {"multi_output": True}  # of the check of y
    _stream: type[NetworkStream] = SpikeStream
    # The attributes that a fit sets, in addition to scales of values and those of the rule.
    # labels
    classes_: Any  # an array, or a list of arrays for several columns of classes
    _is_indicator: bool = False  # whether y was an indicator matrix

    # input
    n_features_in_: int
    _n_dims_in: int
    _equal_length_in: bool
    missing_: str | None = None
    missing_mean_: Array | None = None
    scales_samples_: bool = False  # whether each series is scaled by itself
    encoder_: SpikeEncoder | None
    # `fit_in_parts` sets the moments before the first fit
    input_mean_: Array | None = None
    input_scale_: Array | None = None
    _weight_seen: float = 0.0  # of the moments of currents, 0 if learning does not change them
    _n_seen: int
    _each_step: bool = False  # whether there is a target for each step
    takes_currents_: bool
    _timing: tuple[bool, bool] | None = None  # of the samples, None if unknown
    # time
    n_steps_: int
    _shortest: int  # number of steps of the shortest sample in fit
    dt_: float
    delay_steps_: tuple[int, ...]
    # network
    neuron_: Neuron
    image_shape_: tuple[int, int, int] | None = None
    convolutions_: tuple[Convolution, ...] = ()
    weights_: list[Array]
    recurrent_weights_: list[Array | None]
    biases_: list[Array | None]
    _centring: Centring | None = None  # of the input, for which the first layer is learned
    intrinsics_: dict[str, list[Array]]
    # decoder
    readout_: Readout | None
    _decoder: LinearDecoder | None
    # learning
    rule_: Rule
    learn_intrinsic_: tuple[str, ...]
    augment_: Augmentation | None
    dropout_: float
    alpha_: float
    _memory: Any  # state of the rule, which a later fit continues
    _rule_attributes: tuple[str, ...] = ()  # names of further attributes that the rule returned

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
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: bool = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.recurrent = recurrent
        self.delays = delays
        self.readout = readout
        self.neuron = neuron
        self.learn_intrinsic = learn_intrinsic
        self.encoder = encoder
        self.standardize = standardize
        self.missing = missing
        self.n_steps = n_steps
        self.dt = dt
        self.streaming = streaming
        self.rule = rule
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.alpha = alpha
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: features may be sparse."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _ways_to_fill(self) -> tuple[Any, ...]:
        """Return the values of `missing` of the network and its encoder."""
        return self.missing, getattr(self.encoder, "missing", None)

    def _is_raster(self, X: Any, reset: bool) -> bool:
        """Return whether 3-D input is spikes for a network without an encoder."""
        if not reset:
            return self.encoder_ is None and not self.takes_currents_
        values = entries(X)
        known = np.abs(values[~np.isnan(values)])
        return self.encoder is None and bool(((known == 0) | (known == 1)).all())

    @property
    def _moments(self) -> Moments | None:
        """Mean and standard deviation of the currents, None if they are not standardised."""
        if self.input_mean_ is None or self.input_scale_ is None:
            return None
        return Moments(self._weight_seen, self.input_mean_, self.input_scale_)

    @property
    def _linear_decoder(self) -> LinearDecoder:
        if self._decoder is None:
            raise AttributeError(f"{type(self).__name__} has no decoder yet.")
        return self._decoder

    def _of_rule(self, name: str, unknown: bool = False) -> Any:
        """Return a property of the rule, or `unknown` if the rule is not valid.

        The tags of the estimator need it before `fit` checks the rule.
        """
        rule = self.rule
        known = rule is None or isinstance(rule, Rule) or (isinstance(rule, str) and rule in RULES)
        if isinstance(rule, Rule):
            return getattr(rule, name)
        return getattr(_default_rule(rule), name) if known else unknown

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
        if not single_pass:  # it forgets past samples
            replace_attributes(self, ("chunk_scores_", "_rehearsal"), {})
        source, X, target, kept = self._checked(X, y, sample_weight, classes, single_pass)
        X, target, rows = arranged(X, target, self._of_rule("repeats"), single_pass)
        settings = settings_of(self, X, single_pass, len(target.samples))
        check_same_dt(given[0], settings.dt, type(self).__name__)
        source, task = self._task(source, X, target, settings, not issparse(given[0]))
        self._learn(source, task, target, Given(*given, kept[rows]))
        return self

    def _suggested(self, X: Any, y: Any, sample_weight: Any) -> dict[str, Any]:
        """Return values for the parameters that are "auto" or None, as a fit would choose them."""
        is_sparse = issparse(X)
        source, X, target, _ = self._checked(X, y, sample_weight)
        X, target, _ = arranged(X, target, self._of_rule("repeats"))
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
        is_new = not (single_pass and hasattr(self, "weights_"))
        needs_target = self._decodes or self._of_rule("requires_y")
        each_step = needs_target and self._has_steps(X, y)
        if needs_target and (single_pass or self.warm_start) and hasattr(self, "weights_"):
            check_same_target(self, each_step)
        if needs_target and not each_step:
            check_not_one(X, y, type(self).__name__)
        self._each_step = each_step
        checks_y = needs_target and not self._each_step
        of_target = {"y": y, **self._target_options} if checks_y else {}
        source, X, *target = Input.before(self, single_pass).checked(
            self, X, reset=is_new, sample_weight=sample_weight, **of_target)
        self.scales_samples_ = source.scales_samples  # for the check whether the network can stream
        if checks_y:
            warn_if_steps(X, target[0], type(self).__name__)
            if X.ndim == 2 and is_new:
                warn_if_recording(X, type(self).__name__)
        if self._each_step:
            check_recordings(self, X)
            target = [self._checked_steps(y, X)]
        X, y, weight, kept = weighted(X, target[0] if target else None, sample_weight)
        if self._each_step:
            y = self._steps_of(y, classes, single_pass)
            return source, X, Target(y, weight, self._step_loss(y)), kept
        return source, X, self._target(y, weight, classes, single_pass), kept

    def _has_steps(self, X: Any, y: Any) -> bool:
        """Return whether y has a target for each step."""
        return False

    def _target(self, y: Any, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the training target for labels, and store the labels. It is empty without y.

        `classes` are all labels that can occur. A warm start must have those of the previous fit.
        """
        if y is None:
            replace_attributes(self, ("classes_", "_is_indicator"), {})  # of an earlier fit
            return Target(sample_weight=weight)
        name = type(self).__name__
        if y.shape[1:] == (1,):
            y = column_or_1d(y, warn=True)
        return self._labels_in(y, classes, single_pass).target(y, weight, name)

    def _labels_in(self, y: Array, classes: Any, single_pass: bool) -> Labels:
        """Return the labels for y, and store them."""
        name = type(self).__name__
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
        return labels

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

        X has each sample once, and the target has a row for each presentation of a sample. Each
        step needs the steps before it:

        1. the target in the unit of the loss, and the samples of the memory after a chunk,
        2. the seed of noise,
        3. the scale of each series, by a trial if it is "auto", and the encoder. They depend on the
           weights of samples, and not on the weights of classes,
        4. the state of the previous fit, which must have the channels of the encoder,
        5. the moments of currents,
        6. the weights of rows in the loss,
        7. the other parameters that are "auto", by trials on the task so far,
        8. the pieces of recordings with a target for each step, and the number of epochs for them.
        """
        rng = check_random_state(self.random_state)
        target, class_weight = self._for_loss(target, settings)
        X, target, class_weight = self._with_memory(X, target, class_weight, settings, rng)
        if settings.rule.only_classes and target.loss is not None and target.n_classes == 0:
            raise ValueError(
                f"{type(settings.rule).__name__} learns classes, not {target.loss.learns}: use "
                "rule='surrogate' or rule=None.")
        # drawn before the trials, which draw more or less numbers: it is the same for all chunks
        changes = settings.augment or settings.dropout or (
            {"augment", "dropout"} & set(settings.automatic))
        noise_seed = rng.randint(2**31 - 1) if changes else 0
        weight = np.bincount(target.samples, target.sample_weight)
        if choose_scale(self, source, X, weight, target, settings, rng):
            source = source._replace(scales_samples=True)
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
        if settings.verbose and settings.automatic and not self._each_step:
            print(f"Chosen: {described(settings)}")
        if self._each_step:
            X, target = cut(X, target, settings)
            settings = with_epochs(self, settings, len(X))
        n_seen = self._n_seen if source.keeps_encoder else 0
        inputs = Inputs(X, settings, source.encoder, noise_seed, n_seen, target.samples)
        return source, Task(inputs, target, settings, rng, start)

    def _learn(
            self, source: Input, task: Task, target: Target, given: Given) -> None:
        """Learn the network, and set the fitted attributes.

        Scores take `target`, in which labels and weights are as the user passed them.
        """
        settings = task.settings
        of_input = source.attributes(self, task.inputs.X, settings, len(task.inputs))
        n_epochs = settings.max_iter * settings.rule.runs(settings.hidden_layer_sizes)
        # a single pass adds to the losses of earlier chunks
        earlier = [*getattr(self, "loss_curve_", ())] * settings.single_pass
        replace_attributes(self, self._rule_attributes, {"_rule_attributes": ()})

        def fitted_at(state: State, attributes: Any = None) -> SpikingNetwork:
            """Return a copy of the estimator as if training had ended in a state."""
            result = Result(state, settings.neuron, _with_losses(attributes or {}, earlier))
            return copy.copy(self)._publish(result, settings, of_input)

        with fit_task(self, given.X, given.y, n_epochs, fitted_at) as progress:
            task.progress = progress
            if settings.early_stopping and settings.scoring != "loss":
                task.score = score_of(fitted_at, given, target, settings.scoring)
            with one_blas_thread():
                result = settings.rule.learn(task)  # by default SurrogateGradient.learn
            wrong = result.not_finite()
            if wrong:
                raise ValueError(
                    f"Learning diverged, not finite: {', '.join(wrong)}. Lower "
                    f"learning_rate={settings.learning_rate} or "
                    f"intrinsic_learning_rate={settings.intrinsic_learning_rate}.")
            warn_if_falling(result.attributes.get("loss_curve_", ()), settings.max_iter)
            attributes = _with_losses(result.attributes, earlier)
            self._publish(result._replace(attributes=attributes), settings, of_input)

    def _publish(self, result: Result, settings: Settings, of_input: dict[str, Any]) -> Self:
        """Set the fitted attributes to the result of a rule, at once."""
        state, layers, neuron = result.state, result.state.layers, result.neuron
        replace_attributes(self, self._rule_attributes, {
            **of_input, "dt_": settings.dt, "delay_steps_": settings.delays, "neuron_": neuron,
            "image_shape_": settings.image_shape,
            "convolutions_": tuple(
                layer for layer in settings.hidden_layer_sizes if isinstance(layer, Convolution)),
            "weights_": [layer.weights for layer in layers],
            "recurrent_weights_": [layer.recurrent for layer in layers],
            "biases_": [layer.bias for layer in layers], "_centring": state.centring,
            "intrinsics_": {
                item.name: [layer.intrinsics[item.name] for layer in layers]
                for item in neuron.active()},
            "readout_": state.readout, "_decoder": state.decoder, "rule_": settings.rule,
            "learn_intrinsic_": settings.learn_intrinsic, "augment_": settings.augment,
            "dropout_": settings.dropout, "alpha_": settings.alpha, "_memory": state.memory,
            "_rule_attributes": tuple(result.attributes), "_prepared": Prepared(),
            **result.attributes})
        return self

    def _with_memory(
            self, X: Any, target: Target, class_weight: Array | None, settings: Settings,
            rng: np.random.RandomState) -> tuple[Any, Target, Array | None]:
        """Return a chunk of ``partial_fit`` with samples of the memory, and add the chunk to it."""
        if not (settings.memory and settings.single_pass):
            return X, target, class_weight
        check_memory(self._rehearsal, X, settings.memory)
        is_first = not hasattr(self, "weights_")
        if self._decodes:
            before = [] if is_first else [score_before(self, X, target)]
            self.chunk_scores_ = [*getattr(self, "chunk_scores_", ()), *before]
        draws = np.random.default_rng([rng.randint(2**31 - 1), 0 if is_first else self._n_seen])
        X, target, class_weight, self._rehearsal = rehearsed(
            self._rehearsal, settings.memory, X, target, class_weight, draws)
        return X, target, class_weight

    def _start(self, settings: Settings, n_channels: int, n_outputs: int) -> State:
        """Return the state of the previous fit, or raise if the parameters do not match it."""
        way = "partial_fit" if settings.single_pass else "warm_start=True"
        if settings.single_pass and not _same_encoder(
                self.encoder, self.encoder_, settings.dt):
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
        readout = self.readout_ if is_auto(self.readout) else settings.readouts[0]
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
        stream : skspike.Stream
            The stream of a classifier also has ``predict_proba()``, ``decision_function()`` and
            ``predict()``, computed from the train so far.
        """
        check_is_fitted(self, "weights_")
        check_streams(self, self.rule_)
        return self._stream(self, None if encoded else self.encoder_)


def _same_encoder(given: Any, fitted: Any, dt: float) -> bool:
    """Return whether an encoder has the parameters of a fitted one that affect its output."""
    if given is None or fitted is None:
        return given is fitted
    codings = [resolve(encoder.coding, CODINGS, "coding") for encoder in (given, fitted)]
    names = "missing", "value_range"
    is_same = all(np.array_equal(getattr(given, name), getattr(fitted, name)) for name in names)
    return is_same and dt == fitted.dt_ and same_parts(codings[:1], codings[1:])


@functools.cache
def _default_rule(name: str | None) -> Rule:
    """Return the rule of a name, of which only properties are read."""
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
