"""What SNNTransformer, SNNClassifier and SNNRegressor share: parameters, checks, learning, and running the network."""

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ._callbacks import fit_task
from ._docstrings import choices, with_sections
from ._estimator import Estimator
from ._inputs import Inputs
from ._plugins import PluginMixin
from ._running import layers_of
from ._settings import readouts_for, resolved_rule, settings_of, taps_of
from ._threads import one_blas_thread
from ._validation import consistent, shown
from .learning import RULES, CrossEntropy, Rule, State, Target, Task
from .neurons import NEURONS
from .readouts import READOUTS
from .streams import Stream


PARAMETERS = """
    hidden_layer_sizes : int or tuple of int, default=(64,)
        Number of neurons in each spiking layer.
    recurrent : bool or tuple of bool, default=False
        Whether the spikes of a layer come back to it one step later, each to all of its neurons; a tuple says it layer by layer. Learned by
        surrogate gradients, random without a rule; the other rules refuse it.
    delays : tuple of float or None, default=None
        Axonal delays in ms, rounded to steps, of rasters and series: each channel arrives once for each of them, with weights of its own,
        as in ``(0, 10, 20, 40)``. None means once, at once. Through delays a network knows what was, whatever its neurons forget.
    readout : {{"auto", {readouts}}} or Readout, default="auto"
        What of the last layer's spikes the readout sees, from `skspike.readouts`: "auto" counts them for features, which stand still; for
        rasters and series it counts in 1, 4 or 10 windows of time, by which of them a ridge regression on the untrained network errs least
        on samples left out. Rules with a readout of their own (the Tempotron, STDP) take no other.
    neuron : {neurons} or Neuron, default="lif"
        Neuron model of all layers; an object from `skspike.neurons` carries parameters.
    rule : {rules}, None or Rule, default="surrogate"
        Learning rule; None leaves the random weights as they are: a spiking reservoir.
    learn_intrinsic : bool or tuple of str, default=True
        Whether the rule learns the neurons' intrinsic parameters together with the weights; a tuple names those that it learns.
    encoder : SpikeEncoder or None, default=None
        Encodes the input batch by batch: memory stays flat, and training sees fresh noise in every epoch. Its `n_steps`
        and `dt` hold, and a `random_state` of None inside it is drawn from this estimator's.
    learning_rate : float or None, default=None
        Learning rate of weights and readout; None takes the rule's own (3e-3 for surrogate gradients, 0.015 for STDP). Pair-based STDP has
        sizes of its own.
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsics, in the space in which they are learned (time constants: their logarithm).
    dropout : float, default=0.0
        Share of the input's events that training leaves out, others in every epoch, from 0 to 0.95; the rest count the more. Prediction
        leaves out none.
    alpha : float, default=0.0
        Weight decay: half of it, over the number of samples, times the sum of squared weights is added to the loss. Without a rule it is
        the penalty of the readout, and 0 means 1.
    spike_penalty : float, default=0.0
        Added to the loss for each spike of a sample that a neuron emits on average, over all layers: it pulls towards few spikes.
    max_iter : int or None, default=None
        Largest number of epochs. None takes 30, and where rows are few, for surrogate gradients, as many as make 1000 updates, 300 at
        most; partial_fit always makes one.
    batch_size : int, default=32
        Samples in a mini-batch.
    n_steps : int, default=100
        Number of steps for which 2-D input, taken as constant currents, is held.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9.
    early_stopping : bool, default=False
        Hold out `validation_fraction` of the training data, stop when its loss no longer improves, and keep the best state. Only
        what minimises a loss in mini-batches can: not STDP, and not the solver "descent".
    validation_fraction : float, default=0.1
        Part of the training data that is held out, at most 0.5.
    n_iter_no_change : int, default=5
        Stop after so many epochs in which the loss (validation loss with `early_stopping`) did not fall by `tol`; without a `max_iter`
        after a sixth of the epochs, if that is more.
    tol : float, default=1e-4
        The smallest fall of the loss that counts.
    warm_start : bool, default=False
        Go on from the previous fit. Rules that minimise a loss keep the state of lowest loss, and so never end above where they start."""

RUNNING = """
    n_jobs : int or None, default=None
        Threads; None means 1, -1 all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Fixes initial values, the order of samples and the noise of the encoder.
    verbose : bool, default=False
        Print the loss of each epoch, of rules that minimise one, and of long answers every five seconds how far they are."""

