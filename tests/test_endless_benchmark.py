"""Benchmark of steps and events: its tasks, and the models that it compares with."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge as SklearnRidge

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import endless  # noqa: E402
import endless_data  # noqa: E402
import endless_peers as peers  # noqa: E402

pytestmark = pytest.mark.small

SHORT = {"reach": 0.5, "place": 0.2, "interval": 0.3, "heading": 0.2, "gait": 0.2}  # minutes


@pytest.mark.parametrize("task", SHORT)
def test_a_seed_gives_a_recording_with_a_target_at_each_step(task):
    make = getattr(endless_data, task)
    x, y, dt = make(1, minutes=SHORT[task])
    assert x.shape[1] == y.shape[1] == round(SHORT[task] * 60_000 / dt)
    again, *_ = make(1, minutes=SHORT[task])
    other, *_ = make(2, minutes=SHORT[task])
    assert np.array_equal(x, again) and not np.array_equal(x, other)


@pytest.mark.parametrize("make", [endless_data._gestures, endless_data._patterns])
def test_events_are_in_order_and_inside_of_their_recording(make):
    X, tables = make(0, 1, 1, 0.5)
    dt = 20.0 if make is endless_data._gestures else 2.0
    times = np.array([event[:2] for event in tables[0]]).ravel()
    assert len(times) and (np.diff(times) > 0).all()
    assert times[-1] < X[0].shape[1] * dt


def test_directions_are_rest_and_sectors():
    angles = np.arange(8) * np.pi / 4
    velocity = 0.2 * np.stack([np.cos(angles), np.sin(angles)])
    assert endless_data.directions(velocity).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert not endless_data.directions(velocity / 10).any()


def test_ridge_equals_that_of_scikit_learn_on_standardised_features(rng, monkeypatch):
    monkeypatch.setattr(peers, "PENALTIES", np.array([3.0]))
    f = rng.normal(size=(3, 80)) * [[1], [5], [0.2]]
    y = np.stack([f[0] - f[2], f[1] + rng.normal(size=80)])
    z = (f - f.mean(axis=1, keepdims=True)) / f.std(axis=1, keepdims=True)
    wanted = SklearnRidge(3.0).fit(z.T, y.T).predict(z.T).T
    assert np.allclose(peers.Ridge([f], [y]).predict(f), wanted)


def test_ridge_has_the_penalty_with_the_lowest_error_on_blocks(rng, monkeypatch):
    f, y = rng.normal(size=(6, 64)), rng.normal(size=(1, 64))
    y += f[:1]
    found, errors = peers.Ridge([f], [y]), []
    for penalty in peers.PENALTIES:
        monkeypatch.setattr(peers, "PENALTIES", np.array([penalty]))
        errors.append(peers.Ridge([f], [y]).error)
    blocks = np.arange(64) // 8 % peers.N_FOLDS
    brute = 0.0
    for k in range(peers.N_FOLDS):
        test = blocks == k
        mean, scale = f[:, ~test].mean(1, keepdims=True), f[:, ~test].std(1, keepdims=True)
        model = SklearnRidge(peers.PENALTIES[0]).fit(((f - mean) / scale).T[~test], y.T[~test])
        brute += ((model.predict(((f - mean) / scale).T[test]).ravel() - y[0, test]) ** 2).sum()
    assert found.error == pytest.approx(min(errors)) and max(errors) == pytest.approx(brute)


def test_lagged_bins_are_means_of_the_past():
    x = np.arange(12.0)[None]
    found = peers.lagged(x, 2, 3)
    assert found.shape == (3, 12)
    assert found[:, -1].tolist() == [10.5, 8.5, 6.5]


REGRESSORS = peers.Wiener(((20, 2),), dt=10.0), peers.Kalman(30, dt=10.0), peers.EchoState(
    20, dt=10.0)


@pytest.mark.parametrize("model", REGRESSORS, ids=lambda model: type(model).__name__)
def test_regressors_do_not_look_ahead_and_follow_the_target(model, rng):
    y = np.sin(np.arange(600) / 20)[None]
    x = y + 0.1 * rng.normal(size=(3, 600))
    model.fit([x], [y])
    changed = x.copy()
    changed[:, 400:] = 0
    (whole,), (other,) = model.predict([x]), model.predict([changed])
    assert whole.shape == y.shape and np.allclose(whole[:, :400], other[:, :400])
    assert ((whole - y)[:, 50:] ** 2).mean() < 0.2 * y.var()


CLASSIFIERS = (
    peers.LaggedLogistic(20, 2, 1.0, dt=10.0),
    peers.Windows(peers.summary, LogisticRegression(), 100, 20, dt=10.0),
    peers.Windows(peers.summary, peers.RidgeClassifier(), 100, 20, dt=10.0))


@pytest.mark.parametrize("model", CLASSIFIERS, ids=range(len(CLASSIFIERS)))
def test_classifiers_do_not_look_ahead_and_leave_out_unknown_steps(model, rng):
    y = np.arange(900) // 30 % 3
    x = 3.0 * np.eye(3)[y].T + 0.1 * rng.normal(size=(3, 900))
    hidden = np.where(np.arange(900) % 30 < 15, -1, y)
    model.fit([x], [hidden])
    changed = x.copy()
    changed[:, 600:] = 0
    (whole,), (other,) = model.decision_function([x]), model.decision_function([changed])
    assert whole.shape == (3, 900) and np.allclose(whole[:, :600], other[:, :600])
    late = np.arange(900) % 30 > 20
    assert (whole.argmax(axis=0) == y)[late].mean() > 0.9


def test_results_are_kept_and_models_without_their_package_are_skipped(tmp_path, monkeypatch):
    measured = []

    def measure(task, model, seed):
        measured.append((model, seed))
        return {"score": 0.5, "fit": 1.0, "µs": 2.0}

    monkeypatch.setattr(endless, "measure", measure)
    monkeypatch.setattr(endless, "NEEDS", {"GRU": "absent_package"})
    options = argparse.Namespace(
        results=tmp_path / "results.json", seeds=[10, 15], tasks=["reach"],
        models=["GRU", "Wiener", "network"])
    done = endless.run(options)
    assert measured == [("Wiener", 10), ("network", 10)]
    assert done["reach"]["Wiener"]["10"]["score"] == 0.5
    endless.run(options)
    assert len(measured) == 2


def test_tables_have_means_errors_and_lowest_differences(capsys):
    def kept(*scores):
        return {
            str(10 + k): {"score": score, "fit": 1.0, "µs": 2.0}
            for k, score in enumerate(scores)}

    endless.report({"reach": {"Wiener": kept(0.5, 0.7), "network": kept(0.8, 0.8)}})
    lines = capsys.readouterr().out.splitlines()
    assert "| Wiener | 0.600 ± 0.100 |" in lines
    assert "| Wiener | +0.200, +0.100 |" in lines
    assert "| network | 1, 2 |" in lines
