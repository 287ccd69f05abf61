"""Training on chunks of data."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.coding import Delta
from skspike.datasets import make_poisson
from skspike.learning import STDP, PairSTDP, SurrogateGradient

X, Y = make_poisson(96, 8, 40, rates=(20, 120), random_state=0)
VALUES = X.sum(axis=(1, 2)) / 7.0
NETWORKS = {SNNClassifier: Y, SNNRegressor: VALUES, SNNTransformer: Y}
SMALL = {"hidden_layer_sizes": 7, "batch_size": 16, "random_state": 0}
every_network = pytest.mark.parametrize("cls", NETWORKS)
OPTIONS = {
    "plain": {},
    "sgd": {"rule": SurrogateGradient(solver="sgd")},
    "recurrent": {"recurrent": True, "neuron": "meta"},
    "dropout": {"rule": SurrogateGradient(dropout=0.3), "alpha": 0.1},
    "noise": {"encoder": SpikeEncoder("poisson", n_steps=30)},
}


def pass_on(model, rows, X, y):
    extra = {} if isinstance(model, SNNRegressor) else {"classes": [0, 1]}
    return model.partial_fit(X[rows], y[rows], **extra)


def learned(model):
    return [
        *model.weights_, *(w for w in model.recurrent_weights_ if w is not None), *model.biases_,
        *sum(model.intrinsics_.values(), []), *model._decoder]


@every_network
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_chunks_in_order_give_what_one_pass_gives(cls, options):
    data = X if "encoder" not in options else X.mean(axis=2)
    one = pass_on(cls(**SMALL, **options), slice(None), data, NETWORKS[cls])
    chunks = cls(**SMALL, **options)
    for rows in (slice(0, 32), slice(32, 80), slice(80, 96)):
        if "encoder" in options and rows.start == 0:  # it uses the range of the first chunk
            data = np.concatenate([[data.min(axis=0), data.max(axis=0)], data[2:]])
            one = pass_on(cls(**SMALL, **options), slice(None), data, NETWORKS[cls])
        pass_on(chunks, rows, data, NETWORKS[cls])
    for a, b in zip(learned(one), learned(chunks), strict=True):
        # intrinsics go through a logarithm and back between chunks
        np.testing.assert_allclose(a, b, rtol=1e-9)


@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize(
    "rule", [STDP(decoder="shared"), STDP(decoder="assigned"), PairSTDP()], ids=repr)
def test_neurons_that_compete_learn_from_a_chunk_that_lacks_a_class(rule, missing):
    y = np.delete(np.arange(3), missing)[Y]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SNNClassifier(**SMALL, rule=rule).partial_fit(X, y, classes=[0, 1, 2])
    assert np.isfinite(model.predict_proba(X)).all() and missing not in model.predict(X)


def test_fit_begins_anew_and_partial_fit_goes_on_from_it():
    model = SNNClassifier(**SMALL, max_iter=3)
    expected = clone(model).fit(X, Y)
    pass_on(model, slice(None), X, Y).fit(X, Y)
    np.testing.assert_array_equal(model.weights_[0], expected.weights_[0])
    pass_on(model, slice(0, 32), X, Y)
    moved = abs(model.weights_[0] - expected.weights_[0]).max()
    assert 0 < moved < 0.1


@pytest.mark.parametrize(
    ("parameters", "arguments", "words"),
    [
        ({}, {}, "classes must be given in the first call"),
        ({}, {"classes": [0, 2]}, r"labels that are not in classes=\[0 2\]: \[1\]"),
        ({}, {"classes": [1]}, "at least two classes in classes, got one class: 1"),
        ({"early_stopping": True}, {"classes": [0, 1]}, "early_stopping=False"),
        ({"class_weight": "balanced"}, {"classes": [0, 1]}, "class_weight='balanced'"),
    ],
    ids=["no classes", "other labels", "one class", "early stopping", "balanced"],
)
def test_what_a_first_chunk_must_not_be(parameters, arguments, words):
    model = SNNClassifier(**SMALL, **parameters)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.partial_fit(X, Y, **arguments)
    assert vars(model) == before


def test_later_chunks_must_keep_classes_channels_and_outputs():
    model = SNNClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="differ from the classes of the first call"):
        model.partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :5], Y)
    for parameters, words in (
            ({"hidden_layer_sizes": 9}, "partial_fit continues a network with lay"),
            ({"delays": (0, 3)}, "partial_fit needs the 8")):
        with pytest.raises(ValueError, match=words):
            clone(model).partial_fit(
                X, Y, classes=[0, 1]).set_params(**parameters).partial_fit(X, Y)
    regressor = SNNRegressor(**SMALL).partial_fit(X, VALUES)
    with pytest.raises(ValueError, match="1 columns of the previous fit, got 2"):
        regressor.partial_fit(X, np.stack([VALUES, VALUES], axis=1))


@every_network
def test_descent_and_random_networks_take_no_chunks(cls):
    for rule in (None, SurrogateGradient(solver="descent")):
        assert not hasattr(cls(rule=rule), "partial_fit")


@pytest.mark.parametrize("warm_start", [True, False])
def test_a_chunk_of_zeros_and_ones_leaves_a_network_that_takes_currents(warm_start):
    counts = np.random.default_rng(0).poisson(0.5, X.shape).astype(float)
    assert counts.max() > 1
    model = SNNClassifier(
        **SMALL, standardize=False, readout="count", delays=None, max_iter=1,
        warm_start=warm_start).fit(counts, Y)
    few = counts.clip(0, 1)
    model = model.fit(few, Y) if warm_start else model.partial_fit(few, Y)
    assert model.takes_currents_
    stream = model.stream()
    stream.step(counts[0])
    assert stream.predict() == model.predict(counts[:1])[0]


@pytest.mark.parametrize("encoders", [
    (None, SpikeEncoder()), (SpikeEncoder(), None), (SpikeEncoder(), SpikeEncoder("thermometer")),
    (SpikeEncoder(Delta(0.1)), SpikeEncoder(Delta(0.2)))], ids=str)
def test_chunks_keep_the_encoder(encoders):
    series = X.cumsum(axis=2) / 9.0
    first, second = encoders
    model = pass_on(SNNClassifier(**SMALL, encoder=first), slice(None), series, Y)
    with pytest.raises(ValueError, match="partial_fit keeps the encoder of the first chunk"):
        pass_on(model.set_params(encoder=second), slice(None), series, Y)


@pytest.mark.parametrize(("classes", "error", "message"), [
    ([], ValueError, "needs at least two classes in classes, got none"),
    (5, TypeError, "classes must be a sequence of labels, got 5"),
    ("ab", TypeError, "classes must be a sequence of labels, got 'ab'")])
def test_classes_that_are_none_are_refused(classes, error, message):
    with pytest.raises(error, match=message):
        SNNClassifier(**SMALL).partial_fit(X, Y, classes=classes)