ATTRIBUTES = """
    weights_ : list of ndarray of shape (n_inputs, n_neurons)
        Synaptic weights, one array per layer; those of the first begin with all channels at the first of the `delays`.
    recurrent_weights_ : list of ndarray of shape (n_neurons, n_neurons), or None where a layer is not recurrent
        Weights from each neuron (row) to each of its own layer (column).
    intrinsics_ : dict of str to list of ndarray of shape (n_neurons,)
        Intrinsic parameters in their own units, one array per layer.
    taps_ : tuple of int
        The delays in steps.
    graded_ : bool
        Whether the network reads currents and not spikes, as `fit` saw them or as the encoder makes them.
    neuron_ : Neuron
        The neuron model in use.
    rule_ : Rule
        The learning rule in use.
    encoder_ : SpikeEncoder or None
        The fitted encoder.
    n_steps_ : int
        Number of steps in `fit`: the raster's, the encoder's, or `n_steps`.
    dt_ : float
        Length of a step in ms: the encoder's, or `dt`.
    readout_ : Readout or None
        What of the spikes the readout sees; None where the rule has a readout of its own.
    learn_intrinsic_ : tuple of str
        Names of the intrinsics that the rule was to learn.
    loss_curve_ : list of float
        Mean training loss of each epoch, of rules that minimise a loss.
    validation_curve_ : list of float
        Mean validation loss after each epoch; with `early_stopping` only.
    n_iter_ : int
        Number of epochs run; 1 without a rule.
    n_features_in_ : int
        Number of channels (3-D) or features (2-D).
    n_dims_in_ : int
        2 or 3, the dimensions of the input seen in `fit`."""


documented = with_sections(
    parameters=PARAMETERS.format(neurons=choices(NEURONS), rules=choices(RULES), readouts=choices(READOUTS)[1:-1]),
    running=RUNNING,
    attributes=ATTRIBUTES,
)


