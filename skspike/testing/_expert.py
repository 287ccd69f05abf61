"""Contract of an expert."""

import itertools

import numpy as np
from sklearn.base import clone

from ..trains import Expert, LookupExpert, SpikeTrainClassifier, evidence
from ._common import Demands, check_bad_values, check_effects

N_CLASSES = 3
TOLERANCE = 1e-9  # of sums that are computed in another order, relative to the largest term

demand = Demands()


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
    skspike.trains.Expert : Base class of the experts.

    Examples
    --------
    >>> from skspike.trains import History
    >>> from skspike.testing import check_expert
    >>> check_expert(History())
    """
    demand.check(expert, Expert)


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


def _checked(contract):
    """Return a checked copy of the expert."""
    expert = clone(contract.subject)
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
        return [expert.score(_learned(expert, X, y), X, N_CLASSES)]

    check_effects(contract, lambda part: part.check(), scores)


@demand
def _models_have_different_names(contract):
    """Check models for any number of channels, and the scores of those that there are."""
    expert = _checked(contract)
    for n_channels in (1, 3, 70):
        names = contract.raises_nothing("models", expert.models, n_channels)
        contract.holds(
            isinstance(names, tuple) and len({*names}) == len(names), f"models({n_channels})",
            f"must return a tuple of different names, got {names!r}")
        if names:
            _check_sizes(contract, expert, n_channels)


def _check_sizes(contract, expert, n_channels):
    """Check the scores of trains of any length, also after counts of no samples."""
    X, y = _samples(n_channels, 20)
    for n_samples in (0, 24):
        tables = contract.raises_nothing(
            f"tables (of {n_samples} samples)", _learned, expert, _frozen(X[:n_samples]),
            y[:n_samples])
        contract.is_finite(
            tables, "tables", f"must be finite, also for counts of {n_samples} samples")
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
            contract.is_finite(scores, where)


@demand
def _counts_are_sums(contract):
    """Check the counts of parts of the data, of weights, and those that a classifier stores."""
    expert, (X, y) = _checked(contract), _samples()
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
def _a_score_depends_on_its_train_alone(contract):
    """Check that scores of a sample do not depend on others."""
    expert, (X, y) = _checked(contract), _samples()
    tables = _learned(expert, X, y)
    contract.by_rows(lambda rows: expert.score(tables, _frozen(rows), N_CLASSES), X, "score")


@demand
def _terms_add_up_to_scores(contract):
    """Check the terms of scores, and scores of trains in pieces."""
    expert, (X, y) = _checked(contract), _samples()
    if not expert.is_sum:
        return
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
        total = np.exp(expert.score(_learned(expert, X, y), every, N_CLASSES)).sum(axis=0)
        contract.holds(
            np.allclose(total, 1, atol=1e-6), "score",
            f"the probabilities of all trains of {n_channels} channels and {n_steps} steps must "
            f"add up to 1, got {total.min():.4g} to {total.max():.4g}. Mend the tables, let the "
            "context of a step depend on steps before it only, or set is_likelihood = False")
