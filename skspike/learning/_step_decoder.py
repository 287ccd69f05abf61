"""Decoder with outputs at each step: a linear map of leaky traces of the spikes.

    x_k(t) = d_k x_k(t - 1) + s(t)                      trace k of each neuron
    y(t)   = sum_k coef_k . (x_k(t) - mean_k) / scale_k + intercept

The traces of the neurons are never stored, because the decay commutes with the coefficients: the
spikes change one sum per time constant and output. The backward pass filters the gradients of the
outputs with the same decays, from the last step to the first.
"""

from typing import Any

import numpy as np

from .._base import Array, kernel
from ..simulation import Network, aligned_empty, decays_of
from ._decoder import DOUBLE, Decoding, LinearDecoder
from ._losses import Loss
from ._task import Task

N_PIECES = 64  # for the moments of the traces
MIN_RATE = 0.05  # spikes per time constant of the neuron whose trace gives the smallest scale


class EachStep(Loss):
    """A loss with a target for each step, summed over the steps that are known.

    The outputs are (n_samples, n_steps, n_outputs). The target is (n_samples, n_steps, n_outputs)
    with NaN for values that are not known, or class indices, (n_samples, n_steps), with -1.

    Parameters
    ----------
    loss : CrossEntropy or SquaredError
        The loss of a step.
    n_known : float, default=1.0
        Mean number of known steps of a sample, by which the sum is divided.
    class_weight : ndarray of shape (n_classes,) or None, default=None
        Factor of the loss of each class. None means 1.
    """

    def __init__(self, loss: Loss, n_known: float = 1.0, class_weight: Array | None = None):
        super().__init__(loss.n_outputs)
        self.loss, self.n_known, self.class_weight = loss, n_known, class_weight
        self.n_classes, self.learns = loss.n_classes, f"{loss.learns} for each step"

    def of_length(self, n_known: float) -> "EachStep":
        """Return the loss for samples with another mean number of known steps."""
        return EachStep(self.loss, n_known, self.class_weight)

    def step_weight(self, y: Array, weight: Array) -> Array:
        """Return the weight of each step, (n_samples, n_steps): 0 if it is not known."""
        known = self.known(y)
        found = np.where(known, weight[:, None] / self.n_known, 0.0)
        return found if self.class_weight is None else found * self.class_weight[y * known]

    def known(self, y: Array) -> Array:
        """Return which steps are known, at least of one output, (n_samples, n_steps)."""
        return np.asarray(y >= 0 if self.n_classes else ~np.isnan(y).all(axis=2))

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient, in the shape of the outputs."""
        known = self.known(y)
        each = self.step_weight(y, weight).ravel()
        wanted = np.where(known, y, 0) if self.n_classes else np.where(np.isnan(y), outputs, y)
        rows = outputs.reshape(-1, self.n_outputs)
        wanted = wanted.reshape(len(rows), *wanted.shape[2:])
        loss, gradient = self.loss.gradient(rows, wanted, each)
        return loss, gradient.reshape(outputs.shape)

    def score(self, outputs: Array, y: Array) -> float:
        """Return the score of the steps that are known, averaged over outputs."""
        if self.n_classes:
            known = self.known(y)
            return self.loss.score(outputs[known], y[known])
        scores = []
        for k in range(self.n_outputs):
            known = ~np.isnan(y[:, :, k])
            scores.append(self.loss.score(outputs[known][:, k : k + 1], y[known][:, k : k + 1]))
        return float(np.mean(scores))

    def targets(self, y: Array) -> Array:
        """Return the targets of a regression, (n_samples, n_steps, n_outputs), NaN if unknown."""
        if not self.n_classes:
            return y
        found = self.loss.targets(np.maximum(y, 0))
        return np.where(self.known(y)[:, :, None], found, np.nan)

    def fit(self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Raise, because the features of all steps do not fit into memory: see `step_ridge`."""
        raise NotImplementedError


@kernel
def _decode_steps(counts: Any, weights: Any, shift: Any, decays: Any, y: Any) -> None:
    """Write the outputs, (n_samples, n_steps, n_outputs).

    `counts` are (n_samples, n_steps, n_lanes), `weights` (n_lanes, n_taus, n_outputs).
    """
    n_samples, n_steps, n_lanes = counts.shape
    _, n_taus, n_outputs = weights.shape
    sums = np.empty((n_taus, n_outputs))
    for b in range(n_samples):
        sums[:] = 0.0
        for t in range(n_steps):
            # decay
            for k in range(n_taus):
                for j in range(n_outputs):
                    sums[k, j] *= decays[k]
            # add the spikes
            for h in range(n_lanes):
                count = counts[b, t, h]
                if count != 0:
                    for k in range(n_taus):
                        for j in range(n_outputs):
                            sums[k, j] += count * weights[h, k, j]
            # compute the outputs
            for j in range(n_outputs):
                y[b, t, j] = shift[j]
                for k in range(n_taus):
                    y[b, t, j] += sums[k, j]


