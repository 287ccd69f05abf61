"""Check the parameters of a spiking network before anything is changed."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone, is_regressor

from .._base import (
    DT_LIMITS, LARGEST, SIZE_LIMITS, STEP_LIMITS, Array, Ragged, check_dt, check_holds, check_jobs,
    check_number, check_numbers, check_option, in_steps, resolve, shown, similar, warn,
    warn_if_short)
from ..coding import CODINGS, Augment, Augmentation, SpikeEncoder, checked_augmentation
from ..learning import RULES, SCHEDULES, Reservoir, Rule, Settings
from ..neurons import NEURONS, Neuron
from ..simulation import Convolution, Readout
from ._choices import (
    SHIFT, STEP_ALPHA, STEP_DELAYS, STEP_DROPOUT, automatic_names, is_auto, readouts_of)
from ._input import Timing
from ._scoring import scorer_of

BOOLS = bool, np.bool_
MAX_DELAY = 2**20  # in steps. A stream stores the input of this number of steps.

# parameters that are numbers, with their limits
RATE_LIMITS: dict[str, Any] = {"above": 0, "high": LARGEST}
PENALTY_LIMITS: dict[str, Any] = {"low": 0, "high": LARGEST}
COUNT_LIMITS: dict[str, Any] = {"low": 1, "integer": True}
NUMBERS: dict[str, dict[str, Any]] = {
    "learning_rate": {**RATE_LIMITS, "none": True},
    "max_iter": {**SIZE_LIMITS, "none": True}, "batch_size": COUNT_LIMITS,
    "n_iter_no_change": COUNT_LIMITS,
    "validation_fraction": {"above": 0, "high": 0.5}, "tol": {"low": 0},
    "alpha": {**PENALTY_LIMITS, "auto": True}}
# Parameters that mean the same in each rule that has them, except `augment`: the value for rules
# without one, and the limits of a number or the options.
OF_RULES: dict[str, tuple[Any, Any]] = {
    "dropout": (0.0, {"low": 0, "high": 0.95, "auto": True}),
    "spike_penalty": (0.0, PENALTY_LIMITS), "bias": (False, (True, False)),
    "intrinsic_learning_rate": (0.02, RATE_LIMITS),
    "learning_rate_schedule": ("cosine", tuple(SCHEDULES)),
    "memory": (0, {**SIZE_LIMITS, "low": 0})}

# Steps of a table: with few steps of currents, and of spikes of the default coding, gradients had a
# higher mean score on development tables. Convolutions have many neurons, so that few steps save
# much time with every rule.
N_STEPS, FEW_STEPS, FEW_SPIKES = 100, 10, 30
# Epochs for a target at each step: 50, but from 10 on only as many as make 800 updates. Few pieces
# have up to 300 epochs, to reach 200 updates. On development tasks, r2 fell with more epochs, and
# if they ended before the learning rate was 0.
STEP_EPOCHS, MIN_STEP_EPOCHS, MOST_STEP_EPOCHS = 50, 10, 300
STEP_UPDATES, MIN_STEP_UPDATES = 800, 200
MIN_MEMBRANE = 5  # steps of the initial membrane time constant, for a target at each step
TIME: dict[str, Callable[[Any], Any]] = {
    "n_steps": functools.partial(check_number, name="n_steps", none=True, **STEP_LIMITS),
    "dt": functools.partial(check_dt, none=True)}


def settings_of(
        network: Any, X: Array, single_pass: bool = False,
        n_rows: int | None = None) -> Settings:
    """Return the checked parameters of a network for a fit on X.

    Parameters
    ----------
    network : SNNTransformer, SNNClassifier or SNNRegressor
        The estimator.
    X : ndarray
        Its checked input.
    single_pass : bool, default=False
        Whether the fit is one call of ``partial_fit``.
    n_rows : int or None, default=None
        Number of rows of an epoch. None means the length of X.

    Returns
    -------
    settings : Settings
        Parameters with names resolved to objects.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the rule does not support it.
    TypeError
        If a parameter has the wrong type.
    """
    # parameters that are checked alone
    _check_encoder(network, X)
    each_step, stopping = network._each_step, network.early_stopping
    scoring = "loss" if stopping is False else _scoring(network, single_pass)
    values: dict[str, Any] = {
        name: check_number(getattr(network, name), name, **limits)
        for name, limits in NUMBERS.items()}
    sizes, recurrent, image_shape = _layers(network, X.shape[1])
    has_images = X.ndim == 2 and image_shape is not None
    # neuron and rule, and the time to which theirs refers
    rule, neuron = resolved_rule(network.rule), resolve(network.neuron, NEURONS, "neuron")
    of_rule = _parameters_of(rule, STEP_DROPOUT if each_step else 0.0)
    rule.check()
    n_steps, dt = _time(network, X, rule, has_images)
    timing = _timing(network, X, single_pass, values["batch_size"])
    if each_step and isinstance(network.neuron, str):
        neuron = _with_memory(neuron, dt)
    neuron.check(dt)
    neuron = rule.prepare(neuron)
    if not each_step:
        in_steps(neuron, network.neuron, dt)
    in_steps(rule, network.rule, dt)
    # defaults that depend on the rule and the samples
    values |= _defaults(network, values, rule, n_rows or len(X), single_pass, has_images)
    automatic = automatic_names(network, rule, X, timing)
    settings = Settings(
        hidden_layer_sizes=sizes, image_shape=image_shape, recurrent=recurrent,
        delays=_delays(network, dt, single_pass, X.ndim == 2 and network.encoder is None),
        readouts=readouts_of(network, X, timing, dt), neuron=neuron,
        learn_intrinsic=_learned_names(network.learn_intrinsic, neuron),
        is_constant=timing.is_constant, is_count=timing.is_count, n_steps=n_steps, dt=dt,
        rule=rule, single_pass=single_pass, early_stopping=bool(stopping), scoring=scoring,
        augment=_augmentation(network, rule, X, timing, automatic),
        # the kind of input determines the augmentation, unless it is images
        automatic=tuple(name for name in automatic if name != "augment" or has_images),
        n_jobs=check_jobs(network.n_jobs), verbose=network.verbose, **values, **of_rule)
    _check_support(network, settings)
    _warn_of_times(network, settings, X)
    if network.streaming or each_step:
        check_streamable(network, settings, X)
    return settings


def resolved_rule(rule: str | Rule | None) -> Rule:
    """Return the rule for a name or None, or a copy of a rule."""
    found: Rule = Reservoir() if rule is None else resolve(rule, RULES, "rule")
    return found


_default_rule = functools.cache(resolved_rule)  # of which only properties are read


def property_of_rule(network: Any, name: str, unknown: bool = False) -> Any:
    """Return a property of the rule of a network, or `unknown` if the rule is not valid.

    The tags of the estimator need it before `fit` checks the rule.
    """
    rule = network.rule
    if rule is None or (isinstance(rule, str) and rule in RULES):
        rule = _default_rule(rule)
    return getattr(rule, name) if isinstance(rule, Rule) else unknown


def _parameters_of(rule: Rule, automatic_dropout: float) -> dict[str, Any]:
    """Return the checked parameters of a rule that mean the same in each rule.

    A rule without a parameter gets a value that has no effect, or the default of other rules. An
    automatic dropout has a value until the data choose it.
    """
    found = {}
    for name, (default, allowed) in OF_RULES.items():
        value = getattr(rule, name, default)
        if isinstance(allowed, dict):
            value = check_number(value, name, **allowed)
        else:
            check_option(value, name, allowed)
        found[name] = value
    if is_auto(found["dropout"]):
        found["dropout"] = automatic_dropout
    return found


def _check_encoder(network: Any, X: Array) -> None:
    """Raise if the encoder is another step of a pipeline, or series are scaled in a table."""
    if not (network.encoder is None or isinstance(network.encoder, SpikeEncoder)):
        raise TypeError(
            f"encoder must be a SpikeEncoder or None, got {network.encoder!r}. Put other steps "
            "before the network, in a Pipeline.")
    if network.standardize == "sample" and X.ndim == 2:
        raise ValueError(
            "standardize='sample' scales each series by itself (3-D input), got a table (2-D "
            "input). Set standardize=True.")


def _scoring(network: Any, single_pass: bool) -> Any:
    """Return the scorer of held-out data, or raise if ``partial_fit`` would hold out data."""
    scoring = scorer_of(network)
    if single_pass and network.early_stopping:
        raise ValueError("partial_fit cannot hold out data: set early_stopping=False, or use fit.")
    return scoring


def steps_of_tables(network: Any, rule: Rule, has_images: bool) -> int:
    """Return the default number of steps for which the rows of a table are presented."""
    is_noisy, holds = False, True  # of currents
    if network.encoder is not None:
        coding = resolve(network.encoder.coding, CODINGS, "coding")
        is_noisy, holds = coding.noisy, coding.holds
    learns = network._decodes and "alpha" in rule.chooses  # by gradients
    is_delayed = network.delays is not None and not is_auto(network.delays)
    if is_noisy or is_delayed or not (learns or has_images):
        return N_STEPS
    return FEW_STEPS if holds else FEW_SPIKES


def _timing(network: Any, X: Array, single_pass: bool, batch_size: int) -> Timing:
    """Return whether the times of spikes matter.

    For a chunk it is the timing of earlier samples, or else of its first batch, so that it does not
    depend on the size of chunks.
    """
    if network._each_step:
        return Timing(False, False)
    if single_pass and network._timing is not None:
        return Timing(*network._timing)
    return Timing.of(X[:batch_size] if single_pass else X, network.encoder)


def _time(network: Any, X: Array, rule: Rule, has_images: bool) -> tuple[int | None, float]:
    """Return the number of steps and the length of a step: of the encoder, if it has them."""
    encoder, time = network.encoder, {}
    for name, check in TIME.items():
        found = check(getattr(network, name))
        if encoder is not None:
            own, found = found, check(getattr(encoder, name))
            if None not in (own, found) and own != found:
                raise ValueError(
                    f"{name}={own} differs from {name}={found} of the encoder. Set it in the "
                    "encoder alone.")
            found = own if found is None else found
        time[name] = found
    n_steps, dt = time["n_steps"], time["dt"]
    if encoder is not None and X.ndim == 3:
        n_steps = encoder.n_steps  # None: series keep their length
    elif n_steps is None:
        n_steps = steps_of_tables(network, rule, has_images)
    return n_steps, 1.0 if dt is None else dt


def _layers(
        network: Any, n_channels: int,
        ) -> tuple[tuple[Any, ...], tuple[bool, ...], tuple[int, int, int] | None]:
    """Return the sizes of the layers, their recurrence, and the shape of images."""
    given, recurrent = network.hidden_layer_sizes, network.recurrent
    sizes = (given,) if isinstance(given, (numbers.Integral, Convolution)) else given
    if not isinstance(sizes, (tuple, list)) or not sizes:
        wanted = "an integer or a Convolution, or a tuple of integers >= 1 and Convolutions"
        raise ValueError(f"hidden_layer_sizes must be {wanted}, got {shown(sizes)}.")
    sizes = tuple(
        size if isinstance(size, Convolution)
        else check_number(size, "hidden_layer_sizes", **SIZE_LIMITS) for size in sizes)
    if isinstance(recurrent, BOOLS):
        recurrent = (recurrent,) * len(sizes)
    elif not isinstance(recurrent, (tuple, list)) or len(recurrent) != len(sizes) or not all(
            isinstance(value, BOOLS) for value in recurrent):
        wanted = f"True, False or a tuple of {len(sizes)} of them, one for each layer"
        raise ValueError(f"recurrent must be {wanted}, got {shown(recurrent)}.")
    recurrent = tuple(map(bool, recurrent))
    if not any(isinstance(size, Convolution) for size in sizes):
        return sizes, recurrent, None
    shape = _image_shape(sizes, n_channels)
    _check_convolutions(sizes, recurrent, shape[-2:])
    return sizes, recurrent, shape


def _image_shape(sizes: tuple[Any, ...], n_channels: int) -> tuple[int, int, int]:
    """Return channels, height and width of the input of the first convolution."""
    first, *others = [size for size in sizes if isinstance(size, Convolution)]
    if first.image_shape is None:
        raise ValueError(
            "The first Convolution needs image_shape, the height and width of the input, as in "
            f"Convolution({first.n_filters}, {first.size}, image_shape=(28, 28)).")
    if any(layer.image_shape is not None for layer in others):
        raise ValueError(
            "image_shape belongs to the first Convolution, which determines the shape of the "
            f"others, got hidden_layer_sizes={shown(sizes)}.")
    if math.prod(first.image_shape) != n_channels:
        raise ValueError(
            f"image_shape={first.image_shape} makes {math.prod(first.image_shape)} channels, but X "
            f"has {n_channels}.")
    n_channels, height, width = first.image_shape
    return n_channels, height, width


def _check_convolutions(
        sizes: tuple[Any, ...], recurrent: tuple[bool, ...], out: tuple[int, ...]) -> None:
    """Raise unless convolutions come first, are not recurrent, and fit their input."""
    n_convolutions = sum(isinstance(size, Convolution) for size in sizes)
    for k, layer in enumerate(sizes[:n_convolutions]):
        if not isinstance(layer, Convolution):
            raise ValueError(
                f"hidden_layer_sizes={shown(sizes)} has a Convolution after a layer of {layer} "
                "neurons, which have no positions. Put convolutions first.")
        if recurrent[k]:
            raise ValueError(
                f"recurrent must be False for a Convolution, whose neurons share weights, got "
                f"{recurrent} with hidden_layer_sizes={shown(sizes)}.")
        height, width = out
        out = layer.out_shape(height, width)
        if min(out) < 1:
            raise ValueError(
                f"hidden_layer_sizes[{k}]={layer} has filters of {layer.size} x {layer.size} "
                f"positions, but its input has {height} x {width}. Lower size or the strides "
                "before it, or raise padding.")


def _with_memory(neuron: Neuron, dt: float) -> Neuron:
    """Return a neuron whose membrane time constant is at least 5 steps, and within its bounds."""
    for item in neuron.active():
        if item.role == "membrane":
            _, largest = getattr(neuron, f"{item.name}_bounds")
            value = max(getattr(neuron, item.name), min(MIN_MEMBRANE * dt, largest))
            neuron = clone(neuron).set_params(**{item.name: value})
    return neuron


def with_epochs(network: Any, settings: Settings, n_pieces: int) -> Settings:
    """Return the settings with the default number of epochs for pieces of recordings."""
    if network.max_iter is not None or settings.single_pass:
        return settings
    n_batches = -(-n_pieces // settings.batch_size)
    epochs = max(
        MIN_STEP_EPOCHS, min(STEP_EPOCHS, -(-STEP_UPDATES // n_batches)),
        min(MOST_STEP_EPOCHS, -(-MIN_STEP_UPDATES // n_batches)))
    return replace(settings, max_iter=epochs, n_iter_no_change=epochs)


def _defaults(
        network: Any, values: dict[str, Any], rule: Rule, n_samples: int, single_pass: bool,
        has_images: bool) -> dict[str, Any]:
    """Return the numbers that are None, "auto" or changed by a single pass."""
    found: dict[str, Any] = {}
    if values["learning_rate"] is None:
        found["learning_rate"] = rule.default_learning_rate
    if is_auto(values["alpha"]):  # until the data choose it
        steps = network._each_step and "alpha" in rule.chooses
        found["alpha"] = STEP_ALPHA if steps else rule.default_alpha
    if single_pass:
        found["max_iter"] = 1
    elif values["max_iter"] is None:
        found["max_iter"] = rule.epochs(n_samples, values["batch_size"], has_images)
        found["n_iter_no_change"] = max(values["n_iter_no_change"], found["max_iter"] // 6)
    return found


def _augmentation(
        network: Any, rule: Rule, X: Any, timing: Timing,
        automatic: tuple[str, ...]) -> Augmentation | None:
    """Return the augmentation, with "auto" resolved: small shifts of the series of a classifier.

    Shifts of images are chosen later.
    """
    given = getattr(rule, "augment", None)
    if is_auto(given):
        shifts = "augment" in automatic and not timing.is_count and not is_regressor(network)
        given = Augment(time_shift=SHIFT) if shifts else None
    if given is None:
        return None
    if network._each_step:
        raise ValueError(
            "augment changes samples and not their targets for each step. Leave it out, or add "
            f"changed recordings with changed targets to X and y, got augment={given!r}.")
    found = checked_augmentation(given, "'auto' or None")
    if X.ndim == 2 and found is not None and not found.takes_tables:
        raise ValueError(
            f"{type(given).__name__} changes channels and times of rasters and series (3-D "
            "input), got a table (2-D input). Set augment=None, or use MoveImages for images.")
    return found


def _delays(network: Any, dt: float, single_pass: bool, constant: bool) -> tuple[int, ...]:
    """Return the delays in steps, of the previous fit if this one continues it with "auto"."""
    delays = network.delays
    if is_auto(delays) and hasattr(network, "weights_") and (single_pass or network.warm_start):
        if constant and network.delay_steps_ != (0,):
            raise ValueError(
                f"warm_start=True keeps the delays of {network.delay_steps_} steps, which have no "
                "effect on constant currents (2-D input). Pass rasters or series, or fit a clone.")
        kept: tuple[int, ...] = network.delay_steps_
        return kept
    if is_auto(delays) and network._each_step:
        return STEP_DELAYS
    if delays is None or is_auto(delays):
        return (0,)
    delays = check_numbers(delays, "delays", low=0, high=DT_LIMITS["high"])
    if not delays:
        raise ValueError("delays must hold at least one number, or be None.")
    if constant:
        raise ValueError(
            "delays have no effect on constant currents (2-D input). Pass rasters or series, or "
            "use an encoder.")
    steps = tuple(round(delay / dt) for delay in delays)
    if max(steps) > MAX_DELAY:
        raise ValueError(
            f"delays={delays} reach {max(steps)} steps of dt={dt} ms. At most {MAX_DELAY} steps "
            "are allowed.")
    if len(set(steps)) < len(steps):
        raise ValueError(
            f"delays={delays} must be different numbers of steps of dt={dt} ms, got "
            f"{shown(steps)}.")
    return steps


def _warn_of_times(network: Any, settings: Settings, X: Any) -> None:
    """Warn if time constants are short for the steps, or given delays long for the samples.

    Samples of one step, from which nothing can be learned in time, are not examined.
    """
    resamples = X.ndim == 2 or (network.encoder is not None and settings.n_steps is not None)
    n_steps: int = settings.n_steps if resamples else X.shape[2]  # type: ignore[assignment]
    latest = max(settings.delays)
    for part in (settings.neuron, settings.rule, *settings.readouts) if n_steps > 1 else ():
        warn_if_short(part, settings.dt)
    if latest >= n_steps > 1 and not (is_auto(network.delays) or network._each_step):
        warn(
            f"delays={network.delays} reach {latest} steps of dt={settings.dt:g} ms, and the "
            f"samples have at most {n_steps} steps, so nothing arrives after the longest delay. "
            "Use shorter delays, or set dt to the length of a step in ms.")


def _check_support(network: Any, settings: Settings) -> None:
    """Raise if a parameter asks for something that the rule does not support."""
    asked = {
        "recurrent": any(settings.recurrent), "convolution": settings.image_shape,
        "readout": not is_auto(network.readout), "early_stopping": settings.early_stopping,
        "alpha": settings.alpha}
    if network._each_step and not settings.rule.learns_steps:
        raise ValueError(
            f"{settings.rule!r} does not learn a target for each step. Use rule='surrogate' or "
            "rule=None.")
    if network._each_step and settings.early_stopping:
        raise ValueError(
            "early_stopping holds out samples, and recordings with a target for each step are "
            "learned in pieces. Set early_stopping=False, and max_iter.")
    if network._each_step and settings.memory:
        raise ValueError(
            f"memory={settings.memory} keeps samples, and recordings with a target for each step "
            "are learned in pieces. Set memory=0.")
    for name, is_asked in asked.items():
        if is_asked and name not in settings.rule.supports:
            raise ValueError(
                f"{settings.rule!r} does not support {name}. Leave it out, or use "
                "rule='surrogate'.")


def _learned_names(learn: Any, neuron: Neuron) -> tuple[str, ...]:
    names = neuron.learnable()
    if isinstance(learn, (bool, np.bool_)):
        return names if learn else ()
    known = isinstance(learn, (tuple, list)) and all(
        isinstance(name, str) and name in names for name in learn)
    if not known or len(set(learn)) < len(learn):
        wanted = f"True, False or a tuple of names out of {names}"
        words = [name for name in learn if isinstance(name, str)] if np.iterable(learn) else []
        unknown = next((word for word in words if word not in names), None)
        raise ValueError(
            f"learn_intrinsic must be {wanted}, got {shown(learn)}.{similar(unknown, names)}")
    return tuple(learn)


def check_streams(network: Any, rule: Rule) -> None:
    """Raise an error if a network with a rule needs whole samples, after a fit or before."""
    if network.scales_samples_:
        raise ValueError(
            "A network that scales each series by itself (standardize='sample', or chosen by "
            "'auto') cannot stream, because it needs all values. Fit it with standardize=True, or "
            "with streaming=True.")
    check_holds(network)
    rule.check_stepper()


def check_length_known(fitted: Any) -> None:
    """Raise if features depend on the length of a train, which a stream does not know."""
    if not (fitted._equal_length_in or fitted._each_step):
        _check_filters(fitted.readout_, fitted.n_steps_, fitted.dt_, type(fitted).__name__)


def _check_filters(readout: Readout | None, n_steps: int, dt: float, name: str) -> None:
    """Raise if the filters of a readout change in time."""
    filters = None if readout is None else readout.filters(n_steps, dt)
    if filters is not None and (filters != filters[:, :1]).any():
        raise ValueError(
            f"{name} cannot stream predictions: it was fitted on samples of unequal length, and "
            f"the features of {readout!r} depend on the length of a train, which a stream does not "
            "know before its end. Use readout='count', or readout='auto' with streaming=True, or "
            "samples of equal length (n_beginnings=0 in an EarlyClassifier).")


def check_streamable(network: Any, settings: Settings, X: Any) -> None:
    """Raise if a fit on X with `streaming` would give a network that cannot stream.

    The encoder is checked when it is fitted.
    """
    check_streams(network, settings.rule)
    if isinstance(X, Ragged) and "readout" in settings.rule.supports and not network._each_step:
        _check_filters(settings.readouts[0], X.shape[2], settings.dt, type(network).__name__)
