"""Checks of the intrinsics and kernels of a neuron: values, derivatives and finite results."""

import numba
import numpy as np
from numba import types
from sklearn.base import clone

from ..learning import LearnedIntrinsics, learned_intrinsics
from ..neurons import Neuron
from ._common import Demands
from ._kernels import (
    FINITE, ROLES, Kernels, N, Points, compare, random_values, size_of, start_values)

STEPS = (0.3, 1.0, 4.0)  # ms
SOME = 64  # neurons that get a lasting input
LONG = 1000  # steps, after which a state that grows by a tenth in each is not finite
SINGLE = 1e-3  # tolerance in float32, relative to the size of the derivatives

demand = Demands()


def kernels_of(contract, neuron):
    """Return the different dicts of kernels, by whether the spikes are smooth."""
    hard = contract.raises_nothing("kernels", neuron.kernels)
    try:
        smooth = neuron.kernels(smooth=True)
    except ValueError:
        return {False: hard}
    return {True: smooth} if smooth == hard else {False: hard, True: smooth}


@demand
def _kernels_have_their_types(contract, neuron):
    """Check that all six kernels return values of the expected form, in float32."""
    f = types.float32
    contract.raises_nothing("check", clone(neuron).check)
    coefficients = neuron.coefficients(start_values(neuron, 1), 1.0)
    z, p = (types.UniTuple(f, n) for n in (len(neuron.states), len(coefficients)))
    arguments = {
        "charge": ((z, f, p), z),
        "charge_vjp": ((z, z, z, p), types.Tuple((z, f, p))),
        "margin": ((z, p), f),
        "margin_vjp": ((f, z, p), types.Tuple((z, p))),
        "reset": ((z, f, p), z),
        "reset_vjp": ((z, z, f, p), types.Tuple((z, f, p))),
    }
    for smooth, kernels in kernels_of(contract, neuron).items():
        for name, (given, wanted) in arguments.items():
            where = f"kernels(smooth={smooth})['{name}']"
            found = contract.raises_nothing(where, _returned, kernels[name], given)
            contract.holds(
                found == wanted, where, f"must return {wanted} from {given}, returns {found}")


def _returned(kernel, given):
    """Return the type of the result of a kernel."""
    if not numba.config.DISABLE_JIT:
        kernel.compile(given)
        return kernel.overloads[given].signature.return_type

    def example(kind):
        return np.float32(0.5) if kind == types.float32 else tuple(map(example, kind))

    def kind(value):
        return types.Tuple(
            [kind(part) for part in value]) if isinstance(value, tuple) else types.float32

    return kind(kernel(*map(example, given)))


@demand
def _initial_values_are_as_given(contract, neuron):
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


@demand
def _values_come_back_from_free_space(contract, neuron):
    """Check both ways between intrinsics and the unconstrained space, and its bounds."""
    rng = np.random.default_rng(0)
    values = random_values(neuron, N, rng)
    free = neuron.to_free(values)
    back = neuron.from_free(free)
    for name, value in values.items():
        close = np.allclose(back[name], value, rtol=1e-9, atol=1e-12)
        contract.holds(close, "from_free", f"must undo to_free, and does not for {name}")
    new = neuron.updated(values, {name: value + 0.1 for name, value in free.items()}, ())
    contract.same(
        [new[name] for name in values], [*values.values()], "updated",
        "must not change intrinsics that are not learned")
    scales = {item.name: item.scale for item in neuron.intrinsics}
    for name in neuron.learnable():
        wild = np.clip(free[name] + rng.normal(0, 10, N), *neuron.free_bounds(name))
        wild = neuron.from_free({**free, name: wild})
        unit = wild[neuron.named("threshold")] if scales[name] == "threshold" else 1.0
        low, high = neuron.bounds(name)
        relative = wild[name] / unit
        contract.holds(
            low - 1e-9 * abs(low) <= relative.min() and relative.max() <= high + 1e-9 * abs(high),
            "from_free", f"must keep {name} within its bounds, where free_bounds does")


