"""Base of SNNTransformer, SNNClassifier and SNNRegressor: a fit from samples to attributes."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._base import (
    Array, Estimator, FillsMissing, Moments, Prepared, Seed, Step, Stream, check_is_fitted,
    check_option, check_same_dt, consistent, entries, fit_task, one_blas_thread, replace_attributes,
    warn, warn_if_falling, warn_if_recording, weighted, without_unit)
from ..coding import SpikeEncoder
from ..learning import (
    RULES, LinearDecoder, Result, Rule, Settings, State, Target, Task, initial_state, with_decoder)
from ..neurons import NEURONS, Neuron
from ..simulation import READOUTS, Convolution, Readout
from ._choices import choose, choose_scale, described, is_auto, trial_of
from ._documentation import OPTIONS
from ._fitted_network import start_of
from ._input import Input
from ._recordings import check_recordings, check_same_target, cut
from ._rehearsal import Memory, with_memory
from ._scoring import score_of
from ._settings import check_streams, property_of_rule, resolved_rule, settings_of, with_epochs
from ._streams import NetworkStream, SpikeStream
from ._targets import ClassTargets, Columns, Indicator, Labels, OneColumn, ValueTargets
from ._training_samples import Given, Inputs, arranged


class SpikingNetwork(FillsMissing, Estimator):
    """Base of the estimators that hold a spiking network. `NetworkParameters` documents them."""

    _plugins = {"neuron": NEURONS, "rule": RULES, "readout": READOUTS}

    _decodes = False  # whether it predicts by a decoder
    _target_kind: ClassTargets | ValueTargets = ClassTargets()
    _stream: type[NetworkStream] = SpikeStream
    # The fitted attributes that are read before a fit or have a default. `ClassTargets` and
    # `ValueTargets` set those of y, `Input.store` those of the input, and `_publish` the others.
    classes_: Any  # an array, or a list of arrays for several columns of classes
    _is_indicator = False  # whether y was an indicator matrix
    encoder_: SpikeEncoder | None
    takes_currents_: bool
    scales_samples_ = False  # whether each series is scaled by itself
    # `fit_in_parts` sets the moments before the first fit
    input_mean_: Array | None = None
    input_scale_: Array | None = None
    _weight_seen = 0.0  # of the moments of currents, 0 if learning does not change them
    _timing: tuple[bool, bool] | None = None  # of the samples, None if unknown
    _each_step = False  # whether there is a target for each step
    chunk_scores_: list[float]
    _rehearsal: Memory | None = None  # past samples
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

    @property
    def _labels(self) -> Labels:
        """The labels of the last fit."""
        if self._is_indicator:
            return Indicator(len(self.classes_))
        return Columns(self.classes_) if isinstance(self.classes_, list) else OneColumn(
            self.classes_)

    def _fit(
            self, X: Any, y: Any, sample_weight: Any, classes: Any = None,
            single_pass: bool = False) -> Self:
        """Learn, as `fit` does or, with `single_pass`, as `partial_fit` does.

        It runs on a copy (`atomic`), so an error leaves the previous fit. `classes` are all labels
        that can occur, None if y has them.
        """
        if not single_pass:  # forget past samples
            self._rehearsal = None
            if hasattr(self, "chunk_scores_"):
                del self.chunk_scores_
        # check the samples, and present each different one by its weight
        source, samples, target, kept = checked_samples(
            self, X, y, sample_weight, classes, single_pass)
        samples, target, rows = arranged(
            samples, target, property_of_rule(self, "repeats"), single_pass)
        # check the parameters, and choose those that are "auto" on the samples
        settings = settings_of(self, samples, single_pass, len(target.samples))
        check_same_dt(X, settings.dt, type(self).__name__)
        source, task = task_of(self, source, samples, target, settings, not issparse(X))
        # store the input, learn the network, and store it
        source.store(self, task.inputs.X, task.settings, len(task.inputs))
        _learn(self, task, target, Given(X, y, kept[rows]))
        return self

    def _publish(
            self, result: Result, settings: Settings, earlier_losses: Sequence[float] = ()) -> Self:
        """Set the fitted attributes of the network to the result of a rule."""
        state, neuron = result.state, result.neuron
        self.dt_, self.delay_steps_ = settings.dt, settings.delays
        self.neuron_, self.image_shape_ = neuron, settings.image_shape
        self.convolutions_ = () if settings.image_shape is None else tuple(
            layer for layer in settings.hidden_layer_sizes if isinstance(layer, Convolution))
        self.weights_, intrinsics, self.recurrent_weights_, self.biases_, _ = map(
            list, zip(*state.layers, strict=True))
        self.intrinsics_ = {
            item.name: [values[item.name] for values in intrinsics] for item in neuron.active()}
        self._centring, self._memory = state.centring, state.memory
        self.readout_, self._decoder = state.readout, state.decoder
        self.rule_, self.learn_intrinsic_ = settings.rule, settings.learn_intrinsic
        self.alpha_, self.dropout_ = settings.alpha, settings.dropout
        self.augment_ = settings.augment
        self._prepared = Prepared()
        # attributes of the rule, such as n_iter_. Only the rule knows their names.
        self._rule_attributes = tuple(result.attributes)
        replace_attributes(self, (), result.attributes)
        if "loss_curve_" in result.attributes:
            self.loss_curve_ = [*earlier_losses, *result.attributes["loss_curve_"]]
        return self

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


def checked_samples(
        network: Any, X: Any, y: Any, sample_weight: Any = None, classes: Any = None,
        single_pass: bool = False) -> tuple[Input, Any, Target, Array]:
    """Return the input, checked samples, their target, and the rows of X that they have."""
    for option, allowed in OPTIONS.items():
        check_option(getattr(network, option), option, allowed)
    resolved_rule(network.rule)  # raises if there is none of this name
    source, kind = Input.before(network, single_pass), network._target_kind
    name, is_new = type(network).__name__, not source.keeps_encoder
    needs_target = network._decodes or property_of_rule(network, "requires_y")
    each_step = needs_target and kind.have_steps(network, X, y)
    if needs_target and source.continues:
        check_same_target(network, each_step)
    network._each_step = each_step
    options = {"reset": is_new, "sample_weight": sample_weight}
    if each_step:
        source, X = source.checked(network, X, **options)
        check_recordings(network, X)
        y = kind.checked_steps(y, X, name)
    elif needs_target:
        _check_not_one(X, y, name)
        source, X, y = source.checked(network, X, y, **options, **kind.options)
        if X.ndim == 3:
            _warn_if_steps(X, y, name)
        elif is_new:
            warn_if_recording(X, name)
    else:
        (source, X), y = source.checked(network, X, **options), None
    network.scales_samples_ = source.scales_samples  # for the check whether the network can stream
    X, y, weight, kept = weighted(X, y, sample_weight)
    target_of = kind.of_steps if each_step else kind.of_samples
    return source, X, target_of(network, y, weight, classes, single_pass), kept


def _check_not_one(X: Any, y: Any, name: str) -> None:
    """Raise if X and y look like a single recording that was not passed as a list."""
    if not isinstance(X, (np.ndarray, list)) or not isinstance(y, np.ndarray) or not y.ndim:
        return
    n_steps = y.shape[-1]
    if len(X) != len(y) and len(X) and getattr(X[0], "shape", ())[-1:] == (n_steps,):
        raise ValueError(
            f"{name} got {len(X)} samples in X and {len(y)} in y, of {n_steps} columns each. If "
            "they are one recording, pass them as lists of one: fit([x], [y]).")


def _warn_if_steps(X: Any, y: Array, name: str) -> None:
    """Warn if y of samples has a column for each step of 3-D X."""
    if y.ndim == 2 and y.shape[1] == X.shape[2] > 1:
        warn(
            f"y of {name} has a column for each of the {y.shape[1]} steps of X, and one label or "
            "value of each column is learned for the whole sample. For a target at each step, pass "
            "y of an SNNRegressor as y[:, np.newaxis], or set readout='leaky' in an "
            "SNNClassifier.")


def task_of(
        network: Any, source: Input, X: Any, target: Target, settings: Settings,
        centred: bool) -> tuple[Input, Task]:
    """Return the fitted input and the task of the rule, with all that the data choose.

    X has each sample once, and the target has a row for each presentation of a sample. Each step
    needs the steps before it.
    """
    rng = check_random_state(network.random_state)
    # scale the target, and add samples of the memory to a chunk
    target, class_weight = network._target_kind.in_loss(network, target, settings)
    if settings.memory and settings.single_pass:
        X, target, class_weight = with_memory(network, X, target, class_weight, settings, rng)
    if settings.rule.only_classes and target.loss is not None and target.n_classes == 0:
        raise ValueError(
            f"{type(settings.rule).__name__} learns classes, not {target.loss.learns}: use "
            "rule='surrogate' or rule=None.")
    # draw the seed of noise before the trials, which draw more or less numbers
    changes = settings.augment or settings.dropout or (
        {"augment", "dropout"} & set(settings.automatic))
    noise_seed = rng.randint(2**31 - 1) if changes else 0
    # scale each series by itself, and fit the encoder and the moments of currents. They depend on
    # the weights of samples, and not on the weights of classes.
    weight = np.bincount(target.samples, target.sample_weight)
    if "standardize" in settings.automatic and choose_scale(
            network, source, X, weight, target, settings, rng):
        source = source._replace(scales_samples=True)
        X = source.scaled(X)
    source = source.with_encoder(network, X, weight, settings.n_steps, rng)
    n_channels = len(settings.delays) * X.shape[1] * source.per_feature
    start = start_of(network, settings, n_channels, target.n_outputs) if source.continues else None
    source, X = source.with_moments(network, X, weight, settings, centred)
    # choose the other parameters that are "auto"
    target = target._replace(
        sample_weight=_in_loss(target.sample_weight, class_weight, settings.single_pass))
    settings = choose(
        network, source, X, functools.partial(trial_of, source, X, target, rng), settings)
    if network._each_step:  # recordings are learned in pieces
        X, target = cut(X, target, settings)
        settings = with_epochs(network, settings, len(X))
    elif settings.verbose and settings.automatic:
        print(f"Chosen: {described(settings)}")
    n_seen = network._n_seen if source.keeps_encoder else 0
    inputs = Inputs(X, settings, source.encoder, noise_seed, n_seen, target.samples)
    return source, Task(inputs, target, settings, rng, start)


def _in_loss(weight: Any, class_weight: Array | None, single_pass: bool) -> Array:
    """Return the weights of rows in the loss. Their mean is 1, unless they are one chunk."""
    weight = weight if single_pass else without_unit(weight)
    if class_weight is not None:
        weight = weight * class_weight if single_pass else without_unit(weight * class_weight)
    in_loss: Array = weight
    return in_loss


def _learn(network: Any, task: Task, target: Target, given: Given) -> None:
    """Learn by the rule, and set the fitted attributes.

    Callbacks and scorers get the data as the user passed them: `given`, and the labels and weights
    of `target`.
    """
    settings = task.settings
    # a single pass adds to the losses of earlier chunks
    earlier = [*getattr(network, "loss_curve_", ())] * settings.single_pass
    replace_attributes(network, network._rule_attributes, {})  # of an earlier fit
    network._rule_attributes = ()

    def fitted_at(state: State, attributes: Any = None) -> SpikingNetwork:
        """Return a copy of the network as if training had ended in a state."""
        result = Result(state, settings.neuron, attributes or {})
        found: SpikingNetwork = copy.copy(network)._publish(result, settings, earlier)
        return found

    n_epochs = settings.max_iter * settings.rule.runs(settings.hidden_layer_sizes)
    with fit_task(network, given.X, given.y, n_epochs, fitted_at) as progress:
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
        network._publish(result, settings, earlier)


def suggest(
        network: Any, X: ArrayLike, y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None) -> Any:
    """Return a copy of a network with values for the parameters that `fit` would choose.

    "auto" and None are replaced by the values for these samples, so that you can read them, change
    some of them, and keep them for other samples. It takes the time of the trials of `fit`, and
    learns nothing else. A fit with these values gives the same network, unless no dropout is
    chosen: then it has other random numbers.

    Parameters
    ----------
    network : SNNClassifier, SNNRegressor or SNNTransformer
        A network. It does not change.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Samples, as for `fit`.
    y : array-like of shape (n_samples,) or (n_samples, n_columns), or None, default=None
        Labels or values, as for `fit`.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples.

    Returns
    -------
    suggested : estimator
        An unfitted copy with explicit values.

    Raises
    ------
    TypeError
        If `network` is none of these estimators.
    ValueError
        If a parameter, X or y is invalid, as in `fit`.

    See Also
    --------
    SNNClassifier : Chooses the same values in `fit`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier, suggest
    >>> X, y = load_iris(return_X_y=True)
    >>> network = suggest(SNNClassifier(random_state=0), X, y)
    >>> network.n_steps, network.max_iter, round(network.alpha, 1)
    (10, 200, 28.1)
    """
    if not isinstance(network, SpikingNetwork):
        raise TypeError(
            "suggest needs an SNNClassifier, SNNRegressor or SNNTransformer, got "
            f"{type(network).__name__}. Of a Pipeline, pass the last step, and transformed data.")
    work = clone(network)
    source, samples, target, _ = checked_samples(work, X, y, sample_weight)
    samples, target, _ = arranged(samples, target, property_of_rule(work, "repeats"))
    settings = settings_of(work, samples, n_rows=len(target.samples))
    source, task = task_of(work, source, samples, target, settings, not issparse(X))
    return clone(network).set_params(**_chosen(network, source, task))


def _chosen(network: Any, source: Input, task: Task) -> dict[str, Any]:
    """Return values for the parameters of a network that are "auto" or None, of a task."""
    settings, readout = task.settings, None
    if task.target.loss is not None and "readout" in settings.rule.supports:
        with one_blas_thread():
            readout = with_decoder(task, initial_state(task)).readout
    delays = tuple(delay * settings.dt for delay in settings.delays)
    values = {
        "alpha": settings.alpha, "dropout": settings.dropout, "augment": settings.augment,
        "delays": None if delays == (0,) else delays, "readout": readout or "auto",
        "standardize": "sample" if source.scales_samples else True,
        "n_steps": settings.n_steps if task.inputs.X.ndim == 2 else None, "dt": settings.dt,
        "max_iter": settings.max_iter, "learning_rate": settings.learning_rate}
    found = {} if network.max_iter else {"n_iter_no_change": settings.n_iter_no_change}
    for name, value in values.items():
        is_own = hasattr(network, name)
        given = getattr(network if is_own else settings.rule, name, "none")
        if given is None or is_auto(given):
            found[name if is_own else f"rule__{name}"] = value
    return found
