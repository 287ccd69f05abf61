"""Linear decoders of standardised features, and of leaky traces for outputs at each step.

    z = (feature - mean) / max(sd, floor),   outputs = z coef + intercept

Mean and standard deviation of each feature are estimated on training data under the initial
weights, and stay constant. Without standardisation a large count would act as a large learning
rate, and any change of rates would change the outputs.

For training, the outputs and the gradients back to the spikes are compiled. For each sample, with
the spike counts c of each neuron in each segment of time:

    z = (filters c - mean) / scale
    outputs = coef z + intercept
    dz = back doutputs
    ds = filters (dz / scale)

`back` is `coef`, or the feedback weights that replace it in the backward pass. All arrays over
neurons have the layout of the spike counts: neurons are padded to whole panels of WIDTH.

With outputs at each step, the features are leaky traces x of the spikes s, with the decays d:

    x_k(t) = d_k x_k(t - 1) + s(t)                      trace k of each neuron
    y(t)   = sum_k coef_k . (x_k(t) - mean_k) / scale_k + intercept

The traces are never stored, because the decay commutes with the coefficients: the spikes change one
sum per time constant and output. The backward pass filters the gradients of the outputs with the
same decays, from the last step to the first.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array, copy, kernel, no_arrays, set_zero, stack_array
from ..simulation import WIDTH, Network, aligned_empty, decays_of, to_lanes

SD_FLOOR = 0.7  # lower bound of the standard deviation of a count, in spikes
DOUBLE_ZERO, DOUBLE = np.float64(0), np.dtype(np.float64)


class LinearDecoder(NamedTuple):
    """Linear decoder of standardised features.

    Parameters
    ----------
    coef : ndarray of shape (n_features, n_outputs)
        Coefficients.
    intercept : ndarray of shape (n_outputs,)
        Intercepts.
    mean : ndarray of shape (n_features,)
        Mean of the features.
    scale : ndarray of shape (n_features,)
        Divisor of the centred features.

    See Also
    --------
    with_decoder : Returns a decoder standardised on the data.
    skspike.simulation.Readout : Computes the features.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import LinearDecoder
    >>> coef, intercept = np.array([[1.0], [2.0]]), np.zeros(1)
    >>> decoder = LinearDecoder(coef, intercept, mean=np.array([3.0, 3.0]), scale=np.ones(2))
    >>> decoder.outputs(np.array([[3.0, 4.0]]))
    array([[2.]])
    """

    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def initial(
            cls, features: Array, n_outputs: int, rng: np.random.RandomState,
            units: Array | float = 1.0) -> Self:
        """Return a decoder standardised on features, with small random coefficients.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of training data.
        n_outputs : int
            Number of outputs.
        rng : RandomState
            Draws the coefficients.
        units : ndarray of shape (n_features,) or float, default=1.0
            Standard deviation of each feature for independent spikes, relative to a spike count. It
            scales the lower bound of the standard deviation.

        Returns
        -------
        decoder : LinearDecoder
            Decoder with intercepts of 0.
        """
        n_features = features.shape[1]
        coef = rng.normal(0, 1 / np.sqrt(n_features), (n_features, n_outputs))
        scale = np.maximum(features.std(0), SD_FLOOR * units)
        return cls(coef, np.zeros(n_outputs), features.mean(0), scale)

    def standardise(self, features: Array) -> Array:
        """Return the standardised features.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.

        Returns
        -------
        z : ndarray of shape (n_samples, n_features)
            The features minus their mean, divided by their scale.
        """
        return np.asarray((features - self.mean) / self.scale)

    def of_features(self) -> tuple[Array, Array]:
        """Return the decoder of features that are not standardised.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        coef = self.coef / self.scale[:, np.newaxis]
        return coef, self.intercept - self.mean @ coef

    def outputs(self, features: Array) -> Array:
        """Return the outputs.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs)
            Logits of classes, or predicted values.
        """
        return np.asarray(self.standardise(features) @ self.coef + self.intercept)


