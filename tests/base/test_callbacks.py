"""Estimators report their fits, and networks each epoch, to callbacks of scikit-learn."""

import importlib.util
import sys
from unittest.mock import Mock

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter,
    SpikeEncoder, SpikingPatches, SpikingRocket)
from skspike._base import _transactions as _fits
from skspike.learning import RULES, SurrogateGradient, Tempotron

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


class Log:
    """Record all calls, and request to stop at the end of one epoch."""

    max_propagation_depth = None

    def __init__(self, stop=None, scores=True):
        self.stop, self.scores, self.calls, self.open = stop, scores, [], 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        score = fitted_estimator.score(X, y) if context.task_name == "epoch" and hasattr(
            fitted_estimator, "score") else None
        self.calls.append(("end", context.task_name, context.task_id, score))
        return context.task_name == "epoch" and context.task_id == self.stop


class Ends:
    """Count the ends of tasks."""

    def __init__(self):
        self.n_ends = self.open = 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.n_ends += 1


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return X[::3] - X.mean(0), y[::3]


def network(**parameters):
    return SNNClassifier(
        6, n_steps=20, max_iter=4, learning_rate=0.02, random_state=0, **parameters)


def test_a_network_reports_each_epoch_with_its_state(iris):
    log = Log()
    fitted = network().set_callbacks(log).fit(*iris)
    epochs = [call for call in log.calls if call[1] == "epoch"]
    assert [call[:3] for call in epochs] == [
        (event, "epoch", k) for k in range(4) for event in ("begin", "end")]
    assert fitted.score(*iris) in [call[-1] for call in epochs[1::2]]  # the best state is kept
    assert log.calls[-1] == ("end", "fit", 0, None) and log.open == 0
    assert np.array_equal(
        fitted.decision_function(iris[0]), network().fit(*iris).decision_function(iris[0]))


class Keep:
    """Keep the network of each epoch."""

    def __init__(self):
        self.found = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch":
            self.found.append(fitted_estimator)


@pytest.mark.parametrize("parameters", [
    {}, {"early_stopping": True}, {"early_stopping": "accuracy"},
    {"rule": SurrogateGradient(solver="descent"), "readout": "count"}], ids=str)
def test_a_network_of_an_epoch_has_the_attributes_of_its_fit(iris, parameters):
    fitted = network(**parameters).fit(*iris)
    names = {*fitted._rule_attributes} - {"soft_accuracy_", "hard_accuracy_"}  # of the last epoch
    keep = Keep()
    fitted.set_params(warm_start=True).set_callbacks(keep).fit(*iris)
    for k, found in enumerate(keep.found):
        assert {name for name in vars(found) if name in fitted._rule_attributes} == names
        assert found.n_iter_ == k + 1
        for name in names - {"n_iter_"}:
            assert found.__dict__[name] == vars(fitted)[name][: len(vars(found)[name])]
    assert keep.found[-1].loss_curve_ == fitted.loss_curve_


def test_a_network_of_a_chunk_has_the_losses_of_all_chunks(iris):
    keep = Keep()
    chunks = network(readout="count").set_callbacks(keep)
    for _ in range(3):
        chunks.partial_fit(*iris, classes=[0, 1, 2])
    assert [found.loss_curve_ for found in keep.found] == [
        chunks.loss_curve_[: k + 1] for k in range(3)]


def test_a_callback_can_stop_a_fit(iris):
    assert network().set_callbacks(Log(stop=1)).fit(*iris).n_iter_ == 2


@pytest.mark.parametrize("rule", ["stdp", "pair_stdp"])
def test_a_callback_can_stop_plasticity(iris, rule):
    assert network(rule=rule).set_callbacks(Log(stop=1)).fit(*iris).n_iter_ == 2


def test_a_tempotron_reports_each_epoch_with_its_state(iris):
    log = Log()
    fitted = network(rule=Tempotron(tau_starts=None)).set_params(
        hidden_layer_sizes=3).set_callbacks(log).fit(*iris)
    scores = [call[3] for call in log.calls if call[:2] == ("end", "epoch")]
    # the state of lowest loss is kept
    assert len(scores) == fitted.n_iter_ and 1 / 3 < fitted.score(*iris) in scores


