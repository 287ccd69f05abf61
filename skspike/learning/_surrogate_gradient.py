"""Surrogate-gradient learning: backpropagation through time, of weights and intrinsics together."""

import numpy as np

from .._validation import LARGEST, check_option, convert
from ..simulation import filled
from ._base import Result, Rule, State
from ._descent import descend
from ._initialise import initial_state, with_readout
from ._solvers import SOLVERS
from ._surrogates import SURROGATES, hard_spikes, smooth_spikes
from ._training import Objective, minimise


class CountObjective(Objective):
    """Cross-entropy of a readout of spike counts, as a function of weights, learned intrinsics and readout.

    Parameters are named ``(k, "weights")``, ``(k, "recurrent")`` and ``(k, intrinsic)`` in layer k, the last in the space in which they are
    learned, and "coef" and "intercept".
    """

    def __init__(self, task, state, spikes, dtype=np.float32):
        # copies in C order: solvers work in place, and a warm start must not touch the fit that it starts from
        coef, intercept = (np.array(array, order="C") for array in state.readout[:2])
        self.task, self.readout = task, state.readout._replace(coef=coef, intercept=intercept)
        self.layers = [_in_type(layer, dtype) for layer in state.layers]
        self.network = task.network(self.layers, spikes)
        self.free = [task.neuron.to_free(layer.intrinsics) for layer in self.layers]
        self.learned = {(k, name): free[name] for k, free in enumerate(self.free) for name in task.learned}
        weights = {(k, "weights"): layer.weights for k, layer in enumerate(self.layers)}
        recurrent = {(k, "recurrent"): layer.recurrent for k, layer in enumerate(self.layers) if layer.recurrent is not None}
        self.parameters = {**weights, **recurrent, **self.learned, "coef": coef, "intercept": intercept}
        self.rates = {key: task.intrinsic_learning_rate if key in self.learned else task.learning_rate for key in self.parameters}

    def state(self):
        """Return the present state."""
        return State([_in_type(layer, np.float32) for layer in self.layers], self.readout)

    def moved(self):
        """Clip the intrinsics to their bounds and hand the new values to the network."""
        neuron = self.task.neuron
        for (_, name), values in self.learned.items():
            np.clip(values, *neuron.free_bounds(name), out=values)
        self.layers = [
            layer._replace(intrinsics=neuron.updated(layer.intrinsics, free, self.task.learned))
            for layer, free in zip(self.layers, self.free, strict=True)
        ]
        self.network.update(self.layers)

    def _counts(self, rows):
        return Rule().responses(self.network, self.task.inputs, rows, self.task.n_jobs)

    def logits(self, rows):
        """Return the logits of some samples."""
        return self.readout.logits(self._counts(rows))

    def loss(self, rows):
        """Return the mean loss over some samples."""
        counts = self._counts(rows)
        return self.readout.loss_and_gradient(counts, self.task.y[rows], self.task.sample_weight[rows])[0] / len(rows)

    def add(self, total, events, rows):
        """Add the gradients of some samples to `total`; return their summed loss and the readout's gradients."""
        traces = self.network.forward(events)
        counts = traces[-1].counts.astype(float)
        loss, dcoef, dintercept, dcounts = self.readout.loss_and_gradient(counts, self.task.y[rows], self.task.sample_weight[rows])
        self.network.accumulate(traces, dcounts[:, None, :], total)
        return loss, dcoef, dintercept

    def collect(self, totals, extras):
        """Return the gradients of the parameters."""
        grads = dict(zip(("coef", "intercept"), extras, strict=True))
        for k, (layer, d) in enumerate(zip(self.layers, self.network.collect(totals), strict=True)):
            dfree = self.task.neuron.free_vjp(layer.intrinsics, d.intrinsics)
            grads[k, "weights"] = d.weights
            if d.recurrent is not None:
                grads[k, "recurrent"] = d.recurrent
            grads.update({(k, name): dfree[name] for name in self.task.learned})
        return grads


