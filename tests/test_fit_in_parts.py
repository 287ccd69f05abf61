"""Training on parts of the data in parallel."""

import copy
import functools
import os

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.utils import shuffle

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.datasets import make_order
from skspike.distributed import fit_in_parts
from skspike.learning import SurrogateGradient
from skspike.snn import averaged

X, Y = make_order(120, random_state=0)
PARTS = [(X[:50], Y[:50]), (X[50:80], Y[50:80]), (X[80:], Y[80:])]
NETWORK = SNNClassifier((6, 4), batch_size=8, recurrent=(True, False), random_state=0)
fit = functools.partial(fit_in_parts, classes=[0, 1], n_rounds=3)


def arrays(network):
    """Return all learned arrays of a network."""
    found = [*network.weights_, *network.biases_, network.recurrent_weights_[0]]
    found += [values for layers in network.intrinsics_.values() for values in layers]
    return [*found, network.readout_coef_, network.readout_intercept_]


def assert_same(one, other):
    for a, b in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(a, b)


def begun(network, X, y, order):
    """Return a copy after one mini-batch of all samples in an order."""
    network = clone(network).set_params(batch_size=len(order))
    return network.partial_fit(X[order], y[order], classes=[0, 1])


@pytest.fixture(scope="module")
def wanted():
    return fit(NETWORK, PARTS)


def read(folder, name):
    """Return the part in a file."""
    with np.load(folder / name) as file:
        return file["X"], file["y"]


@pytest.mark.parametrize("backend, n_jobs", [("threading", 2), ("loky", 2), ("sequential", 1)])
def test_the_result_does_not_depend_on_the_workers(wanted, backend, n_jobs):
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        assert_same(fit(NETWORK, PARTS), wanted)
    assert not hasattr(NETWORK, "weights_")


def test_workers_read_parts_from_files(wanted, tmp_path):
    for k, (X, y) in enumerate(PARTS):
        np.savez(tmp_path / f"{k}.npz", X=X, y=y)
    parts = [functools.partial(read, tmp_path, f"{k}.npz") for k in range(3)]
    assert_same(fit(NETWORK, parts, n_jobs=2), wanted)


def test_one_part_is_partial_fit_with_the_schedule():
    found = fit(NETWORK, [(X, Y)])
    rows = [
        shuffle(np.arange(120), random_state=int(np.random.SeedSequence(seed).generate_state(1)[0]))
        for seed in ([0], [0, 0, 0], [0, 1, 0], [0, 2, 0])]
    network = begun(NETWORK, X, Y, rows[0]).set_params(batch_size=8)
    losses = []
    for k, order in enumerate(rows[1:]):
        factor = (1 + np.cos(np.pi * k / 3)) / 2
        network.set_params(
            learning_rate=3e-3 * factor,
            intrinsic_learning_rate=NETWORK.intrinsic_learning_rate * factor)
        losses += network.partial_fit(X[order], Y[order]).loss_curve_
    assert_same(found, network)
    assert found.loss_curve_ == losses and found.n_iter_ == 3
    assert found.learning_rate is None


@pytest.mark.parametrize("solver, factor", [("adam", 2**0.5), ("sgd", 1.0)])
def test_two_parts_share_a_mini_batch_and_move_as_far_as_one(solver, factor):
    network = clone(NETWORK).set_params(
        rule=SurrogateGradient(solver=solver), schedule="constant", learning_rate=0.01)
    found = fit(network, PARTS[:2], n_rounds=1)
    rows = [
        shuffle(np.arange(n), random_state=int(np.random.SeedSequence(seed).generate_state(1)[0]))
        for n, seed in ((50, [0]), (50, [0, 0, 0]), (30, [0, 0, 1]))]
    start = begun(network, *PARTS[0], rows[0]).set_params(
        batch_size=4, learning_rate=0.01 * factor,
        intrinsic_learning_rate=NETWORK.intrinsic_learning_rate * factor)
    copies = [
        copy.deepcopy(start).partial_fit(*(values[order] for values in part))
        for part, order in zip(PARTS, rows[1:], strict=False)]
    assert_same(found, averaged(start, copies, np.array([50, 30]) / 80))
    assert found.batch_size == 8 and found.learning_rate == 0.01


