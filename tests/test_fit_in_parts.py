"""Training on parts of the data in parallel."""

import copy
import functools
import os
import traceback

import joblib
import numpy as np
import pytest
import skops.io
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.naive_bayes import GaussianNB
from sklearn.utils import shuffle
from user_neuron import QuadraticNeuron
from user_readout import Legendre

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder, fit_in_parts
from skspike._meta import averaged
from skspike.datasets import make_order
from skspike.learning import SurrogateGradient

X, Y = make_order(120, random_state=0)
PARTS = [(X[:50], Y[:50]), (X[50:80], Y[50:80]), (X[80:], Y[80:])]
NETWORK = SNNClassifier((6, 4), batch_size=8, recurrent=(True, False), random_state=0)
fit = functools.partial(fit_in_parts, classes=[0, 1], n_rounds=3)


def arrays(network):
    """Return all learned arrays of a network."""
    found = [*network.weights_, *network.biases_, network.recurrent_weights_[0]]
    found += [values for layers in network.intrinsics_.values() for values in layers]
    return [*found, network.decoder_coef_, network.decoder_intercept_]


def assert_same(one, other, check=np.testing.assert_array_equal):
    for a, b in zip(arrays(one), arrays(other), strict=True):
        check(a, b)


# for results that differ in the last bit with the oldest versions of the dependencies
assert_nearly_same = functools.partial(
    assert_same, check=functools.partial(np.testing.assert_allclose, rtol=1e-15))


def begun(network, X, y, order):
    """Return a copy after one mini-batch of all samples in an order."""
    network = clone(network).set_params(batch_size=len(order))
    return network.partial_fit(X[order], y[order], classes=[0, 1])


@pytest.fixture(scope="module")
def wanted():
    return fit(NETWORK, PARTS)


@pytest.mark.parametrize("backend, n_jobs", [("threading", 2), ("loky", 2)])
def test_the_result_does_not_depend_on_the_workers(wanted, backend, n_jobs):
    parts = PARTS if backend == "threading" else [functools.partial(tuple, part) for part in PARTS]
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        assert_same(fit(NETWORK, parts), wanted)
    assert not hasattr(NETWORK, "weights_")


def test_one_part_is_partial_fit_with_the_schedule():
    found = fit(NETWORK, [(X, Y)])
    rows = [
        shuffle(np.arange(120), random_state=int(np.random.SeedSequence(seed).generate_state(1)[0]))
        for seed in ([0], [0, 0, 0], [0, 1, 0], [0, 2, 0])]
    network = begun(NETWORK, X, Y, rows[0]).set_params(batch_size=8)
    for k, order in enumerate(rows[1:]):
        factor = (1 + np.cos(np.pi * k / 3)) / 2
        network.set_params(
            learning_rate=3e-3 * factor,
            rule__intrinsic_learning_rate=0.02 * factor)
        network.partial_fit(X[order], Y[order])
    assert_nearly_same(found, network)
    assert found.loss_curve_ == network.loss_curve_[-3:] and found.n_iter_ == 3
    assert found.learning_rate is None


@pytest.mark.parametrize("solver, factor", [("adam", 2**0.5), ("sgd", 1.0)])
def test_two_parts_share_a_mini_batch_and_move_as_far_as_one(solver, factor):
    network = clone(NETWORK).set_params(
        rule=SurrogateGradient(solver=solver), rule__learning_rate_schedule="constant",
        learning_rate=0.01)
    found = fit(network, PARTS[:2], n_rounds=1)
    rows = [
        shuffle(np.arange(n), random_state=int(np.random.SeedSequence(seed).generate_state(1)[0]))
        for n, seed in ((50, [0]), (50, [0, 0, 0]), (30, [0, 0, 1]))]
    start = begun(network, *PARTS[0], rows[0]).set_params(
        batch_size=4, learning_rate=0.01 * factor,
        rule__intrinsic_learning_rate=0.02 * factor)
    copies = [
        copy.deepcopy(start).partial_fit(*(values[order] for values in part))
        for part, order in zip(PARTS, rows[1:], strict=False)]
    assert_same(found, averaged(start, copies, np.array([50, 30]) / 80))
    assert found.batch_size == 8 and found.learning_rate == 0.01


