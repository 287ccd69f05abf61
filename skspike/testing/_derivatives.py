"""Checks of the kernels of a neuron: derivatives in both precisions, and finite results."""

import numba
import numpy as np
from numba import types

from ..neurons import Neuron
from ..simulation import WIDTH
from ._differences import compare
from ._kernels import Kernels, Points
from ._values import STEPS, N, random_values, size_of

KERNEL_ROLES = ("charge", "margin", "reset")
LONG = 1000  # steps, after which a state that grows by a tenth in each is not finite
SINGLE = 1e-3  # tolerance in float32, relative to the size of the derivatives


def kernels_of(contract, neuron):
    """Return the different dicts of kernels, by whether the spikes are smooth."""
    hard = contract.raises_nothing("kernels", neuron.kernels)
    try:
        smooth = neuron.kernels(smooth=True)
    except ValueError:
        return {False: hard}
    return {True: smooth} if smooth == hard else {False: hard, True: smooth}


def check_types(contract, neuron):
    """Check that all six kernels return values of the expected form, in float32."""
    f = types.float32
    z, p = (types.UniTuple(f, n) for n in (len(neuron.states), len(coefficients(neuron))))
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


def coefficients(neuron):
    """Return the coefficients of the neuron as it is."""
    return neuron.coefficients(neuron.initial(size_of(neuron), np.random.RandomState(0)), 1.0)


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


def check_derivatives(contract, neuron):
    """Compare the vector-Jacobian products with central differences, and float32 with float64."""
    for smooth in kernels_of(contract, neuron):
        double, single = (
            Kernels(neuron, size_of(neuron), dtype, smooth) for dtype in (np.float64, np.float32))
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
            [gradients[role].z[k] for role in KERNEL_ROLES])
    nothing = np.zeros(N)
    yield "x", lambda v: summed(points._replace(x=v)), points.x, np.array(
        [gradients["charge"].x[0], nothing, nothing])
    # the change by a whole spike, because hard spikes are 0 or 1, and smooth resets are linear
    (none, _), (whole, sizes) = (summed(points._replace(s=np.full(N, s))) for s in (0.0, 1.0))
    yield "s", lambda v: (none + v * (whole - none), sizes), points.s, np.array(
        [nothing, nothing, gradients["reset"].x[0]])
    back = [neuron.coefficients_vjp(values, dt, tuple(gradients[role].p)) for role in KERNEL_ROLES]
    for name, value in values.items():
        def changed(v, name=name):
            return points._replace(p=np.array(neuron.coefficients({**values, name: v}, dt)))

        yield name, lambda v, changed=changed: summed(changed(v)), value, np.array(
            [grads[name] for grads in back])


def _report(contract, what, function, vary, found, points):
    wrong, kinks, expected = compare(function, vary, found)
    for r, role in enumerate(KERNEL_ROLES):
        k = wrong[r].argmax()
        at = ", ".join(
            f"{key}={np.array2string(value[..., k], precision=6)}"
            for key, value in points._asdict().items())
        found_and_expected = (
            f"got {found[r, k]:.8g}, differences give {expected[r, k]:.8g}, at {at}")
        contract.holds(not wrong[r].any(), f"{role}_vjp", f"{what}: {found_and_expected}")
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
    table = neuron.coefficient_table(values, dt)
    for points in _course(kernels, neuron, table, _inputs(rng, 12, 1.0)):
        pass
    moved = (np.arange(N) % 2) * ~np.isin(neuron.states, neuron.counters)[:, None]
    z, s = points.z + moved * rng.normal(0, 1.5, points.z.shape), rng.random(N)
    return points._replace(z=z, s=s if smooth else s.round())


def _inputs(rng, n_steps, high):
    """Yield inputs of many sizes, up to 10**high."""
    for _ in range(n_steps):
        yield rng.choice([-1, 1, 1], N) * 10 ** rng.uniform(-2, high, N)


