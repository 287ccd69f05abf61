"""Initial weights, scaled on the data, and initial readouts."""

import numpy as np
from sklearn.linear_model import RidgeCV

from .._checks import LARGEST
from .._compile import map_threads
from ..simulation import HARD, NO_SPIKES, Layer, Network, SpikeFunction, groups
from ._base import in_groups
from ._readout import SD_FLOOR, LinearReadout
from ._task import State, Task

# of the deviation that the input gives a free margin, what the spikes of a recurrent layer add at
# first
SHARE = 0.5
N_SAMPLES = 128  # enough to estimate a standard deviation to a few percent
N_JUDGED, PENALTIES = 512, np.logspace(0, 4, 9)  # to choose a readout
N_COUNTED = 256  # and the mean and deviation of counts to a few percent of a spike


def initial_state(task: Task) -> State:
    """Return random weights under which the free margin of each neuron varies by about one, and initial intrinsics.

    The free margin is that of a neuron which never spikes; its standard deviation is taken over
    steps and samples. Recurrent weights are such that the spikes which the layer would emit without
    them move free margins by a SHARE of that.

    Parameters
    ----------
    task : Task
        Its inputs tell the scale, its neuron, sizes and ``rng`` the rest.

    Returns
    -------
    state : State
        Layers without a readout.

    See Also
    --------
    with_readout : Adds a readout.
    Reservoir : The rule that leaves it at that.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Untouched(Rule):
    ...     name, requires_y = "untouched", False
    ...     def learn(self, task):
    ...         return Result(initial_state(task), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNTransformer(4, rule=Untouched(), random_state=0).fit(X).weights_[0].shape
    (10, 4)
    """
    n_inputs = task.inputs.n_channels
    layers: list[Layer] = []
    rows = np.sort(task.some_rows()[:N_SAMPLES])
    for size, recurrent in zip(task.settings.hidden_layer_sizes, task.settings.recurrent, strict=True):
        weights = _random(task, n_inputs, size)
        intrinsics = task.settings.neuron.initial(size, task.rng)
        layer = Layer(_scaled(task, rows, layers, weights, intrinsics), intrinsics)
        if recurrent:
            own = _scaled(task, rows, [*layers, layer], _random(task, size, size), intrinsics)
            layer = layer._replace(recurrent=np.float32(SHARE) * own)
        layers.append(layer)
        n_inputs = size
    return State(layers)


def _random(task, n_inputs, size):
    return task.rng.normal(0, 1 / np.sqrt(n_inputs), (n_inputs, size)).astype(np.float32)


def _scaled(task, rows, below, weights, intrinsics):
    """Return weights under which the layers below move free margins by one; those of neurons that hear nothing stay as they are."""
    sd = _free_deviation(task, rows, below, Layer(weights, intrinsics))
    heard = sd > 1 / LARGEST
    return np.where(heard, weights / np.where(heard, sd, 1), weights).astype(np.float32)


def _free_deviation(task, rows, below, layer):
    lower, last = task.network(below) if below else None, task.network([layer], NO_SPIKES)

    def moments(group):
        events = task.inputs.batch(group)
        m = last.margins(lower.spike_events(events) if lower else events).astype(float)
        return m.shape[0] * m.shape[1], m.sum((0, 1)), (m * m).sum((0, 1))

    parts = map_threads(moments, groups(lower or last, rows, task.inputs.n_steps), task.settings.n_jobs)
    n, total, squares = (sum(terms) for terms in zip(*parts, strict=True))
    return np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0))


def with_readout(task: Task, state: State, spikes: SpikeFunction = HARD) -> State:
    """Return the state with a readout, standardised on what it sees of training data under its weights.

    Of several that a task allows it is the one on whose features a ridge regression has the least
    error on samples left out. Weights are random here: that tells how much the time of spikes says,
    and how many features the samples can carry.

    Parameters
    ----------
    task : Task
        Its ``readouts`` are those to choose from.
    state : State
        The layers whose spikes are read.
    spikes : SpikeFunction
        How neurons fire in learning: a hard spike, if nothing else is given.

    Returns
    -------
    state : State
        The same layers, with ``readout`` and ``reads``.

    See Also
    --------
    initial_state : Makes the layers.
    LinearReadout : The readout.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state, with_readout
    >>> class Guess(Rule):
    ...     name = "guess"
    ...     def learn(self, task):
    ...         return Result(with_readout(task, initial_state(task)), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNClassifier(4, rule=Guess(), readout="count", random_state=0).fit(X, y).decision_function(X).shape
    (20,)
    """
    rows = task.some_rows()
    judged, counted = np.sort(rows[:N_JUDGED]), np.sort(rows[:N_COUNTED])
    # of one sample, none is left that could be left out
    asked = task.settings.readouts if len(task.settings.readouts) > 1 and len(judged) > 1 else ()
    errors = [_error(task, task.network(state.layers, spikes, reads), judged) for reads in asked]
    reads = task.settings.readouts[int(np.argmin(errors)) if errors else 0]
    network = task.network(state.layers, spikes, reads)
    features, units = _features(task, network, counted)
    readout = LinearReadout.initial(features, task.target.n_outputs, task.rng, units)
    return state._replace(readout=readout, reads=reads)


def _features(task, network, rows):
    """Return the features of some samples, and their deviations where a count's is one."""
    units = network.reading(task.inputs.n_steps).deviations()
    features = in_groups(Network.features, network, task.inputs, rows, task.settings.n_jobs)
    return features, np.tile(units, network.size)


def _error(task, network, rows):
    """Return the leave-one-out error of a ridge regression; without end where there is none, as scikit-learn before 1.7 has of silence."""
    features, units = _features(task, network, rows)
    z = (features - features.mean(0)) / np.maximum(features.std(0), SD_FLOOR * units)
    with np.errstate(invalid="ignore"):
        error = -RidgeCV(PENALTIES).fit(
            z, task.target.loss.targets(task.target.y[rows], task.target.n_outputs)).best_score_
    return error if np.isfinite(error) else np.inf