def test_more_parts_than_workers_learn_in_groups():
    parts = [(X[k::5], Y[k::5]) for k in range(5)]
    found = fit(NETWORK, parts, n_parallel=1, n_rounds=1)
    one = fit_in_parts(
        clone(NETWORK).set_params(rule__learning_rate_schedule="constant"), parts, classes=[0, 1],
        n_rounds=1,
        n_parallel=1)
    rows = functools.partial(shuffle, np.arange(24))
    seeds = [
        int(np.random.SeedSequence(seed).generate_state(1)[0])
        for seed in ([0], *([0, 0, k] for k in range(5)))]
    network = begun(NETWORK, *parts[0], rows(random_state=seeds[0])).set_params(batch_size=8)
    for (X_part, y_part), seed in zip(parts, seeds[1:], strict=True):
        order = rows(random_state=seed)
        network.partial_fit(X_part[order], y_part[order])
    assert_nearly_same(one, network)
    assert np.abs(found.weights_[0] - one.weights_[0]).max() > 0  # the rates decrease
    assert fit(NETWORK, parts, n_parallel=2).n_iter_ == 3


def test_the_seed_of_the_network_sets_the_initial_weights():
    one, two = (
        fit(clone(NETWORK).set_params(random_state=seed, learning_rate=1e-9), PARTS[:1])
        for seed in (1, 2))
    assert np.abs(one.weights_[0] - two.weights_[0]).max() > 0.1
    without = clone(NETWORK).set_params(random_state=None, learning_rate=1e-9)
    same = fit(without, PARTS[:1], random_state=1)
    np.testing.assert_allclose(same.weights_[0], one.weights_[0], atol=1e-5)


def test_the_loss_of_a_round_is_the_mean_over_all_samples():
    # without learning, parts have the same losses in all rounds
    network = clone(NETWORK).set_params(
        learning_rate=1e-12, rule__intrinsic_learning_rate=1e-12, rule__dropout=0, batch_size=1)
    (X_a, y_a), (X_b, y_b) = PARTS[:2]
    second = {
        times: (np.concatenate([X_b] * times), np.concatenate([y_b] * times)) for times in (1, 4)}
    alone, once, more = (
        fit(network, parts, n_rounds=1).loss_curve_[0]
        for parts in ([(X_a, y_a)], [(X_a, y_a), second[1]], [(X_a, y_a), second[4]]))
    of_b = (80 * once - 50 * alone) / 30
    assert more == pytest.approx((50 * alone + 120 * of_b) / 170, rel=1e-4)
    assert abs(of_b - alone) > 1e-2 * alone


def test_an_average_is_weighted_and_of_the_learned_quantities():
    before = SNNClassifier(4, batch_size=20, random_state=0).partial_fit(
        X[:20], Y[:20], classes=[0, 1])
    one, two = (
        copy.deepcopy(before).partial_fit(X[rows], Y[rows])
        for rows in (slice(20, 50), slice(50, 60)))
    found = averaged(before, [one, two], np.array([0.75, 0.25]))
    for name in ("weights_", "biases_"):
        a, b, mean = (getattr(network, name)[0] for network in (one, two, found))
        np.testing.assert_allclose(mean, 0.75 * a + 0.25 * b, rtol=1e-6, atol=1e-9)
        assert np.abs(a - b).max() > 1e-4 and mean.dtype == np.float32
    tau = [network.intrinsics_["tau_mem"][0] for network in (one, two, found)]
    np.testing.assert_allclose(tau[2], tau[0] ** 0.75 * tau[1] ** 0.25, rtol=1e-12)
    np.testing.assert_allclose(
        found.decoder_coef_, 0.75 * one.decoder_coef_ + 0.25 * two.decoder_coef_)
    first = [dict(network._memory["first"]) for network in (one, two, found)]
    key = 0, "weights"
    np.testing.assert_allclose(
        first[2][key], 0.75 * first[0][key] + 0.25 * first[1][key], rtol=1e-6, atol=1e-9)
    steps = [averaged(before, pair, np.array([0.75, 0.25]))._memory["n_steps"]
             for pair in ([one, two], [two, one])]
    assert steps == [one._memory["n_steps"]] * 2 and two._memory["n_steps"] < steps[0]
    assert found._n_seen == 60