def test_more_parts_than_workers_learn_in_groups():
    parts = [(X[k::5], Y[k::5]) for k in range(5)]
    found = fit(NETWORK, parts, n_parallel=1, n_rounds=1)
    one = fit_in_parts(
        clone(NETWORK).set_params(schedule="constant"), parts, classes=[0, 1], n_rounds=1,
        n_parallel=1)
    rows = functools.partial(shuffle, np.arange(24))
    seeds = [
        int(np.random.SeedSequence(seed).generate_state(1)[0])
        for seed in ([0], *([0, 0, k] for k in range(5)))]
    network = begun(NETWORK, *parts[0], rows(random_state=seeds[0])).set_params(batch_size=8)
    for (X_part, y_part), seed in zip(parts, seeds[1:], strict=True):
        order = rows(random_state=seed)
        network.partial_fit(X_part[order], y_part[order])
    assert_same(one, network)
    assert np.abs(found.weights_[0] - one.weights_[0]).max() > 0  # the rates decrease
    assert fit(NETWORK, parts, n_parallel=2).n_iter_ == 3


def test_an_average_is_weighted_and_of_the_learned_quantities():
    before = SNNClassifier(4, random_state=0).partial_fit(X[:20], Y[:20], classes=[0, 1])
    one, two = (
        SNNClassifier(4, random_state=0).partial_fit(X[:20], Y[:20], classes=[0, 1]).partial_fit(
            X[rows], Y[rows]) for rows in (slice(20, 50), slice(50, 60)))
    found = averaged(before, [one, two], np.array([0.75, 0.25]))
    for name in ("weights_", "biases_"):
        a, b, mean = (getattr(network, name)[0] for network in (one, two, found))
        np.testing.assert_allclose(mean, 0.75 * a + 0.25 * b, rtol=1e-6, atol=1e-9)
        assert np.abs(a - b).max() > 1e-4 and mean.dtype == np.float32
    tau = [network.intrinsics_["tau_mem"][0] for network in (one, two, found)]
    np.testing.assert_allclose(tau[2], tau[0] ** 0.75 * tau[1] ** 0.25, rtol=1e-12)
    np.testing.assert_allclose(
        found.readout_coef_, 0.75 * one.readout_coef_ + 0.25 * two.readout_coef_)
    first = [dict(network._memory["first"]) for network in (one, two, found)]
    key = 0, "weights"
    np.testing.assert_allclose(
        first[2][key], 0.75 * first[0][key] + 0.25 * first[1][key], rtol=1e-6, atol=1e-9)
    assert found._memory["n_steps"] == max(one._memory["n_steps"], two._memory["n_steps"])
    assert found._n_seen == 60


def test_moments_of_currents_are_those_of_all_samples():
    X, y = load_diabetes(return_X_y=True)
    X = 1e3 * X + 5
    parts = [(X[:200], y[:200]), (X[200:350], y[200:350]), (X[350:], y[350:])]
    network = fit_in_parts(SNNRegressor(8, n_steps=10, random_state=0), parts, n_rounds=4)
    np.testing.assert_allclose(network.input_mean_, X.mean(axis=0), atol=5)
    np.testing.assert_allclose(network.input_scale_, X.std(axis=0), rtol=0.05)
    assert network.score(X, y) > 0.2


def lose(flag, X, y):
    """Return a part, except that the first worker ends."""
    if not flag.exists():
        flag.touch()
        os._exit(1)
    return X, y


@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_a_lost_worker_changes_nothing(wanted, tmp_path):
    parts = [PARTS[0], functools.partial(lose, tmp_path / "lost", *PARTS[1]), PARTS[2]]
    with joblib.parallel_config("loky", n_jobs=2):
        assert_same(fit(NETWORK, parts), wanted)
        assert (tmp_path / "lost").exists()
        (tmp_path / "lost").unlink()
        with pytest.raises(RuntimeError):
            fit(NETWORK, parts, n_retries=0)


def test_an_interrupted_training_continues_from_its_checkpoint(wanted, tmp_path):
    file = tmp_path / "state.skops"

    def interrupt(n_rounds, network):
        if n_rounds == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(NETWORK, PARTS, checkpoint=file, callback=interrupt)
    rounds = []
    found = fit(
        NETWORK, PARTS, checkpoint=file, callback=lambda n, network: rounds.append(n))
    assert_same(found, wanted)
    assert rounds == [3] and found.loss_curve_ == wanted.loss_curve_
    with pytest.raises(ValueError, match="belongs to a training with other parameters"):
        fit(NETWORK, PARTS, checkpoint=file, n_rounds=4)


