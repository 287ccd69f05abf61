"""A compiled scan over time in plain JAX."""

import jax
import jax.numpy as jnp

from ..cases import DECAY
from . import _jax

PACKAGES = ("jax", "optax")


@jax.custom_jvp
def spike(margin):
    """Return 1 if the margin is positive. The derivative is a fast sigmoid's."""
    return (margin > 0).astype(jnp.float32)


@spike.defjvp
def _spike_jvp(primals, tangents):
    (margin,), (tangent,) = primals, tangents
    return spike(margin), tangent / (1 + 5 * jnp.abs(margin)) ** 2


def layer(parameters, currents):
    """Return the spikes of leaky neurons, reset to zero."""

    def step(v, x):
        v = parameters["decay"] * v + x
        s = spike(v - parameters["threshold"])
        return v * (1 - jax.lax.stop_gradient(s)), s

    return jax.lax.scan(step, jnp.zeros_like(currents[0]), currents, unroll=4)[1]


def recurrent(parameters, currents):
    """Return the spikes of recurrent leaky neurons. Recurrent spikes arrive one step later."""

    def step(state, x):
        v, s = state
        v = parameters["decay"] * v + x + s @ parameters["recurrent"]
        s = spike(v - parameters["threshold"])
        return (v * (1 - jax.lax.stop_gradient(s)), s), s

    rest = jnp.zeros_like(currents[0])
    return jax.lax.scan(step, (rest, rest), currents, unroll=4)[1]


def _network(data):
    """Return the layer and its parameters."""
    hidden = data["weights"].shape[1]
    parameters = {"decay": jnp.full(hidden, DECAY), "threshold": jnp.ones(hidden)}
    if "recurrent" not in data:
        return layer, parameters
    return recurrent, {**parameters, "recurrent": jnp.asarray(data["recurrent"])}


def forward(data):
    """Return a call that computes the spikes."""
    return _jax.forward(*_network(data), data)


def training(data):
    """Return a call that trains for one epoch."""
    return _jax.training(*_network(data), data)
