"""Base of the objectives: a loss, its gradients, and the parameters that minimise it."""

from typing import Any

from .._base import Array, sum_threads
from ..simulation import Events, Network, chunks, groups
from ._task import State, Task


class Sums:
    """Loss and gradients of a network, summed over the samples of a chunk.

    Parameters
    ----------
    network : Network
        The network. ``loss`` starts at 0, and ``layers`` as ``network.zero_gradient()``.
    """

    def __init__(self, network: Network):
        self.loss, self.layers = 0.0, network.zero_gradient()


class Objective:
    """Base of the objectives, which `minimise` minimises.

    An objective has the attributes ``task``, ``network``, ``parameters`` (arrays by name, which a
    solver updates in place) and ``rates`` (learning rates by the same names). It defines the
    methods below, except for `parts`, `zero`, `merge`, `gradient`, `copy` and `restore`.

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
    ...     SGD, Objective, Result, Rule, initial_state, minimise, with_decoder)
    >>> class Frequencies(Objective):
    ...     def __init__(self, task):
    ...         self.task, self.start = task, with_decoder(task, initial_state(task))
    ...         self.parameters = {"intercept": np.zeros(task.target.n_outputs)}
    ...         self.rates = {"intercept": task.settings.learning_rate}
    ...     def gradient(self, rows, epoch):
    ...         outputs = np.tile(self.parameters["intercept"], (len(rows), 1))
    ...         target, weight = self.task.target, np.ones(len(rows))
    ...         loss, doutputs = target.loss.gradient(outputs, target.y[rows], weight)
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

    def parts(self, rows: Array) -> list[list[Array]]:
        """Return rows in parts, which depend on shapes alone.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Indices of the samples.

        Returns
        -------
        chunks : list of list of ndarray
            A chunk is worth a thread. It is a list of groups, whose simulation fits into the cache.
        """
        network, lengths_of = self.network, self.task.inputs.lengths_of
        return [
            groups(network, chunk, lengths_of(chunk))
            for chunk in chunks(network, rows, lengths_of(rows))]

    def zero(self, number: int) -> Any:
        """Return sums of zero, to which `add` adds.

        Parameters
        ----------
        number : int
            Number of the chunk of samples. Chunks are summed at the same time in several threads.

        Returns
        -------
        sums : object
            An object with the attributes ``loss``, the summed loss, and ``layers``, the return
            value of ``network.zero_gradient()``.
        """
        return Sums(self.network)

    def add(self, sums: Any, events: Events, rows: Array) -> None:
        """Add the loss and the gradients of some samples to sums.

        Parameters
        ----------
        sums : object
            The return value of `zero`, changed in place.
        events : Events
            Input of the samples.
        rows : ndarray of shape (n_samples,)
            Indices of the samples.
        """
        raise NotImplementedError

    def merge(self, sums: Any, others: Any) -> None:
        """Add the sums of another chunk.

        Parameters
        ----------
        sums : object
            The sums of some chunks, changed in place.
        others : object
            The sums of the next chunk.
        """
        sums.loss += others.loss
        self.network.merge(sums.layers, others.layers)

    def collect(self, sums: Any, n_samples: int) -> dict[Any, Array]:
        """Return the gradients of the mean loss with respect to all parameters.

        Parameters
        ----------
        sums : object
            The sums over all samples.
        n_samples : int
            Number of samples.

        Returns
        -------
        grads : dict of ndarray
            Gradients by the names of the parameters.
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
        task, parts = self.task, self.parts(rows)

        def summed(number: int) -> Any:
            sums = self.zero(number)
            for part in parts[number]:
                self.add(sums, task.inputs.batch(part, epoch), part)
            return sums

        # chunks are summed in their order
        sums = sum_threads(summed, range(len(parts)), self.merge, task.settings.n_jobs)
        return sums.loss / len(rows), self.collect(sums, len(rows))

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
