"""A spiking reservoir: only the decoder learns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._initialise import initial_state, with_decoder
from ._rule import Rule
from ._step_decoder import EachStep
from ._step_ridge import step_ridge
from ._task import Result, Task


class Reservoir(Rule):
    """Random weights, and a linear decoder of the spikes if there is a target: ``rule=None``.

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
    learns_steps = True
    supports = "recurrent", "convolution", "readout", "alpha"
    default_learning_rate, default_alpha = None, 1.0

    def runs(self, sizes: Sequence[int]) -> int:
        """Return 0, because there are no epochs."""
        return 0

    def learn(self, task: Task) -> Result:
        """Return the initial network, with a fitted decoder if there is a target."""
        state, target, settings = task.start or initial_state(task), task.target, task.settings
        attributes: dict[str, Any] = {"n_iter_": 1}
        if target.y is not None:
            state = with_decoder(task, state)
            decoder: Any = state.decoder
            network = task.network(state.layers, readout=state.readout)
        if isinstance(target.loss, EachStep):
            chosen = None if "alpha" in settings.automatic else settings.alpha
            decoder, attributes["alpha_"] = step_ridge(task, network, decoder, chosen)
            state = state._replace(decoder=decoder)
        elif target.y is not None:
            rows = np.arange(len(task.inputs))
            features = self.responses(network, task.inputs, rows, settings.n_jobs)
            coef, intercept = target.loss.fit(
                decoder.standardise(features), target.y, target.sample_weight, settings.alpha)
            state = state._replace(decoder=decoder._replace(coef=coef, intercept=intercept))
        return Result(state, settings.neuron, attributes)
