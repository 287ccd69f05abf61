"""No learning inside the network: a spiking reservoir, of which at most the readout learns."""

import numpy as np

from ._base import Result, Rule
from ._initialise import initial_state, with_readout
from ._readout import fit_logistic


class Reservoir(Rule):
    """What ``rule=None`` means: random weights, and a logistic regression on the spike counts where there are labels."""

    name = None
    requires_y = False

    def learn(self, task):
        """Return the initial state, with a fitted readout if there are labels."""
        state = task.start or initial_state(task)
        if task.y is None:
            return Result(state, task.neuron, {"n_iter_": 1})
        state = state if state.readout else with_readout(task, state)
        z = state.readout.standardise(
            self.responses(task.network(state.layers), task.inputs, np.arange(len(task.inputs)), task.n_jobs)
        )
        coef, intercept = fit_logistic(z, task.y, task.sample_weight, task.n_classes)
        return Result(state._replace(readout=state.readout._replace(coef=coef, intercept=intercept)), task.neuron, {"n_iter_": 1})