@demand
def _compiled_coefficients_agree(contract, neuron):
    """Check that scalar functions of the coefficients agree with the methods."""
    if neuron.coefficient_kernels() is None:
        return
    rng = np.random.default_rng(0)
    values = random_values(neuron, N, rng)
    names, dt = neuron.learnable(), STEPS[0]
    start = neuron.to_free(values)
    found = []
    change, slopes = rng.normal(0, 0.5, (len(names), N)), None
    for make in (LearnedIntrinsics, learned_intrinsics):
        learned = np.array([start[name] for name in names]).reshape(len(names), N)
        numbers = dict(zip(names, learned, strict=True))
        intrinsics = make(neuron, values, dt, numbers, learned)
        learned += change
        moved, table = intrinsics.move()
        slopes = rng.normal(size=table.shape) if slopes is None else slopes
        found.append([
            learned, *(moved[name] for name in values), *table, *intrinsics.gradients(slopes)])
    close = all(
        np.allclose(own, other, rtol=1e-9, atol=1e-12) for own, other in zip(*found, strict=True))
    contract.holds(
        close, "coefficient_kernels", "must agree with coefficients and coefficients_vjp")


@demand
def _free_vjp_is_right(contract, neuron):
    """Check the derivatives of the map from the unconstrained space."""
    rng = np.random.default_rng(0)
    values = random_values(neuron, N, rng)
    free, slopes = neuron.to_free(values), {name: rng.normal(size=N) for name in values}

    def summed(name, value):
        terms = [
            slopes[key] * part for key, part in neuron.from_free({**free, name: value}).items()]
        return np.sum(terms, axis=0)[None], np.abs(terms).sum(axis=0)[None]

    check_dict(
        contract, "free_vjp", summed, free, neuron.free_vjp(values, slopes), "the free parameter")


@demand
def _coefficients_have_derivatives(contract, neuron):
    """Check coefficients and the peak of the response for several steps."""
    values = random_values(neuron, N, np.random.default_rng(0))
    for dt in STEPS:
        _check_coefficients(contract, neuron, values, dt)
        _check_log_peak(contract, neuron, values, dt)


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


@demand
def _derivatives_are_right(contract, neuron):
    """Compare the vector-Jacobian products with central differences, and float32 with float64."""
    for smooth in kernels_of(contract, neuron):
        double, single = (
            Kernels(neuron, dtype, smooth) for dtype in (np.float64, np.float32))
        for dt in STEPS:
            rng = np.random.default_rng(0)
            values = random_values(neuron, N, rng)
            points = _points(double, neuron, values, dt, rng, smooth)
            dz, dm = rng.normal(size=points.z.shape), rng.normal(size=N)
            counts = np.isin(neuron.states, neuron.counters)
            dz[counts] = 0
            what = f"{'smooth' if smooth else 'hard'} kernels, dt={dt}"
            if smooth:
                _check_linear(contract, double, points)
            for name, function, vary, found in _cases(
                    neuron, double, points, values, dt, dz, dm, counts):
                _report(contract, f"{what}, with respect to {name}", function, vary, found, points)
            passed = double.gradients(points, dz, dm)
            none = not any(gradients.z[counts].any() for gradients in passed.values())
            contract.holds(none, "counters", "no gradient may pass through a state that counts")
            _check_single(contract, what, double, single, points, dz, dm)


