"""Contract of an expert."""

import itertools

import numpy as np
from sklearn.base import clone

from .._base import all_finite
from ..trains import LookupExpert, SpikeTrainClassifier, evidence
from ._contract import Demands, check_bad_values, check_effects

N_CLASSES = 3
TOLERANCE = 1e-9  # of sums that are computed in another order, relative to the largest term

demand = Demands()


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


def _tables(expert, X, y, weights=None):
    """Return the tables that an expert learns."""
    weights = np.ones(len(X)) if weights is None else weights
    counts = expert.count(X, y, weights, N_CLASSES)
    return expert.tables(counts, expert.settings(counts))


def _checked(contract):
    """Return a checked copy of the expert."""
    expert = clone(contract.part)
    contract.raises_nothing("check", expert.check)
    return expert


@demand
def _symbols_are_entries_of_the_tables(contract):
    """Check symbols, because compiled loops do not check their indices."""
    expert, (X, _) = _checked(contract), _samples()
    if not isinstance(expert, LookupExpert):
        return
    n_symbols = expert.n_symbols or 2 * X.shape[2]
    symbols = np.asarray(contract.raises_nothing(
        "symbols", expert.symbols, X, expert.memory(*X.shape[:2]), n_symbols))
    contract.holds(
        symbols.shape == X.shape and symbols.dtype.kind in "iu"
        and 0 <= symbols.min() <= symbols.max() < n_symbols, "symbols",
        f"must return integers from 0 to {n_symbols - 1} in the shape {X.shape} of the raster, got "
        f"{symbols.dtype} from {symbols.min()} to {symbols.max()} of shape {symbols.shape}")


@demand
def _parameters_act(contract):
    """Check that bad values are refused, and that each parameter changes the scores."""
    X, y = _samples()
    check_bad_values(contract, lambda changed: SpikeTrainClassifier([changed]), X, y)

    def scores(expert):
        expert.check()
        X, y = _samples(8)
        return [expert.score(_tables(expert, X, y), X, N_CLASSES)]

    check_effects(contract, lambda part: part.check(), scores)


@demand
def _scores_are_finite(contract):
    """Check scores of any number of channels and steps, also after counts of no samples."""
    expert = _checked(contract)
    for n_channels, n_samples in itertools.product((1, 3, 70), (0, 24)):
        names = contract.raises_nothing("models", expert.models, n_channels)
        contract.holds(
            isinstance(names, tuple) and len({*names}) == len(names), f"models({n_channels})",
            f"must return a tuple of different names, got {names!r}")
        if not names:
            continue
        X, y = _samples(n_channels, 20)
        tables = contract.raises_nothing(
            f"tables (of {n_samples} samples)", _tables, expert, _frozen(X[:n_samples]),
            y[:n_samples])
        contract.holds(
            all_finite(tables), "tables",
            f"must be finite, also for counts of {n_samples} samples")
        contract.raises_nothing(
            "check_tables", expert.check_tables, tables, n_channels, N_CLASSES)
        for n_steps in (1, 2, 300):
            where = f"score (of {n_channels} channels and {n_steps} steps)"
            rows = _frozen(np.resize(X, (5, n_channels, n_steps)))
            with np.errstate(all="ignore"):
                scores = contract.raises_nothing(where, expert.score, tables, rows, N_CLASSES)
            wanted = (5, len(names), N_CLASSES)
            contract.holds(
                scores.shape == wanted, where,
                f"must have the shape {wanted} of samples, models and classes, got {scores.shape}")
            contract.holds(np.isfinite(scores).all(), where, "must be finite")


@demand
def _counts_are_sums(contract):
    """Check the counts of parts of the data, of weights, and those that a classifier stores."""
    expert, (X, y) = _checked(contract), _samples()
    weights = np.arange(1, 25) % 4 + 1.0
    whole = expert.score(_tables(expert, X, y, weights), X, N_CLASSES)
    # a part has shorter trains, whose counts fill a part of the arrays
    counts = [
        expert.count(_frozen(X[rows]), y[rows], weights[rows], N_CLASSES)
        for rows in (slice(0, 0), slice(0, 10), slice(10, 24))]
    added = expert.add(expert.add(counts[0], counts[1]), counts[2])
    contract.holds(
        np.allclose(
            expert.score(expert.tables(added, expert.settings(added)), X, N_CLASSES), whole,
            rtol=TOLERANCE), "add",
        "the counts of parts of the data must give the same scores as the counts of all data")
    rows = np.repeat(np.arange(24), weights.astype(int))
    twice = _tables(expert, _frozen(X[rows]), y[rows])
    contract.holds(
        np.allclose(expert.score(twice, X, N_CLASSES), whole, rtol=TOLERANCE), "count",
        "a sample of weight n must count as much as n samples")
    # the classifier stores whole counts in smaller dtypes
    alone = expert.score(_tables(expert, X, y), X, N_CLASSES)
    chunks = SpikeTrainClassifier([expert])
    for rows in (slice(0, 10), slice(10, 24)):
        chunks.partial_fit(X[rows], y[rows], classes=range(N_CLASSES))
    fitted = SpikeTrainClassifier([expert]).fit(X, y)
    for name, model in {"fit": fitted, "partial_fit": chunks}.items():
        contract.holds(
            np.allclose(
                expert.score(model.tables_[0], X, N_CLASSES), alone, rtol=TOLERANCE), "count",
            f"the tables of SpikeTrainClassifier.{name} must give the same scores as those of the "
            "expert alone. Return counts as floats")
    contract.holds(
        np.ptp(whole, axis=2).any(axis=0).all(), "score",
        "must depend on the class, for each model")


@demand
def _terms_add_up_to_scores(contract):
    """Check scores of single trains, the terms of scores, and scores of trains in pieces."""
    expert, (X, y) = _checked(contract), _samples()
    tables = _tables(expert, X, y)
    contract.by_rows(lambda rows: expert.score(tables, _frozen(rows), N_CLASSES), X, "score")
    if not expert.is_sum:
        return
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


@demand
def _probabilities_add_up_to_1(contract):
    """Check the sum of the probabilities of all trains."""
    expert = _checked(contract)
    for n_channels, n_steps in ((1, 8), (2, 4)):
        if not expert.is_likelihood or not expert.models(n_channels):
            continue
        X, y = _samples(n_channels, n_steps)
        every = np.array(list(itertools.product([0, 1], repeat=n_channels * n_steps)), np.uint8)
        every = _frozen(every.reshape(-1, n_channels, n_steps))
        total = np.exp(expert.score(_tables(expert, X, y), every, N_CLASSES)).sum(axis=0)
        contract.holds(
            np.allclose(total, 1, atol=1e-6), "score",
            f"the probabilities of all trains of {n_channels} channels and {n_steps} steps must "
            f"add up to 1, got {total.min():.4g} to {total.max():.4g}. Mend the tables, let the "
            "context of a step depend on steps before it only, or set is_likelihood = False")
