"""Weights of a fitted perceptron, for integrate-and-fire neurons.

    rate of a neuron    r = a / scale                  a = max(z, 0), from 0 to 1
    potential           v <- v + sum_k w_k s_k + b     without leak
    spike               if v > threshold: v <- v - q,  q = threshold - v_reset

After n steps, n r spikes have removed what the inputs have added, to within one spike. So the
spike counts are the activations of the perceptron, rounded.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from .._base import Array
from ..neurons import LIF
from ..simulation import Count, Layer, Network
from ._decoder import SD_FLOOR, LinearDecoder
from ._initialise import features_of
from ._rule import Rule, in_groups
from ._task import Result, Settings, State, Task

PERCENTILES = 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 100.0  # of activations, which become the rate 1
N_JUDGED = 2000  # samples on which a percentile is chosen
N_ENCODED = 256  # samples that are encoded at a time
# A membrane without leak that keeps the excess over the threshold. It starts in the middle between
# two spikes, so that counts are rounded to the nearest number, and not down.
INTEGRATOR = LIF(
    tau_mem=np.inf, threshold=0.5, v_reset=-0.5, reset="subtract", tau_mem_bounds="fixed",
    threshold_bounds="fixed", v_reset_bounds="fixed")


class Conversion(Rule):
    """Take the weights and biases of a fitted perceptron, whose activations become spike counts.

    The features are decoded from the spike counts of the encoder by least squares, so any coding
    can be used whose counts depend on the values. The activation that becomes a spike in every step
    is a percentile of the activations. A low percentile has more spikes and less rounding, and
    limits the largest activations. The one with the lowest loss is chosen.

    Parameters
    ----------
    perceptron : MLPClassifier or MLPRegressor
        Fitted, with ``activation="relu"``, on the same features as the network.
    """

    name = None
    only_classes = False
    default_learning_rate, bias = None, True
    supports = "recurrent", "convolution", "readout", "early_stopping", "alpha"

    def __init__(self, perceptron: Any):
        self.perceptron = perceptron

    def __sklearn_clone__(self) -> Self:
        """Return the rule itself, because a clone of the perceptron would not be fitted."""
        return self

    def check(self) -> None:
        """Raise if the perceptron is not fitted, or has other units."""
        mlp = self.perceptron
        if not hasattr(mlp, "coefs_"):
            raise ValueError(f"Conversion needs a fitted perceptron. Call fit of {mlp!r} first.")
        if mlp.activation != "relu":
            raise ValueError(
                "Conversion needs a perceptron with activation='relu', whose activations are "
                f"never negative, as firing rates, got activation={mlp.activation!r}.")
        if mlp.out_activation_ == "exp":
            raise ValueError(
                "Conversion needs an MLPRegressor with loss='squared_error', because the readout "
                f"of a network is linear, got loss={mlp.loss!r}.")

    def runs(self, sizes: Sequence[int]) -> int:
        """Return 0, because there are no epochs."""
        return 0

    def learn(self, task: Task) -> Result:
        """Return the converted network."""
        mlp, target = self.perceptron, task.target
        y, weight = target.y, target.sample_weight
        _check_task(task)
        decoder = _least_squares(task)
        rows = np.sort(task.some_rows()[:N_JUDGED])

        def converted(percentile: float) -> tuple[float, State]:
            """Return the loss and the state for a percentile."""
            state = _converted(task, mlp, decoder, percentile)
            readout: Any = state.decoder
            network = task.network(state.layers, readout=state.readout)
            features = in_groups(Network.features, network, task.inputs, rows, task.settings.n_jobs)
            loss, _ = target.loss.gradient(readout.outputs(features), y[rows], weight[rows])
            return loss, state

        found = [converted(percentile) for percentile in PERCENTILES]
        best = int(np.argmin([loss for loss, _ in found]))
        return Result(found[best][1], task.settings.neuron, {"n_iter_": 1})


def _check_task(task: Task) -> None:
    """Raise if the network does not have the form of the perceptron, or all rows are equal."""
    _check_form(task.settings)
    X = task.inputs.X
    if (X == X[0]).all():
        raise ValueError(
            "Conversion sets the scale of the encoder and of the firing rates on X, so X must have "
            f"different rows, got shape {X.shape} with equal rows. Pass some hundred samples of "
            "the training data.")


def _check_form(settings: Settings) -> None:
    """Raise unless layers are plain, and neurons integrate without leak."""
    if any(settings.recurrent) or settings.delays != (0,):
        raise ValueError(
            "Conversion needs recurrent=False and no delays, because a perceptron has neither.")
    if not isinstance(settings.readouts[0], Count):
        raise ValueError("Conversion needs readout='count'.")
    neuron: Any = settings.neuron
    is_integrator = isinstance(neuron, LIF) and neuron.reset == "subtract" and (
        neuron.tau_syn is None and neuron.refractory == 0 and np.all(neuron.tau_mem == np.inf))
    if not is_integrator:
        raise ValueError(
            "Conversion needs neurons that integrate without leak and keep the excess over the "
            "threshold: neuron=LIF(tau_mem=np.inf, tau_mem_bounds='fixed', reset='subtract'), got "
            f"{neuron!r}.")


def _features(task: Task) -> Array:
    """Return the features of each row."""
    return np.asarray(task.inputs.X[task.inputs.samples])


def _least_squares(task: Task) -> tuple[Array, Array]:
    """Return the linear map from the spike rates of the encoder to the features.

    These are coefficients, (n_features, channels of a feature), and offsets, (n_features,).
    """
    X, encoder = _features(task), task.inputs.encoder
    n_features = X.shape[1]
    rates = np.concatenate(
        [
            encoder.transform(X[first : first + N_ENCODED]).mean(axis=2)
            for first in range(0, len(X), N_ENCODED)])
    rates = rates.reshape(len(X), n_features, -1).astype(float)
    coef = np.empty(rates.shape[1:])
    for j in range(n_features):
        centred = rates[:, j] - rates[:, j].mean(axis=0)
        coef[j] = np.linalg.lstsq(centred, X[:, j] - X[:, j].mean(), rcond=None)[0]
    return coef, X.mean(axis=0) - (rates.mean(axis=0) * coef).sum(axis=1)


def _converted(
        task: Task, mlp: Any, decoder: tuple[Array, Array], percentile: float) -> State:
    """Return the network in which a percentile of the activations is one spike per step."""
    settings, activations, before, layers = task.settings, _features(task), 1.0, []
    for k, (weights, bias) in enumerate(zip(mlp.coefs_[:-1], mlp.intercepts_, strict=False)):
        activations = np.maximum(activations @ weights + bias, 0)
        positive = activations[activations > 0]
        scale = float(np.percentile(positive, percentile)) if len(positive) else 1.0
        if k == 0:
            coef, offset = decoder
            bias = bias + offset @ weights
            weights = (coef[:, :, None] * weights[:, None]).reshape(-1, weights.shape[1])
        intrinsics = settings.neuron.initial(len(bias), task.rng)
        unit = (intrinsics["threshold"] - intrinsics["v_reset"]) / scale
        layers.append(
            Layer(
                np.ascontiguousarray(before * weights * unit, np.float32), intrinsics,
                bias=(bias * unit).astype(np.float32)))
        before = scale
    outputs, intercept = mlp.coefs_[-1], mlp.intercepts_[-1]
    if task.target.n_classes == 2:  # one logit becomes two, with the same difference
        outputs, intercept = outputs * [[-0.5, 0.5]], intercept * [-0.5, 0.5]
    elif task.target.loss.learns == "values":  # in the unit of the target
        values = activations @ outputs + intercept
        unit, shift = _unit(values, task.target.y)
        outputs, intercept = outputs * unit, intercept * unit + shift
    coef = outputs * before / task.inputs.n_steps
    readout, rows = settings.readouts[0], np.arange(len(task.inputs))
    features, units = features_of(task, task.network(layers, readout=readout), rows)
    mean, deviation = features.mean(0), np.maximum(features.std(0), SD_FLOOR * units)
    return State(
        layers,
        LinearDecoder(coef * deviation[:, None], intercept + mean @ coef, mean, deviation), readout)


def _unit(values: Array, y: Array) -> tuple[Array, Array]:
    """Return the factor and the shift of the values of each output that fit y best."""
    centred, wanted = values - values.mean(axis=0), y - y.mean(axis=0)
    power = (centred**2).sum(axis=0)
    factor = (centred * wanted).sum(axis=0) / np.where(power > 0, power, 1.0)
    return factor, y.mean(axis=0) - factor * values.mean(axis=0)
