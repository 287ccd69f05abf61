"""What SNNTransformer, SNNClassifier and SNNRegressor share: parameters, checks, learning, and running the network."""

from collections.abc import Sequence

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from .._checks import check_container, shown, warn_if_falling
from .._compile import one_blas_thread
from .._utils import Estimator, PluginMixin, Seed, consistent, fit_task
from ..learning import RULES, CrossEntropy, LinearReadout, Rule, State, Target, Task
from ..neurons import NEURONS, Neuron
from ..rasters import SpikeEncoder
from ..readouts import READOUTS, Readout
from ._inputs import Inputs
from ._running import checked, layers_of, run
from ._settings import readouts_for, resolved_rule, settings_of, taps_of
from ._streams import Stream

# the attributes in which a fitted estimator holds it
READOUT = ("readout_coef_", "readout_intercept_", "count_mean_", "count_scale_")


class SpikingNetwork(PluginMixin, Estimator):
    """Base of the estimators that hold a spiking network; see them for the parameters."""

    _plugins = {"neuron": NEURONS, "rule": RULES, "readout": READOUTS}

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        *,
        recurrent: bool | Sequence[bool] = False,
        delays: Sequence[float] | None = None,
        readout: str | Readout = "auto",
        neuron: str | Neuron = "lif",
        rule: str | Rule | None = "surrogate",
        learn_intrinsic: bool | Sequence[str] = True,
        encoder: SpikeEncoder | None = None,
        learning_rate: float | None = None,
        intrinsic_learning_rate: float = 0.02,
        dropout: float = 0.0,
        alpha: float = 0.0,
        spike_penalty: float = 0.0,
        max_iter: int | None = None,
        batch_size: int = 32,
        n_steps: int = 100,
        dt: float = 1.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-4,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: bool = False,
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
        name, where = type(self).__name__, "y" if classes is None else "classes"
        classes = found if classes is None else np.unique(classes)
        if len(classes) < 2:
            raise ValueError(
                f"{name} needs at least two classes in {where}, got one class: "
                f"{shown(classes[0])}.")
        if not np.isin(found, classes).all():
            raise ValueError(
                f"y of {name} has labels out of classes, {classes}: "
                f"{np.setdiff1d(found, classes)}.")
        return classes, Target(
            np.searchsorted(classes, found)[number], np.ones(len(y)), CrossEntropy, len(classes),
            len(classes))

    def _classes_so_far(self, classes):
        """Return the classes for one more chunk of data: all are to be named with the first one."""
        before = getattr(self, "classes_", None)
        check_container(classes, "classes")  # of a set numpy would make one class
        if before is None and classes is None:
            raise ValueError(
                "classes must be given with the first call of partial_fit: no chunk is sure to "
                "hold all of them.")
        if before is not None and classes is not None and not np.array_equal(
                before, np.unique(classes)):
            raise ValueError(
                f"classes={shown(list(classes))} are not those of the first call of partial_fit, "
                f"{before}.")
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
                rates = (
                    f"learning_rate={settings.learning_rate} or "
                    f"intrinsic_learning_rate={settings.intrinsic_learning_rate}")
                raise ValueError(
                    f"Learning diverged, not finite: {', '.join(wrong)}; lower {rates}.")
            warn_if_falling(result.attributes.get("loss_curve_", ()), task.max_iter)
            for name in getattr(self, "_rule_attributes", ()):
                delattr(self, name)  # those of an earlier fit
            self._n_seen += len(X)
            self._rule_attributes = tuple(result.attributes)
            for name, value in (
                    fixed | _learned(result.state, result.neuron) | result.attributes).items():
                setattr(self, name, value)

    def _task(self, X, target, settings, once):
        """Fit the encoder; return the task of the rule, and the attributes that are fixed before it learns."""
        rng, fitted = check_random_state(self.random_state), hasattr(self, "weights_")
        # first, for it must be the same for all chunks
        seed = rng.randint(2**31 - 1) if settings.dropout else 0
        if not (once and fitted):
            self.encoder_, self._n_seen = self._fit_encoder(X, rng), 0
        settings.readouts = readouts_for(settings, X)
        settings.once = once
        start = self._start(
            settings, target.n_outputs) if fitted and (self.warm_start or once) else None
        self._plan(settings, len(X))
        settings.dt = settings.dt if self.encoder_ is None else self.encoder_.dt_
        taps = taps_of(settings, X)
        inputs = Inputs(
            X, settings.n_steps, self.encoder_, taps, settings.n_jobs, settings.dropout, seed,
            self._n_seen)
        if start is not None and start.layers[0].weights.shape[0] != inputs.n_channels:
            before = start.layers[0].weights.shape[0]
            raise ValueError(
                f"{_going_on(once)} needs the {before} channels of the previous fit, got "
                f"{inputs.n_channels}.")
        own = {
            name: value for name, value in vars(settings).items() if name in Task.__annotations__}
        names = {"sizes": settings.hidden_layer_sizes, "learned": settings.learn_intrinsic}
        task = Task(inputs, **target._asdict(), **names, rng=rng, start=start, **own)
        graded = X.dtype != np.uint8 if self.encoder_ is None else self.encoder_.coding_.graded
        fixed = {
            "rule_": settings.rule, "n_steps_": inputs.n_steps, "dt_": settings.dt, "taps_": taps,
            "graded_": graded}
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
    def stream(self) -> Stream:
        """Return the fitted network as a stream that takes one step at a time.

        Returns
        -------
        stream : Stream
            With ``step(x)``, ``reset()`` and ``state``; that of a classifier also has
            ``predict_proba()``, ``decision_function()`` and ``predict()``, which say what the train
            so far tells.
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
        recurrent = tuple(w is not None for w in self.recurrent_weights_)
        names = sorted(item.name for item in settings.neuron.active())
        before = tuple(w.shape[1] for w in self.weights_), recurrent, sorted(
            self.intrinsics_), repr(self.readout_)
        now = settings.hidden_layer_sizes, settings.recurrent, names, repr(
            settings.readout or self.readout_)
        if before != now:
            what = "layers, their recurrence, intrinsics and readout"
            way = "set them back, or take a clone to begin anew"
            raise ValueError(
                f"{_going_on(settings.once)} goes on with {what} {before}, but the parameters ask "
                f"for {now}; {way}.")
        if n_outputs and self._readout is not None and self._readout.coef.shape[1] != n_outputs:
            before = self._readout.coef.shape[1]
            raise ValueError(
                f"{_going_on(settings.once)} needs the {before} outputs of the previous fit, got "
                f"{n_outputs}.")
        # another rule has no use for what it remembers
        own = type(settings.rule) is type(getattr(self, "rule_", None))
        return State(layers_of(self), self._readout, self.readout_, self._memory if own else None)

    def _tag(self, name, unknown=False):
        """Return a property of the rule, or `unknown`; tags are asked for before `fit` checks what the rule is."""
        known = self.rule is None or isinstance(self.rule, Rule) or (
            isinstance(self.rule, str) and self.rule in RULES)
        return getattr(resolved_rule(self.rule), name) if known else unknown


class ReadoutMixin:
    """A network's linear readout, and its outputs."""

    @property
    def _readout(self):
        """The readout that the attributes hold now: there is no other."""
        return LinearReadout(*(getattr(self, name) for name in READOUT))

    @_readout.setter
    def _readout(self, readout):
        for name, value in zip(READOUT, readout, strict=True):
            setattr(self, name, value)

    def _outputs(self, X):
        """Return the outputs, (n_samples, n_outputs)."""
        features = run(self, checked(self, X), self.rule_.respond)
        return self._readout.outputs(features)


def _going_on(once):
    """Return what goes on from a fit, as error messages name it."""
    return "partial_fit" if once else "warm_start=True"


def _learned(state, neuron):
    """Return the attributes of an estimator that hold what has been learned."""
    layers = state.layers
    return {
        "neuron_": neuron,
        "weights_": [layer.weights for layer in layers],
        "recurrent_weights_": [layer.recurrent for layer in layers],
        "intrinsics_": {
            item.name: [layer.intrinsics[item.name] for layer in layers]
            for item in neuron.active()},
        "readout_": state.reads,
        "_readout": state.readout,
        "_memory": state.memory}
