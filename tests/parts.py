"""Registered parts, as tests use them: constructed by their defaults, and in variants."""

import numpy as np

from skspike.neurons import NEURONS

# Every neuron with one of these parameters is also tested with this value.
VARIANTS = {"reset": "subtract", "tau_syn": 5.0, "refractory": 3.0}


def cover(*factors):
    """Return the fewest combinations in which each value of each factor occurs."""
    n = max(map(len, factors))
    return [tuple(factor[k % len(factor)] for factor in factors) for k in range(n)]


pairs = cover


def neurons():
    """Yield every registered neuron, with its defaults and in each of its variants."""
    for cls in NEURONS.values():
        yield cls()
        yield from (
            cls(**{name: value}) for name, value in VARIANTS.items() if name in cls().get_params())


def spread(neuron):
    """Return the neuron with intrinsics that differ from neuron to neuron, about their defaults."""
    threshold = getattr(neuron, neuron.named("threshold"))
    values = {}
    for item in neuron.active():
        value, bounds = getattr(neuron, item.name), getattr(neuron, f"{item.name}_bounds")
        low, high = sorted((0.95 * value, 1.2 * value)) if value else (-0.2, 0.2)
        if not isinstance(bounds, str):  # "fixed"
            unit = 1.2 * threshold if item.scale == "threshold" else 1.0
            low, high = np.clip((low, high), unit * bounds[0], bounds[1]).tolist()
        values[item.name] = (low, high)
    return neuron.set_params(**values)