def _cases(neuron, kernels, points, values, dt, dz, dm, counts):
    """Yield each argument of the kernels: name, summed kernels of it, value and derivatives."""
    slopes = {"charge": dz, "margin": dm[None], "reset": dz}
    gradients = kernels.gradients(points, dz, dm)

    def summed(points):
        terms = [slopes[role] * value for role, value in kernels.values(points).items()]
        inputs = np.abs(points.z).sum(axis=0) + np.abs(points.x)
        return np.array([term.sum(axis=0) for term in terms]), np.array(
            [np.abs(term).sum(axis=0) + inputs for term in terms])

    def rows(k):
        return lambda v: summed(
            points._replace(z=np.concatenate([points.z[:k], v[None], points.z[k + 1 :]])))

    for k in np.flatnonzero(~counts):
        yield f"state {neuron.states[k]}", rows(k), points.z[k], np.array(
            [gradients[role].z[k] for role in ROLES])
    nothing = np.zeros(N)
    yield "x", lambda v: summed(points._replace(x=v)), points.x, np.array(
        [gradients["charge"].x[0], nothing, nothing])
    # the change by a whole spike, because hard spikes are 0 or 1, and smooth resets are linear
    (none, _), (whole, sizes) = (summed(points._replace(s=np.full(N, s))) for s in (0.0, 1.0))
    yield "s", lambda v: (none + v * (whole - none), sizes), points.s, np.array(
        [nothing, nothing, gradients["reset"].x[0]])
    back = [neuron.coefficients_vjp(values, dt, tuple(gradients[role].p)) for role in ROLES]
    for name, value in values.items():
        def changed(v, name=name):
            return points._replace(p=np.array(neuron.coefficients({**values, name: v}, dt)))

        yield name, lambda v, changed=changed: summed(changed(v)), value, np.array(
            [grads[name] for grads in back])


def _report(contract, what, function, vary, found, points):
    """Compare the derivatives of each role, found and by differences."""
    wrong, kinks, expected = compare(function, vary, found)
    for r, role in enumerate(ROLES):
        k = wrong[r].argmax()
        contract.holds(
            not wrong[r].any(), f"{role}_vjp", f"{what}: got {found[r, k]:.8g}, differences give "
            f"{expected[r, k]:.8g}, at {points.at(k)}")
        contract.holds(kinks[r].mean() < 0.5, role, f"{what}: no derivative at most points")


def _check_linear(contract, kernels, points):
    """Check that a reset by part of a spike is that part of a reset."""
    none, whole, part = (
        kernels.values(points._replace(s=s))["reset"] for s in (np.zeros(N), np.ones(N), points.s))
    linear = np.allclose(part, none + points.s * (whole - none), rtol=1e-9, atol=1e-9)
    contract.holds(linear, "reset", "must be linear in s, for smooth spikes lie between 0 and 1")


def _check_single(contract, what, double, single, points, dz, dm):
    """Compare float32 with float64 at points that both can hold."""
    points = Points(*(array.astype(np.float32).astype(float) for array in points))
    dz = dz.astype(np.float32)
    dm = dm.astype(np.float32)
    pairs = [
        (role, single.values(points)[role], value) for role, value in double.values(points).items()]
    for role, gradients in double.gradients(points, dz, dm).items():
        pairs += [
            (f"{role}_vjp", *pair)
            for pair in zip(single.gradients(points, dz, dm)[role], gradients, strict=True)]
    for where, ours, expected in pairs:
        size = np.sqrt(np.mean(expected**2, axis=1, keepdims=True))
        close = np.abs(ours - expected) <= SINGLE * (np.abs(expected) + size)
        contract.holds(
            close.all(), where,
            f"{what}: float32 differs from float64 by more than {SINGLE} of its size")


def _points(kernels, neuron, values, dt, rng, smooth):
    """Return random states: half after inputs of many sizes, half moved away from there.

    Hard spikes are 0 or 1. Smooth spikes are between 0 and 1.
    """
    for points in _course(kernels, kernels.rest(values, dt), _inputs(rng, 12, 1.0)):
        pass
    moved = (np.arange(N) % 2) * ~np.isin(neuron.states, neuron.counters)[:, None]
    z, s = points.z + moved * rng.normal(0, 1.5, points.z.shape), rng.random(N)
    return points._replace(z=z, s=s if smooth else s.round())


