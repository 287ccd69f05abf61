"""Stream of random neurons, and its input: series without an end, standardised by the past alone.

    z[t]      (x[t] - mean) / scale, and the difference to the step before in its own scale
    a[t]      running amplitude: root mean square, over channels and the steps so far, of the
              deviation of z from its running mean. Differences deviate from 0.
    input     z (median / a) ** (1 - power) if amplitudes differ by orders of magnitude, else z

Powers are 1, 1/2, 1/4, ..., so that square roots compute them, with equal bits on all machines.
"""

import itertools
import math
from typing import Any, NamedTuple, Self

import numpy as np

from .._base import MAX_VALUE, Array, Latest, Stream, absent, as_numbers, kernel
from ..simulation import Stepper, list_currents

MAX_DEVIATION = 1e6  # largest standardised value. Sums of such numbers stay finite in float32.
PRIOR = 8.0  # steps of mean 0 before the start, for the running mean
FLOOR = 1e-7  # steps of variance 1 before the start, for the running amplitude


@kernel
def run_input(
        series: Array, tables: Array, powers: Array, state: Array, squares: Array, clock: Array,
        out: Array) -> None:
    """Compute the input in the next steps of a series (n_channels, n_steps).

    `tables` has the mean, the scale and maybe the scale of the difference of each channel, in rows.
    `state` has the value before and the sum of the standardised values of each channel. `powers`
    has two rows: medians of the running amplitude, and powers. There is one column, and one of
    `squares`, the sums of squared deviations, for values and for differences. `out` is (n_kinds,
    n_channels, n_steps).
    """
    n_channels = len(series)
    for t in range(series.shape[1]):
        n = clock[0] + 1
        for kind in range(powers.shape[1]):
            total = 0.0
            for c in range(n_channels):
                x = series[c, t]
                z = (x - tables[0, c]) / tables[1, c]
                if kind:
                    z = (x - state[0, c]) / tables[2, c] if n > 1 else 0.0
                z = min(max(z, -MAX_DEVIATION), MAX_DEVIATION)
                deviation = z
                if kind == 0:
                    state[1, c] += z
                    deviation -= state[1, c] / (n + PRIOR)
                total += deviation * deviation
                out[kind, c, t] = z
            # compress the running amplitude
            squares[kind] += total / n_channels
            power = powers[1, kind]
            if power < 1:
                ratio = powers[0, kind] / math.sqrt((squares[kind] + FLOOR) / (n + FLOOR))
                change = 1.0
                while power < 1:
                    ratio, power = math.sqrt(ratio), 2 * power
                    change *= ratio
                for c in range(n_channels):
                    out[kind, c, t] *= change
        for c in range(n_channels):
            state[0, c] = series[c, t]
        clock[0] = n


class RunningInput(NamedTuple):
    """Constants of the input, and its state in a series.

    Parameters
    ----------
    tables : ndarray of shape (2 or 3, n_channels)
        Mean, scale and scale of the difference of each channel.
    powers : ndarray of shape (2, n_kinds)
        Medians of the amplitudes of values and differences, and powers.
    state, squares, clock : ndarray
        Values before, sums, squares and number of steps, which change with each step.
    """

    tables: Array
    powers: Array
    state: Array
    squares: Array
    clock: Array

    @classmethod
    def at_rest(cls, tables: Array, powers: Array) -> Self:
        """Return the input before the first step."""
        return cls(
            tables, powers, np.zeros((2, tables.shape[1])), np.zeros(powers.shape[1]),
            np.zeros(1, np.int64))

    def steps(self, series: Array) -> Array:
        """Return the input in the next steps (n_channels, n_steps), (n_inputs, n_steps)."""
        n_channels, n_steps = series.shape
        out = np.empty((self.powers.shape[1], n_channels, n_steps))
        run_input(series.astype(float), *self, out)
        return out.reshape(-1, n_steps).astype(np.float32)

    def amplitudes(self) -> Array:
        """Return the amplitudes of the steps so far, of values and of differences."""
        return np.asarray(np.sqrt((self.squares + FLOOR) / (self.clock[0] + FLOOR)))


class RocketStream(Stream):
    """Stream of a fitted `SpikingRocket`, whose output is the spikes of the neurons."""

    decision_function = predict_proba = predict = adapt = absent

    def __init__(self, fitted: Any):
        groups, name = fitted.groups_, type(fitted).__name__
        n_channels = len(fitted.mean_)
        self._latest = Latest(fitted, n_channels)
        self._input = fitted._running(fitted.amplitude_power_, fitted.amplitude_median_)
        # the latest inputs, and where the groups read them
        self._channels, self._delays = (
            np.concatenate([getattr(group, key) for group in groups])
            for key in ("channels", "delays"))
        n_inputs = len(fitted.amplitude_power_) * n_channels
        self._ring = np.zeros((int(self._delays.max()) + 1, n_inputs), np.float32)
        bounds = np.cumsum([0, *(len(group.delays) for group in groups)])
        self._parts = [slice(*pair) for pair in itertools.pairwise(bounds.tolist())]
        self._steppers = [
            Stepper(group.network(fitted.neuron_), list_currents) for group in groups]
        self._complete(name, n_channels, [
            *self._latest.kept, self._input.state, self._input.squares, self._input.clock,
            self._ring, *itertools.chain(*(stepper.kept for stepper in self._steppers))], fitted)

    def _checked(self, x: Any) -> Array:
        """Return the inputs of one step, or of several."""
        x = as_numbers(x, f"{self._name}.stream")
        self._check_shape(x)
        x = self._latest.filled(x)
        self._check_finite(x, MAX_VALUE)
        self._latest.keep(x)
        self._clock = int(self._input.clock[0])
        inputs = self._input.steps(x.reshape(len(x), -1))
        return np.reshape(inputs, (-1, *x.shape[1:]))

    def _step(self, x: Array) -> Array:
        """Return the spikes of one step."""
        self._ring[self._clock % len(self._ring)] = x
        places = (self._clock - self._delays) % len(self._ring)
        inputs = self._ring[places, self._channels]
        self._clock += 1
        return np.concatenate([
            stepper.step(inputs[part]) for part, stepper in zip(
                self._parts, self._steppers, strict=True)])

    def features(self) -> Array:
        """Return the spike counts so far, (n_neurons,)."""
        return np.concatenate([stepper.features() for stepper in self._steppers])
