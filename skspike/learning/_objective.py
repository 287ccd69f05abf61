"""Base of the objectives: a loss, its gradients, and the parameters that minimise it."""

import operator
from typing import Any

from .._compile import sum_threads
from .._utils import Array
from ..simulation import Events, Network, chunks, groups
from ._flat import Flat
from ._task import State, Task


class Objective:
    """Base of the objectives, which `minimise` minimises.

    An objective has the attributes ``task``, ``network``, ``parameters`` (arrays by name, which a
    solver updates in place) and ``rates`` (learning rates by the same names). It defines the
    methods below, except for `gradient`, `copy` and `restore`.

    See Also
    --------
    minimise : Minimises it.
    DecoderObjective : The loss of a decoder, through all layers.

    Examples
    --------
    A rule that learns only the frequency of each class. It does not need the gradients of the
    network, so it overrides `gradient` instead of `add` and `collect`:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import (
    ...     SGD, CrossEntropy, Objective, Result, Rule, initial_state, minimise, with_decoder)
    >>> class Frequencies(Objective):
    ...     def __init__(self, task):
    ...         self.task, self.start = task, with_decoder(task, initial_state(task))
    ...         self.parameters = {"intercept": np.zeros(task.target.n_outputs)}
    ...         self.rates = {"intercept": task.settings.learning_rate}
    ...     def gradient(self, rows, epoch):
    ...         outputs = np.tile(self.parameters["intercept"], (len(rows), 1))
    ...         y, weight = self.task.target.y[rows], np.ones(len(rows))
    ...         loss, doutputs = CrossEntropy(2).gradient(outputs, y, weight)
    ...         return loss / len(rows), {"intercept": doutputs.mean(axis=0)}
    ...     def loss(self, rows):
    ...         return self.gradient(rows, None)[0]
    ...     def moved(self):
    ...         pass
    ...     def state(self):
    ...         decoder = self.start.decoder
    ...         decoder = decoder._replace(coef=0 * decoder.coef, **self.parameters)
    ...         return self.start._replace(decoder=decoder)
    >>> class Prior(Rule):
    ...     name, default_learning_rate = "prior", 0.1
    ...     supports = "readout",
    ...     def learn(self, task):
    ...         objective = Frequencies(task)
    ...         solver = SGD(objective.parameters, objective.rates)
    ...         attributes = minimise(objective, solver, task)
    ...         return Result(objective.state(), task.settings.neuron, attributes)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> y = np.repeat([0, 1], [4, 16])
    >>> network = SNNClassifier(4, rule=Prior(), readout="count", max_iter=100, random_state=0)
    >>> network.fit(X, y).predict_proba(X[:1]).round(1)
    array([[0.2, 0.8]])
    """

    task: Task
    network: Network
    parameters: dict[Any, Array]
    rates: dict[Any, float]

    def add(self, total: Any, events: Events, rows: Array) -> tuple[Any, ...]:
        """Add the gradients of some samples with respect to the network to a sum.

        Parameters
        ----------
        total : object
            The sum, updated in place: the return value of ``network.zero_gradient()``, plus the
            gradients of earlier samples.
        events : Events
            Input of the samples.
        rows : ndarray of shape (n_samples,)
            Indices of the samples.

        Returns
        -------
        sums : tuple
            The loss, and any other terms, such as gradients of a decoder, each summed over the
            samples.
        """
        raise NotImplementedError

    def collect(self, total: Any, extras: Any) -> dict[Any, Array]:
        """Return the gradients of all parameters from the sums over samples.

        Parameters
        ----------
        total : object
            The sum of the network over all samples.
        extras : list
            The terms that `add` returned after the loss, summed over all samples.

        Returns
        -------
        grads : dict of ndarray
            Gradients by the names of the parameters, summed over samples.
        """
        raise NotImplementedError

    def gradient(self, rows: Array, epoch: int | None) -> tuple[float, dict[Any, Array]]:
        """Return the mean loss over some samples and its gradients, independent of `n_jobs`.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.
        epoch : int or None
            Number of the epoch. Each epoch draws new noise, of the encoder and of dropout. None
            draws no new noise.

        Returns
        -------
        loss : float
            Mean loss over the samples.
        grads : dict of ndarray
            Its gradients, by the names of the parameters. The next call may overwrite the arrays.
        """
        inputs = self.task.inputs

        def summed(chunk: Array) -> tuple[Any, list[Any]]:
            total = self.network.zero_gradient()
            parts = [
                self.add(total, inputs.batch(part, epoch), part)
                for part in groups(self.network, chunk, inputs.lengths_of(chunk))]
            return total, [sum(terms) for terms in zip(*parts, strict=True)]

        def add(sums: Any, others: Any) -> None:
            self.network.merge(sums[0], others[0])
            sums[1][:] = map(operator.add, sums[1], others[1])

        # chunks depend on shapes alone, and are summed in their order
        parts = chunks(self.network, rows, inputs.lengths_of(rows))
        total, (loss, *extras) = sum_threads(summed, parts, add, self.task.settings.n_jobs)
        grads = self.collect(total, extras)
        if isinstance(self.parameters, Flat):
            return loss / len(rows), self.parameters.quotients(grads, len(rows))
        return loss / len(rows), {key: grad / len(rows) for key, grad in grads.items()}

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples, without new noise.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.

        Returns
        -------
        loss : float
            Mean loss over the samples.
        """
        raise NotImplementedError

    def moved(self) -> None:
        """Clip the parameters to their bounds, and use their new values from now on."""
        raise NotImplementedError

    def state(self) -> State:
        """Return the learned network.

        Returns
        -------
        state : State
            The network. It may share arrays with the parameters.
        """
        raise NotImplementedError

    def copy(self) -> dict[Any, Array]:
        """Return copies of the parameters.

        Returns
        -------
        parameters : dict of ndarray
            Arrays by name, for `restore`.
        """
        return {key: p.copy() for key, p in self.parameters.items()}

    def restore(self, parameters: dict[Any, Array]) -> None:
        """Set the parameters to earlier values.

        Parameters
        ----------
        parameters : dict of ndarray
            The return value of `copy`.
        """
        for key, p in self.parameters.items():
            p[...] = parameters[key]
        self.moved()
