"""Contract of a coding."""

import itertools

import numpy as np
from sklearn.base import clone

from .._base import LARGEST
from ..coding import SpikeEncoder
from ._contract import Demands, check_bad_values, check_dt, check_effects, differ, shown

SHAPES = {2: (12, 3), 3: (12, 3, 17)}
N_STEPS, LATE = 30, 20
ROWS = np.arange(12)
LONG = 400  # steps in which spikes are counted
SOME = 10  # spikes: fewer may differ by chance
LOUDEST = 10.0  # root mean square of currents
MANY_EQUAL, FEW_MIXED = 32, 8  # features of a probe, if they are independent or interact
MANY = 100  # channels of a feature, above which equal ones are not looked for

demand = Demands()


def _inputs(contract, *ndims):
    """Return features and series, as far as the coding takes them, with two to three axes."""
    taken = [ndim for ndim in ndims or SHAPES if ndim not in contract.part.refuses]
    # float32 holds these values exactly
    return [
        np.random.default_rng(ndim).normal(size=SHAPES[ndim]).astype(np.float32).astype(float)
        for ndim in taken]


def _scaled(contract, *ndims):
    """Return features and series between 0 and 1, of N_STEPS steps."""
    inputs = [(X - X.min()) / np.ptp(X) for X in _inputs(contract, *ndims)]
    return [x if x.ndim == 2 else x[:, :, np.arange(N_STEPS) % x.shape[2]] for x in inputs]


def _encoder(coding, n_steps=N_STEPS):
    return SpikeEncoder(coding, n_steps=n_steps, random_state=0)


def _encoded(coding, x, n_steps=N_STEPS, dt=1.0, seed=5, noise_key=None, fitted_on=None):
    """Return the raster of scaled values."""
    coding = clone(coding)
    coding.check(dt)
    if hasattr(coding, "fit"):
        coding.fit(np.moveaxis(x if fitted_on is None else fitted_on, 1, 0))
    return coding.encode(x, n_steps, dt, seed, noise_key)


@demand
def _rasters_have_their_form(contract):
    """Check rasters, batches and bad values, for features and for series."""
    inputs = _inputs(contract)
    contract.holds(inputs, "refuses", "a coding takes features or series")
    for X in inputs:
        X.flags.writeable = False
        _check_rasters(contract, X)
        _check_batches(contract, X)
        check_bad_values(contract, _encoder, X)


def _check_rasters(contract, X):
    """Check shapes, values and names for any number of steps."""
    is_current = contract.part.returns_currents
    dtype, high = (np.float32, LARGEST) if is_current else (np.uint8, 1)
    for n_steps in (1, 2, 17, N_STEPS):
        fitted = contract.raises_nothing("encode", _encoder(contract.part, n_steps).fit, X)
        raster = contract.raises_nothing("encode", fitted.transform, X)
        per_feature = fitted.coding_.channels_per_feature
        shape = len(X), X.shape[1] * per_feature, n_steps
        contract.holds(
            (raster.shape, raster.dtype) == (shape, dtype), "encode",
            f"must return a {dtype.__name__} raster of shape {shape}, got {raster.dtype} of shape "
            f"{raster.shape}")
        contract.holds(
            raster.flags.c_contiguous, "encode",
            "must return a raster in C order. np.ascontiguousarray makes one")
        # comparisons with nan are False
        contract.holds(
            -high * is_current <= raster.min() <= raster.max() <= high, "encode",
            f"must return {'finite currents' if is_current else '0 and 1'} only")
    contract.holds(
        raster.min() < raster.max(), "encode",
        "values from the lowest to the highest give no spikes, or nothing else")
    names = fitted.get_feature_names_out().tolist()
    contract.holds(
        len(set(names)) == len(names) == raster.shape[1] and all(
            name.startswith(f"x{k // per_feature}") for k, name in enumerate(names)),
        "channel_names", "must give each channel another name, which begins with the name of its "
        f"feature, in the order of the channels, got {names}")
    still = fitted.fit_transform(np.full_like(X, 3.0))
    contract.same(still[1:], still[:-1], "encode", "equal rows must get equal rasters")


def _check_batches(contract, X):
    """Check that the raster of a row depends only on its values and the seed."""
    coding, fitted = contract.part, _encoder(contract.part).fit(X)
    raster = contract.by_rows(fitted.transform, X, "encode")
    contract.by_values(fitted.transform, X, "encode")
    contract.same(
        _encoder(coding).fit_transform(X), raster, "encode", "equal seeds must give equal rasters")
    n, changed = raster.shape[1] // X.shape[1], X.copy()
    changed[:, 1] = changed[::-1, 1]
    moved, varies = (
        (rasters != raster).any(axis=(0, 2))[n : 2 * n]
        for rasters in (fitted.transform(changed), raster[::-1]))
    contract.holds(
        moved.any() and moved[varies].all(), "encode",
        "the channels of a feature must depend on its values, all channels of the first feature "
        "first")


