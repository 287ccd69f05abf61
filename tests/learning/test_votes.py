"""Decoders by votes against direct computations."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning import CrossEntropy, Target
from skspike.learning._competing_layers import DECODERS

pytestmark = pytest.mark.small
COUNTS = np.array(
    [
        [9, 1, 0, 2], [7, 0, 1, 2], [8, 2, 0, 3], [1, 6, 0, 2], [0, 9, 1, 3], [2, 1, 5, 2],
        [1, 0, 8, 3], [4, 2, 1, 2.0]])
Y = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def task_of(weight=1.0):
    """Return a task whose sample weights have mean 1."""
    weights = np.where(Y == 1, weight, 1.0)
    target = Target(Y, weights / weights.mean(), CrossEntropy(3))
    return SimpleNamespace(target=target, rng=np.random.RandomState(0))


def test_an_assigned_decoder_averages_the_neurons_that_respond_most_to_a_class():
    decoder = DECODERS["assigned"](task_of(), COUNTS)
    z = (COUNTS - COUNTS.mean(0)) / np.maximum(COUNTS.std(0), 0.7)
    classes = [int(np.argmax([z[Y == k, j].mean() for k in range(3)])) for j in range(4)]
    assert classes[:3] == [0, 1, 2]
    expected = [
        [z[i, [j for j in range(4) if classes[j] == k]].mean() for k in range(3)]
        for i in range(len(COUNTS))]
    np.testing.assert_allclose(decoder.outputs(COUNTS), expected, rtol=1e-9, atol=1e-12)


def test_a_class_of_weight_0_has_no_neuron_and_is_never_predicted():
    decoder = DECODERS["assigned"](task_of(0.0), COUNTS)
    assert not decoder.coef[:, 1].any() and decoder.coef[:, [0, 2]].sum() == 2
    for counts in (COUNTS, np.zeros((1, 4))):
        assert 1 not in decoder.outputs(counts).argmax(axis=1)
    few = (COUNTS > 4).astype(float)
    assert 1 not in DECODERS["assigned"](task_of(0.0), few).outputs(np.zeros((1, 4))).argmax(axis=1)
    shared = DECODERS["shared"](task_of(0.0), COUNTS)
    assert 1 not in shared.outputs(np.vstack([COUNTS, 50 * COUNTS])).argmax(axis=1)


def bayes(task, factor):
    """Return `factor` times the Poisson log-likelihoods of smoothed means, plus the log-priors.

    The constant of each sample is left out.
    """
    n = [np.sum(Y == k) for k in range(3)]
    mean = np.array([(COUNTS[Y == k].sum(axis=0) + 1) / n[k] for k in range(3)])
    prior = np.bincount(Y, task.target.sample_weight) / task.target.sample_weight.sum()
    return np.array(
        [
            [factor * (x @ np.log(mean[k]) - mean[k].sum()) + np.log(prior[k]) for k in range(3)]
            for x in COUNTS])


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_a_shared_decoder_is_naive_bayes_for_poisson_counts(weight):
    task = task_of(weight)
    found = DECODERS["shared"](task, COUNTS).outputs(COUNTS)
    best = max(np.linspace(0, 1, 1001), key=lambda factor: likelihood(task, factor))
    assert 0.1 < best < 0.9  # the factor is no limit, so that it depends on what is left out
    differences = found - found[:, :1], bayes(task, best) - bayes(task, best)[:, :1]
    np.testing.assert_allclose(*differences, rtol=1e-3, atol=2e-3)


def likelihood(task, factor):
    """Return the log-likelihood of the labels, by means that leave each sample out."""
    total, weight = 0.0, task.target.sample_weight
    for i, x in enumerate(COUNTS):
        log_p = []
        for k in range(3):
            rows = [j for j in range(len(Y)) if Y[j] == k and j != i]
            mean = (COUNTS[rows].sum(axis=0) + 1) / max(len(rows), 1)
            prior = np.bincount(Y, weight)[k] / weight.sum()
            log_p.append(factor * (x @ np.log(mean) - mean.sum()) + np.log(prior))
        total += weight[i] * (log_p[Y[i]] - np.logaddexp.reduce(log_p))
    return total


def test_without_sample_weights_no_spike_counts():
    task = task_of()
    task.target = task.target._replace(sample_weight=np.zeros(len(Y)))
    decoder = DECODERS["shared"](task, COUNTS)
    assert not decoder.coef.any() and np.ptp(decoder.outputs(COUNTS)) == 0
