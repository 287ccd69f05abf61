"""Choice of parameters that are "auto" by the data, before the fit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .._base import Array, Ragged, entries, in_steps, is_signed, one_blas_thread, resolve
from ..coding import CODINGS, MoveImages, SpikeEncoder, checked_augmentation
from ..learning import (
    N_JUDGED, Rule, Settings, Target, Task, can_hold_out, features_of, fitted_ridge, initial_state,
    split, untrained_error, wanted_of, with_decoder)
from ..simulation import READOUTS, Count, Leaky, Readout, Windows
from ._input import Input, Timing, amplitudes_differ
from ._training_samples import Inputs

Trial = Callable[[Settings], Task]  # the task of a fit with candidate settings

SHIFT = 0.05  # of series in time, for augment="auto"
DELAYS = 0, 5, 10, 20, 40  # in steps, which networks on series may choose
# For a target at each step: delays and time constants in steps, weight decay and dropout. Chosen on
# seven tasks with steps of 1 to 40 ms.
STEP_DELAYS, STEP_TAUS = (0, 2, 4, 8, 16, 32, 64), (5.0, 20.0, 80.0)
STEP_ALPHA, STEP_DROPOUT = 10.0, 0.1
MOST_STEPS = 10_000  # of a time constant of leaky sums
LARGEST_VARIANCE = 0.25  # of a target of 0 and 1
PENALTIES = np.logspace(-1, 4, 11)
# Factor of dropout, and its limit. The rule was found on 14 tables and confirmed on 16 others.
NOISE_SHARE, MOST = 0.4, 0.5
REGULARISATION = "alpha", "dropout"
MIN_SAMPLES = 100  # to hold out a third
HELD = 1 / 3  # of the samples
CLEARLY = 0.95  # largest relative error with which images are shifted
N_UPDATES = 400  # of a candidate: with fewer, weight decay seems worse than it is
ENOUGH = 0.7  # relative error of a candidate after which no other is tried
SMALL = 0.02  # error after which no other candidate is tried
SCALES = np.geomspace(1, 0.1, 7)  # of the scores of classes in a trial
MOST_PENALTY = 100.0  # if spike times matter: training finds better features than random weights


def is_auto(value: Any) -> bool:
    """Return whether a parameter is "auto"."""
    return isinstance(value, str) and value == "auto"


def automatic_names(network: Any, rule: Rule, X: Any, timing: Timing) -> tuple[str, ...]:
    """Return the parameters that are "auto" and depend on the data, by the kind of input."""
    if network._each_step:  # a fixed penalty, unless blocks of time choose it in closed form
        return ("alpha",) if is_auto(network.alpha) and not rule.chooses else ()
    if timing.is_count:
        is_rate_coded = network.encoder is None or _is_rate_coded(network.encoder)
        names: tuple[str, ...] = (*REGULARISATION, "augment") if is_rate_coded else ()
    elif (network.encoder is None and X.dtype == np.uint8) or is_signed(entries(X)):
        names = *REGULARISATION, "delays"
    elif network.streaming:  # a network that scales samples needs whole series
        names = *REGULARISATION, "delays", "augment"
    else:
        names = *REGULARISATION, "standardize", "delays", "augment"
    return tuple(
        name for name in names if name in rule.chooses and is_auto(
            getattr(network, name, getattr(rule, name, None))))


def readouts_of(
        network: Any, X: Any, timing: Timing, dt: float) -> tuple[Readout, ...]:
    """Return the candidate readouts: spike counts only, if the times of spikes do not matter.

    Streams of unknown length get counts too, because windows are fractions of the length.
    """
    if network._each_step:
        return (_leaky(network, dt),)
    if is_auto(network.readout):
        counts = timing.is_count or (network.streaming and isinstance(X, Ragged))
        return (Count(),) if counts else (Count(), Windows(4), Windows(10))
    found = resolve(network.readout, READOUTS, "readout")
    found.check()
    in_steps(found, network.readout, dt)
    return (found,)


def _leaky(network: Any, dt: float) -> Leaky:
    """Return the readout of a network with a target for each step."""
    if is_auto(network.readout) or network.readout == Leaky.name:
        return Leaky(tuple(tau * dt for tau in STEP_TAUS))
    found = resolve(network.readout, READOUTS, "readout")
    if not isinstance(found, Leaky):
        raise ValueError(
            "A target for each step needs readout='leaky', a Leaky or 'auto', got "
            f"readout={network.readout!r}.")
    found.check()
    if max(found.taus) > MOST_STEPS * dt:
        raise ValueError(
            f"taus={found.taus} ms must be at most {MOST_STEPS} steps of dt={dt} ms, because leaky "
            "sums are float32 and would lose single spikes. Lower taus, or use longer steps.")
    return found


def _is_rate_coded(encoder: SpikeEncoder) -> bool:
    """Return whether spike counts follow the input: it is not encoded as the times of spikes."""
    coding = CODINGS.get(encoder.coding) if isinstance(encoder.coding, str) else encoder.coding
    meanings: Any = getattr(coding, "higher_means", None)
    return not {"earlier", "later"} & set(meanings if isinstance(meanings, tuple) else [meanings])


def trial_of(
        source: Input, X: Any, target: Target, rng: np.random.RandomState,
        settings: Settings) -> Task:
    """Return a task on the samples of a fit, with a copy of its random numbers."""
    inputs = Inputs(X, settings, source.encoder, samples=target.samples)
    return Task(inputs, target, settings, copy.deepcopy(rng))


def choose_scale(
        network: Any, source: Input, X: Any, weight: Array, target: Target, settings: Settings,
        rng: np.random.RandomState) -> bool:
    """Return whether to scale each series by itself, because amplitudes differ.

    The leave-one-out error of the untrained network decides.
    """
    chooses = "standardize" in settings.automatic and not settings.single_pass
    if not chooses or source.continues or not amplitudes_differ(X):
        return False

    def error(scales: bool) -> float:
        """Return the error with or without the scaling."""
        found, random = source._replace(scales_samples=scales), copy.deepcopy(rng)
        scaled = found.scaled(X)
        found = found.with_encoder(network, scaled, weight, settings.n_steps, random)
        found, scaled = found.with_moments(network, scaled, weight, settings, centred=True)
        return _untrained_error(trial_of(found, scaled, target, random, settings))

    return error(True) < error(False)


def _untrained_error(task: Task) -> float:
    with one_blas_thread():
        return untrained_error(task)


def choose(network: Any, source: Input, X: Any, trial: Trial, settings: Settings) -> Settings:
    """Return the settings with the delays, augmentation or regularisation that the data choose.

    A fit that continues keeps the values of the previous fit. The first chunk of `partial_fit` has
    too few samples, and chooses nothing.
    """
    if not settings.automatic or network._each_step:
        return settings
    if source.continues:
        if "augment" in settings.automatic:
            settings = replace(settings, augment=network.augment_)
        return _with_chosen(settings, network.alpha_, network.dropout_)
    if settings.single_pass:
        return settings
    if not settings.is_constant:
        return _choose_for_trains(trial, settings, source.count_steps(X))
    if settings.image_shape is not None and X.ndim == 2:
        return _choose_for_images(trial, settings)
    return _regularised(trial(settings))


def _choose_for_images(trial: Trial, settings: Settings) -> Settings:
    """Return the settings with regularisation and shifts by a pixel, if they lower an error.

    The error is that of a trial. Few samples have no third to spare: they are regularised as a
    table, and not shifted.
    """
    regularised = _regularised(trial(settings))
    error = _error_of(trial, settings)
    if error is None:
        return regularised
    candidates = [settings] if regularised == settings else [settings, regularised]
    if "augment" in settings.automatic:
        assert settings.image_shape is not None
        shifts = checked_augmentation(MoveImages(settings.image_shape))
        candidates += [replace(one, augment=shifts) for one in candidates]
    # shifts help some networks only if they are not regularised, so all pairs are judged
    return min(candidates, key=lambda one: error(one) / (1 if one.augment is None else CLEARLY))


def _choose_for_trains(trial: Trial, settings: Settings, n_steps: int) -> Settings:
    """Return the settings with delays and regularisation, if they lower the error of a trial.

    Few samples have no third to spare: the untrained network chooses the delays. They are
    regularised without a trial, unless a class is too rare for one.
    """
    names = set(settings.automatic) & {"delays", *REGULARISATION}
    if not names:
        return settings
    delayed = replace(settings, delays=tuple(delay for delay in DELAYS if delay < n_steps))
    others = [delayed, settings] if "delays" in names else [settings]
    error = _error_of(trial, settings)
    if error is None:
        if "delays" in names:  # no delays if both are equal
            settings = min(settings, delayed, key=lambda one: _untrained_error(trial(one)))
        task = trial(settings)
        return _regularised(task) if can_hold_out(task, HELD) else settings
    # delays have more weights to learn, so they are judged together with their regularisation
    plain = lowest = error(settings)
    best = settings
    for other in others if names != {"delays"} else others[:1]:
        if lowest < max(ENOUGH * plain, SMALL):
            break
        candidate = _regularised(trial(other))
        found = error(candidate)
        if found < lowest:
            best, lowest = candidate, found
    return best


def _error_of(trial: Trial, settings: Settings) -> Callable[[Settings], float] | None:
    """Return a function that returns the error of candidates, None if there are too few samples.

    The error is that of a network that is trained for a short time on two thirds of the samples, on
    the other third.
    """
    task = trial(settings)
    if len(task.inputs.X) < MIN_SAMPLES or not can_hold_out(task, HELD):
        return None
    task.settings = replace(settings, validation_fraction=HELD)
    train, held = split(task, hold_out=True)
    assert held is not None

    def error(candidate: Settings) -> float:
        found = _held_out_error(trial(candidate), train, held)
        if settings.verbose:
            print(f"Trial of {described(candidate)}: loss = {found:.4f}")
        return found

    return error


def described(settings: Settings) -> str:
    """Return the parameters that differ between candidates."""
    return (
        f"delays={settings.delays}, alpha={settings.alpha:.3g}, dropout={settings.dropout:.3g}, "
        f"augment={settings.augment}")


def _held_out_error(task: Task, train: Array, held: Array) -> float:
    """Return the loss on held-out rows of a network that is trained for a short time."""
    settings, target, inputs = task.settings, task.target, task.inputs
    epochs = min(settings.max_iter, -(-N_UPDATES * settings.batch_size // len(train)))
    settings = replace(
        settings, early_stopping=False, verbose=False, max_iter=epochs,
        n_iter_no_change=max(settings.n_iter_no_change * epochs // settings.max_iter, 1))
    task = replace(
        task, inputs=inputs.part(train), target=target.part(train), settings=settings)
    with one_blas_thread():
        state = settings.rule.learn(task).state
        features = settings.rule.responses(
            task.network(state.layers, readout=state.readout), inputs, held, settings.n_jobs)
    return smallest_loss(state.decoder.outputs(features), target.part(held)) / len(held)


def smallest_loss(outputs: Array, target: Target) -> float:
    """Return the loss of outputs. Scores of classes are multiplied by the best of some factors.

    Without factors, an accurate network with too large scores can have a higher loss than chance.
    """
    scales = SCALES[:1] if target.loss.learns == "values" else SCALES
    return min(
        float(target.loss.gradient(scale * outputs, target.y, target.sample_weight)[0])
        for scale in scales)


def _with_chosen(settings: Settings, alpha: float, dropout: float) -> Settings:
    """Return the settings with the chosen values, except values that the user has given."""
    if "alpha" in settings.automatic:
        settings = replace(settings, alpha=alpha)
    if "dropout" in settings.automatic:
        settings = replace(settings, dropout=dropout)
    return settings


def _regularised(task: Task) -> Settings:
    """Return the settings of a task with weight decay and dropout that suit the samples."""
    with one_blas_thread():
        return _with_chosen(task.settings, *regularisation(task))


def regularisation(task: Task) -> tuple[float, float]:
    """Return weight decay and dropout for a table.

    A ridge regression is fitted to the standardised features of an untrained network, at most 512
    samples. Its best penalty by leave-one-out error is the weight decay, which has the same unit.
    For labels it is multiplied by the variance of targets of 0 and 1, relative to two equal
    classes, because this variance is the second derivative of the loss at the class frequencies.
    The share of the variance that the regression does not explain determines dropout, because noisy
    targets need more of it. More than 512 samples need less of both: with n samples, weight decay
    is multiplied by ``sqrt(512 / n)`` and dropout by ``512 / n``. Both are 0 if the samples do not
    define an error. If the times of spikes matter, the penalty is at most 100, and less for little
    dropout, and with n < 100 samples both are multiplied by ``n / 100``.
    """
    state = with_decoder(task, initial_state(task))
    target = task.target
    rows = np.sort(task.some_rows()[:N_JUDGED])
    rows = rows[target.sample_weight[rows] > 0]
    if len(rows) < 2 or state.decoder is None:
        return 0.0, 0.0
    wanted, weight = wanted_of(task, rows)
    wanted = wanted - np.average(wanted, axis=0, weights=weight)
    variance = np.average(wanted**2, axis=0, weights=weight).mean()
    if variance == 0:
        return 0.0, 0.0
    features, _ = features_of(task, task.network(state.layers, readout=state.readout), rows)
    z = state.decoder.standardise(features)
    ridge: Any = fitted_ridge(PENALTIES, z - np.average(z, axis=0, weights=weight), wanted, weight)
    unexplained = -ridge.best_score_ / variance
    if not np.isfinite(unexplained):
        return 0.0, 0.0
    alpha = ridge.alpha_ if task.settings.is_count else min(ridge.alpha_, MOST_PENALTY)
    alpha *= 1.0 if target.loss.learns == "values" else variance / LARGEST_VARIANCE
    dropout = min(NOISE_SHARE * max(unexplained, 0.0) ** 2, MOST)
    share = min(N_JUDGED / len(task.inputs), 1.0)
    if not task.settings.is_count:
        # the fewer samples, the less certain is the error
        certain = min(len(task.inputs) / MIN_SAMPLES, 1.0)
        alpha *= certain * dropout / NOISE_SHARE
        dropout *= certain
    return float(alpha * np.sqrt(share)), float(dropout * share)
