"""The contract of a learning rule."""

import numpy as np
from sklearn.base import clone

from .._checks import all_finite
from ..learning import Rule
from ..neurons import LIF, MetaNeuron
from ..snn import SNNClassifier, SNNTransformer
from ._common import Contract, check_bad_values, check_parameters

# Samples and steps enough for several threads.
X = (np.random.default_rng(0).random((60, 6, 100)) < np.linspace(0.05, 0.4, 60)[:, None, None]).astype(np.uint8)
Y = np.arange(60) // 30
SIZE = 4
NEURONS = (LIF(tau_mem=30.0, tau_syn=5.0, v_reset=-0.1), MetaNeuron())
FORMS = (
    lambda X: X.astype(float), lambda X: X > 0, np.asfortranarray,
    lambda X: np.repeat(X, 2, axis=-1)[..., ::2], np.ndarray.tolist)


def check_rule(rule: Rule) -> None:
    """Check that a learning rule keeps its promises: fits that can be repeated, that move what they may, and that end finite.

    The fit is the same for equal seeds, whatever the number of threads and the type and layout of
    the input. Learned intrinsics stay within their bounds, and those that are not learned (and have
    no role in the rule's ``moves``) stay as they are, to the bit. Labels are read if ``requires_y``
    says so, and a fit goes on with new data if ``streams`` does. A warm start goes on from the fit
    before and leaves its arrays alone. Bad values of each parameter are refused by name.

    Parameters
    ----------
    rule : Rule
        An object with the parameters that are to be tested; it is not changed.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names the class, the function and what is wrong.

    See Also
    --------
    skspike.learning.Rule : Base of the rules.

    Examples
    --------
    >>> from skspike.learning import Tempotron
    >>> from skspike.testing import check_rule
    >>> check_rule(Tempotron(tau_starts=None))
    """
    contract = Contract(rule, Rule)
    check_parameters(contract)
    check_bad_values(
        contract, lambda changed: _network(changed, SNNClassifier, max_iter=1), X[::6, :, :20],
        Y[::6])
    _check_labels(contract)
    _check_stream(contract)
    for neuron in NEURONS:
        _check_repetition(contract, neuron)
        _check_output(contract, neuron)
        for names in ((), *((name,) for name in neuron.learnable()), neuron.learnable()):
            _check_intrinsics(contract, neuron, names)


def _network(rule, cls=SNNTransformer, **parameters):
    return cls(SIZE, rule=rule, random_state=0, **{"max_iter": 2, "batch_size": 40, **parameters})


def _learned(network):
    """Return all numbers that a fit has left, as a list of arrays."""
    fitted = (
        value
        for name, value in sorted(vars(network).items())
        if name.endswith("_") and not hasattr(value, "get_params"))
    return [np.asarray(array) for value in fitted for array in _arrays(value)]


def _arrays(value):
    """Return the numbers in a fitted attribute: a dict of lists, a list with None for what is missing, or one array or number."""
    if isinstance(value, dict):
        return [array for part in value.values() for array in part]
    return [array for array in value if array is not None] if isinstance(value, list) else [value]


def _check_labels(contract):
    """Check that labels are needed where the rule says so, and make no difference elsewhere."""
    rule = contract.subject
    contract.holds(
        rule.requires_y in (True, False), "requires_y",
        f"must be True or False, got {rule.requires_y!r}")
    try:
        without = _network(rule).fit(X)
    except ValueError as error:
        contract.holds(
            rule.requires_y, "learn",
            f"must learn without labels, for requires_y is False: {error}")
    else:
        contract.holds(
            not rule.requires_y, "requires_y", "is True, and a fit without labels is not refused")
        labelled = _learned(_network(rule).fit(X, Y[::-1]))
        contract.same(
            _learned(without), labelled, "learn",
            "labels make a difference, though requires_y is False")


def _check_stream(contract):
    """Check that a fit goes on with new data if, and only if, the rule says so."""
    network = _network(contract.subject, max_iter=1)
    if not contract.subject.streams:
        contract.holds(
            not hasattr(network, "partial_fit"), "streams", "is False, and there is a partial_fit")
        return
    rows = np.arange(0, 60, 2)
    classes = (np.unique(Y),) if contract.subject.requires_y else ()
    contract.raises_nothing("learn", network.partial_fit, X[rows], Y[rows], *classes)
    first = _learned(network)
    again = _learned(_network(contract.subject, max_iter=1).partial_fit(X[rows], Y[rows], *classes))
    contract.same(
        first, again, "learn",
        "equal seeds must learn the same from the first part of a stream: draw from task.rng alone")
    contract.raises_nothing("learn", network.partial_fit, X[rows + 1], Y[rows + 1])
    moved = not np.array_equal(network.weights_[0], first[-1])
    contract.holds(moved, "learn", "the second part of a stream teaches nothing")


