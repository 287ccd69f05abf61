"""Early decisions in C equal those of the stream in Python."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skspike import EarlyClassifier, SNNClassifier, SpikeEncoder, SpikeTrainClassifier
from skspike.datasets import make_poisson
from skspike.export import CompiledModel, to_c
from skspike.learning import SurrogateGradient

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


@pytest.mark.parametrize(("n_classes", "threshold"), [(2, 0.9), (3, 0.7)])
def test_decisions_of_a_network_equal_python(trains, n_classes, threshold):
    X, y = (array[trains[1] < n_classes] for array in trains)
    model = EarlyClassifier(NETWORK, cv=3, accuracy=0.3).fit(X, y)
    # a threshold that samples reach at different times
    model.threshold_, model._deadline = threshold, len(model.times_) - 1
    assert len(np.unique(compare(model, X))) > 5


def test_expected_evidence_and_a_threshold_that_is_never_reached_are_kept(trains):
    X, y = trains
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X, y)
    model.expected_ = np.linspace(-2, 2, model.expected_.size).reshape(model.expected_.shape)
    compare(model, X)
    model.threshold_ = np.inf
    assert set(compare(model, X)) == {int(model.deadline_)}


def test_a_pipeline_decides_early(rng):
    series = rng.normal(size=(60, 3, 40)).cumsum(axis=2).astype(np.float32)
    y = (series[:, 0, 15] > 0).astype(int)
    model = make_pipeline(SpikeEncoder(), NETWORK)
    compare(EarlyClassifier(model, cv=3, accuracy=0.6).fit(series, y), series)


def test_the_header_has_the_decision_and_other_models_refuse_it(trains, tmp_path):
    X, y = trains
    early = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3).fit(X, y)
    to_c(early, tmp_path / "early.c")
    assert "int early_decided(void);" in (tmp_path / "early.h").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="decisions needs a compiled EarlyClassifier"):
        CompiledModel(early.estimator_).decisions(X)
    with pytest.raises(ValueError, match="samples that end before the decision"):
        CompiledModel(early).decisions(X[:, :, :1])