@pytest.mark.parametrize("content", [b"", b"damaged", None])
def test_other_files_are_no_checkpoints(tmp_path, content):
    file = tmp_path / "state.skops"
    if content is None:
        skops.io.dump(NETWORK, file)
    else:
        file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="is not a checkpoint of fit_in_parts, or damaged"):
        fit(NETWORK, PARTS, checkpoint=file)
    assert file.read_bytes() == before


def test_a_checkpoint_is_checked_before_training(tmp_path):
    def part():
        raise AssertionError

    with pytest.raises(ValueError, match="The folder of checkpoint=.* does not exist"):
        fit(NETWORK, [part], checkpoint=tmp_path / "missing" / "state.skops")
    file = tmp_path / "state.skops"
    fit_in_parts(NETWORK, PARTS, classes=[0, 1], n_rounds=1, checkpoint=file)
    with pytest.raises(ValueError, match="belongs to a training with other parameters"):
        fit_in_parts(NETWORK, PARTS, classes=[0, 1, 2], n_rounds=1, checkpoint=file)


def test_the_best_network_on_validation_data_is_returned():
    seen = []
    found = fit_in_parts(
        NETWORK, PARTS, classes=[0, 1], n_rounds=30, n_rounds_no_change=2, validation=(X, Y),
        callback=lambda n, network: seen.append((network.score(X, Y), network)))
    scores = [score for score, _ in seen]
    best = int(np.argmax(scores))
    assert_same(found, seen[best][1])
    assert len(scores) == min(best + 3, 30) < 30
    stopped = fit_in_parts(
        NETWORK, PARTS, classes=[0, 1], n_rounds=30, callback=lambda n, network: n == 2)
    assert stopped.n_iter_ == 2


def test_parts_learn_digits():
    X, y = load_digits(return_X_y=True)
    parts = [(X[k:1200:4], y[k:1200:4]) for k in range(4)]
    network = SNNClassifier(
        32, encoder=SpikeEncoder(n_steps=25), batch_size=16, random_state=0)
    network = fit_in_parts(network, parts, classes=range(10), n_rounds=10)
    assert network.score(X[1200:], y[1200:]) > 0.9


def test_weights_of_samples_are_passed_on():
    weights = np.where(Y == 0, 5.0, 0.1)
    parts = [(X[:60], Y[:60], weights[:60]), (X[60:], Y[60:], weights[60:])]
    rounds = {"classes": [0, 1], "n_rounds": 2}
    network = fit_in_parts(NETWORK, parts, **rounds)
    plain = fit_in_parts(NETWORK, [part[:2] for part in parts], **rounds)
    assert_same(fit_in_parts(NETWORK, [(*part[:2], None) for part in parts], **rounds), plain)
    assert network.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean() + 0.1


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="SNNClassifier or SNNRegressor, got SNNTransformer"):
        fit(SNNTransformer(), PARTS)
    for rule in ("stdp", None):
        with pytest.raises(ValueError, match="needs rule='surrogate'"):
            fit(SNNClassifier(rule=rule), PARTS)
    for wrong in ([], X, "parts"):
        with pytest.raises(ValueError, match="parts must be a list of tuples"):
            fit(NETWORK, wrong)
    for wrong in (X, (X,), lambda: None):
        with pytest.raises(ValueError, match=r"must be a tuple \(X, y\)"):
            fit(NETWORK, [wrong])
    untouched = [functools.partial(pytest.fail, "read")]
    for parts, validation in (([*untouched, X], None), (untouched, X), (untouched, "data")):
        with pytest.raises(ValueError, match="A part, and the validation data, must be a tuple"):
            fit(NETWORK, parts, validation=validation)
    with pytest.raises(ValueError, match="classes must be given"):
        fit_in_parts(NETWORK, PARTS)
    with pytest.raises(TypeError, match="callback must be callable or None, got 3"):
        fit(NETWORK, [lambda: None], callback=3)
    with pytest.raises(ValueError, match="n_rounds must be"):
        fit_in_parts(NETWORK, PARTS, classes=[0, 1], n_rounds=0)
