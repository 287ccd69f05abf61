"""Contract of an expert."""

import itertools

import numpy as np
from sklearn.base import clone

from .._checks import all_finite
from .._estimators import SpikeTrainClassifier
from ..experts import Expert, evidence
from ._common import Contract, check_bad_values, check_parameters
from ._parameters import check_effects

N_CLASSES = 3
TOLERANCE = 1e-9  # of sums that are computed in another order, relative to the largest term


def check_expert(expert: Expert) -> None:
    """Check that an expert keeps its contract.

    Form: scores are finite for rasters of any length, with any number of channels for which the
    expert has models, and after counts of no samples. Each depends on its own train alone. Bad
    values of each parameter are refused by name.

    Meaning: counts are sums, so that parts of the data give the same scores as all data, and a
    weight of 2 counts a sample twice. Scores depend on the class, and each parameter changes them.
    If the expert ``is_sum``, its terms add up to the scores, and trains in pieces give the same
    scores as whole trains. If it ``is_likelihood``, the probabilities of all trains add up to 1.

    Parameters
    ----------
    expert : Expert
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the expert breaks the contract. The message names the class, the method and the fault.

    See Also
    --------
    skspike.experts.Expert : Base class of the experts.

    Examples
    --------
    >>> from skspike.experts import History
    >>> from skspike.testing import check_expert
    >>> check_expert(History())
    """
    contract = Contract(expert, Expert)
    check_parameters(contract)
    X, y = _samples()
    check_bad_values(contract, lambda changed: SpikeTrainClassifier([changed]), X, y)
    check_effects(contract, lambda part: part.check(), _scores)
    checked = clone(expert)
    contract.raises_nothing("check", checked.check)
    for n_channels in (1, 3, 70):
        names = contract.raises_nothing("models", checked.models, n_channels)
        contract.holds(
            isinstance(names, tuple) and len({*names}) == len(names), f"models({n_channels})",
            f"must return a tuple of different names, got {names!r}")
        if names:
            _check_sizes(contract, checked, n_channels)
    _check_counts(contract, checked, X, y)
    _check_rows(contract, checked, X, y)
    if checked.is_sum:
        _check_terms(contract, checked, X, y)
    if checked.is_likelihood:
        _check_likelihood(contract, checked)


def _samples(n_channels=3, n_steps=40):
    """Return random rasters of three classes, whose rates rise, fall or are constant."""
    y = np.arange(24) % N_CLASSES
    time = np.linspace(0.02, 0.5, n_steps)
    rates = np.stack([time, time[::-1], np.full(n_steps, 0.25)])[y]
    draws = np.random.default_rng(0).random((24, n_channels, n_steps))
    X = (draws < rates[:, np.newaxis]).astype(np.uint8)
    X[0], X[1] = 0, 1
    return _frozen(X), y


def _frozen(X):
    X = np.ascontiguousarray(X)
    X.flags.writeable = False
    return X


def _learned(expert, X, y, weights=None):
    """Return the tables that an expert learns."""
    weights = np.ones(len(X)) if weights is None else weights
    return _tables(expert, expert.count(X, y, weights, N_CLASSES))


def _tables(expert, counts):
    return expert.tables(counts, expert.settings(counts))


def _scores(expert):
    """Return the scores of samples that an expert was fitted on."""
    expert.check()
    X, y = _samples(8)
    return [expert.score(_learned(expert, X, y), X, N_CLASSES)]


def _check_sizes(contract, expert, n_channels):
    """Check the scores of trains of any length, also after counts of no samples."""
    X, y = _samples(n_channels, 20)
    for n_samples in (0, 24):
        tables = contract.raises_nothing(
            f"tables (of {n_samples} samples)", _learned, expert, _frozen(X[:n_samples]),
            y[:n_samples])
        contract.holds(
            all_finite(tables), "tables", f"must be finite, also for counts of {n_samples} samples")
        contract.raises_nothing(
            "check_tables", expert.check_tables, tables, n_channels, N_CLASSES)
        for n_steps in (1, 2, 20, 300):
            where = f"score (of {n_channels} channels and {n_steps} steps)"
            rows = _frozen(np.resize(X, (5, n_channels, n_steps)))
            with np.errstate(all="ignore"):
                scores = contract.raises_nothing(where, expert.score, tables, rows, N_CLASSES)
            wanted = (5, len(expert.models(n_channels)), N_CLASSES)
            contract.holds(
                scores.shape == wanted, where,
                f"must have the shape {wanted} of samples, models and classes, got {scores.shape}")
            contract.holds(np.isfinite(scores).all(), where, "must be finite")


