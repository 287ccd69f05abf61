"""The parameters of a spiking network as one fit reads them, checked before anything is changed."""

import numbers
from types import SimpleNamespace

import numpy as np

from .._checks import (
    DT,
    LARGEST,
    SIZE,
    check_jobs,
    check_number,
    check_numbers,
    check_option,
    convert,
    shown,
)
from .._utils import resolve
from ..learning import RULES, Reservoir
from ..neurons import NEURONS
from ..rasters import SpikeEncoder
from ..readouts import READOUTS, Count, Windows

LONGEST = 2**20  # steps of a delay: a stream keeps the input of so many


def settings_of(estimator):
    """Return the parameters of an estimator: numbers are Python's own, names stand for objects; raise if one is not allowed."""
    settings = SimpleNamespace(**estimator.get_params(deep=False))
    _check_numbers(settings)
    settings.hidden_layer_sizes = _layer_sizes(settings)
    settings.recurrent = _each_layer(settings)
    if settings.encoder is not None and not isinstance(settings.encoder, SpikeEncoder):
        raise TypeError(
            f"encoder must be a SpikeEncoder or None, got {settings.encoder!r}; put other steps "
            "before it, in a Pipeline.")
    if settings.encoder is not None:  # its own hold
        settings.n_steps, settings.dt = settings.encoder.n_steps, settings.encoder.dt
        convert(settings, "n_steps", none=True, **SIZE)
        convert(settings, "dt", **DT)
    settings.neuron = resolve(settings.neuron, NEURONS, "neuron")
    settings.rule = resolved_rule(settings.rule)
    settings.neuron.check(settings.dt)
    settings.rule.check()
    settings.readout = _resolved_readout(settings)
    _check_refusals(settings)
    settings.neuron = settings.rule.prepare(settings.neuron)
    settings.learn_intrinsic = _learned_names(settings)
    if settings.learning_rate is None:
        settings.learning_rate = settings.rule.default_learning_rate
    return settings


def resolved_rule(rule):
    """Return the rule that a name or None stands for, or a copy of an object."""
    return Reservoir() if rule is None else resolve(rule, RULES, "rule")


def readouts_for(settings, X):
    """Return the readouts from which the data choose: what stands still has nothing to tell in windows of time."""
    if settings.readout is not None:
        return (settings.readout,)
    return (Count(),) if X.ndim == 2 else (Count(), Windows(4), Windows(10))


def taps_of(settings, X):
    """Return the delays in steps."""
    if settings.delays is None:
        return (0,)
    if X.ndim == 2 and settings.encoder is None:
        raise ValueError(
            "delays mean nothing for constant currents (2-D input); give rasters or series, or an "
            "encoder.")
    taps = tuple(round(delay / settings.dt) for delay in settings.delays)
    if max(taps) > LONGEST:
        raise ValueError(
            f"delays={settings.delays} reach {max(taps)} steps of dt={settings.dt} ms, and the "
            f"longest may have {LONGEST}.")
    if len(set(taps)) < len(taps):
        raise ValueError(
            f"delays={settings.delays} are not different numbers of steps of dt={settings.dt} ms: "
            f"{shown(taps)}.")
    return taps


def _check_numbers(settings):
    convert(settings, "batch_size", "n_iter_no_change", low=1, integer=True)
    convert(settings, "max_iter", none=True, **SIZE)
    convert(settings, "n_steps", **SIZE)
    convert(settings, "dt", **DT)
    convert(settings, "intrinsic_learning_rate", above=0, high=LARGEST)
    convert(settings, "learning_rate", above=0, high=LARGEST, none=True)
    if settings.delays is not None:
        settings.delays = check_numbers(settings.delays, "delays", low=0, high=DT["high"])
        if not settings.delays:
            raise ValueError("delays must hold one number at least, or be None.")
    convert(settings, "dropout", low=0, high=0.95)
    convert(settings, "alpha", "spike_penalty", low=0, high=LARGEST)
    convert(settings, "tol", low=0)
    convert(settings, "validation_fraction", above=0, high=0.5)
    settings.n_jobs = check_jobs(settings.n_jobs)
    for name in ("early_stopping", "warm_start"):
        check_option(getattr(settings, name), name, (True, False))


def _layer_sizes(settings):
    sizes = settings.hidden_layer_sizes
    sizes = (sizes,) if isinstance(sizes, numbers.Integral) else sizes
    if not isinstance(sizes, (tuple, list)) or not sizes:
        raise ValueError(
            "hidden_layer_sizes must be an integer or a tuple of integers >= 1, got "
            f"{shown(sizes)}.")
    return tuple(check_number(size, "hidden_layer_sizes", **SIZE) for size in sizes)


def _each_layer(settings):
    """Return for each layer whether it is recurrent."""
    given, n_layers = settings.recurrent, len(settings.hidden_layer_sizes)
    each = (given,) * n_layers if isinstance(given, (bool, np.bool_)) else given
    known = isinstance(each, (tuple, list)) and all(
        isinstance(one, (bool, np.bool_)) for one in each)
    if not known or len(each) != n_layers:
        wanted = f"True, False or a tuple of {n_layers} of them, one for each layer"
        raise ValueError(f"recurrent must be {wanted}, got {shown(given)}.")
    return tuple(map(bool, each))


def _resolved_readout(settings):
    """Return the readout, or None for "auto"."""
    if isinstance(settings.readout, str) and settings.readout == "auto":
        return None
    readout = resolve(settings.readout, READOUTS, "readout")
    readout.check()
    return readout


def _check_refusals(settings):
    """Raise if something is asked for that the rule cannot do."""
    for name, reason in settings.rule.refuses.items():
        value = getattr(settings, name)
        if any(value) if isinstance(value, tuple) else value:
            raise ValueError(
                f"{type(settings.rule).__name__} takes no {name}: {reason}. Leave it out, or use "
                "rule='surrogate'.")


def _learned_names(settings):
    learn, names = settings.learn_intrinsic, settings.neuron.learnable()
    if isinstance(learn, (bool, np.bool_)):
        return names if learn else ()
    known = isinstance(learn, (tuple, list)) and all(
        isinstance(name, str) and name in names for name in learn)
    if not known or len(set(learn)) < len(learn):
        raise ValueError(
            f"learn_intrinsic must be True, False or a tuple of names out of {names}, got "
            f"{shown(learn)}.")
    return tuple(learn)
