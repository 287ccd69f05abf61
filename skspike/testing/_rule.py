"""Contract of a learning rule."""

import re
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
from sklearn.base import clone
from sklearn.metrics import log_loss

from .._base import all_finite
from .._networks import SNNClassifier, SNNTransformer, settings_of
from ..coding import Augment
from ..datasets import make_poisson
from ..neurons import LIF
from ._contract import Demands, accepts, check_bad_values, check_effects, differ, rasters

# Enough samples and steps for several threads.
X, Y = rasters(np.linspace(0.05, 0.4, 60), 6, 100), np.arange(60) // 30
RATES = make_poisson(60, 8, 60, rates=(40, 150), random_state=0)
SIZE = 4
SUPPORTED = "recurrent", "convolution", "readout", "early_stopping", "alpha"
SETTINGS = {
    "max_iter": 12, "learning_rate": 0.2, "learn_intrinsic": False, "alpha": 3.0, "recurrent": True,
    "class_weight": {0: 1.0, 1: 2**0.5}}  # no sample is left out or repeated
WITHOUT = {
    "class_weight": "weight the loss by task.target.sample_weight",
    "max_iter": "return 0 from runs", "learning_rate": "set default_learning_rate = None",
    "learn_intrinsic": "leave out intrinsic_learning_rate", "alpha": "leave it out of supports",
    "recurrent": "leave it out of supports"}
AUGMENT = Augment(drop=0.5)
NEURON = LIF(tau_mem=30.0, tau_syn=5.0, v_reset=-0.1)

demand = Demands()


def _network(rule, cls=SNNTransformer, **parameters):
    return cls(SIZE, rule=rule, random_state=0, **{"max_iter": 2, "batch_size": 40, **parameters})


def _learned(network):
    """Return all numbers that are learned among the fitted attributes, as a list of arrays."""
    fitted = (
        getattr(network, name, ()) for name in dir(network)
        if re.fullmatch(r"[a-z]\w*_", name) and name[:-1] not in SETTINGS)
    arrays = [np.asarray(array) for value in fitted for array in _arrays(value)]
    return [array for array in arrays if array.size and array.dtype.kind in "bif"]


def _arrays(value):
    """Return the arrays in a fitted attribute: a dict of lists, a list, or one array."""
    if isinstance(value, dict):
        return [array for part in value.values() for array in part]
    if hasattr(value, "get_params"):
        return []
    return [array for array in value if array is not None] if isinstance(value, list) else [value]


def _result(rule, **settings):
    """Return the fit of a classifier to two classes of firing rates, in which nothing is chosen."""
    network = _network(rule, SNNClassifier, **{"batch_size": 20, "alpha": 0.0, **settings})
    return _learned(network.fit(*RATES))


@demand
def _all_epochs_are_reported(contract):
    """Check that every epoch is reported."""
    rule, progress = contract.part, Mock()
    progress.end.return_value = False  # do not stop
    cls = type(rule)

    def learn(self, task):
        return cls.learn(self, replace(task, progress=progress))

    counted = type(cls.__name__, (cls,), {"learn": learn})(**rule.get_params(deep=False))
    network = _network(counted).fit(X, Y)
    n_iter = getattr(network, "n_iter_", 0)
    contract.holds(
        1 <= n_iter <= network.max_iter, "learn", "the attributes must have n_iter_, the number of "
        f"epochs, from 1 to max_iter={network.max_iter}, got {n_iter}")
    wanted = n_iter * counted.runs((SIZE,))
    begun, ended = progress.begin.call_count, progress.end.call_count
    contract.holds(
        begun == ended == wanted, "learn",
        f"must report {wanted} epochs, n_iter_ for each of its runs, by task.progress.begin and "
        f"task.progress.end, and reports the begin of {begun} and the end of {ended}")


@demand
def _bad_values_are_refused(contract):
    """Fit a network with bad values of the parameters."""
    check_bad_values(
        contract, lambda changed: _network(changed, SNNClassifier, max_iter=1), X[::6, :, :20],
        Y[::6])


