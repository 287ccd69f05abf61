"""Dropout, weight decay and spike penalty."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skspike import Convolution, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike._networks import _choices
from skspike._networks._choices import PENALTIES, regularisation
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.coding import Augment
from skspike.datasets import make_order, make_poisson
from skspike.learning import (
    RULES, BinaryCrossEntropy, ColumnCrossEntropy, CrossEntropy, Reservoir, SquaredError,
    SurrogateGradient, Target, Task, smooth_spikes)
from skspike.learning._decoder_objective import DecoderObjective
from skspike.learning._initialise import initial_state, untrained_error, with_decoder
from skspike.simulation import Windows, _network, chunks, from_raster, with_dropout
from skspike.testing._kernels import central

X, Y = make_poisson(60, 40, 80, random_state=0)  # enough channels for dense steps
X[:, :, ::9] = 1
ROWS, PENALISED = np.arange(60), SurrogateGradient(spike_penalty=0.7)


def as_array(events):
    """Return the values (n_samples, n_channels, n_steps + 1), with currents in the last step."""
    values = np.zeros((len(events.rows), events.n_steps + 1, events.n_channels))
    (ptr, idx, val) = events.by_step
    for b, row in enumerate(events.rows):
        for t in range(events.n_steps + 1):
            k = slice(*ptr[row * (events.n_steps + 1) + t :][:2])
            values[b, t, idx[k]] = val[k] if len(val) else 1
    return values.transpose(0, 2, 1)


@pytest.mark.small
def test_dropout_leaves_out_its_share_and_weighs_the_rest():
    values = as_array(with_dropout(from_raster(X), 0.3, 1, 0, ROWS))[..., :-1]
    assert set(np.unique(values)) == {0, np.float32(1 / 0.7)}
    assert not values[X == 0].any()
    np.testing.assert_allclose((values[X == 1] > 0).mean(), 0.7, atol=4 * np.sqrt(0.21 / X.sum()))
    for axis in (0, 1, 2):  # samples, channels and steps are treated alike
        others = tuple({0, 1, 2} - {axis})
        n = X.sum(axis=others)
        assert (abs((values > 0).sum(axis=others) / n - 0.7) < 5 * np.sqrt(0.21 / n)).all()


@pytest.mark.small
@pytest.mark.parametrize(("coding", "delays"), [("population", (0, 3)), ("direct", None)])
def test_dropout_of_a_table_leaves_out_whole_features(coding, delays):
    table = np.random.default_rng(0).normal(size=(50, 7))
    encoder = SpikeEncoder(coding, n_steps=30, random_state=0)
    encoder, rows, kept = encoder.fit(table), np.arange(50), []
    networks = (
        SNNClassifier(5, encoder=encoder, delays=delays, rule=SurrogateGradient(dropout=dropout))
        for dropout in (0.0, 0.3))
    whole, inputs = (
        Inputs(table, settings_of(network, table), encoder, noise_seed=3) for network in networks)
    for epoch in (0, 1):
        every, some = (as_array(one.batch(rows, epoch)) for one in (whole, inputs))
        per_delay = some.reshape(50, 1 if delays is None else 2, 7, -1, 31)
        share = np.divide(some, every, out=np.full(every.shape, np.nan), where=every != 0)
        share = share.reshape(per_delay.shape).swapaxes(1, 2).reshape(50, 7, -1)
        events = ~np.isnan(share)
        assert set(np.unique(share[events].round(4))) == {0, 1.4286}
        # all events of a feature are kept, or none
        most, least = np.fmax.reduce(share, axis=2), np.fmin.reduce(share, axis=2)
        np.testing.assert_array_equal(most, least)
        kept.append(most > 0)
        assert 0.6 < kept[-1][~np.isnan(most)].mean() < 0.8
        alone = as_array(inputs.batch(rows[7:8], epoch))
        np.testing.assert_array_equal(alone[0], some[7])
    assert (kept[0] != kept[1]).mean() > 0.2


def target_of(kind, n):
    """Return a target of a kind of labels for n samples."""
    y, weight = np.arange(n), np.linspace(0.5, 1.5, n)
    if kind == "classes":
        return Target(y % 3, weight, CrossEntropy(3))
    if kind == "labels":
        y = np.stack([y % 2, y // 2 % 2, y // 3 % 2], axis=1)
        return Target(y, weight, BinaryCrossEntropy(3))
    return Target(np.stack([y % 3, y // 2 % 2], axis=1), weight, ColumnCrossEntropy((3, 2)))


def objective_of(n, kind="classes", **penalties):
    """Return the loss of a small network with smooth spikes for n samples."""
    small, target = X[:n, ::8, :16], target_of(kind, n)
    network = SNNClassifier(
        (4, 3), recurrent=(False, True), readout=Windows(3), max_iter=1, batch_size=n,
        learn_intrinsic=("tau_mem", "threshold"), **penalties)
    settings = settings_of(network, small)
    inputs = Inputs(np.ascontiguousarray(small), settings)
    task = Task(inputs, target, settings, np.random.RandomState(0))
    spikes = smooth_spikes("sigmoid", 3.0)
    return DecoderObjective(
        task, with_decoder(task, initial_state(task), spikes), spikes, np.float64)


@pytest.mark.parametrize(("kind", "penalty"), [("labels", {"rule": PENALISED}), ("columns", {})])
def test_gradients_of_the_whole_objective_equal_central_differences(kind, penalty, monkeypatch):
    monkeypatch.setattr(_network, "CHUNK", 1)
    objective = objective_of(8, kind, **penalty)
    rows = np.arange(8)
    objective.parameters[0, "bias"] += 0.1  # it is about 0, which gives no step for differences
    objective.moved()
    assert len(chunks(objective.network, rows, objective.task.inputs.n_steps)) == 8
    loss, found = objective.gradient(rows, None)

    def value():
        objective.moved()
        return objective.loss(rows)

    assert np.isclose(loss, value(), rtol=1e-12)
    for name, array in objective.parameters.items():
        expected = central(value, array)
        np.testing.assert_allclose(
            found[name], expected, rtol=1e-5, atol=1e-6 * abs(expected).max(), err_msg=str(name))


ASKED = {
    "recurrent": {"recurrent": True}, "early_stopping": {"early_stopping": True},
    "alpha": {"alpha": 0.5}, "convolution": {
        "hidden_layer_sizes": (Convolution(2, size=1, image_shape=(1, X.shape[1])), 6)}}


@pytest.mark.parametrize(
    ("rule", "name"),
    [(name, unused)
     for name, cls in {None: Reservoir, **RULES}.items()
     for unused in ASKED if unused not in cls().supports])
def test_a_rule_refuses_what_it_does_not_support(rule, name):
    given = {"hidden_layer_sizes": 6, "rule": rule, **ASKED[name]}
    with pytest.raises(ValueError, match=f"does not support {name}. Leave it out, or use rule="):
        SNNClassifier(**given).fit(X, Y)


@pytest.mark.small
@pytest.mark.parametrize(("name", "value"), [
    ("rule__dropout", 0.5), ("rule__augment", Augment(drop=0.5)), ("early_stopping", True)])
def test_descent_refuses_what_changes_its_loss(name, value):
    network = SNNClassifier(6, max_iter=3, rule=SurrogateGradient(solver="descent"))
    network.set_params(**{name: value})
    name = name.removeprefix("rule__")
    with pytest.raises(ValueError, match=f"solver='descent'.* does not support {name}"):
        network.fit(X, Y)
    network.set_params(rule__augment="auto", rule__dropout=0, early_stopping=False).fit(
        X[:6], Y[:6])


@pytest.mark.small
def test_the_whole_objective_rises_along_its_gradient():
    objective, rows = objective_of(3, alpha=3.0, rule=PENALISED), np.arange(3)
    loss, found = objective.gradient(rows, None)
    assert np.isclose(
        loss, objective.loss(rows), rtol=1e-12) and found.keys() == objective.parameters.keys()
    start = objective.copy()
    for name, grad in found.items():
        length, ends = np.sqrt((grad**2).sum()), []
        for step in (1e-5, -1e-5):
            objective.restore(start | {name: start[name] + step * grad / length})
            ends.append(objective.loss(rows))
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, length, rtol=1e-5, err_msg=str(name))


TABLE = np.random.default_rng(4).normal(size=(40, 3))
NOISY = TABLE @ [1.0, -1.0, 0.5] + np.random.default_rng(5).normal(size=40)
CLASSES = np.digitize(NOISY, [-0.5, 0.5])
AUTO = {"hidden_layer_sizes": 6, "n_steps": 20, "max_iter": 2, "random_state": 0}


def test_the_error_of_a_random_network_is_that_of_its_best_readout():
    settings = settings_of(SNNClassifier(6, random_state=0), X)
    target = Target(Y, np.ones(60), CrossEntropy(2))

    def error(readouts):
        task = Task(
            Inputs(X, settings), target, replace(settings, readouts=readouts),
            np.random.RandomState(0))
        return untrained_error(task)

    single = [error((readout,)) for readout in settings.readouts]
    assert len(set(single)) > 1
    assert error(settings.readouts) == min(single)


def test_weight_decay_and_dropout_are_those_of_a_ridge_that_leaves_out_each_sample():
    y = (NOISY - NOISY.mean()) / NOISY.std()
    for target in (
            Target(y[:, None], np.ones(40), SquaredError(1)),
            Target(CLASSES, np.ones(40), CrossEntropy(3))):
        settings = settings_of(SNNRegressor(**AUTO), TABLE)
        table = TABLE.astype(np.float32)
        task = Task(Inputs(table, settings), target, settings, np.random.RandomState(0))
        state = with_decoder(task, initial_state(task))
        network = task.network(state.layers, readout=state.readout)
        z = state.decoder.standardise(network.features(task.inputs.batch(np.arange(40))))
        wanted = target.loss.targets(target.y)
        errors = []
        for penalty in PENALTIES:
            found = [
                Ridge(penalty).fit(z[k], wanted[k]).predict(z[i : i + 1])[0] - wanted[i]
                for i in range(40) for k in [np.arange(40) != i]]
            errors.append(np.square(found).mean())
        best = int(np.argmin(errors))
        alpha, dropout = regularisation(replace(task, rng=np.random.RandomState(0)))
        variance = wanted.var(axis=0).mean()
        # 8/9 for three equal classes
        share = 1 if isinstance(target.loss, SquaredError) else 4 * variance
        np.testing.assert_allclose(alpha, share * PENALTIES[best])
        unexplained = errors[best] / variance
        np.testing.assert_allclose(dropout, min(0.4 * unexplained**2, 0.5), rtol=1e-6)
        assert 0.05 < dropout < 0.5


@pytest.mark.parametrize(("cls", "y", "encoder"), [
    (SNNClassifier, CLASSES, None), (SNNRegressor, NOISY, SpikeEncoder(n_steps=20)),
    (SNNTransformer, CLASSES, None)])
def test_tables_choose_and_the_chosen_values_give_the_same_network(cls, y, encoder):
    chosen = cls(encoder=encoder, **AUTO).fit(TABLE, y)
    assert PENALTIES[0] / 2 < chosen.alpha_ <= PENALTIES[-1] and 0 < chosen.dropout_ <= 0.5
    rule = SurrogateGradient(dropout=chosen.dropout_)
    given = cls(encoder=encoder, alpha=chosen.alpha_, rule=rule, **AUTO).fit(TABLE, y)
    np.testing.assert_array_equal(given.weights_[0], chosen.weights_[0])
    half = cls(encoder=encoder, alpha=7.0, **AUTO).fit(TABLE, y)
    assert half.alpha_ == 7 and half.dropout_ == chosen.dropout_
    half = cls(encoder=encoder, rule=SurrogateGradient(dropout=0.0), **AUTO).fit(TABLE, y)
    assert half.alpha_ == chosen.alpha_ and half.dropout_ == 0


def test_a_fit_that_goes_on_keeps_what_was_chosen():
    network = SNNClassifier(warm_start=True, **AUTO).fit(TABLE, CLASSES)
    before = network.alpha_, network.dropout_
    assert before != (0, 0)
    network.fit(TABLE, np.roll(CLASSES, 1))
    assert (network.alpha_, network.dropout_) == before
    network.partial_fit(TABLE, CLASSES)
    assert (network.alpha_, network.dropout_) == before
    network = SNNClassifier(**AUTO).partial_fit(TABLE, CLASSES, classes=[0, 1, 2])
    assert (network.alpha_, network.dropout_) == (0, 0)


@pytest.mark.parametrize(("errors", "n_trials", "delays", "decays"), [
    ((1.0, 0.6), 2, True, True), ((1.0, 0.8, 0.7), 3, False, True),
    ((1.0, 0.8, 0.9), 3, True, True), ((1.0, 1.1, 1.2), 3, False, False),
    ((0.01,), 1, False, False)],
    ids=["delays, clearly", "decay", "delays", "neither", "an easy task"])
def test_the_candidate_of_the_lowest_error_is_chosen(errors, n_trials, delays, decays, monkeypatch):
    left = list(errors)
    monkeypatch.setattr(_choices, "_held_out_error", lambda *of: left.pop(0))
    X, y = make_order(100, 4, 140, random_state=0)
    network = SNNClassifier(**AUTO).fit(X, y)
    assert len(errors) - len(left) == n_trials
    assert (network.delay_steps_ != (0,), network.alpha_ > 0) == (delays, decays)