def _course(kernels, neuron, table, inputs):
    """Yield the points that a course from zero goes through: states before and after the reset."""
    n_points = table.shape[1]
    points = Points(np.zeros((len(neuron.states), n_points)), None, np.zeros(n_points), table)
    for x in inputs:
        points = points._replace(x=x)
        yield points
        points = points._replace(z=kernels.values(points)["charge"])
        points = points._replace(s=(kernels.values(points)["margin"][0] > 0).astype(float))
        yield points
        points = points._replace(z=kernels.values(points)["reset"])


def check_peak(contract, neuron):
    """Compare `log_peak` with the response to one weak spike in short steps."""
    if type(neuron).log_peak is Neuron.log_peak:
        return  # derived from the kernels
    dt, weak, kernels = 0.1, 1e-3, Kernels(neuron, size_of(neuron), np.float64, smooth=False)
    values = {
        name: np.full(WIDTH, value[0])
        for name, value in neuron.initial(size_of(neuron), np.random.RandomState(0)).items()}
    with np.errstate(all="ignore"):
        expected = neuron.log_peak(values, dt)[0][0]
    x = weak * (np.arange(WIDTH) == 0)  # the other neurons get no spike
    points = Points(
        np.zeros((len(neuron.states), WIDTH)), x, np.zeros(WIDTH),
        neuron.coefficient_table(values, dt))
    course = []
    while len(course) < 2000 and (len(course) < 2 or course[-1] > 0.5 * max(course)):
        points = points._replace(z=kernels.values(points)["charge"])
        points = points._replace(x=np.zeros(WIDTH))
        course.append(points.z[0, 0] - points.z[0, 1])
    peak = np.log(max(course) / weak)
    close = not np.isfinite(expected) or abs(peak - expected) < 0.03
    contract.holds(
        close, "log_peak",
        f"must be that of the response to one weak spike, {peak:.4g} (dt={dt}), gives "
        f"{expected:.4g}")


def check_finite(contract, neuron):
    """Check that states and gradients stay finite for all inputs and intrinsics within bounds."""
    for smooth in kernels_of(contract, neuron):
        kernels = Kernels(neuron, size_of(neuron), np.float32, smooth)
        rng = np.random.default_rng(0)
        for dt in STEPS:
            table = neuron.coefficient_table(random_values(neuron, N, rng, corners=True), dt)
            for points in _course(kernels, neuron, table, _inputs(rng, 10, 18.0)):
                _check_all_finite(contract, kernels, points, rng)
                moved = rng.normal(0, 2, points.z.shape) * ~np.isin(
                    neuron.states, neuron.counters)[:, None]
                _check_all_finite(contract, kernels, points._replace(z=points.z + moved), rng)


def check_lasting(contract, neuron):
    """Check that states stay finite under a lasting input."""
    kernels = Kernels(neuron, size_of(neuron), np.float32, smooth=False)
    rng = np.random.default_rng(0)
    values = {
        name: value[:WIDTH] for name, value in random_values(neuron, N, rng, corners=True).items()}
    table = neuron.coefficient_table(values, 1.0)
    for points in _course(kernels, neuron, table, (rng.normal(size=WIDTH) for _ in range(LONG))):
        pass
    grown = ", ".join(
        name for name, z in zip(neuron.states, points.z, strict=True) if not np.isfinite(z).all())
    way = "let each state decay by itself, and limit growing ones with saturate or clip"
    contract.holds(
        not grown, "charge",
        f"must stay finite under a lasting input, after {LONG} steps {grown} is not; {way}")


def _check_all_finite(contract, kernels, points, rng):
    results = kernels.values(points)
    gradients = kernels.gradients(points, rng.normal(size=points.z.shape), rng.normal(size=N))
    results |= {f"{role}_vjp": np.concatenate(parts) for role, parts in gradients.items()}
    for where, numbers in results.items():
        bad = ~np.isfinite(numbers).all(axis=0)
        k = bad.argmax()
        at = ", ".join(f"{key}={value[..., k]}" for key, value in points._asdict().items())
        contract.holds(
            not bad.any(), where,
            f"must be finite within the bounds of the intrinsics, got {numbers[:, k]} at {at}; "
            "limit growing states with saturate or clip")
