"""Callbacks of scikit-learn: every estimator tells them of its fits, networks of each epoch, and none is left open."""

import importlib.util
import sys
from unittest.mock import Mock

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder, SpikingRocket
from skspike._utils import _callbacks
from skspike.learning import RULES, SurrogateGradient, Tempotron

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


class Log:
    """Note what is told; ask to stop at the end of some epoch."""

    max_propagation_depth = None

    def __init__(self, stop=None, scores=True):
        self.stop, self.scores, self.told, self.open = stop, scores, [], 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context):
        self.told.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        score = fitted_estimator.score(X, y) if context.task_name == "epoch" and hasattr(
            fitted_estimator, "score") else None
        self.told.append(("end", context.task_name, context.task_id, score))
        return context.task_name == "epoch" and context.task_id == self.stop


class Ends:
    """Hear of ends alone."""

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


def test_a_network_tells_of_each_epoch_and_how_good_it_is_by_then(iris):
    log = Log()
    fitted = network().set_callbacks(log).fit(*iris)
    epochs = [told for told in log.told if told[1] == "epoch"]
    assert [told[:3] for told in epochs] == [
        (what, "epoch", k) for k in range(4) for what in ("begin", "end")]
    assert fitted.score(*iris) in [told[-1] for told in epochs[1::2]]  # it keeps the best state
    assert log.told[-1] == ("end", "fit", 0, None) and log.open == 0
    assert np.array_equal(
        fitted.decision_function(iris[0]), network().fit(*iris).decision_function(iris[0]))


def test_a_callback_may_stop_a_fit(iris):
    assert network().set_callbacks(Log(stop=1)).fit(*iris).n_iter_ == 2


@pytest.mark.parametrize("rule", ["stdp", "pair_stdp"])
def test_a_callback_may_stop_plasticity(iris, rule):
    assert network(rule=rule).set_callbacks(Log(stop=1)).fit(*iris).n_iter_ == 2


def test_a_tempotron_tells_how_good_it_is_after_each_epoch(iris):
    log = Log()
    fitted = network(rule=Tempotron(tau_starts=None)).set_params(
        hidden_layer_sizes=3).set_callbacks(log).fit(*iris)
    scores = [told[3] for told in log.told if told[:2] == ("end", "epoch")]
    assert len(scores) == fitted.n_iter_ and 1 / 3 < fitted.score(*iris) == max(scores)


@pytest.mark.parametrize(
    "rule", [*RULES, None, SurrogateGradient(solver="descent"), Tempotron(tau_starts=None)],
    ids=str)
def test_every_rule_tells_of_as_many_epochs_as_it_runs(rule, iris):
    log = Ends()
    fitted = SNNTransformer(
        6, n_steps=20, max_iter=2, rule=rule, random_state=0).set_callbacks(log).fit(*iris)
    n_epochs = log.n_ends - 1
    assert log.open == 0 and n_epochs == fitted.rule_.runs((6,)) * (
        fitted.n_iter_ if fitted.rule_.name else 0)


SIMPLE = [
    SpikeEncoder(), SpikeCounter(), SpikingRocket(10), LZCTransformer(), LZCClassifier(),
    SNNRegressor(4, max_iter=1)]


@pytest.mark.parametrize("estimator", SIMPLE, ids=lambda estimator: type(estimator).__name__)
def test_every_estimator_tells_of_its_fit(estimator, rng):
    log = Ends()
    raster = (rng.random((20, 2, 30)) < 0.3).astype(np.uint8)
    fitted = clone(estimator).set_callbacks(log).fit(raster, np.arange(20) % 2)
    assert log.n_ends >= 1 and log.open == 0 and not hasattr(fitted, "_callback_fit_ctx")


def test_a_failed_fit_leaves_no_callback_open(iris):
    log, before = Ends(), network().fit(*iris)
    log.on_fit_task_begin = Mock(side_effect=[None, None, KeyboardInterrupt])
    after = before.decision_function(iris[0])
    with pytest.raises(KeyboardInterrupt):
        before.set_callbacks(log).fit(*iris)
    assert (log.n_ends, log.open) == (1, 0)
    assert np.array_equal(before.decision_function(iris[0]), after)


def test_chunks_are_epochs_too(iris):
    log = Ends()
    model = network().set_callbacks(log)
    model.partial_fit(*iris, classes=np.unique(iris[1])).partial_fit(*iris)
    assert (log.n_ends, log.open) == (4, 0)


def test_a_scoring_monitor_follows_a_network_alone_in_a_pipeline_and_in_a_search(iris):
    X, y = iris
    alone, inside, searched = (callback.ScoringMonitor(scoring="accuracy") for _ in range(3))
    network().set_callbacks(alone).fit(X, y)
    assert len(alone.get_logs().data) == 5
    pipeline = make_pipeline(SpikeEncoder(n_steps=20), network().set_callbacks(inside)).fit(X, y)
    assert len(inside.get_logs().data) == 5 and pipeline.score(X, y) > 0.3
    steps = SpikeEncoder(n_steps=20), network().set_callbacks(searched)
    GridSearchCV(make_pipeline(*steps), {"snnclassifier__alpha": [0, 1]}, cv=2).fit(X, y)
    assert len(searched.get_logs().data) == 25


def test_who_waits_for_many_samples_is_told_how_far_they_are(iris, capsys, monkeypatch):
    fitted = network(verbose=True).fit(*iris)
    monkeypatch.setattr("skspike.snn._running.EVERY", 1e-9)
    capsys.readouterr()
    fitted.predict(np.tile(iris[0], (200, 1)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1 and lines[-1] == "SNNClassifier: 10000 of 10000 samples"
    fitted.set_params(verbose=False).predict(iris[0])
    assert not capsys.readouterr().out


def test_a_progress_bar_goes_through_a_pipeline(iris, capsys):
    pytest.importorskip("rich", reason="scikit-learn's progress bar needs rich")
    bar = callback.ProgressBar(max_propagation_depth=None)
    make_pipeline(SpikeEncoder(n_steps=20), network()).set_callbacks(bar).fit(*iris)
    assert "100%" in capsys.readouterr().out


def test_before_they_came_a_fit_has_nobody_to_tell(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("skspike._utils._without_callbacks", _callbacks.__file__)
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