@kernel
@no_arrays
def _decode(
        counts: Any, filters: Any, coef: Any, intercept: Any, mean: Any, inverse_scale: Any, z: Any,
        outputs: Any) -> None:
    """Compute standardised features and outputs.

    `counts` are (n_samples, n_segments, n_lanes), `filters` (n_filters, n_segments), `coef`
    (n_outputs, n_filters, n_lanes), `mean` and `inverse_scale` (n_filters, n_lanes), and `z`
    (n_samples, n_filters, n_lanes).
    """
    n_outputs, n_filters, n_lanes = coef.shape
    sums = stack_array(WIDTH, DOUBLE_ZERO)
    for b in range(len(counts)):
        # compute the standardised features
        for f in range(n_filters):
            for first in range(0, n_lanes, WIDTH):
                set_zero(sums, WIDTH)
                for s in range(filters.shape[1]):
                    factor, segment = filters[f, s], counts[b, s, first:]
                    if factor != DOUBLE_ZERO:
                        for h in range(WIDTH):
                            sums[h] += factor * segment[h]
                centre, factors = mean[f, first:], inverse_scale[f, first:]
                for h in range(WIDTH):
                    sums[h] = (sums[h] - centre[h]) * factors[h]
                copy(z[b, f, first:], sums, WIDTH)
        # compute the outputs, first as sums in vectors
        for j in range(n_outputs):
            set_zero(sums, WIDTH)
            for f in range(n_filters):
                for first in range(0, n_lanes, WIDTH):
                    features, weights = z[b, f, first:], coef[j, f, first:]
                    for h in range(WIDTH):
                        sums[h] += features[h] * weights[h]
            outputs[b, j] = intercept[j]
            for h in range(WIDTH):
                outputs[b, j] += sums[h]


@kernel
@no_arrays
def _decode_vjp(
        z: Any, doutputs: Any, filters: Any, back: Any, inverse_scale: Any, dspikes: Any,
        coef_sums: Any, intercept_sums: Any) -> None:
    """Write the gradients of the spikes. Add those of coefficients and intercepts to sums.

    The features `z` are overwritten by their gradients.
    """
    n_outputs, n_filters, n_lanes = back.shape
    sums = stack_array(WIDTH, DOUBLE_ZERO)
    for j in range(n_outputs):
        total = DOUBLE_ZERO
        for b in range(len(z)):
            total += doutputs[b, j]
        intercept_sums[j] += total
    for first in range(0, n_lanes, WIDTH):
        for f in range(n_filters):
            # carry the gradients back to the coefficients
            for j in range(n_outputs):
                set_zero(sums, WIDTH)
                for b in range(len(z)):
                    d, features = doutputs[b, j], z[b, f, first:]
                    for h in range(WIDTH):
                        sums[h] += d * features[h]
                coef_sum = coef_sums[j, f, first:]
                for h in range(WIDTH):
                    coef_sum[h] += sums[h]
            # and to the features before their standardisation
            for b in range(len(z)):
                set_zero(sums, WIDTH)
                for j in range(n_outputs):
                    d, weights = doutputs[b, j], back[j, f, first:]
                    for h in range(WIDTH):
                        sums[h] += d * weights[h]
                factors = inverse_scale[f, first:]
                for h in range(WIDTH):
                    sums[h] *= factors[h]
                copy(z[b, f, first:], sums, WIDTH)
        # carry the gradients back to the spikes
        for b in range(len(z)):
            for s in range(filters.shape[1]):
                set_zero(sums, WIDTH)
                for f in range(n_filters):
                    factor, dfeatures = filters[f, s], z[b, f, first:]
                    if factor != DOUBLE_ZERO:
                        for h in range(WIDTH):
                            sums[h] += factor * dfeatures[h]
                ds = dspikes[b, s, first:]
                for h in range(WIDTH):
                    ds[h] = sums[h]


