"""Checks of the intrinsics and kernels of a neuron: values, derivatives and finite results."""

import numba
import numpy as np
from numba import types
from sklearn.base import clone

from ..learning import LearnedIntrinsics, learned_intrinsics
from ..neurons import Neuron
from ._contract import Demands
from ._kernels import FINITE, Kernels, Points, compare, course, first_values, random_values

N = 64  # points at which derivatives are compared
STEPS = (0.3, 1.0, 4.0)  # ms
ROLES = ("charge", "margin", "reset")
LONG = 1000  # steps, after which a state that grows by a tenth in each is not finite
SINGLE = 1e-3  # tolerance in float32, relative to the size of the derivatives

demand = Demands()


def kernels_of(contract):
    """Return the different dicts of kernels, by whether the spikes are smooth."""
    hard = contract.raises_nothing("kernels", contract.part.kernels)
    try:
        smooth = contract.part.kernels(smooth=True)
    except ValueError:  # the neuron has no smooth form
        return {False: hard}
    return {True: smooth} if smooth == hard else {False: hard, True: smooth}


@demand
def _kernels_have_their_types(contract):
    """Check that all six kernels return values of the expected form, in float32."""
    neuron, f = contract.part, types.float32
    contract.raises_nothing("check", clone(neuron).check)
    table = neuron.coefficients(first_values(neuron, 1), 1.0)
    z, p = types.UniTuple(f, len(neuron.states)), types.UniTuple(f, len(table))
    arguments = {
        "charge": ((z, f, p), z), "charge_vjp": ((z, z, z, p), types.Tuple((z, f, p))),
        "margin": ((z, p), f), "margin_vjp": ((f, z, p), types.Tuple((z, p))),
        "reset": ((z, f, p), z), "reset_vjp": ((z, z, f, p), types.Tuple((z, f, p)))}
    for smooth, kernels in kernels_of(contract).items():
        for name, (given, wanted) in arguments.items():
            if not numba.config.DISABLE_JIT:
                where, kernel = f"kernels(smooth={smooth})['{name}']", kernels[name]
                contract.raises_nothing(where, kernel.compile, given)
                found = kernel.overloads[given].signature.return_type
                contract.holds(
                    found == wanted, where, f"must return {wanted} from {given}, returns {found}")


@demand
def _states_stay_finite(contract):
    """Check that states stay finite under a lasting input.

    It comes early, because other checks misname growing states.
    """
    neuron, rng = contract.part, np.random.default_rng(0)
    kernels, n = Kernels(neuron.kernels(), np.float32), 8
    table = neuron.coefficient_table(random_values(neuron, n, rng, corners=True), 1.0)
    inputs = (rng.normal(size=n) for _ in range(LONG))
    for points in course(kernels, np.zeros((len(neuron.states), n)), table, inputs):
        pass
    grown = ", ".join(
        name for name, z in zip(neuron.states, points.z, strict=True) if not np.isfinite(z).all())
    contract.holds(
        not grown, "charge",
        f"must stay finite under a lasting input, after {LONG} steps {grown} is not; let each "
        "state decay by itself, and limit growing ones with saturate or clip")


@demand
def _intrinsics_keep_their_values(contract):
    """Check initial values, both ways between the spaces of intrinsics, and the bounds."""
    neuron, rng = contract.part, np.random.default_rng(0)
    _check_initial(contract)
    values = random_values(neuron, N, rng)
    free = neuron.to_free(values)
    back = neuron.from_free(free)
    for name, value in values.items():
        contract.holds(
            np.allclose(back[name], value, rtol=1e-9, atol=1e-12), "from_free",
            f"must undo to_free, and does not for {name}")
    new = neuron.updated(values, {name: value + 0.1 for name, value in free.items()}, ())
    contract.same(
        [new[name] for name in values], [*values.values()], "updated",
        "must not change intrinsics that are not learned")
    for name in neuron.learnable():
        wild = np.clip(free[name] + rng.normal(0, 10, N), *neuron.free_bounds(name))
        moved = neuron.from_free({**free, name: wild})
        scale = next(item.scale for item in neuron.intrinsics if item.name == name)
        relative = moved[name] / (moved[neuron.named("threshold")] if scale == "threshold" else 1)
        low, high = neuron.bounds(name)
        contract.holds(
            low - 1e-9 * abs(low) <= relative.min() and relative.max() <= high + 1e-9 * abs(high),
            "from_free", f"must keep {name} within its bounds, where free_bounds does")