# -- statistics of all parts

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(24, 3, 10)) + np.repeat([0, 10], 12)[:, None, None]  # two sites
LABELS = np.arange(24) % 2
WEIGHTS = RNG.random(24)
UNEQUAL = [z[:, : 4 + k % 7] for k, z in enumerate(Z)]
SMALL = SNNClassifier(4, batch_size=8, n_steps=5, random_state=0)
SIZES = [(0, 12), (12, 13), (13, 24)]  # the second part has one sample
small = functools.partial(fit_in_parts, SMALL, classes=[0, 1], n_rounds=2)


def split(*arrays):
    """Return three parts of different size."""
    return [tuple(values[first:last] for values in arrays) for first, last in SIZES]


def moments(X, weight):
    """Return mean and deviation of each channel, over all steps."""
    X = [x.reshape(3, -1) for x in X]
    steps = np.concatenate(X, axis=1)
    weight = np.repeat(weight, [x.shape[1] for x in X])
    mean = np.average(steps, axis=1, weights=weight)
    return mean, np.sqrt(np.average((steps - mean[:, None]) ** 2, axis=1, weights=weight))


def assert_moments(network, X, weight):
    mean, sd = moments(X, weight)
    np.testing.assert_allclose(network.input_mean_, mean, rtol=1e-9)
    np.testing.assert_allclose(network.input_scale_, sd, rtol=1e-9)


@pytest.mark.parametrize("X", [Z, UNEQUAL], ids=["series", "unequal"])
def test_moments_are_those_of_all_samples_in_any_order_of_the_parts(X):
    parts, each = split(X, LABELS, WEIGHTS), []
    for order in (parts, parts[::-1]):
        for n_parallel in (1, 5):
            seen = []
            small(order, n_parallel=n_parallel, callback=lambda n, one, to=seen: to.append(one))
            assert len(seen) == 2
            each += seen
    for network in each:
        assert_moments(network, X, WEIGHTS)
        np.testing.assert_array_equal(network.input_mean_, each[0].input_mean_)
        np.testing.assert_array_equal(network.input_scale_, each[0].input_scale_)


def test_partial_fit_continues_the_moments_of_all_parts():
    network = small(split(Z, LABELS, WEIGHTS))
    network.partial_fit(Z[:5] - 30, LABELS[:5])
    assert_moments(network, np.concatenate([Z, Z[:5] - 30]), np.append(WEIGHTS, np.ones(5)))


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_parts_that_look_like_spikes_count_in_the_moments_of_currents(first):
    X = Z.copy()
    X[:12] = first * (X[:12] > 0.5)
    for order in (1, -1):
        network = small(split(X, LABELS)[::order])
        assert_moments(network, X, np.ones(24))
        assert_same(small(split(2 * X, LABELS)[::order]), network)  # no spikes in this unit
    spikes = (Z > 5).astype(float)
    assert small(split(spikes, LABELS)).input_mean_ is None
    assert small(split(-spikes, LABELS)).input_mean_ is None


def test_sparse_parts_are_not_centred():
    X = np.where(Z[:, :, 0] > 1, Z[:, :, 0], 0)
    dense, sparse = split(X, LABELS), split(csr_matrix(X), LABELS)
    network = small(sparse)
    assert not network.input_mean_.any()
    np.testing.assert_allclose(network.input_scale_, np.sqrt((X**2).mean(axis=0)))
    assert_moments(small([*sparse[:2], dense[2]]), X, np.ones(24))


def test_the_scale_of_values_is_that_of_all_parts():
    y = 1e9 + 1e6 * np.repeat([[1.0, 2.0]], 24, axis=0) * RNG.normal(size=(24, 2))
    y = np.column_stack([y, np.full(24, 0.1)])
    network = SNNRegressor(4, n_steps=5, random_state=0)
    for parts in (split(Z, y, WEIGHTS), split(Z, y, WEIGHTS)[::-1]):
        found = fit_in_parts(network, parts, n_rounds=1)
        mean = np.average(y, axis=0, weights=WEIGHTS)
        sd = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=WEIGHTS))
        np.testing.assert_allclose(found.target_mean_, mean, rtol=1e-12)
        np.testing.assert_allclose(found.target_scale_, [*sd[:2], 1.0], rtol=1e-9)