def _in_type(layer, dtype):
    """Return a layer with copies of its weights, of a dtype."""
    weights, recurrent = (None if array is None else filled(array.shape, dtype, array) for array in (layer.weights, layer.recurrent))
    return layer._replace(weights=weights, recurrent=recurrent)


class SurrogateGradient(Rule):
    """Surrogate-gradient learning of weights and intrinsics together.

    Spikes are hard; on the way back their derivative with respect to the margin ``(v - threshold) / threshold`` is replaced by
    a smooth function of height 1, and the reset counts as constant. The loss is the cross-entropy of a linear readout of the spike
    counts, standardised per neuron, which is trained along.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The stand-in for the derivative; the fast sigmoid's is ``1 / (1 + slope |m|)**2``.
    slope : float, default=5.0
        How fast it falls with the distance m from the threshold.
    solver : {"adam", "sgd", "descent"}, default="adam"
        Adam; stochastic gradient descent with momentum 0.9; or projected gradient descent on all samples in float64 with
        backtracking, which lowers the loss in every step. That loss is smooth: spikes are real numbers, the surrogate's smooth
        function of the margin, in training alone. The fitted estimator then shows ``loss_curve_`` (its first entry is the loss
        before the first step), ``step_sizes_``, ``pg_norm_`` (norm of the projected gradient) and the training accuracy with smooth
        and with hard spikes, ``soft_accuracy_`` and ``hard_accuracy_``. It takes at most `max_iter` steps (of each of the `blocks`), and no
        learning rate.
    spikes : {"auto", "hard", "smooth"}, default="auto"
        Spikes in training; "auto" means smooth for "descent", for which hard spikes are refused, and hard otherwise.
    blocks : {"joint", "alternate"}, default="joint"
        Whether a step of "descent" moves all parameters together, or weights and intrinsics in turn.

    References
    ----------
    .. [1] E. O. Neftci, H. Mostafa, F. Zenke, "Surrogate gradient learning in spiking neural networks", IEEE Signal Processing
       Magazine 36, 2019.
    .. [2] F. Zenke, S. Ganguli, "SuperSpike", Neural Computation 30, 2018.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.learning import SurrogateGradient
    >>> SNNClassifier(rule=SurrogateGradient(slope=10.0)).get_params()["rule__slope"]
    10.0
    """

    name = "surrogate"

    def __init__(self, surrogate="fast_sigmoid", slope=5.0, solver="adam", spikes="auto", blocks="joint"):
        self.surrogate = surrogate
        self.slope = slope
        self.solver = solver
        self.spikes = spikes
        self.blocks = blocks

    def check(self):
        """Raise if a parameter is outside its range; the message names it."""
        check_option(self.surrogate, "surrogate", tuple(SURROGATES))
        convert(self, "slope", above=0, high=LARGEST)
        check_option(self.solver, "solver", (*SOLVERS, "descent"))
        check_option(self.spikes, "spikes", ("auto", "hard", "smooth"))
        check_option(self.blocks, "blocks", ("joint", "alternate"))
        if self.solver == "descent" and self.spikes == "hard":
            raise ValueError(
                "solver='descent' needs spikes='smooth': the true gradient of hard spikes is zero almost everywhere, so that no step "
                "along a surrogate is sure to lower the loss."
            )

    def prepare(self, neuron):
        """Return the neuron, which raises if it has no smooth form and needs one."""
        neuron.kernels(smooth=self._smooth())
        return neuron

    def _smooth(self):
        return self.spikes == "smooth" or (self.spikes == "auto" and self.solver == "descent")

    def learn(self, task):
        """Learn weights and intrinsics and return a ``Result``."""
        spikes = (smooth_spikes if self._smooth() else hard_spikes)(self.surrogate, self.slope)
        state = task.start or initial_state(task)
        state = state if state.readout else with_readout(task, state, spikes)
        if self.solver == "descent":
            objective = CountObjective(task, state, spikes, np.float64)
            attributes = descend(objective, task, self.blocks)
        else:
            objective = CountObjective(task, state, spikes)
            attributes = minimise(objective, SOLVERS[self.solver](objective.parameters, objective.rates), task)
        return Result(objective.state(), task.neuron, attributes)
