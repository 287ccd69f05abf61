"""Checks of the intrinsics of a neuron: values, the unconstrained space, and coefficients."""

import numpy as np
from sklearn.base import clone

from ..learning import LearnedIntrinsics, learned_intrinsics
from ..neurons import Neuron
from ._differences import compare

N = 512  # points at which derivatives are compared, a multiple of the lanes of a panel
STEPS = (0.3, 1.0, 4.0)  # ms
FINITE = 3.0, 7.0  # range of an infinite time constant, in ms, or of its logarithm


def random_values(neuron, n, rng, corners=False):
    """Return random intrinsics within their bounds, or every other value at a bound.

    An infinite time constant is replaced by finite ones, and is one of the bounds.
    """
    free, start = {}, neuron.to_free(neuron.initial(size_of(neuron), rng))
    for item in neuron.active():
        low, high = limits(neuron, item.name, start[item.name])
        free[item.name] = rng.uniform(low, high, n)
        if corners:
            high = max(high, start[item.name].max())
            free[item.name] = np.where(
                rng.random(n) < 0.5, free[item.name], rng.choice([low, high], n))
    return neuron.from_free(free)


def size_of(neuron):
    """Return the size of the layers that a neuron is for."""
    values = (getattr(neuron, item.name) for item in neuron.active())
    return next((len(value) for value in values if isinstance(value, list | np.ndarray)), 5)


def limits(neuron, name, start):
    """Return finite bounds of an intrinsic as it is learned, by default 0.1 beyond `start`."""
    fixed = name not in neuron.learnable()
    low, high = (-np.inf, np.inf) if fixed else neuron.free_bounds(name)
    if np.isinf(start).any():  # a membrane without leak
        start = np.append(start[np.isfinite(start)], FINITE)
    return low if np.isfinite(low) else start.min() - 0.1, high if np.isfinite(
        high) else start.max() + 0.1


def check_values(contract, neuron):
    """Check initial values, both ways between the spaces of intrinsics, and the bounds."""
    rng = np.random.default_rng(0)
    _check_initial(contract, neuron)
    values = random_values(neuron, N, rng)
    free = neuron.to_free(values)
    _check_free(contract, neuron, values, free)
    for name in neuron.learnable():
        _check_bounds(contract, neuron, name, {**free, name: free[name] + rng.normal(0, 10, N)})
    _check_free_vjp(contract, neuron, values, free, {name: rng.normal(size=N) for name in values})
    if neuron.coefficient_kernels() is not None:
        _check_compiled(contract, neuron, values, rng)
    for dt in STEPS:
        _check_coefficients(contract, neuron, values, dt)
        _check_log_peak(contract, neuron, values, dt)


def _check_free(contract, neuron, values, free):
    """Check that values come back from the unconstrained space."""
    back = neuron.from_free(free)
    for name, value in values.items():
        close = np.allclose(back[name], value, rtol=1e-9, atol=1e-12)
        contract.holds(close, "from_free", f"must undo to_free, and does not for {name}")
    new = neuron.updated(values, {name: value + 0.1 for name, value in free.items()}, ())
    contract.same(
        [new[name] for name in values], [*values.values()], "updated",
        "must not change intrinsics that are not learned")


def _check_compiled(contract, neuron, values, rng):
    """Check that scalar functions of the coefficients agree with the methods."""
    names, dt = neuron.learnable(), STEPS[0]
    start = neuron.to_free(values)
    found = []
    change, slopes = rng.normal(0, 0.5, (len(names), N)), None
    for make in (LearnedIntrinsics, learned_intrinsics):
        learned = np.array([start[name] for name in names]).reshape(len(names), N)
        intrinsics = make(neuron, values, dt, names, learned)
        learned += change
        moved, table = intrinsics.move()
        slopes = rng.normal(size=table.shape) if slopes is None else slopes
        found.append([
            learned, *(moved[name] for name in values), *table, *intrinsics.gradients(slopes)])
    close = all(
        np.allclose(own, other, rtol=1e-9, atol=1e-12) for own, other in zip(*found, strict=True))
    contract.holds(
        close, "coefficient_kernels", "must agree with coefficients and coefficients_vjp")


def _check_bounds(contract, neuron, name, free):
    """Check that a value stays within its bounds if ``free_bounds`` clips it."""
    wild = neuron.from_free({**free, name: np.clip(free[name], *neuron.free_bounds(name))})
    unit = wild[neuron.named("threshold")] if _scale(neuron, name) == "threshold" else 1.0
    low, high = neuron.bounds(name)
    relative = wild[name] / unit
    contract.holds(
        low - 1e-9 * abs(low) <= relative.min() and relative.max() <= high + 1e-9 * abs(high),
        "from_free", f"must keep {name} within its bounds, where free_bounds does")


