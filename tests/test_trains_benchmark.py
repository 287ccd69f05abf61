"""Benchmark of spike trains: the limits are the log likelihoods of the generators."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp

from skspike import datasets

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import more_datasets  # noqa: E402
import own_trains  # noqa: E402
import trains  # noqa: E402

# small parameters of generators with a likelihood: 2 channels of 4 steps, or 1 of 8
SMALL = {
    "markov": (trains.of_markov, datasets.make_markov, {"rate": 300.0}),
    "poisson": (trains.of_poisson, datasets.make_poisson, {"rates": (100.0, 300.0)}),
    "gamma": (trains.of_gamma, datasets.make_gamma, {"rate": 300.0}),
    "telegraph": (trains.of_telegraph, datasets.make_telegraph, {"low": 100.0, "high": 700.0}),
    "am": (trains.of_am, more_datasets.make_am, {"rate": 300.0, "frequencies": (100.0, 200.0)}),
    "order": (
        trains.of_order, datasets.make_order,
        {"width": 2.0, "gap": 1.0, "rate": 600.0, "background": 100.0})}
SIZES = {name: (1, 8) if name in ("markov", "gamma") else (2, 5) for name in SMALL}
SIZES["order"] = 2, 6


def every_train(n_channels, n_steps):
    bits = itertools.product([0, 1], repeat=n_channels * n_steps)
    return np.array(list(bits), np.uint8).reshape(-1, n_channels, n_steps)


@pytest.mark.small
@pytest.mark.parametrize("name", SMALL)
def test_probabilities_of_all_trains_add_up_to_one(name):
    log_likelihood, _, parameters = SMALL[name]
    found = log_likelihood(every_train(*SIZES[name]), 0, **parameters)
    np.testing.assert_allclose(logsumexp(found, axis=0), 0, atol=1e-9)


@pytest.mark.small
@pytest.mark.parametrize("name", SMALL)
def test_generated_trains_have_these_probabilities(name):
    log_likelihood, make, parameters = SMALL[name]
    n_channels, n_steps = SIZES[name]
    X, y = make(40_000, n_channels, n_steps, random_state=0, **parameters)
    every = every_train(n_channels, n_steps)
    codes = X.reshape(len(X), -1) @ (1 << np.arange(n_channels * n_steps)[::-1])
    for label in (0, 1):
        p = np.exp(log_likelihood(every, 0, **parameters)[:, label])
        n = np.bincount(codes[y == label], minlength=len(every))
        expected = p * (y == label).sum()
        common = expected > 50
        assert common.sum() > 20
        assert np.abs((n - expected) / np.sqrt(expected))[common].max() < 5


@pytest.mark.small
def test_the_latencies_of_templates_are_those_of_the_generator():
    X, y = datasets.make_templates(200, random_state=4, jitter=6.0)
    assert (trains.of_templates(X, 4, jitter=6.0).argmax(axis=1) == y).mean() == 1


def test_a_limit_is_above_the_accuracy_of_any_classifier():
    found = trains.measured(trains.TASKS["markov, 4 x 100, 20 trains"], 0)
    limit, accuracies = found[0], found[1:5]
    assert limit > 90 and (accuracies < limit + 3).all()


def test_every_part_of_the_report_is_measured(monkeypatch):
    monkeypatch.setattr(trains, "N_TRAIN", 60)
    monkeypatch.setattr(trains, "N_TEST", 60)
    assert trains.novelty("markov", 0) == pytest.approx([0.9] * 3, abs=0.3)
    assert trains.spread(np.array([1.0, 3.0])) == "2.0 ± 1.4"
    assert trains.spread(np.array([1.0])) == "1.0" and trains.spread(np.array([np.nan])) == ""


@pytest.mark.small
@pytest.mark.parametrize("make", [
    own_trains.make_doublets, own_trains.make_relay, own_trains.make_slope])
def test_own_tasks_have_two_classes_of_about_equal_counts(make):
    X, y = make(400, random_state=0)
    assert X.shape == (400, 6, 300) and X.max() == 1 and set(y) == {0, 1}
    counts = X.sum(axis=(1, 2))
    means = [counts[y == label].mean() for label in (0, 1)]
    assert means[0] == pytest.approx(means[1], rel=0.05)
    assert np.array_equal(make(400, random_state=0)[0], X)