def _check_initial(contract):
    """Check that a range is drawn from, and that an array sets the value of each neuron."""
    neuron, start = contract.part, first_values(contract.part, 1)
    for item in neuron.active():
        middle = start[item.name][0] if np.isfinite(start[item.name][0]) else FINITE[0]
        low, high = sorted((middle * 0.8, middle * 1.2)) if middle else (-0.1, 0.1)
        for given in ((low, high), np.linspace(low, high, N)):
            changed = clone(neuron).set_params(
                **{key: value[0] for key, value in start.items()} | {item.name: given})
            values = contract.raises_nothing(
                "initial", changed.initial, N, np.random.RandomState(0))
            value = values.get(item.name, np.zeros(0))
            contract.holds(
                set(values) == set(start) and value.shape == (N,) and value.dtype == float,
                "initial", f"must give one {item.name} for each neuron, in float64")
            contract.holds(
                (low <= value).all() and (value <= high).all() and np.ptp(value) > 0, "initial",
                f"must draw {item.name} in its range")
        contract.same(value, given, "initial", f"must take {item.name} as it is if it is an array")


@demand
def check_coefficients(contract):
    """Compare derivatives of free parameters, coefficients and peaks with central differences."""
    neuron, rng = contract.part, np.random.default_rng(0)
    values = random_values(neuron, N, rng)
    slopes = {name: rng.normal(size=N) for name in values}

    def from_free(free):
        return [slopes[name] * value for name, value in neuron.from_free(free).items()]

    _compare_each(
        contract, "free_vjp", from_free, neuron.to_free(values), neuron.free_vjp(values, slopes),
        "the free parameter")
    for dt in STEPS:
        table = np.array(contract.raises_nothing("coefficients", neuron.coefficients, values, dt))
        contract.holds(
            table.shape == (len(table), N) and np.isfinite(table).all(), "coefficients",
            "must return arrays of one finite number for each neuron")
        weights = rng.normal(size=table.shape)
        found = contract.raises_nothing(
            "coefficients_vjp", neuron.coefficients_vjp, values, dt, tuple(weights))
        contract.holds(
            set(found) == set(values), "coefficients_vjp",
            f"must return the gradients of {list(values)}, returns {list(found)}")
        _compare_each(
            contract, "coefficients_vjp",
            lambda values: weights * np.array(neuron.coefficients(values, dt)),  # noqa: B023
            values, found, f"(dt={dt})")
        if type(neuron).log_peak is not Neuron.log_peak:  # the base derives it from the kernels
            with np.errstate(all="ignore"):
                given = contract.raises_nothing("log_peak", neuron.log_peak, values, dt)[1]
            found = {name: given.get(name, np.zeros(N)) for name in values}
            _compare_each(
                contract, "log_peak",
                lambda values: [neuron.log_peak(values, dt)[0], np.ones(N)],  # noqa: B023
                values, found, f"(dt={dt})")
    if neuron.coefficient_kernels() is not None:
        _check_scalar_functions(contract, values, rng)


def _compare_each(contract, where, terms, values, found, what):
    """Compare the derivatives of a sum of terms with central differences, by name."""
    for name, value in values.items():
        def summed(v, name=name):
            parts = np.array(terms({**values, name: v}))
            return parts.sum(axis=0)[None], np.abs(parts).sum(axis=0)[None]

        wrong, kinks, expected = compare(summed, value, np.atleast_2d(found[name]))
        k = wrong[0].argmax()
        at = ", ".join(f"{key}={one[k]:.6g}" for key, one in values.items())
        contract.holds(
            not wrong.any(), where,
            f"with respect to {what} {name}: got {found[name][k]:.8g}, central differences give "
            f"{expected[0, k]:.8g}, at {at}")
        contract.holds(
            kinks.mean() < 0.6, where,
            f"no derivative with respect to {what} {name} at most points")