@pytest.mark.parametrize(
    "rule", [*RULES, None, SurrogateGradient(solver="descent"), Tempotron(tau_starts=None)],
    ids=str)
def test_every_rule_reports_all_its_epochs(rule, iris):
    log = Ends()
    fitted = SNNTransformer(
        6, n_steps=20, max_iter=2, rule=rule, random_state=0).set_callbacks(log).fit(*iris)
    n_epochs = log.n_ends - 1
    assert log.open == 0 and n_epochs == fitted.rule_.runs((6,)) * (
        fitted.n_iter_ if fitted.rule_.name else 0)


SIMPLE = [
    SpikeEncoder(), SpikeCounter(), SpikingRocket(10), SpikingPatches(4), LZCTransformer(),
    LZCClassifier(), SNNRegressor(4, max_iter=1)]


@pytest.mark.parametrize("estimator", SIMPLE, ids=lambda estimator: type(estimator).__name__)
def test_every_estimator_reports_its_fit(estimator, rng):
    log = Ends()
    raster = (rng.random((20, 2, 30)) < 0.3).astype(np.uint8)
    fitted = clone(estimator).set_callbacks(log).fit(raster, np.arange(20) % 2)
    assert log.n_ends >= 1 and log.open == 0 and not hasattr(fitted, "_callback_fit_ctx")


def test_a_failed_fit_closes_its_callbacks(iris):
    log, before = Ends(), network().fit(*iris)
    log.on_fit_task_begin = Mock(side_effect=[None, None, KeyboardInterrupt])
    after = before.decision_function(iris[0])
    with pytest.raises(KeyboardInterrupt):
        before.set_callbacks(log).fit(*iris)
    assert (log.n_ends, log.open) == (1, 0)
    assert np.array_equal(before.decision_function(iris[0]), after)


def test_chunks_are_reported_as_epochs(iris):
    log = Ends()
    model = network().set_callbacks(log)
    model.partial_fit(*iris, classes=np.unique(iris[1])).partial_fit(*iris)
    assert (log.n_ends, log.open) == (4, 0)


def test_a_scoring_monitor_works_alone_in_a_pipeline_and_in_a_search(iris):
    X, y = iris
    alone, inside, searched = (callback.ScoringMonitor(scoring="accuracy") for _ in range(3))
    network().set_callbacks(alone).fit(X, y)
    assert len(alone.get_logs().data) == 5
    pipeline = make_pipeline(SpikeEncoder(n_steps=20), network().set_callbacks(inside)).fit(X, y)
    assert len(inside.get_logs().data) == 5 and pipeline.score(X, y) > 0.3
    steps = SpikeEncoder(n_steps=20), network().set_callbacks(searched)
    GridSearchCV(make_pipeline(*steps), {"snnclassifier__alpha": [0, 1]}, cv=2).fit(X, y)
    assert len(searched.get_logs().data) == 25


def test_predictions_of_many_samples_print_their_progress(iris, capsys, monkeypatch):
    fitted = network(verbose=True).fit(*iris)
    monkeypatch.setattr("skspike._networks._fitted_network.PROGRESS_INTERVAL", 1e-9)
    capsys.readouterr()
    fitted.predict(np.tile(iris[0], (200, 1)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1 and lines[-1] == "SNNClassifier: 10000 of 10000 samples"
    fitted.set_params(verbose=False).predict(iris[0])
    assert not capsys.readouterr().out


def test_a_progress_bar_works_in_a_pipeline(iris, capsys):
    pytest.importorskip("rich", reason="scikit-learn's progress bar needs rich")
    bar = callback.ProgressBar(max_propagation_depth=None)
    make_pipeline(SpikeEncoder(n_steps=20), network()).set_callbacks(bar).fit(*iris)
    assert "100%" in capsys.readouterr().out


def test_without_callbacks_in_scikit_learn_fits_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    name = "skspike._base._without_callbacks"
    spec = importlib.util.spec_from_file_location(name, _fits.__file__)
    old = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(old)

    class Old(old.CallbackSupportMixin):
        @old.with_callbacks
        def fit(self, X):
            with old.fit_task(self, X, None, n_epochs=2) as progress:
                progress.begin()
                return progress.end(lambda: 1 / 0)

    assert Old().fit([]) is False and not hasattr(Old, "set_callbacks")
    assert hasattr(SNNClassifier, "set_callbacks")
