"""spyx: its leaky neuron in its own scan.

It resets by subtraction, emits spikes one step late, and learns the decay only.
"""

import jax.numpy as jnp
import spyx.nn
from flax import nnx

from ..cases import DECAY
from . import _jax

PACKAGES = ("spyx", "jax", "flax", "optax")


def _layer(data):
    """Return a function of parameters and currents, and the parameters."""
    hidden = data["weights"].shape[1]
    neurons = spyx.nn.LIF((hidden,), rngs=nnx.Rngs(0))
    neurons.beta = nnx.Param(jnp.full(hidden, DECAY))
    structure, parameters = nnx.split(neurons)
    return (
        (lambda parameters, currents: spyx.nn.run(nnx.merge(structure, parameters), currents)[0]),
        parameters)


def forward(data):
    """Return a call that computes the spikes."""
    return _jax.forward(*_layer(data), data)


def training(data):
    """Return a call that trains for one epoch."""
    return _jax.training(*_layer(data), data)
