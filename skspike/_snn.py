"""What SNNTransformer and SNNClassifier share: parameters, checks, learning, and running the network."""

import numbers
from types import SimpleNamespace

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ._docstrings import choices, with_sections
from ._encoder import SpikeEncoder
from ._inputs import Inputs
from ._plugins import PluginMixin, resolve
from ._running import layers_of
from ._threads import one_blas_thread
from ._validation import DT, LARGEST, SIZE, check_number, check_option, consistent, convert, shown
from .learning import RULES, Reservoir, Rule, State, Task
from .neurons import NEURONS
from .streams import Stream


PARAMETERS = """
    hidden_layer_sizes : int or tuple of int, default=(64,)
        Number of neurons in each spiking layer.
    recurrent : bool or tuple of bool, default=False
        Whether the spikes of a layer come back to it one step later, each to all of its neurons; a tuple says it layer by layer. Learned by
        surrogate gradients, random without a rule; the other rules refuse it.
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
    max_iter : int, default=30
        Largest number of epochs.
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
        Stop after so many epochs in which the loss (validation loss with `early_stopping`) did not fall by `tol`.
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
        Print the loss of each epoch, of rules that minimise one."""

ATTRIBUTES = """
    weights_ : list of ndarray of shape (n_inputs, n_neurons)
        Synaptic weights, one array per layer.
    recurrent_weights_ : list of ndarray of shape (n_neurons, n_neurons), or None where a layer is not recurrent
        Weights from each neuron (row) to each of its own layer (column).
    intrinsics_ : dict of str to list of ndarray of shape (n_neurons,)
        Intrinsic parameters in their own units, one array per layer.
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
    parameters=PARAMETERS.format(neurons=choices(NEURONS), rules=choices(RULES)),
    running=RUNNING,
    attributes=ATTRIBUTES,
)


class SpikingNetwork(PluginMixin, BaseEstimator):
    """Base of the estimators that hold a spiking network; see them for the parameters."""

    _plugins = {"neuron": NEURONS, "rule": RULES}

    def __init__(
        self,
        hidden_layer_sizes=(64,),
        *,
        recurrent=False,
        neuron="lif",
        rule="surrogate",
        learn_intrinsic=True,
        encoder=None,
        learning_rate=None,
        intrinsic_learning_rate=0.02,
        max_iter=30,
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
        self.neuron = neuron
        self.rule = rule
        self.learn_intrinsic = learn_intrinsic
        self.encoder = encoder
        self.learning_rate = learning_rate
        self.intrinsic_learning_rate = intrinsic_learning_rate
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

    def _check_parameters(self):
        """Return the parameters as this fit reads them: numbers are Python's own, names stand for objects; raise if one is not allowed."""
        settings = SimpleNamespace(**self.get_params(deep=False))
        convert(settings, "max_iter", "batch_size", "n_iter_no_change", low=1, integer=True)
        convert(settings, "n_steps", **SIZE)
        convert(settings, "dt", **DT)
        convert(settings, "intrinsic_learning_rate", above=0, high=LARGEST)
        convert(settings, "learning_rate", above=0, high=LARGEST, none=True)
        convert(settings, "tol", low=0)
        convert(settings, "validation_fraction", above=0, high=0.5)
        convert(settings, "n_jobs", integer=True, none=True)
        if settings.n_jobs == 0:
            raise ValueError("n_jobs must be None, or an integer other than 0, got 0.")
        for name in ("early_stopping", "warm_start"):
            check_option(getattr(self, name), name, (True, False))
        settings.hidden_layer_sizes = self._layer_sizes()
        if self.encoder is not None and not isinstance(self.encoder, SpikeEncoder):
            raise TypeError(f"encoder must be a SpikeEncoder or None, got {self.encoder!r}; put other steps before it, in a Pipeline.")
        if self.encoder is not None:  # its own hold
            settings.n_steps, settings.dt = self.encoder.n_steps, self.encoder.dt
            convert(settings, "n_steps", **SIZE)
            convert(settings, "dt", **DT)
        settings.neuron, settings.rule = resolve(self.neuron, NEURONS, "neuron"), self._resolved_rule()
        settings.neuron.check(settings.dt)
        settings.rule.check()
        settings.recurrent = self._recurrent_layers(settings)
        settings.neuron = settings.rule.prepare(settings.neuron)
        settings.learn_intrinsic = self._learned_names(settings.neuron)
        if self.learning_rate is None:
            settings.learning_rate = settings.rule.default_learning_rate
        return settings

    def _layer_sizes(self):
        sizes = self.hidden_layer_sizes
        sizes = (sizes,) if isinstance(sizes, numbers.Integral) else sizes
        if not isinstance(sizes, (tuple, list)) or not sizes:
            raise ValueError(f"hidden_layer_sizes must be an integer or a tuple of integers >= 1, got {shown(sizes)}.")
        return tuple(check_number(size, "hidden_layer_sizes", **SIZE) for size in sizes)

    def _recurrent_layers(self, settings):
        """Return for each layer whether it is recurrent."""
        given, n_layers = self.recurrent, len(settings.hidden_layer_sizes)
        each = (given,) * n_layers if isinstance(given, (bool, np.bool_)) else given
        known = isinstance(each, (tuple, list)) and all(isinstance(one, (bool, np.bool_)) for one in each)
        if not known or len(each) != n_layers:
            wanted = f"True, False or a tuple of {n_layers} of them, one for each layer"
            raise ValueError(f"recurrent must be {wanted}, got {shown(given)}.")
        if any(each) and settings.rule.no_recurrence:
            rule = type(settings.rule).__name__
            raise ValueError(f"{rule} learns no recurrent layers: {settings.rule.no_recurrence}. Use rule='surrogate', or recurrent=False.")
        return tuple(map(bool, each))

    def _learned_names(self, neuron):
        learn, names = self.learn_intrinsic, neuron.learnable()
        if isinstance(learn, (bool, np.bool_)):
            return names if learn else ()
        known = isinstance(learn, (tuple, list)) and all(isinstance(name, str) and name in names for name in learn)
        if not known or len(set(learn)) < len(learn):
            raise ValueError(f"learn_intrinsic must be True, False or a tuple of names out of {names}, got {shown(learn)}.")
        return tuple(learn)

    def _encode_target(self, y):
        check_classification_targets(y)
        classes, y = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"{type(self).__name__} needs at least two classes in y, got one class: {shown(classes[0])}.")
        return classes, y

    def _learn(self, X, y, sample_weight, n_classes, settings, resume=False):
        """Fit encoder and network, and set the fitted attributes; `resume` makes one more pass with what is fitted."""
        sizes, neuron, rule = settings.hidden_layer_sizes, settings.neuron, settings.rule
        rng = check_random_state(self.random_state)
        fitted = hasattr(self, "weights_")
        if not (resume and fitted):
            self.encoder_ = self._fit_encoder(X, rng)
        start = self._start(sizes, settings.recurrent, neuron, n_classes) if fitted and (self.warm_start or resume) else None
        settings.max_iter = 1 if resume else settings.max_iter
        settings.dt = settings.dt if self.encoder_ is None else self.encoder_.dt_
        inputs = Inputs(X, settings.n_steps, self.encoder_, settings.n_jobs)
        own = {name: value for name, value in vars(settings).items() if name in Task.__annotations__}
        task = Task(inputs, y, sample_weight, n_classes, sizes=sizes, learned=settings.learn_intrinsic, rng=rng, start=start, **own)
        if start is not None and start.layers[0].weights.shape[0] != inputs.n_channels:
            before = start.layers[0].weights.shape[0]
            raise ValueError(f"warm_start=True needs the {before} channels of the previous fit, got {inputs.n_channels}.")
        with one_blas_thread():
            result = rule.learn(task)
        wrong = result.not_finite()
        if wrong:
            rates = f"learning_rate={settings.learning_rate} or intrinsic_learning_rate={settings.intrinsic_learning_rate}"
            raise ValueError(f"Learning diverged, not finite: {', '.join(wrong)}; lower {rates}.")
        layers = result.state.layers
        self.neuron_, self.rule_, self.n_steps_, self.dt_ = result.neuron, rule, inputs.n_steps, settings.dt
        self.learn_intrinsic_ = settings.learn_intrinsic
        self.weights_, self.recurrent_weights_ = [layer.weights for layer in layers], [layer.recurrent for layer in layers]
        self.intrinsics_ = {item.name: [layer.intrinsics[item.name] for layer in layers] for item in result.neuron.active()}
        self._readout, self._memory = result.state.readout, result.state.memory
        for name in getattr(self, "_rule_attributes", ()):
            delattr(self, name)  # those of an earlier fit
        self._rule_attributes = tuple(result.attributes)
        for name, value in result.attributes.items():
            setattr(self, name, value)

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

    def _start(self, sizes, recurrent, neuron, n_classes):
        """Return the state of the previous fit, to go on from."""
        before = tuple(w.shape[1] for w in self.weights_), tuple(w is not None for w in self.recurrent_weights_), sorted(self.intrinsics_)
        now = sizes, recurrent, sorted(item.name for item in neuron.active())
        if before != now:
            what = "layers, their recurrence and intrinsics"
            raise ValueError(f"warm_start=True goes on with {what} {before}, but the parameters ask for {now}.")
        if n_classes and self._readout is not None and self._readout.coef.shape[1] != n_classes:
            raise ValueError(f"warm_start=True needs the {self._readout.coef.shape[1]} classes of the previous fit, got {n_classes}.")
        return State(layers_of(self), self._readout, self._memory)

    def _resolved_rule(self):
        return Reservoir() if self.rule is None else resolve(self.rule, RULES, "rule")

    def _tag(self, name):
        """Return a property of the rule; tags are asked for before `fit` checks what the rule is."""
        known = self.rule is None or isinstance(self.rule, Rule) or (isinstance(self.rule, str) and self.rule in RULES)
        return known and getattr(self._resolved_rule(), name)
