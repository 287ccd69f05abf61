"""Contract of a coding."""

import itertools

import numpy as np
from sklearn.base import clone

from .._checks import LARGEST
from ..coding import Coding
from ..rasters import SpikeEncoder
from ._common import Contract, check_bad_values, check_parameters
from ._parameters import check_dt, check_effects, differ

SHAPES = {2: (12, 3), 3: (12, 3, 17)}
N_STEPS, LATE = 30, 20
ROWS = np.arange(12)
LONG = 400  # steps in which spikes are counted
SOME = 10  # spikes: fewer may differ by chance
LOUDEST = 10.0  # root mean square of currents
MANY = 100  # channels of a feature, above which equal ones are not looked for


def check_coding(coding: Coding) -> None:
    """Check that a coding keeps its contract.

    Form: a raster holds 0 and 1 as uint8, or finite currents as float32 if the coding is
    ``graded``. It has ``channels_per_feature`` channels with different names for each feature. The
    raster of a row does not depend on other rows, on their order, or on the type or layout of the
    input. Bad values of each parameter are refused by name.

    Meaning: each parameter changes the raster, and `dt` does as ``uses_dt`` says. If it does, twice
    as many steps of half the length hold about as many spikes. Higher values change the spikes as
    ``higher_means`` says. Channels of a feature differ. Currents have a size of about 1, and are
    constant if the coding ``holds``. The raster of a series follows the series in time, and depends
    on no later value. ``fit`` has an effect. Noise depends on the seed, the epoch and the row.

    Parameters
    ----------
    coding : Coding
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the coding breaks the contract. The message names the class, the method and the fault.

    See Also
    --------
    skspike.coding.Coding : Base class of the codings.

    Examples
    --------
    >>> from skspike.coding import Latency
    >>> from skspike.testing import check_coding
    >>> check_coding(Latency(silent_below=0.1))
    """
    contract = Contract(coding, Coding)
    check_parameters(contract)
    taken = [ndim for ndim in SHAPES if ndim not in coding.refuses]
    contract.holds(taken, "refuses", "a coding takes features or series")
    inputs = []
    for ndim in taken:
        # float32 holds these values exactly
        X = np.random.default_rng(ndim).normal(size=SHAPES[ndim]).astype(np.float32).astype(float)
        x = (X - X.min()) / np.ptp(X)
        inputs.append(x if ndim == 2 else x[:, :, np.arange(N_STEPS) % x.shape[2]])
        _check_rasters(contract, X)
        _check_batches(contract, X)
        _check_training(contract, inputs[-1])
        check_bad_values(contract, _encoder, X)
    _check_parameters(contract, inputs)
    for x in inputs:
        _check_noise(contract, x)
        _check_order(contract, x.ndim)
        _check_channels(contract, x.ndim)
        (_check_features if x.ndim == 2 else _check_series)(contract, x)


def _encoder(coding, n_steps=N_STEPS):
    return SpikeEncoder(coding, n_steps=n_steps, random_state=0)


def _encoded(coding, x, n_steps=N_STEPS, dt=1.0, seed=5, stream=None, fitted_on=None):
    """Return the raster of scaled values."""
    coding = clone(coding)
    coding.check(dt)
    if hasattr(coding, "fit"):
        coding.fit(np.moveaxis(x if fitted_on is None else fitted_on, 1, 0))
    return coding.encode(x, n_steps, dt, seed, stream)


def _check_rasters(contract, X):
    """Check shapes, values and names for any number of steps."""
    X.flags.writeable, coding = False, contract.subject
    for n_steps in (1, 2, 17, N_STEPS):
        fitted = contract.raises_nothing("encode", _encoder(contract.subject, n_steps).fit, X)
        raster = contract.raises_nothing("encode", fitted.transform, X)
        per_feature = fitted.coding_.channels_per_feature
        shape = len(X), X.shape[1] * per_feature, n_steps
        contract.holds(
            raster.shape == shape, "encode",
            f"must return a raster of shape {shape}, got {raster.shape}")
        dtype, limits = (np.float32, (-LARGEST, LARGEST)) if coding.graded else (np.uint8, (0, 1))
        contract.holds(
            raster.dtype == dtype and raster.flags.c_contiguous, "encode",
            f"must return C-contiguous {dtype.__name__}")
        # comparisons with nan are False
        inside = limits[0] <= raster.min() <= raster.max() <= limits[1]
        contract.holds(
            inside, "encode",
            f"must return {'finite currents' if coding.graded else '0 and 1'} only")
    contract.holds(
        raster.min() < raster.max(), "encode",
        "values from the lowest to the highest give no spikes, or nothing else")
    names = fitted.get_feature_names_out().tolist()
    contract.holds(
        len(set(names)) == len(names) == raster.shape[1], "channel_names",
        f"must give each channel another name, got {names}")
    in_order = all(name.startswith(f"x{k // per_feature}") for k, name in enumerate(names))
    contract.holds(
        in_order, "channel_names",
        f"must begin with the name of the feature, in the order of the channels, got {names}")
    still = fitted.fit_transform(np.full_like(X, 3.0))
    contract.same(still[1:], still[:-1], "encode", "equal rows must get equal rasters")