class SpikingNetwork(PluginMixin, Estimator):
    """Base of the estimators that hold a spiking network; see them for the parameters."""

    _plugins = {"neuron": NEURONS, "rule": RULES, "readout": READOUTS}

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        *,
        recurrent=False,
        delays=None,
        readout="auto",
        neuron="lif",
        rule="surrogate",
        learn_intrinsic=True,
        encoder=None,
        learning_rate=None,
        intrinsic_learning_rate=0.02,
        dropout=0.0,
        alpha=0.0,
        spike_penalty=0.0,
        max_iter=None,
        batch_size=32,
        n_steps=100,
        dt=1.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        tol=1e-4,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.recurrent = recurrent
        self.delays = delays
        self.readout = readout
        self.neuron = neuron
        self.rule = rule
        self.learn_intrinsic = learn_intrinsic
        self.encoder = encoder
        self.learning_rate = learning_rate
        self.intrinsic_learning_rate = intrinsic_learning_rate
        self.dropout = dropout
        self.alpha = alpha
        self.spike_penalty = spike_penalty
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.dt = dt
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        """Return the estimator tags: features may be sparse, and are written out."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _classes_of(self, y, classes=None):
        """Return the classes, those of y unless they are given, and what is to be learned."""
        check_classification_targets(y)
        found, number = np.unique(y, return_inverse=True)
        name, classes = type(self).__name__, found if classes is None else np.unique(classes)
        if len(classes) < 2:
            raise ValueError(f"{name} needs at least two classes in y, got one class: {shown(classes[0])}.")
        if not np.isin(found, classes).all():
            raise ValueError(f"y of {name} has labels out of classes, {classes}: {np.setdiff1d(found, classes)}.")
        return classes, Target(np.searchsorted(classes, found)[number], np.ones(len(y)), CrossEntropy, len(classes), len(classes))

    def _classes_so_far(self, classes):
        """Return the classes for one more chunk of data: all are to be named with the first one."""
        before = getattr(self, "classes_", None)
        if before is None and classes is None:
            raise ValueError("classes must be given with the first call of partial_fit: no chunk is sure to hold all of them.")
        if before is not None and classes is not None and not np.array_equal(before, np.unique(classes)):
            raise ValueError(f"classes={shown(list(classes))} are not those of the first call of partial_fit, {before}.")
        return classes if before is None else before

    def _settings_once(self):
        """Return the parameters as one more pass reads them."""
        settings = settings_of(self)
        if settings.early_stopping:
            raise ValueError("partial_fit holds nothing out: set early_stopping=False, or use fit.")
        return settings

    def _learn(self, X, target, settings, given, once=False):
        """Fit encoder and network, and set the fitted attributes; `once` goes on from what is fitted, with one pass over new data.

        Callbacks are told of the data as they were `given`, X and y.
        """
        task, fixed = self._task(X, target, settings, once)
        n_epochs = task.max_iter * settings.rule.runs(task.sizes)
        with fit_task(self, *given, n_epochs, lambda state: fixed | _learned(state, task.neuron)) as task.progress:
            with one_blas_thread():
                result = settings.rule.learn(task)
            wrong = result.not_finite()
            if wrong:
                rates = f"learning_rate={settings.learning_rate} or intrinsic_learning_rate={settings.intrinsic_learning_rate}"
                raise ValueError(f"Learning diverged, not finite: {', '.join(wrong)}; lower {rates}.")
            for name in getattr(self, "_rule_attributes", ()):
                delattr(self, name)  # those of an earlier fit
            self._n_seen += len(X)
            self._rule_attributes = tuple(result.attributes)
            for name, value in (fixed | _learned(result.state, result.neuron) | result.attributes).items():
                setattr(self, name, value)

    def _task(self, X, target, settings, once):
        """Fit the encoder; return the task of the rule, and the attributes that are fixed before it learns."""
        rng, fitted = check_random_state(self.random_state), hasattr(self, "weights_")
        seed = rng.randint(2**31 - 1) if settings.dropout else 0  # first, for it must be the same for all chunks
        if not (once and fitted):
            self.encoder_, self._n_seen = self._fit_encoder(X, rng), 0
        settings.readouts = readouts_for(settings, X)
        start = self._start(settings, target.n_outputs) if fitted and (self.warm_start or once) else None
        settings.once = once
        self._plan(settings, len(X))
        settings.dt = settings.dt if self.encoder_ is None else self.encoder_.dt_
        taps = taps_of(settings, X)
        inputs = Inputs(X, settings.n_steps, self.encoder_, taps, settings.n_jobs, settings.dropout, seed, self._n_seen)
        if start is not None and start.layers[0].weights.shape[0] != inputs.n_channels:
            before = start.layers[0].weights.shape[0]
            raise ValueError(f"warm_start=True needs the {before} channels of the previous fit, got {inputs.n_channels}.")
        own = {name: value for name, value in vars(settings).items() if name in Task.__annotations__}
        names = {"sizes": settings.hidden_layer_sizes, "learned": settings.learn_intrinsic}
        task = Task(inputs, **target._asdict(), **names, rng=rng, start=start, **own)
        graded = X.dtype != np.uint8 if self.encoder_ is None else self.encoder_.coding_.graded
        fixed = {"rule_": settings.rule, "n_steps_": inputs.n_steps, "dt_": settings.dt, "taps_": taps, "graded_": graded}
        return task, fixed | {"learn_intrinsic_": settings.learn_intrinsic}

    def _plan(self, settings, n_samples):
        """Set how many epochs there are to be."""
        if settings.once:
            settings.max_iter = 1
        elif settings.max_iter is None:
            settings.max_iter = settings.rule.epochs(n_samples, settings.batch_size)
            settings.n_iter_no_change = max(settings.n_iter_no_change, settings.max_iter // 6)

    _stream = Stream

    @consistent
    def stream(self):
        """Return the fitted network as a stream that takes one step at a time.

        Returns
        -------
        stream : Stream
            With ``step(x)``, ``reset()`` and ``state``; that of a classifier also has ``predict_proba()``, ``decision_function()`` and
            ``predict()``, which say what the train so far tells.
        """
        check_is_fitted(self, "weights_")
        return self._stream(self)

    def _fit_encoder(self, X, rng):
        if self.encoder is None:
            return None
        encoder = clone(self.encoder)
        if encoder.random_state is None:
            encoder.set_params(random_state=rng.randint(2**31 - 1))
        return encoder.fit(X)

    def _start(self, settings, n_outputs):
        """Return the state of the previous fit, to go on from."""
        recurrent, names = tuple(w is not None for w in self.recurrent_weights_), sorted(item.name for item in settings.neuron.active())
        before = tuple(w.shape[1] for w in self.weights_), recurrent, sorted(self.intrinsics_), repr(self.readout_)
        now = settings.hidden_layer_sizes, settings.recurrent, names, repr(settings.readout or self.readout_)
        if before != now:
            what = "layers, their recurrence, intrinsics and readout"
            raise ValueError(f"warm_start=True goes on with {what} {before}, but the parameters ask for {now}.")
        if n_outputs and self._readout is not None and self._readout.coef.shape[1] != n_outputs:
            raise ValueError(f"warm_start=True needs the {self._readout.coef.shape[1]} outputs of the previous fit, got {n_outputs}.")
        return State(layers_of(self), self._readout, self.readout_, self._memory)

    def _tag(self, name):
        """Return a property of the rule; tags are asked for before `fit` checks what the rule is."""
        known = self.rule is None or isinstance(self.rule, Rule) or (isinstance(self.rule, str) and self.rule in RULES)
        return known and getattr(resolved_rule(self.rule), name)


def _learned(state, neuron):
    """Return the attributes of an estimator that hold what has been learned."""
    layers = state.layers
    return {
        "neuron_": neuron,
        "weights_": [layer.weights for layer in layers],
        "recurrent_weights_": [layer.recurrent for layer in layers],
        "intrinsics_": {item.name: [layer.intrinsics[item.name] for layer in layers] for item in neuron.active()},
        "readout_": state.reads,
        "_readout": state.readout,
        "_memory": state.memory,
    }