def _check_repetition(contract, neuron):
    """Check that a fit depends on the values of the data and on the seed alone, and leaves the user's objects alone."""
    rule, before = contract.subject, (repr(contract.subject), repr(neuron))
    network = _network(rule, neuron=neuron)
    learned = _learned(contract.raises_nothing("learn", network.fit, X, Y))
    contract.holds(
        (repr(rule), repr(neuron)) == before, "learn", "the user's rule or neuron is changed")
    contract.holds(
        network.rule is rule and network.neuron is neuron, "learn",
        "the user's rule or neuron is replaced")
    contract.holds(all_finite(learned), "learn", "what is learned is not finite")
    contract.same(
        _learned(clone(network).fit(X, Y)), learned, "learn",
        "equal seeds must give equal fits: draw from task.rng alone")
    threads = clone(network).set_params(n_jobs=3).fit(X, Y)
    contract.same(_learned(threads), learned, "learn", "the fit must not depend on n_jobs")
    for form in FORMS:
        other = _learned(clone(network).fit(form(X), Y))
        contract.same(
            other, learned, "learn", "the fit must not depend on the type or layout of the input")
    contract.holds(getattr(network, "n_iter_", 0) >= 1, "learn", "the attributes must have n_iter_")
    float32 = all(array.dtype == np.float32 for array in network.weights_)
    contract.holds(
        float32, "learn",
        f"must return weights in float32, got {[array.dtype.name for array in network.weights_]}")
    _check_warm_start(contract, network)


def _check_warm_start(contract, network):
    """Check that a fit with another seed goes on from the one before, and leaves its arrays alone."""
    held = network.weights_
    before = [array.copy() for array in held]
    warm = contract.raises_nothing(
        "learn", network.set_params(warm_start=True, random_state=1).fit, X, Y)
    contract.holds(
        all_finite(_learned(warm)), "learn", "what a warm start has learned is not finite")
    contract.same(
        held, before, "learn", "a warm start must not change the weights of the fit before")
    anew = clone(network).fit(X, Y).weights_
    begins = all(
        map(np.array_equal, warm.weights_, anew)) and not all(map(np.array_equal, before, anew))
    contract.holds(not begins, "learn", "a warm start must go on from task.start, and begins anew")


def _check_output(contract, neuron):
    """Check rasters and probabilities of a fitted network: those of a row depend on it alone."""
    fitted = _network(contract.subject, SNNClassifier, neuron=neuron).fit(X, Y)
    p = contract.raises_nothing("respond", fitted.predict_proba, X)
    contract.holds(
        p.shape == (60, 2) and np.isfinite(p).all(), "respond",
        "must give a finite row for each sample")
    raster = _network(contract.subject, neuron=neuron).fit_transform(X, Y)
    contract.holds(
        raster.shape == (60, SIZE, 100) and raster.dtype == np.uint8, "run",
        "must return uint8 (n_samples, n_neurons, n_steps)")
    contract.holds(
        0 < raster.mean() < 1 and raster.max() == 1, "run", "must return 0 and 1, and some of each")
    network = _network(contract.subject, neuron=neuron).fit(X, Y)
    for rows in ([7], [9, 3, 3], np.arange(60)[::-1]):
        contract.same(
            network.transform(X[rows]), raster[rows], "run",
            "the raster of a row must not depend on its batch or the order")
        close = np.allclose(fitted.predict_proba(X[rows]), p[rows], rtol=1e-12, atol=0)
        contract.holds(
            close, "respond", "the response to a row must not depend on its batch or the order")


def _check_intrinsics(contract, neuron, names):
    """Learn the named intrinsics, fast and within narrow bounds: they stay inside, and the others as they are."""
    neuron = _narrow(neuron)
    start = neuron.initial(SIZE, None)
    network = _network(
        contract.subject, neuron=neuron, learn_intrinsic=names, intrinsic_learning_rate=0.5)
    values = {
        name: layers[0]
        for name, layers in contract.raises_nothing("learn", network.fit, X, Y).intrinsics_.items()}
    theta, moving = neuron.named("threshold"), {*names, *map(neuron.named, contract.subject.moves)}
    for item in neuron.active():
        value = values[item.name]
        what = f"{item.name} of {type(neuron).__name__} (learn_intrinsic={names})"
        relative = value / values[theta] if item.scale == "threshold" else value
        low, high = neuron.bounds(item.name) + [-1e-6, 1e-6]
        contract.holds(
            (low <= relative).all() and (relative <= high).all(), "learn",
            f"{what} leaves its bounds")
        follows = item.scale == "threshold" and theta in names
        if item.name not in moving and not follows:
            contract.same(
                value, start[item.name], "learn", f"{what} is not to be learned, and has moved")


def _narrow(neuron):
    """Return a neuron whose intrinsics may move by a little only."""
    theta = getattr(neuron, neuron.named("threshold"))
    bounds = {}
    for item in neuron.active():
        value = getattr(neuron, item.name)
        middle = value / theta if item.scale == "threshold" else value
        bounds[f"{item.name}_bounds"] = (middle * 0.9, middle * 1.1) if item.scale == "log" else (
            middle - 0.05, middle + 0.05)
    return clone(neuron).set_params(**bounds)
