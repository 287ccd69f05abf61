"""What an estimator hands to a learning rule, and what it gets back."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from ..neurons import Neuron
from ._readout import Readout


class State(NamedTuple):
    """A network in the making: weights and intrinsics, one entry per layer, the readout, and what the rule must remember."""

    weights: list
    intrinsics: list
    readout: Readout | None = None
    memory: object = None


class Result(NamedTuple):
    """What a rule returns: the learned state, the neuron that it is for, and the attributes that the fitted estimator shows."""

    state: State
    neuron: Neuron
    attributes: dict

    def not_finite(self):
        """Name what was learned and is not finite: the weights, intrinsics, parts of the readout, and attributes such as curves."""
        state = self.state
        parts = {"weights": state.weights, **self.attributes, **(state.readout._asdict() if state.readout else {})}
        parts |= {name: [values[name] for values in state.intrinsics] for name in state.intrinsics[0]}
        return [name for name, value in parts.items() if not _is_finite(value)]


def _is_finite(value):
    """Tell whether a number, an array or a list of them is finite; of anything else there is nothing to tell."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_finite, value))
    return np.asarray(value).dtype.kind != "f" or bool(np.isfinite(value).all())


@dataclass
class Task:
    """Data, network and settings of one call of `fit`.

    `inputs` gives events: ``inputs.batch(rows)``, or ``inputs.batch(rows, epoch)`` with fresh noise where there is an encoder.
    `start` is the state to go on from, or None.
    """

    inputs: object
    y: np.ndarray | None
    sample_weight: np.ndarray | None
    n_classes: int
    neuron: Neuron
    sizes: tuple
    learned: tuple
    dt: float
    rng: np.random.RandomState
    settings: dict = field(default_factory=dict)
    start: State | None = None

    def __getattr__(self, name):
        """Read the estimator's own parameters: max_iter, batch_size and so on."""
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(name) from None


class Rule(BaseEstimator):
    """Base of the learning rules.

    A rule defines ``name``, ``requires_y``, ``default_learning_rate`` and ``learn(task)``, which returns a ``Result``. Where its
    network behaves in another way than layers that feed forward and are read by their counts, it defines `run` or `respond` too.
    """

    requires_y = True
    streams = False  # whether a fit can go on with new data, sample by sample
    poor_score = False  # whether classifiers may be poor on generic data
    default_learning_rate = 3e-3

    def check(self):
        """Raise if a parameter is outside its range, by its name, and make its numbers Python's own."""

    def prepare(self, neuron):
        """Return the neuron as this rule needs it."""
        return neuron

    def learn(self, task):
        """Learn weights and intrinsics and return a ``Result``."""
        raise NotImplementedError

    def run(self, network, events):
        """Return the raster of the last layer."""
        return network.rasters(events)

    def respond(self, network, events):
        """Return what the readout reads, (n_samples, n_neurons)."""
        return network.counts(events)
