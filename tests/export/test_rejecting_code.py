"""Early decisions that reject samples in C equal those in Python."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skspike import (
    EarlyClassifier, RejectingClassifier, SNNClassifier, SpikeEncoder, SpikeTrainClassifier,
    SpikingRocket)
from skspike.datasets import make_poisson
from skspike.export import CompiledModel, to_c
from skspike.inspection import c_size

NETWORK = SNNClassifier(8, max_iter=5, streaming=True, delays=None, random_state=0)


@pytest.fixture(scope="module")
def trains():
    X, y = make_poisson(200, 8, 60, rates=(30, 60, 100), random_state=0)
    return X, np.array(["a", "b", "c"])[y]


@pytest.fixture(scope="module")
def series():
    X = np.random.default_rng(0).normal(size=(200, 3, 40)).cumsum(axis=2)
    return X.astype(np.float32), (X[:, 0, 15] > 0).astype(int)


MODELS = {
    "trains": EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=2),
    "network": EarlyClassifier(NETWORK, cv=2),
    "encoder": EarlyClassifier(make_pipeline(SpikeEncoder(), NETWORK), cv=2),
    "rocket": EarlyClassifier(SpikingRocket(50, streaming=True, random_state=0))}


@pytest.mark.filterwarnings("ignore:Not converged")
@pytest.mark.parametrize(("name", "weights"), [
    ("trains", "float32"), ("network", "float32"), ("encoder", "float32"), ("rocket", "float32"),
    ("trains", "int8"), ("rocket", "int8"), ("network", "int16")])
def test_classes_and_times_equal_python(name, weights, request):
    X, y = request.getfixturevalue("trains" if name in ("trains", "network") else "series")
    unknown = "none of them" if y.dtype.kind == "U" else -1
    model = RejectingClassifier(
        MODELS[name], unknown=unknown, validation_fraction=0.5, random_state=0)
    model.fit(X[:100], y[:100])
    noise = np.random.default_rng(0).permuted(X, axis=2)
    unusual = np.maximum(noise, X[:, ::-1]) if X.dtype == np.uint8 else 2 * noise
    data = np.concatenate([X[100:], unusual])
    compiled = CompiledModel(model, weights)
    found, steps = compiled.decisions(data)
    expected = model.predict(data)
    is_unknown = expected == unknown
    assert is_unknown[:100].mean() < 0.2 and is_unknown.any()
    share = {"float32": 1, "int16": 0.99, "int8": 0.8}[weights]
    assert (found == expected).mean() >= share
    assert (steps == model.estimator_.decision_times(data)).mean() >= share
    np.testing.assert_array_equal(compiled.predict(data), found)
    assert found.dtype == expected.dtype


def test_the_header_defines_the_index_of_unknown_samples(trains, tmp_path):
    X, y = trains
    model = RejectingClassifier(MODELS["trains"], unknown="?", random_state=0).fit(X, y)
    to_c(model, tmp_path / "net.c")
    header = (tmp_path / "net.h").read_text(encoding="utf-8")
    assert "#define NET_UNKNOWN 3 /*" in header and "or NET_UNKNOWN */" in header
    assert r'#define NET_CLASSES {"a", "b", "c", "\077"}' in header  # no trigraphs
    model.set_params(unknown=None).fit(X, y)
    to_c(model, tmp_path / "net.c")
    assert "UNKNOWN" not in (tmp_path / "net.h").read_text(encoding="utf-8")
    np.testing.assert_array_equal(CompiledModel(model).predict(X), model.predict(X))


def test_the_size_includes_the_statistics(series):
    pytest.importorskip("ziglang")
    X, y = series
    model = RejectingClassifier(MODELS["rocket"], unknown=-1, random_state=0).fit(X, y)
    rejecting, inner = (c_size(one, X, weights="int8") for one in (model, model.estimator_))
    n_sums = model.estimator_.integrators_.shape[1]
    assert 20 * n_sums * 8 <= rejecting.flash - inner.flash < 20 * n_sums * 8 + 1000
    assert rejecting.operations == inner.operations


def test_other_classifiers_are_refused(trains, tmp_path):
    X, y = trains
    model = RejectingClassifier(GaussianNB(), unknown="?", random_state=0).fit(X.sum(axis=2), y)
    with pytest.raises(TypeError, match="of an EarlyClassifier only.*one of GaussianNB"):
        to_c(model, tmp_path / "net.c")