@kernel
def _decode_steps_vjp(
        counts: Any, doutputs: Any, back: Any, decays: Any, dspikes: Any, dweights: Any,
        dshift: Any) -> None:
    """Write the gradients of the spikes. Add those of weights and shift to sums.

    `back` are weights for the backward pass, (n_taus, n_outputs, n_lanes).
    """
    n_samples, n_steps, n_lanes = counts.shape
    n_taus, n_outputs, _ = back.shape
    grads, ds = np.empty((n_taus, n_outputs)), np.empty(n_lanes)
    for b in range(n_samples):
        grads[:] = 0.0
        for t in range(n_steps - 1, -1, -1):
            # carry the gradients of the sums back by a step
            for j in range(n_outputs):
                dshift[j] += doutputs[b, t, j]
                for k in range(n_taus):
                    grads[k, j] = doutputs[b, t, j] + decays[k] * grads[k, j]
            # carry them back to the spikes
            ds[:] = 0.0
            for k in range(n_taus):
                for j in range(n_outputs):
                    d = grads[k, j]
                    for h in range(n_lanes):
                        ds[h] += d * back[k, j, h]
            for h in range(n_lanes):
                dspikes[b, t, h] = ds[h]
            # and to the weights
            for h in range(n_lanes):
                count = counts[b, t, h]
                if count != 0:
                    for k in range(n_taus):
                        for j in range(n_outputs):
                            dweights[h, k, j] += count * grads[k, j]


class StepDecoding(Decoding):
    """A decoder of leaky traces in the layout of the spike counts, of which each step has one.

    Parameters
    ----------
    decoder : LinearDecoder
        The decoder. Call `update` after a change of its coefficients in place.
    decays : ndarray of shape (n_taus,)
        Factors of the traces in a step.
    feedback : ndarray of shape (n_features, n_outputs) or None, default=None
        Weights of the backward pass. None means the coefficients.
    """

    def __init__(self, decoder: LinearDecoder, decays: Array, feedback: Array | None = None):
        super().__init__(decoder, len(decays), feedback)
        self.decays = decays.astype(float)

    def arrays(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return arrays of `gradient` for counts of a shape: outputs and spike gradients."""
        return (
            aligned_empty((*shape[:2], len(self.intercept)), DOUBLE), aligned_empty(shape, dtype))

    def decode(self, lanes: Array) -> Array:
        """Return the outputs of spike counts, (n_samples, n_steps, n_lanes)."""
        y = np.empty((*lanes.shape[:2], len(self.intercept)))
        self._decode(lanes, y)
        return y

    def _decode(self, lanes: Array, y: Array) -> None:
        weights = self.coef * self.inverse_scale  # (n_outputs, n_taus, n_lanes)
        shift = self.intercept - (weights * self.mean).sum(axis=(1, 2))
        _decode_steps(
            lanes, np.ascontiguousarray(weights.transpose(2, 1, 0)), shift, self.decays, y)

    def gradient(
            self, lanes: Array, filters: Array, loss: Any, y: Array, weight: Array,
            arrays: Any, coef_sums: Array, intercept_sums: Array) -> float:
        """Return the summed loss, as `Decoding` does. The filters have the values of the decays."""
        outputs, dspikes = arrays
        self._decode(lanes, outputs)
        summed, doutputs = loss.gradient(outputs, y, weight)
        dweights, dshift = np.zeros(self.coef.shape[::-1]), np.zeros(len(self.intercept))
        _decode_steps_vjp(
            lanes, np.ascontiguousarray(doutputs),
            np.ascontiguousarray((self.back * self.inverse_scale).swapaxes(0, 1)), self.decays,
            dspikes, dweights, dshift)
        centred = dweights.transpose(2, 1, 0) - self.mean * dshift[:, None, None]
        coef_sums += centred * self.inverse_scale
        intercept_sums += dshift
        return float(summed)


@kernel
def traces_of(raster: Any, decays: Any, x: Any) -> None:
    """Write the traces, (n_steps, n_neurons, n_taus), of a raster (n_neurons, n_steps)."""
    n_neurons, n_steps = raster.shape
    for t in range(n_steps):
        for h in range(n_neurons):
            for k in range(len(decays)):
                before = x[t - 1, h, k] if t else 0.0
                x[t, h, k] = decays[k] * before + raster[h, t]


def step_features(network: Network, task: Task, row: int) -> tuple[Array, Array]:
    """Return the traces of the known steps of a row, (n_known, n_features), and their targets."""
    target: Any = task.target
    raster = network.rasters(task.inputs.batch(np.array([row])))[0]
    decays = step_decays(network)
    x = np.empty((raster.shape[1], *raster.shape[:1], len(decays)))
    traces_of(raster, decays, x)
    y = target.y[row]
    known = target.loss.known(y[None])[0]
    return x.reshape(len(x), -1)[known], y[known]


def step_decays(network: Network) -> Array:
    """Return the decays of the readout of a network, as streams use them."""
    taus: Any = network.readout.taus
    return decays_of(taus, network.dt).astype(float)


def step_decoder(task: Task, network: Network) -> LinearDecoder:
    """Return a decoder standardised on the traces of known steps, with small coefficients.

    The scale has a lower bound: the deviation of the trace of a neuron with few spikes.
    """
    n_features, n = network.size * len(network.readout.taus), 0
    total, squares = np.zeros((2, n_features))
    for row in task.some_rows()[:N_PIECES]:
        x, _ = step_features(network, task, row)
        total += x.sum(axis=0)
        squares += (x * x).sum(axis=0)
        n += len(x)
    mean = total / max(n, 1)
    deviation = np.sqrt(np.maximum(squares / max(n, 1) - mean**2, 0))
    # a trace of r spikes per time constant has the variance r / 2
    scale = np.maximum(deviation, np.sqrt(MIN_RATE / 2))
    n_outputs = task.target.n_outputs
    coef = task.rng.normal(0, 0.1 / np.sqrt(n_features), (n_features, n_outputs))
    return LinearDecoder(coef, np.zeros(n_outputs), mean, scale)