def _check_free_vjp(contract, neuron, values, free, slopes):
    """Check the derivatives of the map from the unconstrained space."""

    def summed(name, value):
        terms = [
            slopes[key] * part for key, part in neuron.from_free({**free, name: value}).items()]
        return np.sum(terms, axis=0)[None], np.abs(terms).sum(axis=0)[None]

    check_dict(
        contract, "free_vjp", summed, free, neuron.free_vjp(values, slopes), "the free parameter")


def _scale(neuron, name):
    return next(item.scale for item in neuron.intrinsics if item.name == name)


def _check_initial(contract, neuron):
    """Check that a range is drawn from, and that an array sets the value of each neuron."""
    start = neuron.initial(size_of(neuron), np.random.RandomState(0))
    for item in neuron.active():
        middle = start[item.name][0] if np.isfinite(start[item.name][0]) else FINITE[0]
        low, high = sorted((middle * 0.8, middle * 1.2)) if middle else (-0.1, 0.1)
        for given in ((low, high), np.linspace(low, high, N)):
            changed = clone(neuron).set_params(
                **{key: value[0] for key, value in start.items()} | {item.name: given})
            values = contract.raises_nothing(
                "initial", changed.initial, N, np.random.RandomState(0))
            value = values[item.name]
            contract.holds(
                set(values) == set(start), "initial",
                f"must give a value for {list(start)}, gives {list(values)}")
            whole = value.shape == (N,) and value.dtype == float
            contract.holds(
                whole, "initial", f"must give one {item.name} for each neuron, in float64")
            drawn = (low <= value).all() and (value <= high).all() and np.ptp(value) > 0
            contract.holds(drawn, "initial", f"must draw {item.name} in its range")
    contract.same(
        values[item.name], given, "initial",
        f"must take {item.name} as it is, where it is an array")


def _check_coefficients(contract, neuron, values, dt):
    """Check the derivatives of the coefficients with respect to the intrinsics."""
    table = np.array(contract.raises_nothing("coefficients", neuron.coefficients, values, dt))
    whole = table.shape == (len(table), N) and np.isfinite(table).all()
    contract.holds(whole, "coefficients", "must return arrays of one finite number for each neuron")
    slopes = np.random.default_rng(1).normal(size=table.shape)

    def summed(name, value):
        terms = slopes * np.array(neuron.coefficients({**values, name: value}, dt))
        return terms.sum(axis=0)[None], np.abs(terms).sum(axis=0)[None]

    found = contract.raises_nothing(
        "coefficients_vjp", neuron.coefficients_vjp, values, dt, tuple(slopes))
    contract.holds(
        set(found) == set(values), "coefficients_vjp",
        f"must return the gradients of {list(values)}, returns {list(found)}")
    check_dict(contract, "coefficients_vjp", summed, values, found, f"(dt={dt})")


def _check_log_peak(contract, neuron, values, dt):
    """Check the derivatives of the logarithm of the peak, unless they are derived."""
    if type(neuron).log_peak is Neuron.log_peak:
        return

    def peak(name, value):
        result = neuron.log_peak({**values, name: value}, dt)[0][None]
        return result, np.abs(result) + 1

    with np.errstate(all="ignore"):
        log_peak, given = contract.raises_nothing("log_peak", neuron.log_peak, values, dt)
    contract.holds(np.shape(log_peak) == (N,), "log_peak", "must return one number for each neuron")
    found = {name: given.get(name, np.zeros(N)) for name in values}
    check_dict(contract, "log_peak", peak, values, found, f"(dt={dt})")


def check_dict(contract, where, function, values, found, what):
    """Compare derivatives, by name, with central differences of ``function(name, value)``."""
    for name, value in values.items():
        wrong, kinks, expected = compare(
            lambda v, name=name: function(name, v), value, np.atleast_2d(found[name]))
        _, k = np.unravel_index(wrong.argmax(), wrong.shape)
        at = ", ".join(f"{key}={one[k]:.6g}" for key, one in values.items())
        what_is_wrong = (
            f"with respect to {what} {name}: got {found[name][k]:.8g}, central differences give "
            f"{expected[0, k]:.8g}, at {at}")
        contract.holds(not wrong.any(), where, what_is_wrong)
        contract.holds(
            kinks.mean() < 0.6, where,
            f"no derivative with respect to {what} {name} at most points")
