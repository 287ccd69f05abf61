"""No learning inside the network: a spiking reservoir, of which at most the readout learns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._base import Rule
from ._initialise import initial_state, with_readout
from ._task import Result, Task


class Reservoir(Rule):
    """What ``rule=None`` means: random weights, and a linear model of what is read of the spikes where there are targets.

    See Also
    --------
    SurrogateGradient : Learns inside the network.
    skspike.SpikingRocket : Random neurons with delays, for series.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNClassifier(8, rule=None, random_state=0).fit(X, y).rule_
    Reservoir()
    """

    name = None
    requires_y = False
    only_classes = False
    refuses = dict.fromkeys(
        ("dropout", "spike_penalty", "early_stopping"), "without a rule the network does not learn")

    def runs(self, sizes: Sequence[int]) -> int:
        """Nothing is run through."""
        return 0

    def learn(self, task: Task) -> Result:
        """Return the initial state, with a fitted readout if there are targets."""
        state = task.start or initial_state(task)
        if task.target.y is None:
            return Result(state, task.settings.neuron, {"n_iter_": 1})
        state = state if state.readout else with_readout(task, state)
        network, rows = task.network(state.layers, reads=state.reads), np.arange(len(task.inputs))
        readout: Any = state.readout  # by now there is one
        z = readout.standardise(self.responses(network, task.inputs, rows, task.settings.n_jobs))
        coef, intercept = task.target.loss.fit(
            z, task.target.y, task.target.sample_weight, task.target.n_outputs, task.settings.alpha or 1.0)
        return Result(
            state._replace(readout=readout._replace(coef=coef, intercept=intercept)), task.settings.neuron,
            {"n_iter_": 1})