def test_samples_of_weight_0_count_as_if_they_were_left_out():
    weight = np.ones(24)
    weight[3:12] = 0
    kept = weight > 0
    far = np.where(kept[:, None, None], Z, 1e6)
    (X, y, _), *others = split(far, LABELS, weight)
    left_out = [(X[:3], y[:3]), *[part[:2] for part in others]]
    found, wanted = small([(X, y, weight[:12]), *others]), small(left_out)
    assert_same(found, wanted)
    np.testing.assert_array_equal(found.input_mean_, wanted.input_mean_)
    assert found.loss_curve_ == wanted.loss_curve_ and found._n_seen == wanted._n_seen
    lists = [tuple(np.asarray(values).tolist() for values in part) for part in split(
        far, LABELS, weight)]
    assert_same(small(lists), wanted)


def test_an_average_describes_the_samples_of_all_parts():
    equal = [z[:, :9] for z in Z]
    for parts in (split(UNEQUAL, LABELS), [*split(equal, LABELS), *split(UNEQUAL, LABELS)]):
        for order in (parts, parts[::-1]):
            network = small(order, n_rounds=1, n_parallel=1)
            assert not network._equal_length_in
            assert (network._shortest, network.n_steps_) == (4, 10)


def lose(flag, X, y):
    """Return a part, except that the first worker ends."""
    if not flag.exists():
        flag.touch()
        os._exit(1)
    return X, y


@pytest.mark.exhaustive  # an external fault, which ends three processes
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


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_checkpoint_that_cannot_be_written_leaves_the_previous_file_alone(
        error, tmp_path, monkeypatch):
    file = tmp_path / "state.skops"
    small(split(Z, LABELS), n_rounds=1, checkpoint=file)
    before = file.read_bytes()

    def fail(state, new):
        new.write_bytes(b"part of a file")
        raise error

    monkeypatch.setattr("skops.io.dump", fail)
    with pytest.raises(type(error)):
        small(split(Z, LABELS), n_rounds=2, checkpoint=file)
    assert list(tmp_path.iterdir()) == [file] and file.read_bytes() == before


def test_a_checkpoint_holds_parts_of_the_user(tmp_path):
    network = SNNClassifier(
        6, batch_size=8, random_state=0, neuron=QuadraticNeuron(), readout=Legendre())
    file = tmp_path / "state.skops"
    run = functools.partial(fit_in_parts, network, PARTS, classes=[0, 1])
    run(n_rounds=1, checkpoint=file)
    assert_same(run(n_rounds=2, checkpoint=file), run(n_rounds=2))


class Refused:
    """A callback that fails if it is called. Checkpoints do not trust this type."""

    def fail(self, estimator, context):
        pytest.fail("called")

    setup = teardown = on_fit_task_begin = on_fit_task_end = fail


@pytest.mark.parametrize("inside", [False, True])
def test_a_checkpoint_continues_with_and_without_callbacks(inside, tmp_path):
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    network = clone(SMALL).set_params(encoder=SpikeEncoder(n_steps=5) if inside else None)
    watched, refused = clone(network), Refused()
    (watched.encoder if inside else watched).set_callbacks(refused)
    run = functools.partial(fit_in_parts, parts=split(Z, LABELS), classes=[0, 1])
    for n_rounds, model in enumerate((watched, watched, network, watched), start=1):
        found = run(model, n_rounds=n_rounds, checkpoint=tmp_path / "state.skops")
    assert found.n_iter_ == 4
    assert (found.encoder if inside else found)._skl_callbacks == [refused]
    assert_same(run(watched, n_rounds=4), run(network, n_rounds=4))


def test_more_rounds_continue_a_checkpoint(tmp_path):
    network = clone(SMALL).set_params(rule__learning_rate_schedule="constant")
    file = tmp_path / "state.skops"
    parts = split(Z, LABELS)
    run = functools.partial(fit_in_parts, network, parts, classes=[0, 1])
    assert run(n_rounds=2, checkpoint=file).n_iter_ == 2
    found, wanted = run(n_rounds=4, checkpoint=file), run(n_rounds=4)
    assert_same(found, wanted)
    assert found.loss_curve_ == wanted.loss_curve_ and len(found.loss_curve_) == 4
    found.partial_fit(Z - 30, LABELS)
    assert_moments(found, np.concatenate([Z, Z - 30]), np.ones(48))
    before = file.read_bytes()
    with pytest.raises(ValueError, match="has 4 rounds, more than n_rounds=3"):
        run(n_rounds=3, checkpoint=file)
    with pytest.raises(ValueError, match="belongs to a training with other parameters"):
        run(n_rounds=5, checkpoint=file, n_parallel=2)
    assert file.read_bytes() == before