@demand
def _parameters_and_dt_act(contract):
    """Check that parameters change rasters, and that `dt` does as declared, in ms and Hz."""
    inputs = _scaled(contract)

    def rasters(coding, dt=1.0):
        return [_encoded(coding, x, dt=dt) for x in inputs]

    check_effects(contract, lambda coding: coding.check(1.0), rasters)
    timed = check_dt(
        contract, lambda coding, dt: coding.check(dt), rasters, "encode", "the raster")
    if not timed or inputs[0].ndim == 3 or contract.part.returns_currents:
        return
    many = np.repeat(inputs[0], 20, axis=0)
    coarse, fine = (
        int((_encoded(contract.part, many, n_steps, dt) != 0).sum())
        for n_steps, dt in ((LONG, 1.0), (2 * LONG, 0.5)))
    contract.holds(
        coarse < 20 * SOME or 0.75 < fine / coarse < 1.33, "encode",
        f"twice as many steps of half the length must hold about as many spikes, got {fine} and "
        f"{coarse}. Times are in ms, rates in Hz, and dt in ms")


@demand
def _noise_has_its_sources(contract):
    """Check the noise of features and series."""
    for x in _scaled(contract):
        _check_noise(contract, x)


def _check_noise(contract, x):
    """Check that noise depends on the seed, and in training on epoch and row, but not the batch."""
    coding, equal = contract.part, x.copy()
    equal[:, 1], equal[1] = equal[:, 0], equal[0]
    every = contract.raises_nothing("encode", _encoded, coding, equal, noise_key=(4, ROWS))
    rows = np.array([7, 2])
    contract.same(
        _encoded(coding, equal[rows], noise_key=(4, rows), fitted_on=equal), every[rows], "encode",
        "with a noise_key, the raster of a row must not depend on its batch")
    plain, n = _encoded(coding, equal), every.shape[1] // x.shape[1]
    pairs = {
        "seed": (_encoded(coding, equal, seed=6), plain),
        "epoch": (_encoded(coding, equal, noise_key=(5, ROWS)), every), "row": (every[0], every[1])}
    differs = {name: int((one != other).sum()) for name, (one, other) in pairs.items()}
    missing = [name for name in pairs if not differs[name]]
    contract.holds(
        max(differs.values()) < SOME or not missing, "encode",
        "noise must depend on the seed, and in training on the epoch and the row of noise_key. It "
        f"does not depend on the {' and '.join(missing)}")
    contract.holds(
        coding.noisy or len(missing) == len(pairs), "encode",
        "the output depends on the seed or the noise_key. Set noisy = True")
    contract.holds(
        coding.mixes_features or not missing or (plain[:, :n] == plain[:, n : 2 * n]).all(),
        "encode", "equal features of a row must have equal spikes. Set mixes_features = True if "
        "the spikes of a feature depend on the other features, or let noise depend on the seed")


def _first(raster):
    """Return the step of the first spike, or the number of steps if there is none."""
    spikes = raster != 0
    return np.where(spikes.any(-1), spikes.argmax(-1), raster.shape[-1]).astype(float)


def _count(raster):
    """Return the number of spikes, or the sum of currents."""
    return raster.sum(axis=-1, dtype=float)


MEANT = {_count: "number", _first: "step of the first"}
READ = {"more": (_count, 1), "fewer": (_count, -1), "later": (_first, 1), "earlier": (_first, -1)}


@demand
def _values_act_as_declared(contract):
    """Check the order and the channels of spikes for features and series."""
    for x in _scaled(contract):
        _check_order(contract, x.ndim)
        _check_channels(contract, x.ndim)


def _check_order(contract, ndim):
    """Check how higher values change the spikes of each channel.

    Series are constant, and for channels that are silent then, they run from 1 minus the value to
    the value.
    """
    coding, values = contract.part, np.linspace(0, 1, 9)[:, None]
    meaning = coding.higher_means
    words = meaning if isinstance(meaning, tuple) else (meaning,)
    contract.holds(
        words and all(word in (*READ, None) for word in words), "higher_means",
        f"must be one of {', '.join(READ)}, None, or a tuple of them, got {meaning!r}")
    courses = (values + np.zeros(LONG), 1 - values + (2 * values - 1) * np.linspace(0, 1, LONG))
    probes = [_probe(coding, course if ndim == 3 else course[:, -1]) for course in courses]
    bounds = []
    for k, (word, still, moving) in enumerate(zip(itertools.cycle(words), *probes)):  # noqa: B905
        if word is not None:
            read, sign = READ[word]
            found = read(still if still.any() else moving)
            slopes = sign * (values - 0.5).T @ found
            bounds.append(slopes.mean() + 4 * slopes.std() / np.sqrt(slopes.size))
            contract.holds(
                bounds[-1] >= 0, "encode",
                f"higher values must give {word} spikes of channel {k} of a feature, because "
                f"higher_means is {meaning!r}. For values from 0 to 1 the mean "
                f"{MEANT[read]} is {shown(found.mean(axis=1))}")
    contract.holds(
        not bounds or max(bounds) > 0, "encode",
        f"higher values must change spikes, because higher_means is {meaning!r}")


