"""Data in pieces give the result of the whole data: steps of a train, chunks of samples."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from public import ESTIMATORS
from sklearn.base import clone
from strategies import (
    answers, asked, estimators, fitted, labels, names_in, neurons, rasters, same, series)

from skspike import SNNTransformer, SpikeTrainClassifier
from skspike.learning import Rule
from skspike.neurons import NEURONS

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")


def having(method):
    """Return a decorator that runs a test for every estimator that has a method at its defaults."""
    return pytest.mark.parametrize(
        "cls", [cls for cls in ESTIMATORS.values() if hasattr(cls(), method)])


def check_stream(model, X, ends):
    """Check that a stream equals the whole train for any split and from a saved state."""
    stream = asked(model.stream, *names_in(model))
    assume(stream is not None)
    bounds, spikes = [0, *sorted({*ends, X.shape[2]} - {0})], []
    for start, end in pairwise(bounds):
        saved, stream = stream.state, model.stream()
        stream.state = saved
        spikes.append(stream.step(X[0][:, start:end]))
    if hasattr(model, "running_features"):  # random neurons
        np.testing.assert_array_equal(stream.features(), model.running_features(X[:1])[0, -1])
    elif not hasattr(stream, "predict"):  # an encoder, or a network without a readout
        np.testing.assert_array_equal(np.hstack(spikes), model.transform(X[:1])[0])
    for name in ("predict", "predict_proba", "decision_function"):
        if hasattr(stream, name):
            np.testing.assert_array_equal(getattr(stream, name)(), getattr(model, name)(X[:1])[0])


@having("stream")
@given(data=st.data())
def test_a_stream_may_be_split_anywhere_and_gives_what_the_whole_train_gives(cls, data):
    X = data.draw(rasters(n_samples=(2, 4), n_steps=(2, 30)) | series(extreme=False))
    estimator = data.draw(estimators(cls, encoder=None))
    model = fitted(estimator, X, data.draw(labels(estimator, len(X))))
    assume(model is not None)
    check_stream(model, X, data.draw(st.lists(st.integers(1, X.shape[2]), max_size=4)))


@pytest.mark.parametrize("neuron", NEURONS)
@given(
    data=st.data(), recurrent=st.booleans(), dt=st.sampled_from([0.1, 1.0, 5.0]),
    X=rasters(n_samples=(2, 3), n_steps=(2, 60)))
def test_a_stream_of_any_neuron_gives_what_the_whole_train_gives(neuron, data, recurrent, dt, X):
    made = SNNTransformer(
        6, neuron=data.draw(neurons(NEURONS[neuron])), rule=None, recurrent=recurrent, dt=dt,
        random_state=0)
    model = fitted(made, X, None)
    assume(model is not None)
    check_stream(model, X, data.draw(st.lists(st.integers(1, X.shape[2]), max_size=4)))


@having("partial_fit")
@given(data=st.data(), size=st.integers(2, 3))
def test_chunks_that_batches_divide_are_learned_as_one(cls, data, size):
    X = data.draw(rasters(n_samples=(3 * size, 3 * size), n_steps=(2, 20)))
    if cls is SpikeTrainClassifier:
        estimator = data.draw(estimators(cls))
    else:  # without an encoder, which would take the range of its first chunk
        estimator = data.draw(
            estimators(cls, random_state=5, encoder=None)).set_params(batch_size=size)
    y = data.draw(labels(estimator, len(X)))
    more = {"classes": np.unique(y)} if "classes" in inspect.signature(
        cls.partial_fit).parameters else {}
    assume(hasattr(estimator, "partial_fit"))
    whole = asked(lambda: clone(estimator).partial_fit(X, y, **more), *names_in(estimator))
    assume(whole is not None)
    parts = clone(estimator)
    for start, end in ((0, size), (size, 3 * size)):
        parts.partial_fit(X[start:end], y[start:end], **more)
    # the tables are promised, and not the weights of the models, which come from the scores of
    # each sample when it arrived
    if cls is SpikeTrainClassifier:
        for other in (whole, clone(estimator).fit(X, y)):
            assert np.array_equal(parts.log_likelihood(X), other.log_likelihood(X))
    # a memory takes samples of each chunk, and competing neurons compute their readout from the
    # samples of the last chunk only
    elif not getattr(whole.rule_, "memory", 0) and type(whole.rule_).run is Rule.run:
        assert same(answers(parts, X), answers(whole, X))
    assert all(
        values.dtype.kind != "f" or np.isfinite(values).all()
        for values in answers(parts, X).values())
