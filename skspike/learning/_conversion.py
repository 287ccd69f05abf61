"""Weights of a fitted perceptron, for integrate-and-fire neurons.

    rate of a neuron    r = a / scale                  a = max(z, 0), from 0 to 1
    potential           v <- v + sum_k w_k s_k + b     without leak
    spike               if v > threshold: v <- v - q,  q = threshold - v_reset

After n steps, n r spikes have removed what the inputs have added, to within one spike. So the
spike counts are the activations of the perceptron, rounded.
"""

from typing import Any, Self

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from .._utils import Array
from ..neurons import LIF, Neuron
from ..readouts import Count
from ..simulation import Layer
from ._base import Rule
from ._decoder import SD_FLOOR, LinearReadout
from ._initialise import features_of
from ._task import Result, State, Task

PERCENTILES = 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 100.0  # of activations, which become the rate 1
N_JUDGED = 2000  # samples on which a percentile is chosen
N_ENCODED = 256  # samples that are encoded at a time
# A membrane without leak that keeps the excess over the threshold. It starts in the middle between
# two spikes, so that counts are rounded to the nearest number, and not down.
INTEGRATOR = LIF(
    tau_mem=np.inf, threshold=0.5, v_reset=-0.5, reset="subtract", tau_mem_bounds="fixed",
    threshold_bounds="fixed", v_reset_bounds="fixed")


class Conversion(Rule):
    """Weights and biases of a fitted perceptron. Spike counts are its activations.

    ``from_mlp`` of the estimators uses this rule once. The features are decoded from the spike
    counts of the encoder by least squares, so any coding can be used whose counts depend on the
    values. The activation that becomes a spike in every step is a percentile of the activations. A
    low percentile has more spikes and less rounding, and limits the largest activations. The one
    with the lowest loss is chosen.

    Parameters
    ----------
    perceptron : MLPClassifier or MLPRegressor
        Fitted, with ``activation="relu"``, on the same features as the network.
    """

    name = None  # it needs a perceptron
    only_classes = False
    learns_bias = True
    ignores = (
        "learning_rate", "intrinsic_learning_rate", "schedule", "max_iter", "learn_intrinsic")
    refuses = {
        "recurrent": "a perceptron has no recurrent weights",
        "delays": "a perceptron has no delays",
        "convolution": "a perceptron has dense layers",
        "augment": "the weights are given", "dropout": "the weights are given",
        "spike_penalty": "the weights are given", "early_stopping": "the weights are given"}

    def __init__(self, perceptron: MLPClassifier | MLPRegressor):
        self.perceptron = perceptron

    def __sklearn_clone__(self) -> Self:
        """Return a copy with the fitted perceptron, which scikit-learn would copy without it."""
        return type(self)(self.perceptron)

    def check(self) -> None:
        """Raise if the perceptron is not fitted, or has other units."""
        mlp = self.perceptron
        if not isinstance(mlp, (MLPClassifier, MLPRegressor)):
            raise TypeError(
                "Conversion needs a fitted MLPClassifier or MLPRegressor of scikit-learn, got "
                f"{type(mlp).__name__}. Of a Pipeline, pass the last step, and transformed data.")
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

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron. Raise unless it integrates its input without leak."""
        is_integrator = isinstance(neuron, LIF) and neuron.reset == "subtract" and (
            neuron.tau_syn is None and neuron.refractory == 0 and np.all(neuron.tau_mem == np.inf))
        if not is_integrator:
            raise ValueError(
                "Conversion needs neurons that integrate without leak and keep the excess over "
                "the threshold: neuron=LIF(tau_mem=np.inf, tau_mem_bounds='fixed', "
                f"reset='subtract'), got {neuron!r}.")
        return neuron

    def learn(self, task: Task) -> Result:
        """Return the converted network."""
        mlp, target = self.perceptron, task.target
        y: Any = target.y
        weight: Any = target.sample_weight
        _check_task(task, mlp)
        decoder = _least_squares(task)
        rows = np.sort(task.some_rows()[:N_JUDGED])

        def converted(percentile: float) -> tuple[float, State]:
            """Return the loss and the state for a percentile."""
            state = _converted(task, mlp, decoder, percentile)
            readout: Any = state.decoder
            network = task.network(state.layers, readout=state.readout)
            features = self.responses(network, task.inputs, rows, task.settings.n_jobs)
            loss, _ = target.loss.gradient(readout.outputs(features), y[rows], weight[rows])
            return loss, state

        found = [converted(percentile) for percentile in PERCENTILES]
        best = int(np.argmin([loss for loss, _ in found]))
        return Result(found[best][1], task.settings.neuron, {"n_iter_": 1})


def _check_task(task: Task, mlp: Any) -> None:
    """Raise if the network has other sizes than the perceptron, or no encoder."""
    settings, X = task.settings, task.inputs.X
    sizes = tuple(weights.shape[1] for weights in mlp.coefs_[:-1])
    if settings.hidden_layer_sizes != sizes:
        raise ValueError(
            f"hidden_layer_sizes must be {sizes}, as in the perceptron, got "
            f"{settings.hidden_layer_sizes}.")
    if X.ndim != 2 or X.shape[1] != mlp.n_features_in_ or task.inputs.encoder is None:
        raise ValueError(
            f"Conversion needs an encoder and a table of the {mlp.n_features_in_} features of the "
            f"perceptron, got an array of shape {X.shape} with encoder="
            f"{task.inputs.encoder!r}. Set "
            "encoder=SpikeEncoder(coding=IntegrateAndFire(signed=True)).")
    if (X == X[0]).all():
        raise ValueError(
            "Conversion sets the scale of the encoder and of the firing rates on X, so X must have "
            f"different rows, got shape {X.shape} with equal rows. Pass some hundred samples of "
            "the training data.")
    if not (isinstance(settings.readouts[0], Count) and settings.bias):
        raise ValueError("Conversion needs readout='count' and bias=True.")
    n_outputs = task.target.n_outputs
    wanted = 2 if mlp.n_outputs_ == 1 and task.target.n_classes else mlp.n_outputs_
    if n_outputs != wanted:
        raise ValueError(
            f"The perceptron has {wanted} classes or outputs, and y has {n_outputs}.")


def _features(task: Task) -> Array:
    """Return the features of each row."""
    features: Array = task.inputs.X[task.inputs.samples]
    return features


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
        coef[j] = np.linalg.lstsq(centred, X[:, j] - X[:, j].mean())[0]
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
        y: Any = task.target.y
        unit, shift = _unit(values, y)
        outputs, intercept = outputs * unit, intercept * unit + shift
    coef = outputs * before / task.inputs.n_steps
    readout, rows = settings.readouts[0], np.arange(len(task.inputs))
    features, units = features_of(task, task.network(layers, readout=readout), rows)
    mean, deviation = features.mean(0), np.maximum(features.std(0), SD_FLOOR * units)
    return State(
        layers,
        LinearReadout(coef * deviation[:, None], intercept + mean @ coef, mean, deviation), readout)


def _unit(values: Array, y: Array) -> tuple[Array, Array]:
    """Return the factor and the shift of the values of each output that fit y best."""
    centred, wanted = values - values.mean(axis=0), y - y.mean(axis=0)
    power = (centred**2).sum(axis=0)
    factor = (centred * wanted).sum(axis=0) / np.where(power > 0, power, 1.0)
    return factor, y.mean(axis=0) - factor * values.mean(axis=0)
