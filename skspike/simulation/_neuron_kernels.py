"""Kernels of one neuron in compiled loops: placeholders, instructions, spikes and coefficients.

*Placeholders* are names that the time loops leave undefined. `Network.complete` copies a loop,
binds these names to constants and to the kernels of one neuron model, spike function or learning
rule, and compiles the copy. Kernels are pure functions of numbers for ONE neuron:

    z    state: a tuple of any length, the membrane potential first
    x    input current of the step
    p    coefficients: a tuple
    m    margin: distance of the neuron from its threshold, in units of the threshold
    s    spike: 1 or 0, or a number between if spikes are smooth

A kernel ``f_vjp`` is the vector-Jacobian product of the kernel ``f`` above it. It takes gradients
with respect to the results of ``f`` and returns gradients with respect to its arguments: ``dz`` and
``dp`` are tuples like ``z`` and ``p``.

*Instructions* read and write the numbers of one neuron: a tuple, or every WIDTH-th number of a
panel's array. They work for tuples of any length, and take much less time to compile than
functions.

The *coefficients* of a neuron follow from its learned numbers, which a solver changes in the space
of `Neuron.to_free`:

    value = number                   scale "linear"
            e**number                scale "log"
            number * threshold       scale "threshold"
    p = coefficients(values, dt)

The gradients pass these lines in reverse order. The last line depends on the neuron. The others
are compiled once for all neurons.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.core import cgutils

from .._base import instruction, kernel, no_arrays, pointer, scalar, stack_array
from ._panels import WIDTH


def charge(z, x, p):
    """Return the state after one step with input x."""


def charge_vjp(dz, z0, z1, p):
    """Return dz0, dx, dp from the states before (z0) and after (z1) the step. x is not given."""


def margin(z, p):
    """Return the distance above the threshold, in units of the threshold. Positive: a spike."""


def margin_vjp(dm, z, p):
    """Return dz, dp."""


def reset(z, s, p):
    """Return the state after the spike s. With smooth spikes, the state must be linear in s."""


def reset_vjp(dz, z, s, p):
    """Return dz, ds, dp."""


def spike(m, spike_arg):
    """Return the spike s for the margin m (see `SpikeFunction`)."""


def spike_vjp(m, slope):
    """Return ds/dm or a surrogate of it."""


def view(z, p, spike_arg):
    """Return a number computed from the state before the reset."""


def list_inputs(x, max_listed, idx, val):
    """List the inputs of one step. Return the length of the list and whether the step is dense."""


def coefficients(values, dt):
    """Return the coefficients of a neuron from the values of its intrinsics."""


def coefficients_vjp(values, dt, dp):
    """Return the gradients of the values from those of the coefficients."""


def inhibit(v, n_fired, rule):
    """Return the potential of a silent neuron after `n_fired` other neurons spiked."""


def rest(rule):
    """Set the traces of a rule to their values before the first step of a sample."""


def adapt(b, steps, inputs, weights, offsets, fired, rule):
    """Learn from one step of sample b.

    `steps` are the numbers of the two input lists that act in it, `fired` the neurons that spiked.
    """


def settle(n_spikes, offsets, gain, rule):
    """Learn from the number of spikes of the layer in a whole sample."""


STATE, COEFFICIENTS = 1, 1  # numbers in the state and in the coefficients of a panel
VALUES, OUTPUTS = 1, 1  # numbers in the values and the computed coefficients of a panel, in float64
ZERO, ONE = np.float32(0), np.float32(1)  # in the dtype of the simulation
SPIKE_ARG = np.float32(0)  # second argument of `spike` in streams
WEIGHTED = True  # whether events have values, in the sums of gradients and in streams
BY_STEP = True  # whether weight gradients are added step by step, and not channel by channel
DETACH = True  # whether the backward pass treats the spike in the reset as a constant
SMOOTH = True  # whether spikes are real numbers
DOUBLE_ZERO = np.float64(0)


def _places(context, builder, array, value, h, n):
    """Return pointers to the numbers h, h + WIDTH, ... of a C array, the quantities of neuron h."""
    start = builder.gep(pointer(context, builder, array, value), [h])
    return [builder.gep(start, [context.get_constant(types.intp, k * WIDTH)]) for k in range(n)]


def _elementwise(typing, operation, *operands):
    """Return a function that generates an operation on tuples of numbers, and the types of results.

    The operands are the types of the numbers in each tuple.
    """
    pairs = list(zip(*operands, strict=True))
    signatures = [typing.resolve_function_type(operation, pair, {}) for pair in pairs]

    def generate(context, builder, *tuples):
        numbers = zip(*tuples, strict=True)
        return [
            context.get_function(operation, signature)(builder, [
                context.cast(builder, number, kind, wanted)
                for number, kind, wanted in zip(of_one, kinds, signature.args, strict=True)])
            for signature, kinds, of_one in zip(signatures, pairs, numbers, strict=True)]

    return generate, types.Tuple([signature.return_type for signature in signatures])


@instruction(lambda array, h, n: tuple(array.reshape(-1)[h:n:WIDTH]))
def take(typing, array, h, n):
    """Return the quantities of neuron h as a tuple, from a C array of n numbers of a panel."""
    if not isinstance(n, types.IntegerLiteral):
        return None
    size = n.literal_value // WIDTH
    result = types.Tuple([array.dtype] * size)

    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], size)
        return context.make_tuple(builder, result, [builder.load(place) for place in places])

    return result(array, types.intp, n), generate


def _store(context, builder, places, array, numbers, kinds):
    """Write numbers of some types to their places in an array."""
    for place, number, kind in zip(places, numbers, kinds, strict=True):
        builder.store(context.cast(builder, number, kind, array.dtype), place)
    return context.get_dummy_value()


@instruction(lambda array, h, z: np.copyto(array.reshape(-1)[h : len(z) * WIDTH : WIDTH], z))
def put(typing, array, h, z):
    """Write a tuple as the quantities of neuron h of a panel."""
    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], len(z))
        numbers = cgutils.unpack_tuple(builder, args[2], len(z))
        return _store(context, builder, places, array, numbers, z)

    return types.void(array, types.intp, z), generate


@instruction(lambda array, h, z: np.copyto(
    array.reshape(-1)[h : len(z) * WIDTH : WIDTH],
    array.reshape(-1)[h : len(z) * WIDTH : WIDTH] + np.array(z, array.dtype)))
def add(typing, array, h, z):
    """Add a tuple to the quantities of neuron h of a panel."""
    sums, kinds = _elementwise(typing, operator.add, [array.dtype] * len(z), z)

    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], len(z))
        numbers = cgutils.unpack_tuple(builder, args[2], len(z))
        totals = sums(context, builder, [builder.load(place) for place in places], numbers)
        return _store(context, builder, places, array, totals, kinds)

    return types.void(array, types.intp, z), generate


@instruction(lambda y, z: tuple(a + b for a, b in zip(y, z, strict=True)))
def plus(typing, y, z):
    """Return the sum of two tuples of numbers."""
    sums, result = _elementwise(typing, operator.add, y, z)

    def generate(context, builder, signature, args):
        numbers = (cgutils.unpack_tuple(builder, arg, len(z)) for arg in args)
        return context.make_tuple(builder, result, sums(context, builder, *numbers))

    return result(y, z), generate


@instruction(lambda factor, z: tuple(factor * number for number in z))
def times(typing, factor, z):
    """Return the product of a number and a tuple of numbers."""
    products, result = _elementwise(typing, operator.mul, [factor] * len(z), z)

    def generate(context, builder, signature, args):
        numbers = cgutils.unpack_tuple(builder, args[1], len(z))
        return context.make_tuple(
            builder, result, products(context, builder, [args[0]] * len(z), numbers))

    return result(factor, z), generate


@scalar
def heaviside(m: Any, level: Any) -> Any:
    """Return 1 if the margin is above a level, else 0. An infinite level gives no spikes."""
    return np.float32(m > level)


@scalar
def zero_vjp(m: Any, slope: Any) -> Any:
    """Return no gradient."""
    return np.float32(0)


class SpikeFunction(NamedTuple):
    """Spikes as a function of the margin, and their derivative in the backward pass.

    The margin m is the distance of the membrane potential from the threshold, in units of the
    threshold.

    Parameters
    ----------
    spike : callable
        Function ``spike(m, spike_arg)`` of two numbers, compiled with `skspike.neurons.scalar`. The
        default spikes if ``m > spike_arg``.
    spike_vjp : callable
        Function ``spike_vjp(m, slope)`` of two numbers: the derivative of the spike with respect to
        m, or a surrogate of it. The default is zero.
    spike_arg : float, default=0.0
        Second argument of `spike`. With infinity, the default never spikes.
    slope : float, default=1.0
        Second argument of `spike_vjp`.
    smooth : bool, default=False
        Whether spikes are real numbers. The neuron's kernels are then smooth too.
    detach : bool, default=True
        Whether the backward pass treats the spike in the reset as a constant.

    See Also
    --------
    skspike.learning.hard_spikes : Returns hard spikes with a surrogate derivative.
    Network : Takes one as `spikes`.

    Examples
    --------
    Hard spikes with a triangular surrogate derivative:

    >>> import numpy as np
    >>> from skspike.neurons import scalar
    >>> from skspike.simulation import SpikeFunction
    >>> @scalar
    ... def triangle(m, slope):
    ...     return max(np.float32(0), np.float32(1) - slope * abs(m))
    >>> SpikeFunction(spike_vjp=triangle, slope=2.0).smooth
    False
    """

    spike: Callable[..., Any] = heaviside
    spike_vjp: Callable[..., Any] = zero_vjp
    spike_arg: float = 0.0
    slope: float = 1.0
    smooth: bool = False
    detach: bool = True


HARD = SpikeFunction()
NO_SPIKES = SpikeFunction(spike_arg=np.inf)


@kernel
@no_arrays
def move_values(learned, bounds, constants, rows, order, is_log, is_multiple, values):
    """Clip `learned` numbers, and compute values.

    Intrinsic i has the numbers ``learned[rows[i]]`` or, if the row is -1, ``constants[i]``, and
    keeps its values if these are NaN. `order` are the intrinsics, the threshold first.
    """
    for i in order:
        row = rows[i]
        for k in range(values.shape[1]):
            number = constants[i, k]
            if row >= 0:
                number = min(max(learned[row, k], bounds[row, 0]), bounds[row, 1])
                learned[row, k] = number
            if number == number:  # not NaN
                factor = values[order[0], k] if is_multiple[i] else 1.0
                values[i, k] = np.exp(number) if is_log[i] else number * factor


@no_arrays
def fill_table(values, dt, limits, table):
    """Compute coefficients from values. Return whether all are finite.

    Coefficients below the first of the `limits` become 0. The second is the largest.
    """
    q, p = stack_array(VALUES, DOUBLE_ZERO), stack_array(OUTPUTS, DOUBLE_ZERO)
    is_finite = True
    for first in range(0, values.shape[1], WIDTH):
        for h in range(min(WIDTH, values.shape[1] - first)):
            k = first + h
            for i in range(len(values)):
                q[i * WIDTH + h] = values[i, k]
            put(p, h, coefficients(take(q, h, VALUES), dt))
            for i in range(OUTPUTS // WIDTH):
                coefficient = p[i * WIDTH + h]
                is_finite &= abs(coefficient) <= limits[1]
                table[i, k] = coefficient if abs(coefficient) >= limits[0] else DOUBLE_ZERO
    return is_finite


@no_arrays
def table_gradients(dtable, values, dt, dvalues):
    """Write the gradients of the values from those of the coefficients."""
    q, dp = stack_array(VALUES, DOUBLE_ZERO), stack_array(OUTPUTS, DOUBLE_ZERO)
    dq = stack_array(VALUES, DOUBLE_ZERO)
    for first in range(0, values.shape[1], WIDTH):
        for h in range(min(WIDTH, values.shape[1] - first)):
            k = first + h
            for i in range(len(values)):
                q[i * WIDTH + h] = values[i, k]
            for i in range(OUTPUTS // WIDTH):
                dp[i * WIDTH + h] = dtable[i, k]
            put(dq, h, coefficients_vjp(take(q, h, VALUES), dt, take(dp, h, OUTPUTS)))
            for i in range(len(values)):
                dvalues[i, k] = dq[i * WIDTH + h]


@kernel
@no_arrays
def value_gradients(dvalues, values, rows, order, is_log, is_multiple, grads):
    """Write the gradients of the learned numbers from those of the values, which are changed."""
    for i in order[::-1]:  # the threshold last
        for k in range(values.shape[1]):
            value, threshold, d = values[i, k], values[order[0], k], dvalues[i, k]
            if is_multiple[i]:
                dvalues[order[0], k] += d * value / threshold
                d *= threshold
            elif is_log[i]:
                d = d * value if value < np.inf else DOUBLE_ZERO  # a membrane without leak
            if rows[i] >= 0:
                grads[rows[i], k] = d