def _check(rule):
    """Raise if an estimator refuses a parameter of the rule."""
    settings_of(_network(rule, SNNClassifier), X)


@demand
def _labels_are_used_as_declared(contract):
    """Check that labels are required and used if, and only if, the rule says so."""
    rule = contract.part
    contract.holds(
        rule.requires_y in (True, False), "requires_y",
        f"must be True or False, got {rule.requires_y!r}")
    try:
        without = _network(rule).fit(X)
    except ValueError as error:
        contract.holds(
            rule.requires_y, "learn",
            f"must learn without labels, because requires_y is False: {error}")
    else:
        contract.holds(
            not rule.requires_y, "requires_y", "is True, and a fit without labels is not refused")
        contract.same(
            _learned(without), _learned(_network(rule).fit(X, Y[::-1])), "learn",
            "labels change the fit, although requires_y is False")


@demand
def _chunks_are_learned_as_declared(contract):
    """Check that a fit continues with new data if, and only if, the rule says so."""
    network, again = (_network(contract.part, max_iter=1) for _ in range(2))
    if not contract.part.learns_chunks:
        contract.holds(
            not hasattr(network, "partial_fit"), "learns_chunks",
            "is False, and there is a partial_fit")
        return
    classes = (np.unique(Y),) if contract.part.requires_y else ()
    contract.raises_nothing("learn", network.partial_fit, X[::2], Y[::2], *classes)
    first = _learned(network)
    contract.same(
        first, _learned(again.partial_fit(X[::2], Y[::2], *classes)), "learn",
        "equal seeds must learn the same from the first part of a stream: draw from task.rng alone")
    contract.raises_nothing("learn", network.partial_fit, X[1::2], Y[1::2])
    contract.holds(
        not np.array_equal(network.weights_[0], first[-1]), "learn",
        "the second part of a stream must change the weights")
    if "memory" in contract.part.get_params(deep=False):
        again.set_params(rule=clone(contract.part).set_params(memory=20))
        for part in (slice(None, None, 2), slice(1, None, 2)):
            again.partial_fit(X[part], Y[part], *classes)
        contract.holds(
            differ(_learned(network), _learned(again)), "__init__",
            "memory must change what the second part of a stream learns, and does not")


@demand
def _outputs_after_some_steps_ignore_the_rest(contract):
    """Check that outputs after some steps do not depend on the rest, and end with the outputs."""
    (samples, y), rule = RATES, contract.part
    network = _network(rule, SNNClassifier, readout="auto").fit(samples, y)
    try:
        network.rule_.check_stepper()
    except ValueError:
        return
    if not hasattr(network, "running_decision"):
        return
    cut, at = np.concatenate([samples[:, :, :20], 0 * samples[:, :, 20:]], axis=2), [10, 20, 60]
    found = contract.raises_nothing("outputs_after", network.running_decision, samples, at)
    contract.holds(
        np.allclose(found[:, -1], network.decision_function(samples)), "outputs_after",
        "the outputs after all steps must be those of the features that `respond` returns")
    contract.holds(
        np.allclose(found[:, :2], network.running_decision(cut, at)[:, :2]), "outputs_after",
        "the outputs after some steps must not depend on the steps after them")


@demand
def _settings_act_as_declared(contract):
    """Check that exactly those settings of the estimator change the fit that the rule uses."""
    rule = contract.part
    for name in rule.supports:
        contract.holds(
            name in SUPPORTED, "supports", f"must be names out of {SUPPORTED}, got {name!r}")
    uses = {
        **{name: name in rule.supports for name in SUPPORTED}, "class_weight": True,
        "max_iter": rule.runs((SIZE,)) > 0, "learning_rate": rule.default_learning_rate is not None,
        "learn_intrinsic": "intrinsic_learning_rate" in rule.get_params(deep=False)}
    learned = _result(clone(rule))
    # rules that repeat samples refuse this ratio, and other weights may not change their votes
    settings = SETTINGS | {"class_weight": {0: 0.0, 1: 1.0}} if rule.repeats else SETTINGS
    for name, value in settings.items():
        if name in SUPPORTED and not uses[name]:
            continue  # refused
        changes = differ(learned, _result(clone(rule), **{name: value}))
        contract.holds(
            changes or not uses[name], "learn",
            f"{name} must change the fit, and {name}={value!r} does not. Use it or "
            f"{WITHOUT[name]}")
        contract.holds(
            not changes or uses[name] or name == "learn_intrinsic", "learn",
            f"{name} must not change the fit of rules that {WITHOUT[name]}")


