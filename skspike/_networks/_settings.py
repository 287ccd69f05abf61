"""Check the parameters of a spiking network before anything is changed."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone

from .._base import (
    DT_LIMITS, LARGEST, SIZE_LIMITS, STEP_LIMITS, Array, Ragged, check_dt, check_holds, check_jobs,
    check_number, check_numbers, check_option, in_steps, resolve, shown, similar, warn,
    warn_if_short)
from ..coding import CODINGS, Augmentation, SpikeEncoder, checked_augmentation
from ..learning import RULES, SCHEDULES, Reservoir, Rule, Settings
from ..neurons import NEURONS, Neuron
from ..simulation import Convolution, Readout
from ._choices import (
    STEP_ALPHA, STEP_DELAYS, STEP_DROPOUT, augmentation_of, automatic, is_auto, readouts_of)
from ._input import Timing
from ._scoring import scorer_of

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
    "n_steps": partial(check_number, name="n_steps", none=True, **STEP_LIMITS),
    "dt": partial(check_dt, none=True)}


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
    encoder, options = _encoder(network.encoder), _options(network, X, single_pass)
    values = {
        name: check_number(getattr(network, name), name, **limits)
        for name, limits in NUMBERS.items()}
    layers = _layers(network, X.shape[1])
    has_images = _are_images(X, layers)
    rule, neuron = resolved_rule(network.rule), resolve(network.neuron, NEURONS, "neuron")
    of_rule = _of_rule(rule)
    if network._each_step and is_auto(getattr(rule, "dropout", None)):
        of_rule["dropout"] = STEP_DROPOUT
    rule.check()
    time = _time(
        network, encoder, X.ndim, steps_of_tables(network, encoder, rule, has_images))
    if network._each_step:
        timing = Timing(False, False)
    elif single_pass:
        timing = _timing(network, X, encoder, values["batch_size"])
    else:
        timing = Timing.of(X, encoder)
    if network._each_step and isinstance(network.neuron, str):
        neuron = _with_memory(neuron, time["dt"])
    neuron.check(time["dt"])
    neuron = rule.prepare(neuron)
    if not network._each_step:
        in_steps(neuron, network.neuron, time["dt"])
    in_steps(rule, network.rule, time["dt"])
    settings = Settings(
        **layers, **options, **time, **of_rule,
        **_schedule(values, rule, n_rows or len(X), single_pass, has_images),
        delays=_delays(
            network, time["dt"], single_pass, constant=X.ndim == 2 and encoder is None),
        is_constant=timing.is_constant,
        is_count=timing.is_count,
        readouts=readouts_of(network, X, timing, time["dt"]),
        neuron=neuron,
        rule=rule,
        learn_intrinsic=_learned_names(network.learn_intrinsic, neuron),
        augment=_augmentation(augmentation_of(network, rule, X, timing), X),
        alpha=_alpha(network, rule) if is_auto(values["alpha"]) else values["alpha"],
        automatic=automatic(network, rule, X, timing, has_images),
        batch_size=values["batch_size"],
        validation_fraction=values["validation_fraction"],
        tol=values["tol"],
        n_jobs=check_jobs(network.n_jobs),
        verbose=network.verbose,
        single_pass=single_pass)
    _check_support(network, settings)
    _warn_of_times(network, settings, X)
    if network.streaming or network._each_step:
        check_streamable(network, settings, X)
    return settings


def resolved_rule(rule: str | Rule | None) -> Rule:
    """Return the rule for a name or None, or a copy of a rule."""
    found: Rule = Reservoir() if rule is None else resolve(rule, RULES, "rule")
    return found


def _of_rule(rule: Rule) -> dict[str, Any]:
    """Return the checked parameters of a rule that mean the same in each rule.

    A rule without a parameter gets a value that has no effect, or the default of other rules.
    """
    found = {name: getattr(rule, name, default) for name, (default, _) in OF_RULES.items()}
    for name, (_, allowed) in OF_RULES.items():
        if isinstance(allowed, dict):
            found[name] = check_number(found[name], name, **allowed)
        else:
            check_option(found[name], name, allowed)
    if is_auto(found["dropout"]):
        found["dropout"] = 0.0  # until the data choose it
    return found


def _encoder(encoder: Any) -> SpikeEncoder | None:
    """Return the encoder, or raise if it is another step of a pipeline."""
    if encoder is None or isinstance(encoder, SpikeEncoder):
        return encoder
    raise TypeError(
        f"encoder must be a SpikeEncoder or None, got {encoder!r}. Put other steps before the "
        "network, in a Pipeline.")


def _options(network: Any, X: Array, single_pass: bool) -> dict[str, Any]:
    """Return options of the training, or raise if options do not suit X or ``partial_fit``."""
    if network.standardize == "sample" and X.ndim == 2:
        raise ValueError(
            "standardize='sample' scales each series by itself (3-D input), got a table (2-D "
            "input). Set standardize=True.")
    if network.early_stopping is False:
        return {"early_stopping": False, "scoring": "loss"}
    scoring = scorer_of(network)
    if single_pass and network.early_stopping:
        raise ValueError("partial_fit cannot hold out data: set early_stopping=False, or use fit.")
    return {"early_stopping": bool(network.early_stopping), "scoring": scoring}


def steps_of_tables(
        network: Any, encoder: SpikeEncoder | None, rule: Rule,
        has_images: bool) -> int:
    """Return the default number of steps for which the rows of a table are presented."""
    is_noisy, holds = False, True  # of currents
    if encoder is not None:
        coding = resolve(encoder.coding, CODINGS, "coding")
        is_noisy, holds = coding.noisy, coding.holds
    learns = network._decodes and "alpha" in rule.chooses  # by gradients
    is_delayed = network.delays is not None and not is_auto(network.delays)
    if is_noisy or is_delayed or not (learns or has_images):
        return N_STEPS
    return FEW_STEPS if holds else FEW_SPIKES


def _timing(
        network: Any, X: Array, encoder: SpikeEncoder | None,
        batch_size: int) -> Timing:
    """Return the timing of a chunk: that of earlier samples, or else of its first batch.

    So it does not depend on the size of chunks.
    """
    known = network._timing
    return Timing.of(X[:batch_size], encoder) if known is None else Timing(*known)


def _time(
        network: Any, encoder: SpikeEncoder | None, ndim: int,
        n_steps: int) -> dict[str, Any]:
    """Return the number of steps and the length of a step: of the encoder, if it has them.

    Input has 2 or 3 dimensions. Without a number, tables have `n_steps`.
    """
    time: dict[str, Any] = {}
    for name, check in TIME.items():
        own, found = (
            None if part is None else check(getattr(part, name)) for part in (network, encoder))
        if None not in (own, found) and own != found:
            raise ValueError(
                f"{name}={own} differs from {name}={found} of the encoder. Set it in the encoder "
                "alone.")
        time[name] = own if found is None else found
    if encoder is not None and ndim == 3:
        time["n_steps"] = encoder.n_steps  # None: series keep their length
    elif time["n_steps"] is None:
        time["n_steps"] = n_steps
    return {**time, "dt": 1.0 if time["dt"] is None else time["dt"]}


def _layers(network: Any, n_channels: int) -> dict[str, Any]:
    """Return the sizes of the layers, their recurrence, and the shape of images."""
    sizes = _layer_sizes(network.hidden_layer_sizes)
    recurrent = _recurrent(network.recurrent, len(sizes))
    shape = _image_shape(sizes, n_channels)
    if shape is not None:
        _check_convolutions(sizes, recurrent, shape[-2:])
    return {"hidden_layer_sizes": sizes, "recurrent": recurrent, "image_shape": shape}


def _are_images(X: Array, layers: dict[str, Any]) -> bool:
    """Return whether samples are constant images, for a network with a convolution."""
    return X.ndim == 2 and layers["image_shape"] is not None


def _layer_sizes(sizes: Any) -> tuple[Any, ...]:
    sizes = (sizes,) if isinstance(sizes, (numbers.Integral, Convolution)) else sizes
    if not isinstance(sizes, (tuple, list)) or not sizes:
        wanted = "an integer or a Convolution, or a tuple of integers >= 1 and Convolutions"
        raise ValueError(f"hidden_layer_sizes must be {wanted}, got {shown(sizes)}.")
    name = "hidden_layer_sizes"
    return tuple(
        size if isinstance(size, Convolution) else check_number(size, name, **SIZE_LIMITS)
        for size in sizes)


def _image_shape(sizes: tuple[Any, ...], n_channels: int) -> tuple[int, int, int] | None:
    """Return channels, height and width of the input, None if no layer is a convolution."""
    convolutions = [size for size in sizes if isinstance(size, Convolution)]
    if not convolutions:
        return None
    first, *others = convolutions
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


def _recurrent(recurrent: Any, n_layers: int) -> tuple[bool, ...]:
    is_bool = isinstance(recurrent, (bool, np.bool_))
    each = (recurrent,) * n_layers if is_bool else recurrent
    known = isinstance(each, (tuple, list)) and all(isinstance(r, (bool, np.bool_)) for r in each)
    if not known or len(each) != n_layers:
        wanted = f"True, False or a tuple of {n_layers} of them, one for each layer"
        raise ValueError(f"recurrent must be {wanted}, got {shown(recurrent)}.")
    return tuple(map(bool, each))


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


def _schedule(
        values: dict[str, Any], rule: Rule, n_samples: int, single_pass: bool,
        has_images: bool) -> dict[str, Any]:
    """Return the learning rate, the number of epochs, and the patience."""
    max_iter, patience = values["max_iter"], values["n_iter_no_change"]
    if single_pass:
        max_iter = 1
    elif max_iter is None:
        max_iter = rule.epochs(n_samples, values["batch_size"], has_images)
        patience = max(patience, max_iter // 6)
    rate = values["learning_rate"]
    return {
        "learning_rate": rule.default_learning_rate if rate is None else rate,
        "max_iter": max_iter, "n_iter_no_change": patience}


def _augmentation(augment: Any, X: Array) -> Augmentation | None:
    """Return the checked augmentation, or raise if it does not take tables."""
    if augment is None:
        return None
    found = checked_augmentation(augment, "'auto' or None")
    if X.ndim == 2 and found is not None and not found.takes_tables:
        raise ValueError(
            f"{type(augment).__name__} changes channels and times of rasters and series (3-D "
            "input), got a table (2-D input). Set augment=None, or use MoveImages for images.")
    return found


def _alpha(network: Any, rule: Rule) -> float:
    """Return the default weight decay, before the data choose it."""
    return STEP_ALPHA if network._each_step and "alpha" in rule.chooses else rule.default_alpha


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
