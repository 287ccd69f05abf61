"""What training lowers: a loss, its gradients, and the parameters that move."""

from typing import Any

from .._compile import map_threads
from .._utils import Array
from ..simulation import Events, Network, chunks, groups
from ._task import State, Task


class Objective:
    """What `minimise` needs: ``task``, ``network``, arrays by name in ``parameters`` with their ``rates``, and the methods below.

    See Also
    --------
    minimise : Lowers it.
    SurrogateGradient : A rule that has one.

    Examples
    --------
    A rule that learns nothing but how often each class comes. It has no use for the network's
    gradient, so it defines `gradient` itself and not the parts that it is made of, `add` and
    `collect`:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import SGD, CrossEntropy, Objective, Result, Rule, initial_state, minimise, with_readout
    >>> class Frequencies(Objective):
    ...     def __init__(self, task):
    ...         self.task, self.start = task, with_readout(task, initial_state(task))
    ...         self.parameters = {"intercept": np.zeros(task.target.n_outputs)}
    ...         self.rates = {"intercept": task.settings.learning_rate}
    ...     def gradient(self, rows, epoch):
    ...         outputs = np.tile(self.parameters["intercept"], (len(rows), 1))
    ...         loss, doutputs = CrossEntropy.gradient(outputs, self.task.target.y[rows], np.ones(len(rows)))
    ...         return loss / len(rows), {"intercept": doutputs.mean(axis=0)}
    ...     def loss(self, rows):
    ...         return self.gradient(rows, None)[0]
    ...     def moved(self):
    ...         pass
    ...     def state(self):
    ...         readout = self.start.readout
    ...         return self.start._replace(readout=readout._replace(coef=0 * readout.coef, **self.parameters))
    >>> class Prior(Rule):
    ...     name, default_learning_rate = "prior", 0.1
    ...     def learn(self, task):
    ...         objective = Frequencies(task)
    ...         attributes = minimise(objective, SGD(objective.parameters, objective.rates), task)
    ...         return Result(objective.state(), task.settings.neuron, attributes)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> y = np.repeat([0, 1], [4, 16])
    >>> network = SNNClassifier(4, rule=Prior(), readout="count", max_iter=100, random_state=0).fit(X, y)
    >>> network.predict_proba(X[:1]).round(1)
    array([[0.2, 0.8]])
    """

    task: Task
    network: Network
    parameters: dict[Any, Array]
    rates: dict[Any, float]

    def add(self, total: Any, events: Events, rows: Array) -> tuple[Any, ...]:
        """Add the gradients of the network for some samples to a sum.

        Parameters
        ----------
        total : object
            What ``network.zero_gradient()`` has returned, and earlier samples have been added to.
        events : Events
            The input of the samples.
        rows : ndarray of shape (n_samples,)
            Their numbers.

        Returns
        -------
        sums : tuple
            The summed loss, and whatever else is to be summed, such as the gradients of a readout.
        """
        raise NotImplementedError

    def collect(self, totals: Any, extras: Any) -> dict[Any, Array]:
        """Return the gradients from what is summed over samples.

        Parameters
        ----------
        totals : sequence
            The network's sums, one for each chunk of samples.
        extras : list
            What `add` has returned beside the loss, each summed over all samples.

        Returns
        -------
        grads : dict of ndarray
            Gradients by the names of the parameters, summed over samples.
        """
        raise NotImplementedError

    def gradient(self, rows: Array, epoch: int) -> tuple[float, dict[Any, Array]]:
        """Return the mean loss over some samples and its gradients, summed in an order that does not depend on `n_jobs`.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Numbers of the samples.
        epoch : int or None
            Brings fresh noise, of an encoder and of dropout; None brings none.

        Returns
        -------
        loss : float
            The mean over samples.
        grads : dict of ndarray
            Its gradients, by the names of the parameters.
        """
        inputs = self.task.inputs

        def one(chunk):
            total = self.network.zero_gradient()
            parts = [
                self.add(total, inputs.batch(part, epoch), part)
                for part in groups(self.network, chunk, inputs.n_steps)]
            return total, [sum(terms) for terms in zip(*parts, strict=True)]

        results = map_threads(one, chunks(self.network, rows, inputs.n_steps), self.task.settings.n_jobs)
        totals, sums = zip(*results, strict=True)
        loss, *extras = (sum(terms) for terms in zip(*sums, strict=True))
        return loss / len(rows), {
            key: grad / len(rows) for key, grad in self.collect(totals, extras).items()}

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples, without fresh noise.

        Parameters
        ----------
        rows : ndarray of shape (n_samples,)
            Numbers of the samples.

        Returns
        -------
        loss : float
            The mean over samples.
        """
        raise NotImplementedError

    def moved(self) -> None:
        """Bring the parameters back inside their bounds, and take note of their new values."""
        raise NotImplementedError

    def state(self) -> State:
        """Return what is learned so far.

        Returns
        -------
        state : State
            A network, whose arrays may be those that move on.
        """
        raise NotImplementedError

    def copy(self) -> dict[Any, Array]:
        """Return copies of the parameters.

        Returns
        -------
        parameters : dict of ndarray
            By name, for `restore`.
        """
        return {key: p.copy() for key, p in self.parameters.items()}

    def restore(self, parameters: dict[Any, Array]) -> None:
        """Take parameters back that `copy` returned.

        Parameters
        ----------
        parameters : dict of ndarray
            What `copy` has returned.
        """
        for key, p in self.parameters.items():
            p[...] = parameters[key]
        self.moved()