def _check_scalar_functions(contract, values, rng):
    """Check that scalar functions of the coefficients agree with the methods."""
    neuron, dt = contract.part, STEPS[0]
    names, start = neuron.learnable(), neuron.to_free(values)
    change, slopes, found = rng.normal(0, 0.5, (len(names), N)), None, []
    for make in (LearnedIntrinsics, learned_intrinsics):
        learned = np.array([start[name] for name in names]).reshape(len(names), N)
        intrinsics = make(neuron, values, dt, names, learned)
        learned += change
        moved, table = intrinsics.move()
        slopes = rng.normal(size=table.shape) if slopes is None else slopes
        found.append([
            learned, *(moved[name] for name in values), *table, *intrinsics.gradients(slopes)])
    contract.holds(
        all(np.allclose(one, other, rtol=1e-9, atol=1e-12)
            for one, other in zip(*found, strict=True)),
        "coefficient_kernels", "must agree with coefficients and coefficients_vjp")


@demand
def _derivatives_are_right(contract):
    """Compare the vector-Jacobian products with central differences, and float32 with float64."""
    neuron = contract.part
    for smooth, functions in kernels_of(contract).items():
        kernels = Kernels(functions)
        for dt in STEPS:
            rng = np.random.default_rng(0)
            values = random_values(neuron, N, rng)
            points = _points(kernels, neuron, values, dt, rng, smooth)
            dz, dm = rng.normal(size=points.z.shape), rng.normal(size=N)
            counts = np.isin(neuron.states, neuron.counters)
            dz[counts] = 0
            what = f"{'smooth' if smooth else 'hard'} kernels, dt={dt}"
            if smooth:
                none, whole, part = (
                    kernels.values(points._replace(s=s))["reset"]
                    for s in (np.zeros(N), np.ones(N), points.s))
                contract.holds(
                    np.allclose(part, none + points.s * (whole - none), rtol=1e-9, atol=1e-9),
                    "reset", "must be linear in s, for smooth spikes lie between 0 and 1")
            gradients = kernels.gradients(points, dz, dm)
            for name, function, vary, found in _cases(
                    neuron, kernels, points, values, dt, dz, dm, gradients):
                wrong, kinks, expected = compare(function, vary, found)
                for r, role in enumerate(ROLES):
                    k = wrong[r].argmax()
                    at = ", ".join(
                        f"{key}={np.array2string(value[..., k], precision=6)}"
                        for key, value in points._asdict().items())
                    contract.holds(
                        not wrong[r].any(), f"{role}_vjp",
                        f"{what}, with respect to {name}: got {found[r, k]:.8g}, differences give "
                        f"{expected[r, k]:.8g}, at {at}")
                    contract.holds(
                        kinks[r].mean() < 0.5, role,
                        f"{what}, with respect to {name}: no derivative at most points")
            contract.holds(
                not any(part.z[counts].any() for part in gradients.values()), "counters",
                "no gradient may pass through a state that counts")
            _check_single(contract, what, functions, points, dz, dm)


def _cases(neuron, kernels, points, values, dt, dz, dm, gradients):
    """Yield each argument of the kernels: name, summed kernels of it, value and derivatives."""
    slopes = {"charge": dz, "margin": dm[None], "reset": dz}

    def summed(points):
        terms = [slopes[role] * value for role, value in kernels.values(points).items()]
        inputs = np.abs(points.z).sum(axis=0) + np.abs(points.x)
        return np.array([term.sum(axis=0) for term in terms]), np.array(
            [np.abs(term).sum(axis=0) + inputs for term in terms])

    def row(k):
        return lambda v: summed(
            points._replace(z=np.concatenate([points.z[:k], v[None], points.z[k + 1 :]])))

    for k, state in enumerate(neuron.states):
        if state not in neuron.counters:
            yield f"state {state}", row(k), points.z[k], np.array(
                [gradients[role].z[k] for role in ROLES])
    nothing = np.zeros(N)
    yield "x", lambda v: summed(points._replace(x=v)), points.x, np.array(
        [gradients["charge"].x, nothing, nothing])
    # the change by a whole spike, because hard spikes are 0 or 1, and smooth resets are linear
    (none, _), (whole, sizes) = (summed(points._replace(s=np.full(N, s))) for s in (0.0, 1.0))
    yield "s", lambda v: (none + v * (whole - none), sizes), points.s, np.array(
        [nothing, nothing, gradients["reset"].x])
    back = [neuron.coefficients_vjp(values, dt, tuple(gradients[role].p)) for role in ROLES]
    for name, value in values.items():
        def changed(v, name=name):
            return points._replace(p=np.array(neuron.coefficients({**values, name: v}, dt)))

        yield name, lambda v, changed=changed: summed(changed(v)), value, np.array(
            [grads[name] for grads in back])