@demand
def _learning_lowers_the_loss(contract):
    """Check that learning lowers the loss, and separates two classes of firing rates."""
    rule, (raster, y) = contract.part, RATES
    short, long = (
        _network(
            clone(rule), SNNClassifier, max_iter=n, batch_size=32, n_iter_no_change=1000).fit(
            raster, y) for n in (1, 200))
    curve = getattr(long, "loss_curve_", None)
    contract.holds(
        curve is None or min(curve) < curve[0], "learn",
        "must lower the loss on a simple task, and no entry of loss_curve_ is below the first")
    if not rule.smooth:
        before, after = (log_loss(y, network.predict_proba(raster)) for network in (short, long))
        score = long.score(raster, y)
        contract.holds(
            curve is None or after < before, "learn",
            "must lower the loss on a simple task, and the log-loss of the fitted network is "
            f"{before:.4g} after one epoch and {after:.4g} after all")
        contract.holds(
            score >= rule.least_score, "learn",
            f"must reach a training accuracy of least_score={rule.least_score} on a simple task, "
            f"got {score:.3g}")


@demand
def _parameters_change_the_fit(contract):
    """Check that each parameter of the rule changes the fit."""
    rule = contract.part
    names = [*rule.get_params(deep=False)]
    check_effects(
        contract, _check, _result, [name for name in names if name not in ("augment", "memory")],
        each=False)
    if "augment" in names:
        augmented = clone(rule).set_params(augment=AUGMENT)
        contract.holds(
            not accepts(_check, augmented) or differ(_result(clone(rule)), _result(augmented)),
            "__init__", f"augment must change the result, and {AUGMENT!r} does not. Draw the input "
            "by task.inputs.batch(rows, epoch)")


@demand
def _dt_acts_as_declared(contract):
    """Compare steps of 1 ms with steps of 2 ms for a neuron whose time constants are doubled."""
    rule = contract.part
    if rule.uses_dt is not None:
        once, twice = (
            _result(
                clone(rule), dt=dt, learn_intrinsic=False,
                neuron=LIF(tau_mem=20 * dt, tau_syn=5 * dt))[-1] for dt in (1.0, 2.0))
        contract.holds(
            np.allclose(once, twice, rtol=1e-3) != rule.uses_dt, "learn",
            f"{'must' if rule.uses_dt else 'must not'} depend on task.settings.dt for the same "
            f"coefficients of the neuron, because uses_dt is {rule.uses_dt}. Convert times in ms "
            "to steps by dt")


