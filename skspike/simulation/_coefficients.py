"""Kernels of learned intrinsics: their values, the coefficients of the neurons, and gradients.

A solver changes numbers in the space of `Neuron.to_free`. From them follow the values of the
intrinsics, and from these the coefficients that the time loops read:

    value = number                   scale "linear"
            e**number                scale "log"
            number * threshold       scale "threshold"
    p = coefficients(values, dt)

The gradients pass these lines in reverse order. The last line depends on the neuron. The others
are compiled once for all neurons.
"""

import numpy as np

from .._compile import kernel, stack_array
from ._layout import WIDTH
from ._placeholders import OUTPUTS, VALUES, coefficients, coefficients_vjp
from ._tuples import put, take

DOUBLE_ZERO = np.float64(0)


@kernel
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