def _check_batches(contract, X):
    """Check that the raster of a row depends only on its values and the seed."""
    fitted = _encoder(contract.subject).fit(X)
    raster = fitted.transform(X)
    contract.same(
        _encoder(contract.subject).fit_transform(X), raster, "encode",
        "equal seeds must give equal rasters")
    for rows in (*np.arange(len(X))[:, None], [3, 1, 2], np.arange(len(X))[::-1], [5, 5, 5, 0]):
        contract.same(
            fitted.transform(X[rows]), raster[rows], "encode",
            "the raster of a row must not depend on its batch or the order")
    for given in (
            X.astype(np.float32), np.asfortranarray(X), np.repeat(X, 2, axis=-1)[..., ::2],
            X.tolist()):
        contract.same(
            fitted.transform(given), raster, "encode",
            "the raster must not depend on the type or layout of the input")
    changed = X.copy()
    changed[:, 1] = changed[::-1, 1]
    own = slice(raster.shape[1] // X.shape[1], 2 * raster.shape[1] // X.shape[1])
    moved, varies = (
        (rasters != raster).any(axis=(0, 2))[own]
        for rasters in (fitted.transform(changed), raster[::-1]))
    depend = moved.any() and moved[varies].all()
    contract.holds(
        depend, "encode",
        "the channels of a feature must depend on its values, all channels of the first feature "
        "first")


def _check_training(contract, x):
    """Check that the raster of a row does not depend on its batch in training."""
    rows = np.array([7, 2])
    every = contract.raises_nothing("encode", _encoded, contract.subject, x, stream=(4, ROWS))
    alone = _encoded(contract.subject, x[rows], stream=(4, rows), fitted_on=x)
    contract.same(
        alone, every[rows], "encode",
        "with a stream, the raster of a row must not depend on its batch")


def _check_parameters(contract, inputs):
    """Check that each parameter and the step change the raster as they should."""
    coding = contract.subject

    def rasters(coding, dt=1.0):
        return [_encoded(coding, x, dt=dt) for x in inputs]

    check_effects(contract, lambda coding: coding.check(1.0), rasters)
    if not check_dt(
            contract, lambda coding, dt: coding.check(dt), rasters, "encode",
            "the raster") or coding.graded or inputs[0].ndim == 3:
        return
    many = np.repeat(inputs[0], 20, axis=0)
    coarse, fine = (
        _encoded(coding, many, int(n * LONG), dt).sum(dtype=int) for n, dt in ((1, 1.0), (2, 0.5)))
    contract.holds(
        coarse < 20 * SOME or 0.75 < fine / coarse < 1.33, "encode",
        f"twice as many steps of half the length must hold about as many spikes, got {fine} and "
        f"{coarse}. Times are in ms, rates in Hz, and dt in ms")


def _check_noise(contract, x):
    """Check that noise depends on the seed, and in training also on the epoch and the row."""
    coding, equal = contract.subject, x.copy()
    equal[:, 1], equal[1] = equal[:, 0], equal[0]

    def moved(one, other):
        return int((one != other).sum())

    first = _encoded(coding, equal, stream=(4, ROWS))
    n = first.shape[1] // x.shape[1]
    plain = _encoded(coding, equal)
    by = {
        "seed": moved(_encoded(coding, equal, seed=6), plain),
        "channel": moved(plain[:, :n], plain[:, n : 2 * n]),
        "epoch": moved(_encoded(coding, equal, stream=(5, ROWS)), first),
        "row": 12 * moved(first[0], first[1])}
    missing = [name for name in ("seed", "epoch", "row") if not by[name]]
    contract.holds(
        max(by.values()) < SOME or not missing, "encode",
        f"noise must depend on the seed, and in training on the stream's epoch and row. It does "
        f"not depend on the {' and '.join(missing)}")


def _first(raster):
    """Return the step of the first spike, or the number of steps if there is none."""
    return np.where(
        raster.any(axis=-1), (raster != 0).argmax(axis=-1), raster.shape[-1]).astype(float)


def _count(raster):
    """Return the number of spikes, or the sum of currents."""
    return raster.sum(axis=-1, dtype=float)


READ = {"more": (_count, 1), "fewer": (_count, -1), "later": (_first, 1), "earlier": (_first, -1)}


def _check_order(contract, ndim):
    """Check how higher values change the spikes of each channel.

    Thirty-two equal features take values from 0 to 1. Series are constant, and for channels that
    are silent then, they run from 1 minus the value to the value.
    """
    coding, values, probes = contract.subject, np.linspace(0, 1, 9)[:, None], []
    for course in (values + np.zeros(LONG), 1 - values + (2 * values - 1) * np.linspace(0, 1, LONG)):
        x = np.repeat(course[:, None], 32, axis=1)
        raster = _encoded(coding, x if ndim == 3 else x[:, :, -1], LONG)
        probes.append(raster.reshape(len(values), 32, -1, LONG))
    still, moving = probes
    words = coding.higher_means if isinstance(coding.higher_means, tuple) else (
        coding.higher_means,)
    contract.holds(
        words and all(word in (*READ, None) for word in words), "higher_means",
        f"must be one of {', '.join(READ)}, None, or a tuple of them, got {coding.higher_means!r}")
    best = []
    for k, word in zip(range(still.shape[2]), itertools.cycle(words)):  # noqa: B905
        if word is not None:
            read, sign = READ[word]
            found = read(still[:, :, k] if still[:, :, k].any() else moving[:, :, k])
            slopes = sign * (values - 0.5).T @ found
            best.append(slopes.mean() + 4 * slopes.std() / np.sqrt(slopes.size))
            shown = ", ".join(f"{number:.4g}" for number in found.mean(axis=1))
            contract.holds(
                best[-1] >= 0, "encode",
                f"higher values must give {word} spikes of channel {k} of a feature, because "
                f"higher_means is {coding.higher_means!r}. For values from 0 to 1 the "
                f"{'number' if read is _count else 'step of the first'} is {shown}")
    contract.holds(
        not best or max(best) > 0, "encode",
        f"higher values must change spikes, because higher_means is {coding.higher_means!r}")


def _check_channels(contract, ndim):
    """Check that the channels of a feature differ."""
    rng = np.random.default_rng(0)
    n = _encoded(contract.subject, np.full((1, 1, LONG)[:ndim], 0.5), LONG).shape[1]
    if not 1 < n <= MANY:
        return
    x = rng.random((4 * n + 5, 1, LONG)[:ndim])
    x[::2] = np.rint(x[::2]) if ndim == 3 else x[::2]
    raster = np.moveaxis(_encoded(contract.subject, x, LONG), 1, 0).reshape(n, -1)
    _, first = np.unique(raster, axis=0, return_index=True)
    contract.holds(
        len(first) == n, "encode",
        f"the channels of a feature must differ, and channels "
        f"{sorted(set(range(n)) - set(first.tolist()))} repeat others")


def _check_features(contract, x):
    """Check the size of currents, and that they are constant if the coding holds features."""
    coding, raster = contract.subject, _encoded(contract.subject, x)
    if coding.holds:
        contract.same(
            raster[:, :, 1:], raster[:, :, :-1], "encode",
            "must return the same for all steps of a feature, because holds is True")
    size = float(np.sqrt(np.mean(raster.astype(float) ** 2)))
    contract.holds(
        size <= LOUDEST, "encode",
        f"must return currents with a root mean square of about 1, at most {LOUDEST:g}, got "
        f"{size:.4g}")
    _check_fit(contract, x)


def _check_fit(contract, x):
    """Check that the data of fit make a difference."""
    if hasattr(contract.subject, "fit"):
        fits = [_encoded(contract.subject, x, fitted_on=data) for data in (x, x**2)]
        contract.holds(
            differ(fits[:1], fits[1:]), "fit",
            "must have an effect, and other data give the same rasters. Leave it out if nothing is "
            "learned")


def _check_series(contract, x):
    """Check that the raster follows a series in time, and depends on no later value."""
    coding, late = contract.subject, x.copy()
    x[0], late[0] = 0, 0
    late[:, :, LATE:] = 1 - late[:, :, LATE:]
    before, after = (
        _encoded(coding, series, stream=(4, ROWS), fitted_on=x)[:, :, :LATE] for series in (x, late))
    contract.same(
        before, after, "encode", "spikes of a series must not depend on values of later steps")
    before, after = (
        _encoded(coding, series, fitted_on=x)[:, :, LATE:] for series in (x, late))
    contract.holds(
        differ([before], [after]), "encode",
        "spikes of a series must depend on its values at that time, and other values of the last "
        f"{N_STEPS - LATE} of {N_STEPS} steps change nothing there")
    _check_fit(contract, x)