@demand
def _a_fit_depends_on_values_and_seed_alone(contract):
    """Check that a fit does not change the user's objects, and can be repeated and continued."""
    rule, neuron = contract.part, NEURON
    before = repr(rule), repr(neuron)
    network = _network(rule, neuron=neuron)
    learned = _learned(contract.raises_nothing("learn", network.fit, X, Y))
    contract.holds(
        (repr(rule), repr(neuron)) == before and network.rule is rule and network.neuron is neuron,
        "learn", "must not change or replace the user's rule or neuron")
    contract.holds(all_finite(learned), "learn", "the fit is not finite")
    types = [array.dtype.name for array in network.weights_]
    contract.holds(
        set(types) == {"float32"}, "learn", f"must return weights in float32, got {types}")
    contract.same(
        _learned(clone(network).fit(X, Y)), learned, "learn",
        "equal seeds must give equal fits: draw from task.rng alone")
    contract.same(
        _learned(clone(network).set_params(n_jobs=3).fit(X, Y)), learned, "learn",
        "the fit must not depend on n_jobs")
    contract.by_values(lambda X: _learned(clone(network).fit(X, Y)), X, "learn")
    # a fit with another seed continues the previous one, and keeps its arrays
    held = network.weights_
    before = [array.copy() for array in held]
    warm = contract.raises_nothing(
        "learn", network.set_params(warm_start=True, random_state=1).fit, X, Y)
    contract.holds(
        all_finite(_learned(warm)), "learn", "the fit of a warm start is not finite")
    contract.same(
        held, before, "learn", "a warm start must not change the weights of the fit before")
    anew = clone(network).fit(X, Y).weights_
    contract.holds(
        differ(warm.weights_, anew) or not differ(before, anew), "learn",
        "a warm start must go on from task.start, and begins anew")


@demand
def _a_response_depends_on_its_sample_alone(contract):
    """Check rasters and probabilities of a fitted network: each row depends on itself alone."""
    fitted = _network(contract.part, SNNClassifier, neuron=NEURON).fit(X, Y)
    p = contract.raises_nothing("respond", fitted.predict_proba, X)
    contract.holds(
        p.shape == (60, 2) and np.isfinite(p).all(), "respond",
        "must give a finite row for each sample")
    for rows in ([7], [9, 3, 3], np.arange(60)[::-1]):
        contract.holds(
            np.allclose(fitted.predict_proba(X[rows]), p[rows], rtol=1e-12, atol=0), "respond",
            "the response to a row must not depend on its batch or the order")
    network = _network(contract.part, neuron=NEURON).fit(X, Y)
    raster = contract.by_rows(network.transform, X, "run")
    contract.holds(
        raster.shape == (60, SIZE, 100) and raster.dtype == np.uint8, "run",
        "must return uint8 (n_samples, n_neurons, n_steps)")
    share = np.mean(raster == 1)
    contract.holds(
        0 < share < 1 and raster.max() == 1, "run",
        f"must return 0 and 1, and some of each, and {100 * share:.3g} % are 1 after a fit. If "
        "neurons became silent, lower the default_learning_rate or bound the weights")


@demand
def _intrinsics_stay_within_bounds(contract):
    """Check that fast learning keeps intrinsics within narrow bounds, and others as they are."""
    theta, narrow = NEURON.named("threshold"), {}
    for item in NEURON.active():
        unit = getattr(NEURON, theta) if item.scale == "threshold" else 1
        middle = getattr(NEURON, item.name) / unit
        narrow[f"{item.name}_bounds"] = (
            (middle * 0.9, middle * 1.1) if item.scale == "log" else (middle - 0.05, middle + 0.05))
    neuron, rule = clone(NEURON).set_params(**narrow), clone(contract.part)
    if "intrinsic_learning_rate" in rule.get_params(deep=False):
        rule.set_params(intrinsic_learning_rate=0.5)
    start = neuron.initial(SIZE, None)
    for names in ((), neuron.learnable()[:1], neuron.learnable()):
        network = _network(rule, neuron=neuron, learn_intrinsic=names)
        found = contract.raises_nothing("learn", network.fit, X, Y).intrinsics_
        moving = {*names, *map(neuron.named, rule.moves)}
        for item in neuron.active():
            value, follows = found[item.name][0], item.scale == "threshold"
            relative = value / found[theta][0] if follows else value
            low, high = neuron.bounds(item.name) + [-1e-6, 1e-6]
            which = f"{item.name} (learn_intrinsic={names})"
            contract.holds(
                (low <= relative).all() and (relative <= high).all(), "learn",
                f"{which} leaves its bounds")
            if item.name not in moving and not (follows and theta in names):
                contract.same(
                    value, start[item.name], "learn",
                    f"{which} is not to be learned, and has moved")
