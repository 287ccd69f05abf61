"""Rules by which the data choose parameters that are "auto"."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import is_regressor

from .._checks import entries, is_signed
from .._compile import one_blas_thread
from .._utils import Array, resolve
from ..augmentation import Augment
from ..coding import CODINGS
from ..learning import Rule, Settings, Target, Task, regularisation, untrained_error
from ..rasters import SpikeEncoder
from ..readouts import READOUTS, Count, Readout, Windows
from ._inputs import Inputs, count_steps
from ._parameters import NetworkParameters
from ._preparation import Preparation
from ._standardise import amplitudes_differ

SHIFT = 0.05  # of series in time, for augment="auto"
DELAYS = 0, 5, 10, 20, 40  # in steps, which networks on series may choose
AUTOMATIC = "dropout", "alpha", "standardize", "delays"  # chosen by the untrained network


def is_auto(value: Any) -> bool:
    """Return whether a parameter is "auto"."""
    return isinstance(value, str) and value == "auto"


def automatic(network: NetworkParameters, rule: Rule, X: Any) -> tuple[str, ...]:
    """Return the parameters that are chosen after the checks, by the untrained network."""
    choosable = _choosable(X, network.encoder, rule)
    return tuple(
        name for name in AUTOMATIC if name in choosable and is_auto(getattr(network, name)))


def augmentation_of(network: NetworkParameters, rule: Rule, X: Any) -> Any:
    """Return the augmentation, with "auto" resolved: small shifts of the series of a classifier."""
    if not is_auto(network.augment):
        return network.augment
    shifts = "augment" in _choosable(X, network.encoder, rule) and not is_regressor(network)
    return Augment(time_shift=SHIFT) if shifts else None


def readouts_of(network: NetworkParameters, X: Any) -> tuple[Readout, ...]:
    """Return the candidate readouts. Constant input gets spike counts only."""
    if is_auto(network.readout):
        return (Count(),) if X.ndim == 2 else (Count(), Windows(4), Windows(10))
    found = resolve(network.readout, READOUTS, "readout")
    found.check()
    return (found,)


def _choosable(X: Any, encoder: SpikeEncoder | None, rule: Rule) -> tuple[str, ...]:
    """Return the parameters that the data may choose, by the kind of input and the rule."""
    if X.ndim == 2:
        names: tuple[str, ...] = ("alpha", "dropout") if _is_rate_coded(encoder) else ()
    elif encoder is None and X.dtype == np.uint8:
        names = ()
    else:
        names = ("delays",) if is_signed(entries(X)) else ("standardize", "delays", "augment")
    return tuple(name for name in names if name in rule.chooses)


def _is_rate_coded(encoder: SpikeEncoder | None) -> bool:
    """Return whether spike counts follow the input: it is not encoded as the times of spikes."""
    if encoder is None:
        return True
    coding = CODINGS.get(encoder.coding) if isinstance(encoder.coding, str) else encoder.coding
    meanings: Any = getattr(coding, "higher_means", None)
    return not {"earlier", "later"} & set(meanings if isinstance(meanings, tuple) else [meanings])


def choose_scale(prepared: Preparation, X: Any, weight: Array, target: Target) -> bool:
    """Return whether to scale each series by itself, because amplitudes differ.

    The leave-one-out error of the untrained network decides.
    """
    settings = prepared.settings
    chooses = "standardize" in settings.automatic and not settings.single_pass
    if not chooses or prepared.continues or not amplitudes_differ(X):
        return False
    error, other = (
        _error_with(
            Preparation(
                prepared.network, settings, copy.deepcopy(prepared.rng), centred=True,
                continues=False, scales_samples=scales), X, weight, target)
        for scales in (False, True))
    return other < error


def _error_with(prepared: Preparation, X: Any, weight: Array, target: Target) -> float:
    """Return the leave-one-out error of the untrained network after a preparation."""
    prepared.moments = None
    X = prepared.currents(prepared.encode(X, weight), weight)
    return _untrained_error(prepared, X, target, prepared.settings)


def _untrained_error(prepared: Preparation, X: Any, target: Target, settings: Settings) -> float:
    with one_blas_thread():
        return untrained_error(_trial(prepared, X, target, settings))


def _trial(prepared: Preparation, X: Any, target: Target, settings: Settings) -> Task:
    """Return a task on prepared input, with a copy of the random numbers of the rule."""
    inputs = Inputs(X, settings, prepared.encoder, samples=target.samples)
    return Task(inputs, target, settings, copy.deepcopy(prepared.rng))


def choose(prepared: Preparation, X: Any, target: Target) -> Settings:
    """Return the settings with the delays or the regularisation that the data choose.

    A fit that continues keeps the values of the previous fit. A first single pass has too few
    samples, and neither delays nor regularisation.
    """
    settings, network = prepared.settings, prepared.network
    if prepared.continues:
        return _with_chosen(settings, network.alpha_, network.dropout_)
    if settings.single_pass:
        return settings
    if {"alpha", "dropout"} & set(settings.automatic):
        with one_blas_thread():
            return _with_chosen(
                settings, *regularisation(_trial(prepared, X, target, settings)))
    if "delays" not in settings.automatic:
        return settings
    longest = count_steps(X, prepared.encoder, settings.n_steps)
    delays = tuple(delay for delay in DELAYS if delay < longest)
    return min(
        (settings, replace(settings, delays=delays)),
        key=lambda candidate: _untrained_error(prepared, X, target, candidate))


def _with_chosen(settings: Settings, alpha: float, dropout: float) -> Settings:
    """Return the settings with the chosen values, except values that the user has given."""
    if "alpha" in settings.automatic:
        settings = replace(settings, alpha=alpha)
    if "dropout" in settings.automatic:
        settings = replace(settings, dropout=dropout)
    return settings