def parts_of_other_data():
    """Yield changes of one part that a checkpoint must notice."""
    X, y, weight = Z.copy(), LABELS.copy(), WEIGHTS.copy()
    X[20, 1, 3] += 1e-9
    y[23] = 1 - y[23]
    weight[13] /= 2
    yield from ((X, LABELS, WEIGHTS), (Z, y, WEIGHTS), (Z, LABELS, weight), (Z, LABELS))
    yield Z.swapaxes(1, 2).reshape(Z.shape), LABELS, WEIGHTS


def test_a_checkpoint_continues_only_with_the_same_data(tmp_path):
    file, parts = tmp_path / "state.skops", split(Z, LABELS, WEIGHTS)
    run = functools.partial(small, checkpoint=file, validation=(Z, LABELS))
    run(parts)
    before = file.read_bytes()
    for wrong in (*map(lambda data: split(*data), parts_of_other_data()), parts[::-1], parts[:2]):
        with pytest.raises(ValueError, match="belongs to a training with other data"):
            run(wrong)
    for wrong in (None, (Z, 1 - LABELS)):
        with pytest.raises(ValueError, match="belongs to a training with other data"):
            run(parts, validation=wrong)
    assert file.read_bytes() == before
    file.unlink()
    moved = np.concatenate([UNEQUAL[4], UNEQUAL[5][:, :1]], axis=1)  # one step
    longer = [*UNEQUAL[:4], moved, UNEQUAL[5][:, 1:], *UNEQUAL[6:]]
    run(split(UNEQUAL, LABELS))
    with pytest.raises(ValueError, match="belongs to a training with other data"):
        run(split(longer, LABELS))


def test_functions_lists_and_other_layouts_of_the_same_content_are_the_same_data(tmp_path):
    parts = split(Z, LABELS, WEIGHTS)
    run = functools.partial(small, checkpoint=tmp_path / "state.skops")
    wanted = run(parts)
    column_major = [(np.asfortranarray(X), *others) for X, *others in parts]
    as_lists = [tuple(values.tolist() for values in part) for part in parts]
    for same in ([lambda part=part: part for part in parts], column_major, as_lists):
        assert_same(run(same), wanted)


@pytest.mark.parametrize("content", [b"damaged", None])
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
    # other results of a callback than True do not stop it
    stopped = fit_in_parts(
        NETWORK, PARTS, classes=[0, 1], n_rounds=30,
        callback=lambda n, network: np.bool_(True) if n == 2 else np.ones(2))
    assert stopped.n_iter_ == 2


def test_weights_of_samples_are_passed_on():
    weights = np.where(Y == 0, 5.0, 0.1)
    parts = [(X[:60], Y[:60], weights[:60]), (X[60:], Y[60:], weights[60:])]
    rounds = {"classes": [0, 1], "n_rounds": 2}
    network = fit_in_parts(NETWORK, parts, **rounds)
    plain = fit_in_parts(NETWORK, [part[:2] for part in parts], **rounds)
    assert_same(fit_in_parts(NETWORK, [(*part[:2], None) for part in parts], **rounds), plain)
    assert network.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean() + 0.1


