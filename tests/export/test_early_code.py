"""Early decisions in C equal those of the stream in Python."""

import re

import numpy as np
import pytest

from skspike import EarlyClassifier, SNNClassifier, SpikeTrainClassifier, SpikingRocket
from skspike.datasets import make_poisson
from skspike.export import CompiledModel, to_c
from skspike.learning import SurrogateGradient
from skspike.simulation import Exponential, Windows

NETWORK = SNNClassifier(
    8, max_iter=5, alpha=0.0, rule=SurrogateGradient(dropout=0.0, augment=None), delays=None,
    random_state=0)


@pytest.fixture(scope="module")
def trains():
    return make_poisson(200, 8, 60, rates=(30, 60, 100), random_state=0)


def compare(model, X, dt=1.0):
    """Check classes and times of decisions against Python, and return the numbers of steps."""
    compiled = CompiledModel(model)
    found, steps = compiled.decisions(X)
    np.testing.assert_array_equal(found, model.predict(X))
    np.testing.assert_allclose(steps * dt, model.decision_times(X))
    return steps


def test_decisions_of_spike_trains_equal_python(trains):
    X, y = trains
    labels = np.array(["a", "b", "c"])[y]
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), dt=0.5, cv=3, step=2.0)
    steps = compare(model.fit(X[:100], labels[:100]), X[100:], dt=0.5)
    assert len(np.unique(steps)) > 2
    stream = model.stream()
    for x, n in zip(X[100:105], steps, strict=False):
        stream.reset()
        assert stream.step(x[:, :n]) and (n == 1 or not _decides(stream, x[:, : n - 1]))


def _decides(stream, x):
    stream.reset()
    return stream.step(x)


def test_decisions_of_a_network_equal_python(trains):
    X, y = (array[trains[1] < 2] for array in trains)
    model = EarlyClassifier(NETWORK, cv=3).fit(X, y)
    # a threshold that samples reach at different times
    model.threshold_ = 0.9
    assert len(np.unique(compare(model, X))) > 5


FEATURES = {
    "windows": {"readout": Windows(4)}, "traces": {"readout": Exponential((5.0, 20.0))},
    "largest potentials": {"rule": "tempotron", "hidden_layer_sizes": 6}}


@pytest.mark.parametrize("name", FEATURES)
def test_decisions_by_other_features_equal_python(trains, name):
    X, y = trains
    model = EarlyClassifier(
        SNNClassifier(**{"hidden_layer_sizes": 8, "max_iter": 2, "random_state": 0,
                         "delays": None, **FEATURES[name]}), cv=2, cost=0.5).fit(X, y)
    assert len(np.unique(compare(model, X))) > 2


@pytest.mark.parametrize(("form", "n_classes"), [("loud", 3), ("rows", 2), ("rasters", 3)])
def test_decisions_of_random_neurons_equal_python(trains, rng, form, n_classes):
    X, y = (array[trains[1] < n_classes] for array in trains)
    if form != "rasters":
        X = (X.cumsum(axis=2) + rng.normal(size=X.shape)) * 10 ** rng.uniform(-2, 2, (len(X), 1, 1))
        X = X.astype(np.float32)[:, 0 if form == "rows" else slice(None)]
    rocket = SpikingRocket(150, streaming=True, random_state=0)
    model = EarlyClassifier(rocket, cv=2).fit(X, y)
    model.threshold_ = 0.6  # which samples reach at different times
    assert len(np.unique(compare(model, X))) > 3
    scores = CompiledModel(model).decision_function(X)
    scores = scores[:, 1] - scores[:, 0] if n_classes == 2 else scores
    np.testing.assert_allclose(scores, model.decision_function(X), rtol=1e-5, atol=1e-5)


def test_integer_weights_decide_nearly_alike(trains):
    X, y = trains
    for inner in (NETWORK, SpikingRocket(200, streaming=True, random_state=0)):
        model = EarlyClassifier(inner, cv=2).fit(X, y)
        found, steps = CompiledModel(model, weights="int8").decisions(X)
        assert (found == model.predict(X)).mean() > 0.97
        assert abs(steps.mean() - model.decision_times(X).mean()) < 2


def test_a_threshold_that_is_never_reached_is_kept_and_a_reset_forgets(trains):
    X, y = trains
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X, y)
    compiled = CompiledModel(model)
    found = compiled.decisions(X)[0]
    np.testing.assert_array_equal(compiled.decisions(X[::-1])[0], found[::-1])
    model.threshold_ = np.inf
    assert set(compare(model, X)) == {60}


def test_the_header_has_the_decision_and_other_models_refuse_it(trains, tmp_path):
    X, y = trains
    early = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X, y)
    to_c(early, tmp_path / "early.c")
    assert "int early_decided(void);" in (tmp_path / "early.h").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="decisions needs a compiled EarlyClassifier"):
        CompiledModel(early.estimator_).decisions(X)
    with pytest.raises(ValueError, match="samples that end before the decision"):
        CompiledModel(early).decisions(X[:, :, :1])


def test_gaps_are_held_by_random_neurons(rng):
    X = rng.normal(size=(60, 2, 30)).cumsum(axis=2).astype(np.float32)
    y = (X[:, 0, 10] > 0).astype(int)
    X[:, 1, 4:9], X[::3, 0, :2] = np.nan, np.nan
    rocket = SpikingRocket(64, streaming=True, missing="hold", random_state=0)
    compare(EarlyClassifier(rocket).fit(X, y), X)


def test_scores_before_the_first_check_are_those_of_a_stream(trains):
    X, y = trains
    model = EarlyClassifier(SpikingRocket(64, streaming=True, random_state=0), step=10.0).fit(X, y)
    compiled = CompiledModel(model)
    compiled.decision_function(X[:1])  # leaves scores behind
    stream = model.stream()
    stream.step(X[1, :, :5])
    found = compiled.decision_function(X[1:2, :, :5])[0]
    np.testing.assert_allclose(found, stream._outputs()[0], rtol=1e-5, atol=1e-6)


def test_counts_and_sums_of_long_samples_have_wider_integers(trains, tmp_path):
    X, y = trains
    model = EarlyClassifier(SpikingRocket(64, streaming=True, random_state=0)).fit(X, y)
    found = []
    for last in (60, 2**16, 2**22):
        model._steps[-1] = last
        to_c(model, tmp_path / "net.c", weights="int8")
        code = (tmp_path / "net.c").read_text(encoding="utf-8")
        found.append((
            re.search(r"static (\w+) sums\[1\]", code)[1],
            re.search(r"static (\w+) totals\[", code)[1]))
    assert found == [
        ("uint16_t", "int32_t"), ("uint32_t", "int32_t"), ("uint32_t", "int64_t")]