def _check_single(contract, what, functions, points, dz, dm):
    """Compare float32 with float64 at points that both can hold."""
    points = Points(*(array.astype(np.float32) for array in points))
    dz, dm = dz.astype(np.float32), dm.astype(np.float32)
    single, double = Kernels(functions, np.float32), Kernels(functions)
    pairs = [(role, single.values(points)[role], double.values(points)[role]) for role in ROLES]
    ours, exact = (one.gradients(points, dz, dm) for one in (single, double))
    pairs += [
        (f"{role}_vjp", one, other)
        for role in ROLES for one, other in zip(ours[role], exact[role], strict=True)]
    for where, one, other in pairs:
        size = np.sqrt(np.mean(other**2, axis=-1, keepdims=True))
        contract.holds(
            (np.abs(one - other) <= SINGLE * (np.abs(other) + size)).all(), where,
            f"{what}: float32 differs from float64 by more than {SINGLE} of its size")


def _points(kernels, neuron, values, dt, rng, smooth):
    """Return random states: half after inputs of many sizes, half moved away from there.

    Hard spikes are 0 or 1. Smooth spikes are between 0 and 1.
    """
    table = neuron.coefficient_table(values, dt)
    for points in course(
            kernels, np.zeros((len(neuron.states), N)), table, _inputs(rng, 12, 1.0)):
        pass
    moved = (np.arange(N) % 2) * ~np.isin(neuron.states, neuron.counters)[:, None]
    z, s = points.z + moved * rng.normal(0, 1.5, points.z.shape), rng.random(N)
    return points._replace(z=z, s=s if smooth else s.round())


def _inputs(rng, n_steps, high):
    """Yield inputs of many sizes, up to 10**high."""
    for _ in range(n_steps):
        yield rng.choice([-1, 1, 1], N) * 10 ** rng.uniform(-2, high, N)


@demand
def check_peak(contract):
    """Compare `log_peak` with the response to one weak spike in short steps."""
    neuron = contract.part
    if type(neuron).log_peak is Neuron.log_peak:
        return  # derived from the kernels
    dt, weak, kernels = 0.1, 1e-3, Kernels(neuron.kernels())
    values = first_values(neuron, 2)
    with np.errstate(all="ignore"):
        expected = neuron.log_peak(values, dt)[0][0]
    z, response = np.zeros((len(neuron.states), 2)), []
    # the second neuron gets no spike
    points = Points(z, np.array([weak, 0.0]), np.zeros(2), neuron.coefficient_table(values, dt))
    while len(response) < 2000 and (len(response) < 2 or response[-1] > 0.5 * max(response)):
        points = points._replace(z=kernels.values(points)["charge"], x=np.zeros(2))
        response.append(points.z[0, 0] - points.z[0, 1])
    peak = np.log(max(response) / weak)
    contract.holds(
        not np.isfinite(expected) or abs(peak - expected) < 0.03, "log_peak",
        f"must be that of the response to one weak spike, {peak:.4g} (dt={dt}), gives "
        f"{expected:.4g}")


@demand
def _results_are_finite(contract):
    """Check that states and gradients stay finite for all inputs and intrinsics within bounds."""
    neuron, rng = contract.part, np.random.default_rng(0)
    counts = np.isin(neuron.states, neuron.counters)[:, None]
    for functions in kernels_of(contract).values():
        kernels = Kernels(functions, np.float32)
        for dt in STEPS:
            table = neuron.coefficient_table(random_values(neuron, N, rng, corners=True), dt)
            start = np.zeros((len(neuron.states), N))
            for points in course(kernels, start, table, _inputs(rng, 10, 18.0)):
                moved = points._replace(z=points.z + rng.normal(0, 2, points.z.shape) * ~counts)
                results = kernels.values(moved)
                gradients = kernels.gradients(
                    moved, rng.normal(size=points.z.shape), rng.normal(size=N))
                results |= {
                    f"{role}_vjp": np.concatenate([part.z, part.p])
                    for role, part in gradients.items()}
                for where, numbers in results.items():
                    bad = ~np.isfinite(numbers).all(axis=0)
                    k = bad.argmax()
                    at = ", ".join(f"{key}={row[..., k]}" for key, row in moved._asdict().items())
                    contract.holds(
                        not bad.any(), where,
                        "must be finite within the bounds of the intrinsics, got "
                        f"{numbers[:, k]} at {at}; limit growing states with saturate or clip")
