"""Readout that learns from one sample at a time, in float32.

Exported code has the same operations in the same order, so results are equal bit for bit. The
residual e of a sample with features z moves the coefficients by the step of `least_change` for this
sample alone:

    e_j = (1 if j is the class else 0) - softmax(outputs / T)_j       classes
    e_j = y_j - outputs_j                                             values, T = 1
    coef += T z e / ((curvature + penalty) (1 + |z|^2))
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array, kernel
from ..neurons import exp
from ._decoder import LinearDecoder
from ._losses import CrossEntropy, Loss, SquaredError

ZERO, ONE = np.float32(0), np.float32(1)


@kernel
def _decide(
        features: Any, mean: Any, inverse_scale: Any, coef: Any, intercept: Any, z: Any,
        outputs: Any) -> None:
    """Compute the standardised features and the outputs."""
    for k in range(len(z)):
        z[k] = (features[k] - mean[k]) * inverse_scale[k]
    for j in range(len(outputs)):
        total = intercept[j]
        for k in range(len(z)):
            total += coef[k, j] * z[k]
        outputs[j] = total


@kernel
def _class_errors(outputs: Any, label: Any, coldness: Any, errors: Any) -> None:
    """Compute the residuals of the probabilities of classes."""
    largest, total = outputs[0], ZERO
    for j in range(len(outputs)):
        largest = outputs[j] if outputs[j] > largest else largest
    for j in range(len(outputs)):
        errors[j] = exp((outputs[j] - largest) * coldness)
        total += errors[j]
    for j in range(len(outputs)):
        errors[j] = (ONE if j == label else ZERO) - errors[j] / total


@kernel
def _move(z: Any, errors: Any, rate: Any, coef: Any, intercept: Any) -> None:
    """Change the coefficients and intercepts."""
    square = ONE
    for k in range(len(z)):
        square += z[k] * z[k]
    for j in range(len(errors)):
        step = errors[j] * (rate / square)
        intercept[j] += step
        for k in range(len(z)):
            coef[k, j] += step * z[k]


class OnlineReadout(NamedTuple):
    """Decoder in float32 that adapts to one sample at a time. It is never changed in place."""

    loss: Loss
    coef: Array
    intercept: Array
    mean: Array
    inverse_scale: Array

    @classmethod
    def of(cls, decoder: LinearDecoder, loss: Loss, unit: Any = 1.0, offset: Any = 0.0) -> Self:
        """Return the readout of a decoder whose outputs have a unit and an offset.

        Raise ValueError for labels in several columns.
        """
        if not isinstance(loss, (CrossEntropy, SquaredError)):
            raise ValueError(
                "Streams and exported code adapt to one column of classes or to values, got labels "
                "in several columns. Use the method adapt of the network.")
        arrays = (
            decoder.coef * unit, decoder.intercept * unit + offset, decoder.mean,
            1 / decoder.scale)
        return cls(loss, *(np.ascontiguousarray(array, np.float32) for array in arrays))

    def rate(self, penalty: float | None) -> np.float32:
        """Return the factor of the steps for a penalty, by default the one of the loss."""
        penalty = self.loss.adaptation_penalty if penalty is None else penalty
        return np.float32(self.loss.adaptation_temperature / (self.loss.curvature + penalty))

    @property
    def coldness(self) -> np.float32:
        """Inverse temperature: factor of the outputs of classes."""
        return np.float32(1 / self.loss.adaptation_temperature)

    def decided(self, features: Array) -> tuple[Array, Array]:
        """Return the standardised features of a sample, and its outputs."""
        z, outputs = np.empty_like(self.mean), np.empty_like(self.intercept)
        _decide(
            features.astype(np.float32), self.mean, self.inverse_scale, self.coef, self.intercept,
            z, outputs)
        return z, outputs

    def adapted(self, features: Array, y: Any, penalty: float | None) -> Self:
        """Return the readout after a sample, with a class index or the values of all outputs."""
        z, outputs = self.decided(features)
        coef, intercept = self.coef.copy(), self.intercept.copy()
        if self.loss.n_classes:
            errors = np.empty_like(outputs)
            _class_errors(outputs, y, self.coldness, errors)
        else:
            errors = np.asarray(y, np.float32) - outputs
        _move(z, errors, self.rate(penalty), coef, intercept)
        return self._replace(coef=coef, intercept=intercept)
