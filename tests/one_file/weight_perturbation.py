"""Learning by simultaneous perturbation of all parameters.

    g = (L(p + c d) - L(p - c d)) / (2 c) d,    d = -1 or 1 at random for each parameter
"""

from .._checks import LARGEST, convert
from ._base import Rule
from ._initialise import initial_state, with_readout
from ._readout_objective import ReadoutObjective
from ._solvers import Adam
from ._surrogates import hard_spikes
from ._task import Result, Task
from ._training import minimise


class _Perturbed(ReadoutObjective):
    """The loss, with gradients that are estimated from two runs with perturbed parameters."""

    def __init__(self, task, state, size):
        super().__init__(task, state, hard_spikes())
        self.size = size

    def gradient(self, rows, epoch):
        before = self.copy()
        signs = {key: self.task.rng.choice((-1.0, 1.0), p.shape) for key, p in before.items()}
        losses = []
        for direction in (self.size, -self.size):
            for key, p in self.parameters.items():
                p[...] = before[key] + direction * signs[key]
            self.moved()
            losses.append(self.loss(rows))
        self.restore(before)
        slope = (losses[0] - losses[1]) / (2 * self.size)
        grads = {key: (slope * sign).astype(before[key].dtype) for key, sign in signs.items()}
        return self.loss(rows), grads


class WeightPerturbation(Rule):
    """Random perturbations of weights and intrinsics, of which the loss decides the direction.

    All parameters are perturbed at once by the same size, with random signs, and the change of the
    loss estimates the gradient [1]_. The rule needs no derivative of the neuron.

    Parameters
    ----------
    size : float, default=0.05
        Size of the perturbations, positive. Smaller ones may change no spike.

    See Also
    --------
    SurrogateGradient : Learns from derivatives.

    References
    ----------
    .. [1] J. C. Spall, "Multivariate stochastic approximation using a simultaneous perturbation
        gradient approximation", IEEE Transactions on Automatic Control 37, 1992.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(60, 10, 50, random_state=0)
    >>> network = SNNClassifier(8, rule="weight_perturbation", random_state=0).fit(X, y)
    >>> bool(network.loss_curve_[-1] < network.loss_curve_[0])
    True
    """

    name = "weight_perturbation"
    only_classes = False
    refuses = {"dropout": "both perturbed runs need the same input"}
    poor_score, least_score = True, 0.55  # it learns slowly
    default_learning_rate = 0.01

    def __init__(self, size: float = 0.05):
        self.size = size

    def check(self) -> None:
        """Raise if `size` is out of range."""
        convert(self, "size", low=1e-6, high=LARGEST)

    def learn(self, task: Task) -> Result:
        """Learn weights, intrinsics and decoder."""
        state = with_readout(task, task.start or initial_state(task))
        objective = _Perturbed(task, state, self.size)
        solver = Adam(objective.parameters, objective.rates)
        attributes = minimise(objective, solver, task)
        return Result(objective.state(), task.settings.neuron, attributes)