class Unportable(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def fails(error, *arguments):
    raise error(*arguments)


WRONG = {
    "empty": ((Z[:0], LABELS[:0]), ValueError, "0 sample"),
    "labels": ((Z, LABELS + 5), ValueError, r"labels that are not in classes=\[0 1\]: \[5 6\]"),
    "channels": ((Z[:, :2], LABELS), ValueError, r"3 channels and .* of parts\[0\], got 3, 2"),
    "table": ((Z[:, :, 0], LABELS), ValueError, r"the 3 dimensions, .* parts\[0\], got 2, 3 and"),
    "lengths": ((Z, LABELS[:5]), ValueError, "inconsistent numbers of samples"),
    "weights": ((Z, LABELS, -WEIGHTS), ValueError, "sample_weight must be finite and >= 0"),
    "zeros": ((Z, LABELS, 0 * WEIGHTS), ValueError, "at least one sample a weight above 0"),
    "complex": ((Z * 1j, LABELS), ValueError, "Complex data"),
    "reader": (
        functools.partial(fails, ZeroDivisionError, "no"), RuntimeError, "ZeroDivisionError: no"),
    "file": (functools.partial(np.load, "none.npz"), OSError, "FileNotFoundError: .*none.npz"),
    "unportable": (functools.partial(fails, Unportable, 1, 2), RuntimeError, "Unportable: 1 and 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_the_part_and_keep_their_cause(name):
    wrong, kind, message = WRONG[name]
    for place, parts, validation in (
            ("parts[1]", [(Z, LABELS), wrong, wrong], None),
            ("validation data", [(Z, LABELS)] * 2, wrong)):
        with pytest.raises(kind, match=message) as raised:
            small(parts, validation=validation)
        assert str(raised.value).startswith(f"{place}: ") and type(raised.value) is kind
        assert name in ("channels", "table") or raised.value.__cause__ is not None


def test_errors_on_workers_are_those_of_one_process():
    names = ("reader", "labels", "unportable")
    causes = (ZeroDivisionError, ValueError, (RuntimeError, Unportable))
    for name, cause in zip(names, causes, strict=True):
        wrong, kind, message = WRONG[name]
        with joblib.parallel_config("loky", n_jobs=2):
            with pytest.raises(kind, match=message) as raised:
                small([(Z, LABELS), wrong, (Z, LABELS)])
        error = raised.value.__cause__
        assert str(raised.value).startswith("parts[1]: ") and isinstance(error, cause)
        trace = "".join(traceback.format_exception(error))
        assert name != "reader" or "in fails" in trace


def read_once(flag, X, y):
    """Return a part, except that only the first call succeeds."""
    if flag.exists():
        raise OSError("gone")
    flag.touch()
    return X, y


@pytest.mark.parametrize("place", ["parts[0], first mini-batch", "parts[1]", "validation data"])
def test_errors_in_later_reads_name_the_part_too(place, tmp_path):
    sources = [(Z, LABELS)] * 3
    sources[("parts[0]", "parts[1]", "validation data").index(place.split(",")[0])] = (
        functools.partial(read_once, tmp_path / "flag", Z, LABELS))
    with pytest.raises(OSError, match="gone") as raised:
        small(sources[:2], validation=sources[2])
    assert str(raised.value).startswith(f"{place}: ")


def test_a_part_of_one_sample_or_of_one_class_is_valid():
    parts = [(Z, LABELS), (Z[:1], LABELS[:1]), (Z[::2], LABELS[::2])]
    network = small(parts, validation=(Z[:1], LABELS[:1]))
    assert set(network.predict(Z)) <= {0, 1} and network.n_iter_ == 2
    # more parallel parts than parts
    assert_same(small(parts, n_parallel=3), small(parts, n_parallel=100))


def test_a_score_that_is_nan_is_refused():
    network = SNNRegressor(4, n_steps=5, random_state=0)
    with pytest.warns(UndefinedMetricWarning), pytest.raises(
            ValueError, match="validation data: The score is nan. r2 needs two samples"):
        fit_in_parts(network, [(Z, Z[:, 0, 0])], validation=(Z[:1], Z[:1, 0, 0]))


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="Pipeline that ends in one, got GaussianNB"):
        fit(GaussianNB(), PARTS)
    for rule in ("stdp", None):
        with pytest.raises(ValueError, match="needs rule='surrogate'"):
            fit(SNNClassifier(rule=rule), PARTS)
    for wrong in ([], X, "parts"):
        with pytest.raises(ValueError, match="parts must be a list of tuples"):
            fit(NETWORK, wrong)
    for wrong in (X, (X,), lambda: None):
        with pytest.raises(ValueError, match=r"^parts\[0\]: Data must be a tuple \(X, y\)"):
            fit(NETWORK, [wrong])
    unread = functools.partial(pytest.fail, "read")
    for place, validation in ((r"parts\[1\]", None), ("validation data", X)):
        with pytest.raises(ValueError, match=f"^{place}: Data must be a tuple"):
            fit(NETWORK, [unread, X if validation is None else unread], validation=validation)
    with pytest.raises(ValueError, match="classes must be given for classification, because"):
        fit_in_parts(NETWORK, [unread])
    with pytest.raises(ValueError, match=r"classes must be None for regression, got \[0, 1"):
        fit(SNNRegressor(4), [unread])
    with pytest.raises(TypeError, match="callback must be callable or None, got 3"):
        fit(NETWORK, [lambda: None], callback=3)
    with pytest.raises(ValueError, match="n_rounds must be"):
        fit_in_parts(NETWORK, PARTS, classes=[0, 1], n_rounds=0)
