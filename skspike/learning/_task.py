"""What an estimator hands to a learning rule, and what it gets back."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._utils import Array, Progress
from ..neurons import Neuron
from ..readouts import Readout
from ..simulation import HARD, Layer, Network, SpikeFunction
from ._readout import LinearReadout


class Target(NamedTuple):
    """What is to be learned; as it is, nothing: the rule must do without.

    Parameters
    ----------
    y : ndarray or None, default=None
        Numbers of classes, (n_samples,), or values, (n_samples, n_outputs).
    sample_weight : ndarray of shape (n_samples,) or None, default=None
        Weights of mean 1.
    loss : object, default=None
        What the readout is to minimise: `CrossEntropy` or `SquaredError`.
    n_outputs : int, default=0
        Outputs of the readout: the classes, or values.
    n_classes : int, default=0
        Number of classes.

    See Also
    --------
    Task : Has these fields too.
    CrossEntropy : The loss of classes.
    SquaredError : The loss of values.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import CrossEntropy, Target
    >>> Target(np.array([0, 1, 1]), np.ones(3), CrossEntropy, n_outputs=2, n_classes=2).y
    array([0, 1, 1])
    >>> Target().loss is None
    True
    """

    y: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    loss: Any = None
    n_outputs: int = 0
    n_classes: int = 0


class State(NamedTuple):
    """A network in the making.

    Parameters
    ----------
    layers : list of Layer
        Of each layer the ``weights``, (n_inputs, n_neurons) in float32, the ``intrinsics``, a dict
        of arrays (n_neurons,), and the ``recurrent`` weights, (n_neurons, n_neurons) in float32, or
        None.
    readout : LinearReadout or None, default=None
        The readout, where there are labels.
    reads : skspike.readouts.Readout or None, default=None
        What of the spikes it sees; None where the rule has a way of its own.
    memory : object, default=None
        What the rule must remember to go on later.

    See Also
    --------
    initial_state : Makes one.
    with_readout : Adds the readout.
    Result : Carries it to the estimator.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, State
    >>> class Halved(Rule):
    ...     name, requires_y = "halved", False
    ...     def learn(self, task):
    ...         layers = [layer._replace(weights=layer.weights / 2) for layer in task.start.layers]
    ...         return Result(State(layers), task.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(4, rule=None, random_state=0).fit(X)
    >>> before = network.weights_[0]
    >>> network = network.set_params(rule=Halved(), warm_start=True).fit(X)
    >>> bool((network.weights_[0] == before / 2).all())
    True
    """

    layers: list
    readout: LinearReadout | None = None
    reads: Readout | None = None
    memory: Any = None


class Result(NamedTuple):
    """What a rule returns.

    Parameters
    ----------
    state : State
        What was learned.
    neuron : Neuron
        The neuron model that it is for.
    attributes : dict
        What the fitted estimator is to show as well, by names that end in ``_``: ``n_iter_``, and a
        ``loss_curve_`` if there is one.

    See Also
    --------
    Rule : Returns it from ``learn``.
    State : The network in it.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Untouched(Rule):
    ...     name, requires_y = "untouched", False
    ...     def learn(self, task):
    ...         return Result(initial_state(task), task.neuron, {"n_iter_": 1, "n_seen_": len(task.inputs)})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNTransformer(4, rule=Untouched(), random_state=0).fit(X).n_seen_
    20
    """

    state: State
    neuron: Neuron
    attributes: dict[str, Any]

    def not_finite(self) -> list[str]:
        """Name what was learned and is not finite: the weights, intrinsics, parts of the readout, and attributes such as curves.

        Returns
        -------
        names : list of str
            Empty where all is well.
        """
        state = self.state
        parts = {**self.attributes, **(state.readout._asdict() if state.readout else {})}
        parts["weights"] = [layer.weights for layer in state.layers]
        parts["recurrent weights"] = [layer.recurrent for layer in state.layers]
        parts |= {
            name: [layer.intrinsics[name] for layer in state.layers]
            for name in state.layers[0].intrinsics}
        return [name for name, value in parts.items() if not _is_finite(value)]


def _is_finite(value):
    """Tell whether a number, an array or a list of them is finite; of anything else there is nothing to tell."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_finite, value))
    return np.asarray(value).dtype.kind != "f" or bool(np.isfinite(value).all())


@dataclass
class Task:
    """Data, network and settings of one call of ``fit``.

    Parameters
    ----------
    inputs : object
        Gives events: ``inputs.batch(rows)``, or ``inputs.batch(rows, epoch)`` with fresh noise
        where there is an encoder; has a length, ``n_channels`` and ``n_steps``.
    y, sample_weight, loss, n_outputs, n_classes : object
        As in `Target`.
    readouts : tuple of skspike.readouts.Readout
        What of the spikes the readout may see: `with_readout` takes the one that serves the data
        best.
    neuron : Neuron
        The neuron model; a rule may change it.
    sizes : tuple of int
        Neurons in each layer.
    recurrent : tuple of bool
        Whether the spikes of each layer come back to it, one step later.
    learned : tuple of str
        Names of the intrinsics that may move.
    dt : float
        Length of a step in ms.
    rng : RandomState
        The only source of chance.
    start : State or None
        The state to go on from.
    once : bool
        Whether data come in chunks, of which this is one: to be seen once, in order.
    learning_rate : float
        The estimator's, or the rule's own.
    intrinsic_learning_rate : float
        The estimator's, as the parameters below.
    max_iter : int
        Epochs.
    alpha : float
        Penalty of the squared weights.
    spike_penalty : float
        Penalty of spikes.
    batch_size : int
        Samples in a mini-batch.
    early_stopping : bool
        Whether to hold out data.
    validation_fraction : float
        How much of it.
    n_iter_no_change : int
        Epochs without a fall of the loss after which to stop.
    tol : float
        What counts as a fall.
    n_jobs : int or None
        Threads, on which no result may depend.
    verbose : bool
        Whether to print the loss of each epoch.
    progress : object
        Is told when an epoch begins, and by ``end(result)`` when it ends and what has been learned;
        that returns whether to stop.

    See Also
    --------
    Rule : Its ``learn`` gets the task.
    Target : What of it is to be learned.
    initial_state : A network to begin with.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Curious(Rule):
    ...     name, requires_y = "curious", False
    ...     def learn(self, task):
    ...         print(len(task.inputs), task.inputs.n_channels, task.sizes, task.learned)
    ...         return Result(initial_state(task), task.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer((8, 4), rule=Curious(), learn_intrinsic=("tau_mem",), random_state=0).fit(X)
    20 10 (8, 4) ('tau_mem',)
    """

    inputs: Any
    y: np.ndarray | None
    sample_weight: np.ndarray | None
    loss: Any
    n_outputs: int
    n_classes: int
    readouts: tuple[Readout, ...]
    neuron: Neuron
    sizes: tuple[int, ...]
    recurrent: tuple[bool, ...]
    learned: tuple[str, ...]
    dt: float
    rng: np.random.RandomState
    start: State | None
    once: bool
    learning_rate: float
    intrinsic_learning_rate: float
    max_iter: int
    alpha: float
    spike_penalty: float
    batch_size: int
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    tol: float
    n_jobs: int | None
    verbose: bool
    progress: Progress = Progress()

    def some_rows(self) -> Array:
        """Return rows that what is scaled on data may see, at random; of chunks the first batch, for others may begin with no more.

        Returns
        -------
        rows : ndarray of shape (n_rows,)
            Numbers of samples, each once.
        """
        return self.rng.permutation(
            min(self.batch_size, len(self.inputs)) if self.once else len(self.inputs))

    def network(self, layers: list[Layer], spikes: SpikeFunction = HARD, reads: Readout | None = None) -> Network:
        """Return a network of layers of this task's neurons.

        Parameters
        ----------
        layers : list of Layer
            As in a `State`.
        spikes : SpikeFunction
            How neurons fire in learning: a hard spike, if nothing else is given.
        reads : skspike.readouts.Readout or None, default=None
            What its readout sees.

        Returns
        -------
        network : Network
            Goes into `Rule.responses`, `Rule.run` and `Rule.respond`.
        """
        return Network(self.neuron, layers, self.dt, spikes, reads)
