"""Input and output of a learning rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._base import Array, Progress, all_finite
from ..neurons import Neuron
from ..simulation import HARD, Layer, Network, Readout, SpikeFunction
from ._centred_input import Centring
from ._decoder import LinearDecoder


class Target(NamedTuple):
    """Training target. Defaults to no target (unsupervised learning).

    Parameters
    ----------
    y : ndarray or None, default=None
        Class indices, (n_rows,), or values, (n_rows, n_outputs). For labels in several columns,
        indicators, (n_rows, n_labels), or class indices, (n_rows, n_columns).
    sample_weight : ndarray of shape (n_rows,) or None, default=None
        Weights of the rows in the loss. Their mean is 1, unless the rows are a chunk.
    loss : Loss or None, default=None
        Loss of the decoder. None without a target.
    samples : ndarray of shape (n_rows,) or None, default=None
        Number of the sample in each row. A sample of large weight may have several rows, one after
        the other, so that an epoch presents it several times. None means one row for each sample.

    See Also
    --------
    Task : Holds the target.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import Target
    >>> Target(np.array([0, 1, 1]), np.ones(3)).part(np.array([0, 2])).y
    array([0, 1])
    >>> Target().loss is None
    True
    """

    # most rules have a target and need no test for None
    y: Any = None
    sample_weight: Any = None
    loss: Any = None
    samples: Any = None

    def part(self, rows: Array) -> "Target":
        """Return the target of some rows alone.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,)
            Indices of rows.

        Returns
        -------
        target : Target
            Their target.
        """
        y, weight, samples = (
            None if values is None else values[rows]
            for values in (self.y, self.sample_weight, self.samples))
        return Target(y, weight, self.loss, samples)

    @property
    def n_outputs(self) -> int:
        """Outputs of the decoder: the number of classes, summed over columns, or of values."""
        return self.loss.n_outputs if self.loss else 0

    @property
    def n_classes(self) -> int:
        """Number of classes. 0 for regression and for labels in several columns."""
        return self.loss.n_classes if self.loss else 0


@dataclass(frozen=True)
class Settings:
    """Checked parameters of a spiking network, as one call of ``fit`` or ``partial_fit`` uses them.

    Names are the names of the estimators' parameters. Defaults are resolved: names are replaced by
    objects. None remains only if it is a valid value.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int or skspike.Convolution
        Neurons in each layer, or a convolution. Convolutions come first.
    image_shape : tuple of (int, int, int) or None
        Number of channels, height and width of the input. None without convolutions.
    recurrent : tuple of bool
        Whether each layer is recurrent.
    delays : tuple of int
        Delays of the input in steps. ``(0,)`` means no delay.
    readouts : tuple of skspike.simulation.Readout
        Candidate readouts. `with_decoder` chooses one of them.
    neuron : skspike.neurons.Neuron
        Neuron model of all layers.
    learn_intrinsic : tuple of str
        Names of the intrinsic parameters to learn.
    bias : bool
        Whether the rule learns a constant current of each neuron.
    is_constant : bool
        Whether each sample is constant in time: a row of a table, or the regular trains into which
        an encoder turns one.
    is_count : bool
        Whether only the number of spikes matters, because the input is constant or its spikes have
        random times.
    n_steps : int or None
        Number of steps of constant input.
    dt : float
        Length of a step in ms.
    rule : Rule
        Learning rule.
    learning_rate, intrinsic_learning_rate : float
        Learning rates of weights and decoder, None if the rule has none, and of intrinsic
        parameters.
    learning_rate_schedule : str
        Schedule of the learning rates: "cosine", "constant" or "one_cycle".
    max_iter : int
        Number of epochs.
    batch_size : int
        Samples in a mini-batch.
    memory : int
        Number of past samples that ``partial_fit`` keeps.
    single_pass : bool
        Whether the data are one chunk of ``partial_fit``: one epoch, in the order of the samples.
    early_stopping : bool
        Whether to hold out validation data.
    validation_fraction : float
        Share of the data to hold out.
    scoring : "loss" or callable
        Scorer ``scoring(estimator, X, y)`` of the validation data, or the loss on them. ``score``
        of the task calls it.
    n_iter_no_change : int
        Number of epochs without a decrease of the loss, or increase of the score, before training
        stops.
    tol : float
        Smallest decrease or increase that counts.
    augment : Augmentation or None
        Random changes of training samples. ``task.inputs.batch`` applies them.
    dropout : float
        Share of the input events that training leaves out.
    alpha : float
        Weight decay.
    spike_penalty : float
        Penalty of spikes.
    automatic : tuple of str
        Those of `alpha`, `dropout`, `standardize`, `delays` and `augment` that the data choose.
        They are chosen before a rule learns.
    n_jobs : int or None
        Number of threads. Results do not depend on it.
    verbose : bool
        Whether to print the loss of each epoch.

    See Also
    --------
    Task : Holds the settings.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Verbose(Rule):
    ...     name, requires_y = "verbose", False
    ...     def learn(self, task):
    ...         print(task.settings.hidden_layer_sizes, task.settings.learn_intrinsic)
    ...         return Result(initial_state(task), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer((8, 4), rule=Verbose(), learn_intrinsic=("tau_mem",))
    >>> network = network.fit(X)
    (8, 4) ('tau_mem',)
    """

    # network
    hidden_layer_sizes: tuple[Any, ...]  # of int or Convolution
    image_shape: tuple[int, int, int] | None
    recurrent: tuple[bool, ...]
    delays: tuple[int, ...]
    readouts: tuple[Readout, ...]
    # neurons
    neuron: Neuron
    learn_intrinsic: tuple[str, ...]
    bias: bool
    # time
    is_constant: bool
    is_count: bool
    n_steps: int | None
    dt: float
    # learning
    rule: Any  # a Rule, which is defined in a module that imports this one
    learning_rate: float
    intrinsic_learning_rate: float
    learning_rate_schedule: str
    max_iter: int
    batch_size: int
    memory: int
    single_pass: bool
    early_stopping: bool
    validation_fraction: float
    scoring: Any
    n_iter_no_change: int
    tol: float
    # regularisation
    augment: Any  # an Augmentation or None
    dropout: float
    alpha: float
    spike_penalty: float
    automatic: tuple[str, ...]
    # computing
    n_jobs: int | None
    verbose: bool


class State(NamedTuple):
    """Weights, intrinsics and decoder of a network during learning.

    Parameters
    ----------
    layers : list of Layer
        Each layer has ``weights``, (n_inputs, n_neurons) in float32, ``intrinsics``, a dict of
        arrays (n_neurons,), ``recurrent`` weights, (n_neurons, n_neurons) in float32, or None, and
        a ``bias``, (n_neurons,) in float32, or None.
    decoder : LinearDecoder or None, default=None
        The linear model that maps features to outputs. None without a target.
    readout : skspike.simulation.Readout or None, default=None
        Computes the features from the spikes of the last layer. None if the rule computes them
        itself (`Rule.respond`).
    memory : object, default=None
        Further state that the rule needs to continue in a later fit.
    centring : object or None, default=None
        Mean and scale of the input for which the first layer is learned. None: it is not centred.

    See Also
    --------
    initial_state : Draws the layers.
    with_decoder : Adds readout and decoder.
    Result : Returns the state to the estimator.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, State
    >>> class Halved(Rule):
    ...     name, requires_y = "halved", False
    ...     def learn(self, task):
    ...         layers = [layer._replace(weights=layer.weights / 2) for layer in task.start.layers]
    ...         return Result(State(layers), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(4, rule=None, random_state=0).fit(X)
    >>> before = network.weights_[0]
    >>> network = network.set_params(rule=Halved(), warm_start=True).fit(X)
    >>> bool((network.weights_[0] == before / 2).all())
    True
    """

    layers: list[Any]
    decoder: LinearDecoder | None = None
    readout: Readout | None = None
    memory: Any = None
    centring: Centring | None = None


class Result(NamedTuple):
    """Return value of a rule.

    Parameters
    ----------
    state : State
        The learned network.
    neuron : Neuron
        The neuron model of the network.
    attributes : dict
        Further attributes of the fitted estimator, with names that end in ``_``: ``n_iter_``, and
        ``loss_curve_`` if the rule minimises a loss.

    See Also
    --------
    Rule : Returns it from ``learn``.
    State : The learned network.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Untouched(Rule):
    ...     name, requires_y = "untouched", False
    ...     def learn(self, task):
    ...         attributes = {"n_iter_": 1, "n_seen_": len(task.inputs)}
    ...         return Result(initial_state(task), task.settings.neuron, attributes)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNTransformer(4, rule=Untouched(), random_state=0).fit(X).n_seen_
    20
    """

    state: State
    neuron: Neuron
    attributes: dict[str, Any]

    def not_finite(self) -> list[str]:
        """Return the names of weights, intrinsics, decoder and attributes that are not finite.

        Returns
        -------
        names : list of str
            Names, empty if all values are finite.
        """
        state = self.state
        parts = list(self.attributes.items())
        if state.decoder:
            parts += state.decoder._asdict().items()
        for layer in state.layers:
            parts += [
                ("weights", layer.weights), ("recurrent weights", layer.recurrent),
                ("biases", layer.bias)]
            for name, values in layer.intrinsics.items():
                if not np.isinf(getattr(self.neuron, name)).any():  # a membrane without leak
                    parts.append((name, values))
        return list(dict.fromkeys(name for name, value in parts if not all_finite(value)))


@dataclass
class Task:
    """Data, target, settings and starting point of one call of ``fit``.

    Parameters
    ----------
    inputs : object
        Training input. ``inputs.batch(rows)`` returns the events of some rows. ``inputs.batch(rows,
        epoch)`` returns them with the noise of an epoch. It has a length, ``n_channels``,
        ``n_steps``, ``is_raster``, whether it is spikes whose times vary, and ``layouts``, one for
        each layer (see `skspike.simulation.Layer`). If lengths differ, ``n_steps`` is the largest,
        and ``inputs.split(rows)`` returns rows in parts of equal length, because a batch has one
        length. A sample of large weight may have several rows (see `Target`), whose noise differs.
    target : Target
        Labels or values, and the loss.
    settings : Settings
        Parameters of the estimator.
    rng : RandomState
        The only source of random numbers.
    start : State or None, default=None
        State to continue from.
    progress : object
        ``begin()`` reports the start of an epoch to callbacks, ``end(state, attributes)`` its end.
        The two arguments are functions. They return the state, and the attributes of `Result` so
        far. ``end`` returns whether to stop.
    score : callable or None, default=None
        ``score(state, rows)`` returns the score of a network on some rows. None means that the
        loss is validated.

    See Also
    --------
    Rule : Its ``learn`` takes a task.
    Target : The training target.
    Settings : The parameters.
    initial_state : A network to begin with.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Verbose(Rule):
    ...     name, requires_y = "verbose", False
    ...     def learn(self, task):
    ...         print(len(task.inputs), task.inputs.n_channels, task.settings.max_iter)
    ...         return Result(initial_state(task), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(4, rule=Verbose(), random_state=0).fit(X)
    20 10 30
    """

    inputs: Any
    target: Target
    settings: Settings
    rng: np.random.RandomState
    start: "State | None" = None
    progress: Progress = Progress()
    score: Callable[[State, Array], float] | None = None

    def some_rows(self) -> Array:
        """Return rows in random order, for estimates of initial scales.

        Returns
        -------
        rows : ndarray of shape (n_rows,)
            Indices of samples, each once. For a single pass these are the rows of the first batch,
            because chunks of any size must give the same network.
        """
        n_rows = len(self.inputs)
        if self.settings.single_pass:
            n_rows = min(self.settings.batch_size, n_rows)
        return self.rng.permutation(n_rows)

    def network(
            self, layers: list[Layer], spikes: SpikeFunction = HARD, readout: Readout | None = None,
            feedback: list[Array] | None = None) -> Network:
        """Return a network of the neurons of this task.

        Parameters
        ----------
        layers : list of Layer
            Layers, as in a `State`.
        spikes : SpikeFunction
            Forward and backward behaviour at the threshold. By default hard spikes without a
            gradient. `hard_spikes` returns a function for training.
        readout : skspike.simulation.Readout or None, default=None
            Readout that computes the features. None counts spikes.
        feedback : list of ndarray of shape (n_inputs, n_neurons) or None, default=None
            Weights of the backward pass, one matrix for each layer but the first. None means the
            forward weights.

        Returns
        -------
        network : Network
            Network for `Rule.responses`, `Rule.run` and `Rule.respond`.
        """
        settings = self.settings
        return Network(settings.neuron, layers, settings.dt, spikes, readout, feedback)
