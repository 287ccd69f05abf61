"""Readouts by votes: what each neuron's spikes say of the classes, counted out by hand."""

import numpy as np
import pytest
from tasks import partial_task

from skspike.learning._votes import READOUTS

pytestmark = pytest.mark.small
COUNTS = np.array(
    [
        [9, 1, 0, 2], [7, 0, 1, 2], [8, 2, 0, 3], [1, 6, 0, 2], [0, 9, 1, 3], [2, 1, 5, 2],
        [1, 0, 8, 3], [0, 2, 6, 2.0]])
Y = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def task_of(weight=1.0):
    """What a rule hands on; the weights are of mean 1, as an estimator makes them."""
    weights = np.where(Y == 1, weight, 1.0)
    return partial_task(
        y=Y, sample_weight=weights / weights.mean(), n_classes=3, rng=np.random.RandomState(0))


def test_an_assigned_readout_is_the_mean_of_the_neurons_that_respond_most_to_a_class():
    readout = READOUTS["assigned"](task_of(), COUNTS)
    z = (COUNTS - COUNTS.mean(0)) / np.maximum(COUNTS.std(0), 0.7)
    classes = [int(np.argmax([z[Y == k, j].mean() for k in range(3)])) for j in range(4)]
    assert classes[:3] == [0, 1, 2]
    expected = [
        [z[i, [j for j in range(4) if classes[j] == k]].mean() for k in range(3)]
        for i in range(len(COUNTS))]
    np.testing.assert_allclose(readout.outputs(COUNTS), expected, rtol=1e-9, atol=1e-12)


def test_a_class_without_weight_has_no_neuron_and_is_never_chosen():
    readout = READOUTS["assigned"](task_of(0.0), COUNTS)
    assert not readout.coef[:, 1].any() and readout.coef[:, [0, 2]].sum() == 2
    for counts in (COUNTS, np.zeros((1, 4))):
        assert 1 not in readout.outputs(counts).argmax(axis=1)
    few = (COUNTS > 4).astype(float)
    assert 1 not in READOUTS["assigned"](task_of(0.0), few).outputs(np.zeros((1, 4))).argmax(axis=1)
    shared = READOUTS["shared"](task_of(0.0), COUNTS)
    assert 1 not in shared.outputs(np.vstack([COUNTS, 50 * COUNTS])).argmax(axis=1)


def bayes(task, worth, rows=COUNTS):
    """The logarithms of Poisson likelihoods under smoothed means, to the power `worth`, and of the prior, up to a constant of a sample."""
    n = [np.sum(Y == k) for k in range(3)]
    mean = np.array([(COUNTS[Y == k].sum(axis=0) + 1) / n[k] for k in range(3)])
    prior = np.bincount(Y, task.target.sample_weight) / task.target.sample_weight.sum()
    return np.array(
        [
            [worth * (x @ np.log(mean[k]) - mean[k].sum()) + np.log(prior[k]) for k in range(3)]
            for x in rows])


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_a_shared_readout_is_naive_bayes_for_poisson_counts(weight):
    task = task_of(weight)
    readout = READOUTS["shared"](task, COUNTS)
    found = readout.outputs(COUNTS)
    worth = max(np.linspace(0, 1, 1001), key=lambda factor: likelihood(task, factor))
    differences = found - found[:, :1], bayes(task, worth) - bayes(task, worth)[:, :1]
    np.testing.assert_allclose(*differences, rtol=1e-3, atol=2e-3)


def likelihood(task, factor):
    """Of the labels, where each sample's own class is judged by the others alone."""
    total = 0.0
    for i, x in enumerate(COUNTS):
        log_p = []
        for k in range(3):
            rows = [j for j in range(len(Y)) if Y[j] == k and j != i]
            mean = (COUNTS[rows].sum(axis=0) + 1) / max(len(rows), 1)
            prior = np.bincount(Y, task.target.sample_weight)[k] / task.target.sample_weight.sum()
            log_p.append(factor * (x @ np.log(mean) - mean.sum()) + np.log(prior))
        total += task.target.sample_weight[i] * (log_p[Y[i]] - np.logaddexp.reduce(log_p))
    return total


def test_without_any_weight_no_spike_is_worth_anything():
    task = task_of()
    task.target.sample_weight = np.zeros(len(Y))
    readout = READOUTS["shared"](task, COUNTS)
    assert not readout.coef.any() and np.ptp(readout.outputs(COUNTS)) == 0
