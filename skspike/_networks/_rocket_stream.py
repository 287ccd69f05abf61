"""Stream of random neurons with delayed synapses."""

import itertools
from typing import Any

import numpy as np

from .._base import MAX_VALUE, Array, Latest, Stream, absent, as_numbers
from ..simulation import Stepper, list_currents


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