def _check_counts(contract, expert, X, y):
    """Check that counts are sums."""
    weights = np.arange(1, 25) % 4 + 1.0
    whole = expert.score(_learned(expert, X, y, weights), X, N_CLASSES)
    # a part has shorter trains, whose counts fill a part of the arrays
    counts = [
        expert.count(_frozen(X[rows]), y[rows], weights[rows], N_CLASSES)
        for rows in (slice(0, 0), slice(0, 10), slice(10, 24))]
    added = expert.add(expert.add(counts[0], counts[1]), counts[2])
    contract.holds(
        np.allclose(
            expert.score(_tables(expert, added), X, N_CLASSES), whole, rtol=TOLERANCE), "add",
        "the counts of parts of the data must give the same scores as the counts of all data")
    rows = np.repeat(np.arange(24), weights.astype(int))
    twice = _learned(expert, _frozen(X[rows]), y[rows])
    contract.holds(
        np.allclose(expert.score(twice, X, N_CLASSES), whole, rtol=TOLERANCE), "count",
        "a sample of weight n must count as much as n samples")
    # the classifier stores whole counts in smaller dtypes
    alone = expert.score(_learned(expert, X, y), X, N_CLASSES)
    for name, model in _fitted(expert, X, y).items():
        contract.holds(
            np.allclose(
                expert.score(model.tables_[0], X, N_CLASSES), alone, rtol=TOLERANCE), "count",
            f"the tables of SpikeTrainClassifier.{name} must give the same scores as those of the "
            "expert alone. Return counts as floats")
    contract.holds(
        np.ptp(whole, axis=2).any(axis=0).all(), "score",
        "must depend on the class, for each model")


def _fitted(expert, X, y):
    """Return classifiers with an expert, by the method that fitted them."""
    whole, chunks = SpikeTrainClassifier([expert]), SpikeTrainClassifier([expert])
    for rows in (slice(0, 10), slice(10, 24)):
        chunks.partial_fit(X[rows], y[rows], classes=range(N_CLASSES))
    return {"fit": whole.fit(X, y), "partial_fit": chunks}


def _check_rows(contract, expert, X, y):
    """Check that scores of a sample do not depend on others."""
    tables = _learned(expert, X, y)
    contract.by_rows(
        lambda rows: expert.score(tables, _frozen(rows), N_CLASSES), X, "score")


def _check_terms(contract, expert, X, y):
    """Check the terms of scores, and scores of trains in pieces."""
    tables = _learned(expert, X, y)
    scores = expert.score(tables, X, N_CLASSES)
    terms = contract.raises_nothing("terms", expert.terms, tables, X)
    wanted = (*scores.shape, *X.shape[1:])
    contract.holds(
        terms.shape == wanted, "terms", f"must have the shape {wanted}, got {terms.shape}")
    contract.holds(
        np.abs(terms.sum(axis=(3, 4)) - scores).max() <= TOLERANCE * np.abs(scores).max(), "terms",
        "must add up to the scores")
    state = expert.start(*X.shape[:2], N_CLASSES)
    for first, stop in itertools.pairwise((0, 1, 2, 9, 40)):
        contract.raises_nothing(
            "advance", expert.advance, tables, _frozen(X[:, :, first:stop]), state)
    contract.same(
        evidence(state), scores, "advance",
        "trains in pieces must give the same scores as whole trains, bit for bit")


def _check_likelihood(contract, expert):
    """Check that the probabilities of all trains add up to 1."""
    for n_channels, n_steps in ((1, 8), (2, 4)):
        X, y = _samples(n_channels, n_steps)
        every = np.array(list(itertools.product([0, 1], repeat=n_channels * n_steps)), np.uint8)
        every = _frozen(every.reshape(-1, n_channels, n_steps))
        total = np.exp(expert.score(_learned(expert, X, y), every, N_CLASSES)).sum(axis=0)
        contract.holds(
            np.allclose(total, 1, atol=1e-6), "score",
            f"the probabilities of all trains of {n_channels} channels and {n_steps} steps must "
            f"add up to 1, got {total.min():.4g} to {total.max():.4g}. Mend the tables, or set "
            "is_likelihood = False")
