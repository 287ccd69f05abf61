"""Experts: symbols, tables and scores equal literal versions of their definitions."""

import numpy as np
import pytest
from naive import (
    age_context, history_context, linear_scores, log_mixture_of_prunings, pair_scores,
    population_context, squared_van_rossum)
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from skspike import SpikeTrainClassifier, fit_in_parts
from skspike.datasets import make_poisson
from skspike.testing import check_part
from skspike.trains import (
    EXPERTS, Age, History, Linear, LookupExpert, Neighbours, Pairs, Population, Rate)
from skspike.trains._pairs import CODES
from skspike.trains._tree import mixture, node_counts

CONTEXTS = {
    "history": (History, history_context), "age": (Age, age_context),
    "population": (Population, population_context)}


@pytest.fixture
def raster(rng):
    X = (rng.random((6, 3, 60)) < rng.random((6, 1, 1)) ** 2).astype(np.uint8)
    X[0], X[1] = 0, 1
    return X


def scores(expert, X, y, new, n_classes=2, weights=None):
    expert.check()
    weights = np.ones(len(X)) if weights is None else weights
    counts = expert.count(X, np.asarray(y), weights, n_classes)
    return expert.score(expert.tables(counts, expert.settings(counts)), new, n_classes)


class Excess(LookupExpert):
    """Spikes minus silent steps of each class: whole counts, which may be negative."""

    name, n_symbols = "excess", 2

    def symbols(self, raster, memory, n_symbols):
        return raster

    def count(self, raster, y, weights, n_classes):
        one_hot = weights[:, None] * (y[:, None] == np.arange(n_classes))
        signs = 2.0 * raster - 1
        return {
            "excess": signs.sum(axis=(1, 2)) @ one_hot,
            "steps": one_hot.sum(axis=0) * raster[0].size if len(raster) else 0.0 * one_hot.sum(0)}

    def tables(self, counts, settings=None):
        p = (counts["excess"] + counts["steps"] + 1) / (2 * counts["steps"] + 2)
        return {"all": np.log(np.stack([1 - p, p], axis=1))[None]}


@pytest.mark.small
@pytest.mark.parametrize("name", CONTEXTS)
def test_symbols_are_contexts_and_spikes(name, raster):
    cls, context = CONTEXTS[name]
    expert = cls()
    found = expert.symbols(raster, expert.memory(6, 3), expert.n_symbols)
    for i, c, t in np.ndindex(*raster.shape):
        assert found[i, c, t] == 2 * context(raster[i], c, t) + int(raster[i, c, t])


@pytest.mark.small
@pytest.mark.parametrize("size", [700, 130, 1])
@pytest.mark.parametrize("name", ["history", "age"])
def test_symbols_of_long_silences_may_be_taken_in_pieces(name, size):
    cls, context = CONTEXTS[name]
    raster = np.zeros((1, 3, 700), np.uint8)
    for c, intervals in enumerate([(1, 119, 120, 121), (168, 169, 170, 171), (5, 400, 30, 60)]):
        raster[0, c, np.cumsum(intervals)] = 1
    expert = cls()
    memory = expert.memory(1, 3)
    found = np.concatenate(
        [
            expert.symbols(
                np.ascontiguousarray(raster[:, :, t : t + size]), memory, expert.n_symbols)
            for t in range(0, 700, size)], axis=2)
    for c, t in np.ndindex(3, 700):
        assert found[0, c, t] == 2 * context(raster[0], c, t) + int(raster[0, c, t]), (c, t)


@pytest.mark.small
@pytest.mark.parametrize("value", [-5, 200, 2**40])
@pytest.mark.parametrize("cls", [History, Age, Population, Rate])
def test_symbols_after_any_memory_are_entries_of_tables(cls, value, raster):
    expert = cls()
    n_symbols = expert.n_symbols or 2 * raster.shape[2]
    memory = expert.memory(6, 3)
    memory[:] = value
    assert expert.symbols(raster, memory, n_symbols).max() < n_symbols


@pytest.mark.small
def test_a_last_spike_in_the_future_of_a_pair_is_one_of_this_step(raster):
    expert, y = Pairs(), np.arange(6) % 2
    tables = expert.tables(expert.count(raster, y, np.ones(6), 2))
    step, sums = np.zeros((1, 3, 1), np.uint8), []
    for last in (41, 42):  # the next step is number 41
        state = expert.start(1, 3, 2)
        state[0][:] = [[last, 0, 0, 40]]
        expert.advance(tables, step, state)
        sums.append(state[1])
    np.testing.assert_array_equal(*sums)