def _probe(coding, course):
    """Return the rasters of some values, (channels of a feature, n_values, n_features, n_steps).

    All features have the same value. If features interact, one after the other has it, and the
    others are random.
    """
    n_values, rest = len(course), course.shape[1:]
    if not coding.mixes_features:
        raster = _encoded(coding, np.repeat(course[:, None], MANY_EQUAL, axis=1), LONG)
        found = raster.reshape(n_values, MANY_EQUAL, -1, LONG)
    else:
        k, others = np.arange(FEW_MIXED), np.random.default_rng(0).random((FEW_MIXED, *rest))
        x = np.tile(others, (n_values, FEW_MIXED, 1, *(1 for _ in rest)))
        x[:, k, k] = course[:, None]
        raster = _encoded(coding, x.reshape(-1, *others.shape), LONG)
        found = raster.reshape(n_values, FEW_MIXED, FEW_MIXED, -1, LONG)[:, k, k]
    return found.transpose(2, 0, 1, 3)


def _check_channels(contract, ndim):
    """Check that the channels of a feature differ."""
    x = np.random.default_rng(0).random((4 * MANY, 1, LONG)[:ndim])
    x[::2] = np.rint(x[::2]) if ndim == 3 else x[::2]
    n = _encoded(contract.part, x[:1], LONG).shape[1]
    if n <= MANY:
        raster = np.moveaxis(_encoded(contract.part, x[: 4 * n + 5], LONG), 1, 0).reshape(n, -1)
        _, first = np.unique(raster, axis=0, return_index=True)
        contract.holds(
            len(first) == n, "encode", "the channels of a feature must differ, and channels "
            f"{sorted(set(range(n)) - set(first.tolist()))} repeat others")


@demand
def _features_give_steady_currents(contract):
    """Check the size of currents, and that they are constant if the coding holds features."""
    for x in _scaled(contract, 2):
        raster = _encoded(contract.part, x)
        if contract.part.holds:
            contract.same(
                raster[:, :, 1:], raster[:, :, :-1], "encode",
                "must return the same for all steps of a feature, because holds is True")
        size = float(np.sqrt(np.mean(raster.astype(float) ** 2)))
        contract.holds(
            size <= LOUDEST, "encode",
            f"must return currents with a root mean square of about 1, at most {LOUDEST:g}, got "
            f"{size:.4g}")


@demand
def _series_are_followed_in_time(contract):
    """Check that the raster follows the series in time, and depends on no later value."""
    for x in _scaled(contract, 3):
        x[0] = 0
        # the second step is odd: a coding of several steps at a time must not look ahead either
        for step in (LATE, 13):
            late = x.copy()
            late[:, :, step:] = 1 - late[:, :, step:]
            one, other = (
                _encoded(contract.part, series, noise_key=(4, ROWS), fitted_on=x)[:, :, :step]
                for series in (x, late))
            contract.same(
                one, other, "encode", "spikes of a series must not depend on values of later steps")
        late = x.copy()
        late[:, :, LATE:] = 1 - late[:, :, LATE:]
        one, other = (
            [_encoded(contract.part, series, fitted_on=x)[:, :, LATE:]] for series in (x, late))
        contract.holds(
            differ(one, other), "encode", "spikes of a series must depend on its values at that "
            f"time, and other values of the last {N_STEPS - LATE} of {N_STEPS} steps change "
            "nothing there")
        _check_steps(contract, x)


@demand
def _fit_has_an_effect(contract):
    """Check that the data of fit make a difference."""
    for x in _scaled(contract) if hasattr(contract.part, "fit") else ():
        one, other = ([_encoded(contract.part, x, fitted_on=data)] for data in (x, x**2))
        contract.holds(
            differ(one, other), "fit", "must have an effect, and other data give the same rasters. "
            "Leave it out if nothing is learned")


def _check_steps(contract, x):
    """Check that the stepper gives the steps of the whole series, also after its state is set."""
    whole, coding = _encoded(contract.part, x)[1], clone(contract.part)
    coding.check(1.0)
    if hasattr(coding, "fit"):
        coding.fit(np.moveaxis(x, 1, 0))
    first, second = (coding.stepper(x.shape[1], 1.0) for _ in range(2))
    if first is None:
        return
    steps = [np.array(first.step(np.ascontiguousarray(x[1, :, t]))) for t in range(LATE)]
    for target, source in zip(second.kept, first.kept, strict=True):
        target[...] = source
    steps += [
        np.array(second.step(np.ascontiguousarray(x[1, :, t]))) for t in range(LATE, N_STEPS)]
    contract.same(
        np.stack(steps, axis=1), whole, "stepper", "must give the steps of the whole series, with "
        "all that it remembers in kept")