@kernel
@no_arrays
def mean_coefficients(
        coef_sums: Any, intercept_sums: Any, n: Any, coef: Any, intercept: Any) -> None:
    """Write sums in the layout of the panels, divided by n, in the order of the decoder."""
    n_outputs, n_filters, _ = coef_sums.shape
    for j in range(n_outputs):
        intercept[j] = intercept_sums[j] / n
        for f in range(n_filters):
            for h in range(len(coef) // n_filters):
                coef[h * n_filters + f, j] = coef_sums[j, f, h] / n


class Decoding:
    """A decoder in the layout of the spike counts.

    Parameters
    ----------
    decoder : LinearDecoder
        The decoder. Call `update` after a change of its coefficients in place.
    n_filters : int
        Number of filters of the readout.
    feedback : ndarray of shape (n_features, n_outputs) or None, default=None
        Weights of the backward pass. None means the coefficients.
    """

    def __init__(self, decoder: LinearDecoder, n_filters: int, feedback: Array | None = None):
        self.decoder, self.intercept = decoder, decoder.intercept
        self.mean, self.inverse_scale = (
            _lanes(array[None], n_filters)[0] for array in (decoder.mean, 1 / decoder.scale))
        self.coef = _lanes(decoder.coef.T, n_filters)
        self.back = self.coef if feedback is None else _lanes(feedback.T, n_filters)
        # the coefficients of the decoder, and their copies: neurons, filters, outputs
        self.source = decoder.coef.reshape(-1, n_filters, len(self.intercept))
        self.copies = self.coef[..., : len(self.source)].transpose(2, 1, 0)

    def update(self) -> None:
        """Use the present coefficients of the decoder. The intercepts are shared with it."""
        self.copies[...] = self.source

    def bounds(self, reading: Any, n_steps: int) -> Array:
        """Return the bounds of the segments in which spikes are counted."""
        return np.asarray(reading.bounds)

    def outputs(self, counts: Array, reading: Any) -> Array:
        """Return the outputs for spike counts, (n_samples, n_segments, n_neurons)."""
        return self.decoder.outputs(reading.features(counts))

    def arrays(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return arrays of `gradient` for counts of a shape: z, outputs and spike gradients."""
        n_outputs, n_filters, n_lanes = self.coef.shape
        return (
            aligned_empty((shape[0], n_filters, n_lanes), DOUBLE),
            aligned_empty((shape[0], n_outputs), DOUBLE), aligned_empty(shape, dtype))

    def gradient(
            self, lanes: Array, filters: Array, loss: Any, y: Array, weight: Array,
            arrays: Any, coef_sums: Array, intercept_sums: Array) -> float:
        """Return the summed loss. Write the gradients of the spikes to the last of the arrays.

        `lanes` are the counts, (n_samples, n_segments, n_lanes), and `filters` (n_filters,
        n_segments). The gradients of coefficients and intercepts are added to sums.
        """
        z, outputs, dspikes = arrays
        filters = np.ascontiguousarray(filters)  # one layout, so that kernels are compiled once
        _decode(
            lanes, filters, self.coef, self.intercept, self.mean, self.inverse_scale, z, outputs)
        summed, doutputs = loss.gradient(outputs, y, weight)
        _decode_vjp(
            z, np.ascontiguousarray(doutputs), filters, self.back, self.inverse_scale, dspikes,
            coef_sums, intercept_sums)
        return float(summed)


def _lanes(features: Array, n_filters: int) -> Array:
    """Turn (n, n_neurons * n_filters) into (n, n_filters, n_lanes)."""
    lanes = to_lanes(features.reshape(len(features), -1, n_filters).swapaxes(1, 2))
    return lanes.reshape(len(features), n_filters, -1)


def step_decays(network: Network) -> Array:
    """Return the decays of the readout of a network, as streams use them."""
    taus: Any = network.readout.taus
    return decays_of(taus, network.dt).astype(float)


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
        self.decays = decays

    def bounds(self, reading: Any, n_steps: int) -> Array:
        """Return the bounds of all steps."""
        return np.arange(n_steps + 1)

    def outputs(self, counts: Array, reading: Any) -> Array:
        """Return the outputs of spike counts, (n_samples, n_steps, n_neurons), at each step."""
        lanes = to_lanes(counts).reshape(*counts.shape[:2], -1)
        return self._decode(lanes, np.empty((*lanes.shape[:2], len(self.intercept))))

    def arrays(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return arrays of `gradient` for counts of a shape: outputs and spike gradients."""
        return (
            aligned_empty((*shape[:2], len(self.intercept)), DOUBLE), aligned_empty(shape, dtype))

    def _decode(self, lanes: Array, y: Array) -> Array:
        """Write the outputs of spike counts in panels to y, and return it."""
        weights = self.coef * self.inverse_scale  # (n_outputs, n_taus, n_lanes)
        shift = self.intercept - (weights * self.mean).sum(axis=(1, 2))
        _decode_steps(
            lanes, np.ascontiguousarray(weights.transpose(2, 1, 0)), shift, self.decays, y)
        return y

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