@pytest.mark.small
def test_counts_of_symbols_are_the_weights_of_their_samples(raster):
    expert, weights = History(), np.array([1.0, 0.5, 2.0, 3.0, 0.25, 1.0])
    symbols = expert.symbols(raster, expert.memory(6, 3), expert.n_symbols)
    counts = expert.count(raster, np.array([0, 1, 0, 1, 0, 1]), weights, 2)["symbols"]
    for k, c, s in np.ndindex(*counts.shape):
        assert counts[k, c, s] == ((symbols[k::2, c] == s).sum(axis=1) * weights[k::2]).sum()


@pytest.mark.small
@pytest.mark.parametrize("n_bits", [0, 1, 2, 3])
def test_the_mixture_is_the_sum_over_all_prunings(n_bits, rng):
    leaves = rng.integers(0, 9, (2**n_bits, 2)).astype(float)
    mean, strength = rng.random(2 ** (n_bits + 1)), 2.5
    found, table = mixture(node_counts(leaves), mean, strength)
    assert found == pytest.approx(log_mixture_of_prunings(leaves, mean, strength), rel=1e-10)
    # a table has the probabilities of the next symbol in each context
    for symbol in range(2 ** (n_bits + 1)):
        more = leaves.copy()
        more[symbol // 2, symbol % 2] += 1
        evidence = log_mixture_of_prunings(more, mean, strength)
        assert table[symbol] == pytest.approx(evidence - found, rel=1e-9)


@pytest.mark.small
def test_no_symbol_of_any_number_of_steps_is_impossible():
    leaves = np.array([[1e18, 0.0]])
    for counts in (leaves, leaves[:, ::-1]):
        table = mixture(node_counts(counts), np.full(2, 0.5), 2.0)[1]
        np.testing.assert_allclose(np.exp(table[counts[0] == 0]), 1e-12, rtol=1e-3)


@pytest.mark.small
def test_the_history_of_a_bernoulli_train_is_pruned_to_the_root(rng):
    X = (rng.random((400, 1, 200)) < 0.2).astype(np.uint8)
    counts = History().count(X, np.zeros(400, int), np.ones(400), 1)
    table = History().tables(counts)["shared"][0, 0]
    seen = counts["symbols"][0, 0].reshape(-1, 2).sum(axis=1) > 0
    assert np.exp(table[1::2][seen]) == pytest.approx(0.2, abs=0.01)


@pytest.mark.small
def test_channels_that_differ_get_trees_of_their_own(rng):
    X = (rng.random((200, 2, 100)) < np.array([0.05, 0.3])[:, np.newaxis]).astype(np.uint8)
    counts = History().count(X, np.zeros(200, int), np.ones(200), 1)
    tables = History().tables(counts, History().settings(counts))
    silence = np.exp(tables["each"][:, 0, 1])  # a spike after 8 steps of silence
    assert silence == pytest.approx([0.05, 0.3], abs=0.02)
    same = (rng.random((200, 2, 100)) < 0.1).astype(np.uint8)
    counts = History().count(same, np.zeros(200, int), np.ones(200), 1)
    assert History().settings(counts)[0] > 100


@pytest.mark.small
def test_rates_are_shares_of_the_trains_that_have_the_step(rng):
    X = (rng.random((3000, 2, 30)) < np.linspace(0.05, 0.4, 30)).astype(np.uint8)
    expert = Rate((0.03,))
    long = expert.count(X, np.zeros(3000, int), np.ones(3000), 1)
    short = expert.count(X[:, :, :10].copy(), np.zeros(3000, int), np.ones(3000), 1)
    table = expert.tables(expert.add(long, short))["0.03"]
    assert np.exp(table[:, 0, 1::2]) == pytest.approx(
        np.tile(np.linspace(0.05, 0.4, 30), (2, 1)), abs=0.04)
    # steps after the end have the rate of the last step
    longer = np.zeros((1, 2, 40), np.uint8)
    terms = expert.terms({"0.03": table}, longer)[0, 0, 0]
    np.testing.assert_array_equal(terms[:, 30:], np.repeat(terms[:, 29:30], 10, axis=1))


@pytest.mark.small
@pytest.mark.parametrize("width", [0.05, 0.2])
def test_a_spike_counts_in_other_steps_by_a_gaussian_of_the_width(width):
    X = np.zeros((1, 1, 40), np.uint8)
    X[0, 0, [5, 20, 21]] = 1
    weight = np.array([1e9])  # so that the prior is negligible
    expert = Rate((width,))
    table = expert.tables(expert.count(X, np.zeros(1, int), weight, 1))[f"{width:g}"]
    wanted = gaussian_filter1d(X[0, 0].astype(float), 40 * width, mode="reflect", truncate=20)
    assert np.exp(table[0, 0, 1::2]) == pytest.approx(wanted, abs=2e-6)


@pytest.mark.small
@pytest.mark.parametrize(("n", "p", "common"), [
    (8, 8, 0.8), (12, 8, 0.8), (60, 3, 0.8), (60, 3, 0.0)])
def test_linear_scores_equal_their_definition_for_few_and_many_samples(n, p, common, rng):
    """The rates of all channels have a common factor. Without it, the shrinkage is complete."""
    y = np.arange(n) % 3
    rates = rng.uniform(0.1, 0.5, (3, p))[y] * rng.uniform(1 - common, 1 + common, (n, 1))
    X = (rng.random((n, p, 50)) < rates[:, :, np.newaxis]).astype(np.uint8)
    counts = X.sum(axis=2)
    np.testing.assert_allclose(
        scores(Linear(), X, y, X, 3)[:, 0], linear_scores(counts, y, counts), rtol=1e-6,
        atol=1e-6)


@pytest.mark.small
def test_linear_scores_are_those_of_discriminant_analysis_with_its_shrinkage(rng):
    rates = np.array([[0.1, 0.3, 0.2], [0.2, 0.2, 0.1], [0.3, 0.1, 0.25]])
    y = np.arange(3000) % 3
    X = (rng.random((3000, 3, 40)) < rates[y][:, :, np.newaxis]).astype(np.uint8)
    found = scores(Linear(), X, y, X[:50], 3)[:, 0]
    counts = X.sum(axis=2)
    wanted = LinearDiscriminantAnalysis("lsqr", shrinkage=1e-3, priors=np.full(3, 1 / 3)).fit(
        counts, y).decision_function(counts[:50])
    difference = found - wanted
    assert np.ptp(difference, axis=1).max() < 0.05 * np.ptp(wanted)


@pytest.mark.small
@pytest.mark.parametrize("n_new", [20, 60, 90])
def test_neighbours_are_the_nearest_trains_by_the_van_rossum_distance(n_new, raster, rng):
    new = (rng.random((4, 3, n_new)) < 0.2).astype(np.uint8)
    y = np.array([0, 1, 0, 1, 0, 1])
    found = scores(Neighbours((8.0,), 3), raster, y, new)[:, 0]
    for i, train in enumerate(new):
        distances = [squared_van_rossum(train, other, 8.0) for other in raster]
        votes = np.bincount(y[np.argsort(distances)[:3]], minlength=2) + 0.5
        assert found[i] == pytest.approx(np.log(votes / votes.sum()))


@pytest.mark.small
def test_trains_at_equal_distance_share_the_votes_that_are_left():
    X = np.zeros((5, 1, 9), np.uint8)
    X[:2, 0, 4] = 1
    # two trains are equal to the new one, and three are at the same distance
    found = scores(Neighbours((2.0,), 4), X, [0, 0, 1, 1, 0], X[:1])[0, 0]
    votes = np.array([2 + 2 / 3, 4 / 3]) + 0.5
    assert found == pytest.approx(np.log(votes / votes.sum()))


@pytest.mark.small
@pytest.mark.parametrize("weights", [np.ones(6), np.array([2.0, 1, 1, 1, 1, 3])], ids=["1", "any"])
def test_all_trains_vote_if_there_are_fewer_than_neighbours(weights, raster):
    y = np.array([0, 1, 0, 1, 0, 1])
    found = scores(Neighbours((8.0,), 50), raster, y, raster[:2], weights=weights)[:, 0]
    votes = np.bincount(y, weights) + 0.5
    assert found == pytest.approx(np.tile(np.log(votes / votes.sum()), (2, 1)))


@pytest.mark.small
def test_pairs_look_up_the_time_since_the_last_spike_of_others(raster):
    expert = Pairs()
    counts = expert.count(raster, np.array([0, 1, 0, 1, 0, 1]), np.ones(6), 2)
    tables = expert.tables(counts, expert.settings(counts))
    for k, model in enumerate(expert.models(3)):
        silent, odds = tables[f"{model} silent"], tables[f"{model} odds"]
        wanted = [pair_scores(train, silent, odds, CODES) for train in raster]
        np.testing.assert_allclose(expert.score(tables, raster, 2)[:, k], wanted, rtol=1e-10)
        terms = expert.terms(tables, raster)[:, k]
        np.testing.assert_allclose(terms.sum(axis=(2, 3)), wanted, rtol=1e-10)
        # the mean over the two other channels of logarithms of one probability
        p = expit(2 * odds)
        other = ~np.eye(3, dtype=bool)
        np.testing.assert_allclose(2 * silent[:, other], np.log1p(-p)[:, other], rtol=1e-10)


@pytest.mark.small
def test_pairs_that_differ_between_classes_get_a_weak_prior_of_their_mean(rng):
    y = np.arange(60) % 2
    X = (rng.random((60, 3, 100)) < 0.2).astype(np.uint8)
    X[y == 1, 1, 1:] = X[y == 1, 0, :-1]  # in one class, a channel repeats another one
    differ, same = (
        Pairs().settings(Pairs().count(X, labels, np.ones(60), 2))[0]
        for labels in (y, rng.permutation(y)))
    assert differ < 50 < 200 < same


@pytest.mark.small
def test_many_channels_are_joined_into_groups(rng):
    X = (rng.random((4, 6, 20)) < 0.2).astype(np.uint8)
    y = np.array([0, 1, 0, 1])
    joined = np.stack([X[:, :2].max(axis=1), X[:, 2:4].max(axis=1), X[:, 4:].max(axis=1)], axis=1)
    np.testing.assert_array_equal(
        scores(Pairs(max_channels=3), X, y, X), scores(Pairs(), joined, y, joined))


@pytest.mark.small
def test_a_thousand_channels_fit_in_little_memory(rng):
    X = (rng.random((4, 1000, 10)) < 0.05).astype(np.uint8)
    assert scores(Pairs(), X, [0, 1, 0, 1], X).shape == (4, 2, 2)


@pytest.mark.parametrize("name", ["history", "age", "population", "rate"])
def test_samples_of_a_model_have_its_probabilities(name, rng):
    X = (rng.random((100, 2, 12)) < 0.3).astype(np.uint8)
    X[:, 1, 1:] |= X[:, 0, :-1]  # structure in time and between channels
    expert = EXPERTS[name]()
    expert.check()
    counts = expert.count(X, np.zeros(100, int), np.ones(100), 1)
    tables = expert.tables(counts, expert.settings(counts))
    model = expert.models(2)[-1]
    drawn = expert.sample(tables[model], rng.random((4, 40_000, 2)), 0)
    codes, n = np.unique(np.packbits(drawn.reshape(-1, 8), axis=1), return_counts=True)
    every = np.unpackbits(codes[:, np.newaxis], axis=1).reshape(-1, 2, 4)
    p = np.exp(expert.score(tables, every, 1)[:, -1, 0])
    common = n > 200
    assert common.sum() > 20
    assert np.abs((n - 40_000 * p) / np.sqrt(40_000 * p))[common].max() < 4.5


@pytest.mark.small
@pytest.mark.parametrize(
    ("expert", "message"), [
        (Rate(()), "widths must be different numbers, at least one"),
        (Rate((0.1, 0.1)), "widths must be different"), (Rate((0.1, 2.0)), r"widths\[1\] must"),
        (Neighbours(()), "taus must be different"), (Neighbours(n_neighbors=0), "n_neighbors must"),
        (Pairs(1), "max_channels must be an integer and >= 2")])
def test_a_wrong_parameter_is_refused_by_name(expert, message):
    with pytest.raises(ValueError, match=message):
        expert.check()


@pytest.mark.small
@pytest.mark.parametrize(
    ("plugin", "numbers", "names"), [
        (Rate, (0.5, 0.5000000001, 1), ("0.5", "0.5000000001", "1")),
        (Neighbours, (2.0, 999999.9999999979, 1e6), ("2", "999999.9999999979", "1000000"))])
def test_models_of_almost_equal_numbers_keep_their_names_and_tables(plugin, numbers, names, raster):
    expert, y = plugin(numbers), [0, 1, 0, 1, 0, 1]
    assert expert.models(3) == names
    found = scores(expert, raster, y, raster)
    for k, number in enumerate(numbers):
        np.testing.assert_array_equal(
            found[:, [k]], scores(plugin((number,)), raster, y, raster))
    model = SpikeTrainClassifier([expert]).fit(raster, y)
    assert model.get_feature_names_out().tolist() == [f"{expert.name}_{name}" for name in names]


def test_negative_counts_are_kept(monkeypatch):
    (X, y), expert = make_poisson(30, 3, 60, rates=(20, 100, 600), random_state=0), Excess()
    check_part(expert)
    counts = expert.count(X, y, np.ones(30), 3)
    assert counts["excess"].min() < 0 < counts["excess"].max()
    model, chunks = SpikeTrainClassifier([expert]), SpikeTrainClassifier([expert])
    halves = [(X[:15], y[:15]), (X[15:], y[15:])]
    for half in halves:
        chunks.partial_fit(*half, classes=range(3))
    for fitted in (model.fit(X, y), chunks, fit_in_parts(model, halves, classes=range(3))):
        np.testing.assert_array_equal(fitted.tables_[0]["all"], expert.tables(counts)["all"])
    # the contract finds counts that change in the classifier
    monkeypatch.setattr(
        "skspike.trains._models.compact",
        lambda counts: {name: np.abs(array) for name, array in counts.items()})
    with pytest.raises(AssertionError, match="SpikeTrainClassifier.fit must give the same scores"):
        check_part(expert)
