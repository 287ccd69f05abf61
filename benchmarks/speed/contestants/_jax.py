"""Shared code of the contestants on JAX: a compiled forward pass and training epoch."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

BATCH_SIZE = 128


def time_first(raster):
    """Return a raster (batch, channels, steps) as floats (steps, batch, channels)."""
    return jnp.asarray(np.ascontiguousarray(raster.transpose(2, 0, 1), np.float32))


def forward(layer, parameters, data):
    """Return a call that computes the spikes with `layer(parameters, currents)`."""
    spikes, weights = time_first(data["raster"]), jnp.asarray(data["weights"])
    compiled = jax.jit(lambda spikes, weights: layer(parameters, spikes @ weights))
    return lambda: compiled(spikes, weights).block_until_ready()


def training(layer, parameters, data):
    """Return a call that trains for one epoch on prepared mini-batches."""
    hidden = data["weights"].shape[1]
    readout = 0.1 * jax.random.normal(jax.random.key(0), (hidden, 2))
    state = {
        "layer": parameters, "weights": jnp.asarray(data["weights"]), "readout": readout,
        "bias": jnp.zeros(2)}
    adam = optax.adam(3e-3)

    def loss(state, spikes, labels):
        counts = layer(state["layer"], spikes @ state["weights"]).sum(0)
        logits = counts / 5 @ state["readout"] + state["bias"]
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    @jax.jit
    def step(state, moments, spikes, labels):
        updates, moments = adam.update(jax.grad(loss)(state, spikes, labels), moments)
        return optax.apply_updates(state, updates), moments

    starts = range(0, len(data["raster"]), BATCH_SIZE)
    batches = [
        (
            time_first(data["raster"][k : k + BATCH_SIZE]),
            jnp.asarray(data["labels"][k : k + BATCH_SIZE]))
        for k in starts]
    now = [state, adam.init(state)]

    def call():
        for spikes, labels in batches:
            now[:] = step(*now, spikes, labels)
        jax.block_until_ready(now)

    return call
