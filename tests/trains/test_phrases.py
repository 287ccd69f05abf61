"""Experts of phrases, against a slow reference in strings."""

import functools
import math
import re
from collections import defaultdict

import numpy as np
import pytest

from skspike import SpikeTrainClassifier
from skspike.trains import Phrases, PopulationPhrases, phrase_dictionary, phrase_text
from skspike.trains._phrases import LENGTHS, N_PHRASES, N_RUNS

RNG = np.random.default_rng(0)
Y = np.arange(26) % 2
# the classes differ in their rate, which is low enough for long runs
RATES = np.where(Y, 0.02, 0.15)[:, np.newaxis, np.newaxis]
X = (RNG.random((26, 2, 300)) < RATES).astype(np.uint8)
X[3], X[4], X[5, :, 50:] = 0, 1, 0
X.flags.writeable = False


def phrases_before(train, t):
    """Return the phrases before a step, from the shortest to the longest."""
    past = [0] * 8 + train[:t].tolist()
    found = [tuple(past[len(past) - k :]) for k in range(9)]
    if not any(found[-1]):
        spiked = any(past)
        run = past[::-1].index(1) if spiked else len(past)
        lengths = [int(length) for length in LENGTHS if length <= run]
        found += [("at least", length) for length in lengths]
        found.append(("after a spike" if spiked else "from the start", lengths[-1]))
    return found


def numbers_before(raster, channel, t):
    """Return the numbers of spikes before a spike of a channel, from the fewest to the most."""
    steps = [min(int(raster[:, s].sum()), 3) if s >= 0 else 0 for s in range(t - 3, t)]
    now = min(int(raster[:channel, t].sum()), 3)
    # two bits of each number: the latest first, and the higher bit first
    bits = [bit for number in (now, *reversed(steps)) for bit in divmod(number, 2)]
    return [tuple(bits[:k]) for k in range(9)]


@functools.cache
def code_of_krichevsky_and_trofimov(silent, spikes):
    """Return the log probability of a sequence, one step after the other."""
    steps = [(k + 0.5) / (k + 1) for k in range(spikes)]
    steps += [(k + 0.5) / (spikes + k + 1) for k in range(silent)]
    return sum(map(math.log, steps))


def probability(counts, phrases, pays, min_count):
    """Return the probability of a spike after the longest known phrase."""
    p = 0.5
    for phrase in phrases:
        silent, spikes = counts[phrase]
        if silent + spikes >= min_count and (
                not pays or code_of_krichevsky_and_trofimov(silent, spikes)
                > spikes * math.log(p) + silent * math.log(1 - p)):
            p = (spikes + 0.5) / (silent + spikes + 1)
    return p


def naive_scores(n_train, before, pays, by_channel, min_count):
    """Return log likelihoods of the last samples, (n_samples, n_classes)."""
    counts = [defaultdict(lambda: [0, 0]) for _ in range(2)]
    for raster, label in zip(X[:n_train], Y[:n_train], strict=True):
        for c in range(raster.shape[0]):
            for t in range(raster.shape[1]):
                for phrase in before(raster, c, t):
                    counts[label][(c if by_channel else 0, phrase)][raster[c, t]] += 1
    found = np.zeros((len(X) - n_train, 2))
    for i, raster in enumerate(X[n_train:]):
        for label in range(2):
            for c in range(raster.shape[0]):
                for t in range(raster.shape[1]):
                    phrases = [(c if by_channel else 0, one) for one in before(raster, c, t)]
                    p = probability(counts[label], phrases, pays, min_count)
                    found[i, label] += math.log(p if raster[c, t] else 1 - p)
    return found


@pytest.mark.parametrize("min_count", [1, 8])
@pytest.mark.parametrize("expert", ["shared", "each", "population"])
def test_scores_equal_the_definition(expert, min_count):
    cls = PopulationPhrases if expert == "population" else Phrases
    one = cls(min_count)
    scores = one.score(one.tables(one.count(X[:22], Y[:22], np.ones(22), 2)), X[22:], 2)
    before = numbers_before if expert == "population" else lambda raster, c, t: phrases_before(
        raster[c], t)
    wanted = naive_scores(22, before, expert != "each", expert == "each", min_count)
    np.testing.assert_allclose(scores[:, int(expert == "each")], wanted, rtol=1e-10)


def test_a_frequent_phrase_that_does_not_pay_is_not_known():
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    chance = (rng.random((100, 1, 200)) < 0.3).astype(np.uint8)
    expert = Phrases()
    counts = expert.count(chance, y, np.ones(100), 2)["symbols"].reshape(2, -1, 2)
    _, p, known = phrase_dictionary(counts, 8, pays=True)
    # most of the 572 phrases occur 8 times, and chance makes a few look useful
    assert known[:, 1].all() and known[:, 2:].mean() < 0.05
    np.testing.assert_allclose(np.median(p, axis=1), 0.3, atol=0.01)


def test_one_channel_has_no_phrases_of_a_population():
    with pytest.raises(ValueError, match="'population_phrases'. have no model of 1 channel"):
        SpikeTrainClassifier("population_phrases").fit(X[:, :1], np.arange(len(X)) % 2)


def test_texts_of_phrases_match_the_steps_before():
    train = X[7, 0]
    text = "".join(map(str, train))
    symbols = Phrases().symbols(X[7:8, :1], Phrases().memory(1, 1), 0)[0, 0] // 2
    for t, context in enumerate(symbols.tolist()):
        node = context + N_PHRASES + (N_RUNS if context >= N_PHRASES else 0)
        pattern = phrase_text(node)
        # steps before the start are silent
        past = text[:t] if pattern.startswith("^") or "{" in pattern else "0" * 8 + text[:t]
        assert re.search(f"{pattern}$", past), (t, pattern)
    assert [phrase_text(node) for node in (1, 2, 3, 6)] == ["", "0", "1", "01"]
    assert phrase_text(2 * N_PHRASES) == "0{8,}"
    assert phrase_text(2 * N_PHRASES + N_RUNS) == "^0{0,1}"
    assert phrase_text(2 * N_PHRASES + 3 * N_RUNS - 1) == "10{256,}"


def test_the_order_of_trains_does_not_matter_and_weights_count_copies():
    expert, weights = Phrases(), RNG.integers(1, 4, 26).astype(float)
    order = RNG.permutation(26)
    counts = expert.count(X, Y, weights, 2)["symbols"]
    X_order = np.ascontiguousarray(X[order])
    np.testing.assert_array_equal(
        expert.count(X_order, Y[order], weights[order], 2)["symbols"], counts)
    rows = np.repeat(np.arange(26), weights.astype(int))
    copies = np.ascontiguousarray(X[rows])
    np.testing.assert_array_equal(
        expert.count(copies, Y[rows], np.ones(len(rows)), 2)["symbols"], counts)


@pytest.mark.parametrize("value", [0, -1, 1.5, "8", None, True, 10**10])
def test_counts_out_of_range_are_refused(value):
    with pytest.raises((ValueError, TypeError), match="min_count"):
        Phrases(value).check()