def _inputs(rng, n_steps, high):
    """Yield inputs of many sizes, up to 10**high."""
    for _ in range(n_steps):
        yield rng.choice([-1, 1, 1], N) * 10 ** rng.uniform(-2, high, N)


def _course(kernels, points, inputs):
    """Yield the points that a course goes through: states before and after the reset."""
    for x in inputs:
        points = points._replace(x=x)
        yield points
        points = points._replace(z=kernels.values(points)["charge"])
        points = points._replace(s=(kernels.values(points)["margin"][0] > 0).astype(float))
        yield points
        points = points._replace(z=kernels.values(points)["reset"])


@demand
def check_peak(contract, neuron):
    """Compare `log_peak` with the response to one weak spike in short steps."""
    if type(neuron).log_peak is Neuron.log_peak:
        return  # derived from the kernels
    dt, weak, kernels = 0.1, 1e-3, Kernels(neuron)
    values = start_values(neuron, 2)
    with np.errstate(all="ignore"):
        expected = neuron.log_peak(values, dt)[0][0]
    # the second neuron gets no spike
    points = kernels.rest(values, dt)._replace(x=np.array([weak, 0.0]))
    course = []
    while len(course) < 2000 and (len(course) < 2 or course[-1] > 0.5 * max(course)):
        points = points._replace(z=kernels.values(points)["charge"])
        points = points._replace(x=np.zeros(2))
        course.append(points.z[0, 0] - points.z[0, 1])
    peak = np.log(max(course) / weak)
    close = not np.isfinite(expected) or abs(peak - expected) < 0.03
    contract.holds(
        close, "log_peak",
        f"must be that of the response to one weak spike, {peak:.4g} (dt={dt}), gives "
        f"{expected:.4g}")


@demand
def _results_are_finite(contract, neuron):
    """Check that states and gradients stay finite for all inputs and intrinsics within bounds."""
    for smooth in kernels_of(contract, neuron):
        kernels = Kernels(neuron, np.float32, smooth)
        rng = np.random.default_rng(0)
        for dt in STEPS:
            start = kernels.rest(random_values(neuron, N, rng, corners=True), dt)
            for points in _course(kernels, start, _inputs(rng, 10, 18.0)):
                _check_all_finite(contract, kernels, points, rng)
                moved = rng.normal(0, 2, points.z.shape) * ~np.isin(
                    neuron.states, neuron.counters)[:, None]
                _check_all_finite(contract, kernels, points._replace(z=points.z + moved), rng)


@demand
def _states_stay_finite(contract, neuron):
    """Check that states stay finite under a lasting input."""
    kernels, rng = Kernels(neuron, np.float32), np.random.default_rng(0)
    values = random_values(neuron, N, rng, corners=True)
    start = kernels.rest({name: value[:SOME] for name, value in values.items()}, 1.0)
    for points in _course(kernels, start, (rng.normal(size=SOME) for _ in range(LONG))):
        pass
    grown = ", ".join(
        name for name, z in zip(neuron.states, points.z, strict=True) if not np.isfinite(z).all())
    way = "let each state decay by itself, and limit growing ones with saturate or clip"
    contract.holds(
        not grown, "charge",
        f"must stay finite under a lasting input, after {LONG} steps {grown} is not; {way}")


def _check_all_finite(contract, kernels, points, rng):
    """Check that results and gradients at some points are finite."""
    results = kernels.values(points)
    gradients = kernels.gradients(points, rng.normal(size=points.z.shape), rng.normal(size=N))
    results |= {f"{role}_vjp": np.concatenate(parts) for role, parts in gradients.items()}
    for where, numbers in results.items():
        bad = ~np.isfinite(numbers).all(axis=0)
        k = bad.argmax()
        contract.holds(
            not bad.any(), where,
            f"must be finite within the bounds of the intrinsics, got {numbers[:, k]} at "
            f"{points.at(k)}; limit growing states with saturate or clip")
