"""What every learning rule shares."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._compile import map_threads
from .._utils import REQUIRED, Array
from ..neurons import Neuron
from ..simulation import Events, Network, Stepper, groups, list_spikes
from ._task import Result, Task


class Rule(ABC, BaseEstimator):
    """Base of the learning rules.

    A rule defines ``name``, ``requires_y``, ``default_learning_rate`` and ``learn(task)``, which
    returns a ``Result``. Where its network behaves in another way than layers whose spikes are
    read, it defines `run` or `respond` too, and `stepper` for streams.

    See Also
    --------
    skspike.SNNClassifier : Takes it as `rule`.
    Task : What it gets.
    Result : What it returns.
    skspike.testing.check_rule : Holds a rule to its contract.

    Examples
    --------
    Weights that stay random, and thresholds twice as high:

    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Hush(Rule):
    ...     name, requires_y = "hush", False
    ...     def learn(self, task):
    ...         state = initial_state(task)
    ...         for layer in state.layers:
    ...             layer.intrinsics["threshold"] *= 2
    ...         return Result(state, task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> loud, quiet = (SNNTransformer(8, rule=rule, random_state=0).fit_transform(X) for rule in (None, Hush()))
    >>> bool(quiet.sum() < loud.sum())
    True
    """

    name: str | None = REQUIRED
    requires_y = True
    streams = False  # whether a fit can go on with new data, chunk by chunk
    only_classes = True  # whether it can learn nothing else
    # roles of intrinsics that move whatever is to be learned (see `skspike.neurons.Intrinsic`)
    moves: tuple[str, ...] = ()
    # parameters of the estimators of which only the default will do, each with the reason
    refuses: dict[str, str] = {}
    poor_score = False  # whether classifiers may be poor on generic data
    default_learning_rate = 3e-3

    def check(self) -> None:
        """Raise if a parameter is outside its range, by its name, and make its numbers Python's own."""

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron as this rule needs it.

        Parameters
        ----------
        neuron : Neuron
            The user's, as a copy.

        Returns
        -------
        neuron : Neuron
            The one that is to learn: the same, or another with what the rule needs.

        Raises
        ------
        ValueError
            If the rule cannot do with it.
        """
        return neuron

    def epochs(self, n_samples: int, batch_size: int) -> int:
        """Return how many epochs there are to be if the user does not say.

        Parameters
        ----------
        n_samples : int
            Samples of the data.
        batch_size : int
            Samples in a mini-batch.

        Returns
        -------
        epochs : int
            30, unless a rule says something else.
        """
        return 30

    def runs(self, sizes: Sequence[int]) -> int:
        """Return how often at most all epochs are run through, for layers of some sizes; only callbacks are told.

        Parameters
        ----------
        sizes : sequence of int
            Neurons in each layer.

        Returns
        -------
        runs : int
            1, or more where layers learn one after the other.
        """
        return 1

    @abstractmethod
    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics.

        Parameters
        ----------
        task : Task
            Data, network and settings.

        Returns
        -------
        result : Result
            The state that was learned, the neuron, and what the estimator is to show.
        """

    def run(self, network: Network, events: Events, out: Array | None = None) -> Array:
        """Return the raster of the last layer.

        Parameters
        ----------
        network : Network
            The network with what was learned.
        events : Events
            The input, as ``task.inputs.batch(rows)`` gives it.
        out : ndarray of shape (n_samples, n_neurons, n_steps), uint8, or None, default=None
            Where to write the raster.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), uint8
            1 where a neuron spikes.
        """
        return network.rasters(events, out)

    def respond(self, network: Network, events: Events) -> Array:
        """Return what the readout reads.

        Parameters
        ----------
        network : Network
            The network with what was learned.
        events : Events
            The input, as ``task.inputs.batch(rows)`` gives it.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features)
            Neuron by neuron, one feature for each filter of the readout.
        """
        return network.features(events)

    def stepper(self, network: Network, listing: Callable[..., Any] = list_spikes, n_steps: int = 1) -> Any:
        """Return a network that does step by step what `run` and `respond` do.

        Parameters
        ----------
        network : Network
            The network with what was learned.
        listing : callable
            How the input is read (see ``skspike.simulation.Stepper``).
        n_steps : int, default=1
            When the readout has a whole train.

        Returns
        -------
        stepper : object
            With ``step``, ``features``, and ``kept``, its arrays.

        Raises
        ------
        ValueError
            If the rule has a `run` or `respond` of its own, and no stepper.
        """
        own = next(
            (
                name
                for name in ("run", "respond")
                if getattr(type(self), name) is not getattr(Rule, name)), None)
        if own:
            way = (
                "use rule='surrogate', 'tempotron' or None, or define `stepper` in a rule of your "
                "own")
            raise ValueError(
                f"{type(self).__name__} cannot stream: it has a way of its own to {own}, and no "
                f"stepper; {way}.")
        return Stepper(network, listing, n_steps=n_steps)

    def responses(
            self, network: Network, inputs: Any, rows: Array, n_jobs: int | None = None) -> Array:
        """Return what the readout reads for some rows of the inputs of a task.

        Parameters
        ----------
        network : Network
            The network with what was learned.
        inputs : object
            ``task.inputs``.
        rows : ndarray of shape (n_rows,)
            Numbers of samples.
        n_jobs : int or None, default=None
            Threads; the result does not depend on it.

        Returns
        -------
        features : ndarray of shape (n_rows, n_features), float64
            As `respond` gives them.
        """
        return in_groups(self.respond, network, inputs, rows, n_jobs)


def in_groups(respond, network, inputs, rows, n_jobs):
    """Return ``respond(network, events)`` for some rows of the inputs, computed in groups."""
    return np.concatenate(
        map_threads(
            lambda group: respond(network, inputs.batch(group)),
            groups(network, rows, inputs.n_steps, record=False), n_jobs))
