"""Memory of past samples for partial_fit."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skspike import SNNClassifier
from skspike.learning import SurrogateGradient

RNG = np.random.default_rng(0)
Y = np.arange(240) % 4


def chunk():
    """Return rasters in which three of 12 channels are active, others for each class."""
    rates = np.where((np.arange(12) // 3 == Y[:, np.newaxis]), 0.3, 0.05)[:, :, np.newaxis]
    return (RNG.random((240, 12, 20)) < rates).astype(np.uint8)


OLD, NEW, TEST = chunk(), chunk(), chunk()
OPTIONS = {
    "hidden_layer_sizes": 20, "readout": "count", "delays": None, "random_state": 0,
    "learning_rate": 0.03}


def test_a_network_with_a_memory_does_not_forget():
    X, y = load_digits(return_X_y=True)
    turned = np.rot90(X.reshape(-1, 8, 8), axes=(1, 2)).reshape(X.shape)
    train, test = slice(1000), slice(1000, None)
    forgetful, reminded = (
        SNNClassifier(n_steps=20, rule=SurrogateGradient(memory=n), random_state=0)
        for n in (0, 200))
    for model in (forgetful, reminded):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of drift
            for data in (*[X] * 8, *[turned] * 6):
                model.partial_fit(data[train], y[train], classes=range(10))
        assert model.score(turned[test], y[test]) > 0.75
    assert forgetful.score(X[test], y[test]) < 0.6 < 0.8 < reminded.score(X[test], y[test])


def with_memory(memory, cls=SNNClassifier, **parameters):
    """Return a network with a memory."""
    return cls(**OPTIONS, rule=SurrogateGradient(memory=memory), **parameters)


def two_chunks(memory):
    """Return a classifier after two chunks."""
    return with_memory(memory).partial_fit(OLD, Y, classes=range(4)).partial_fit(NEW, Y)


def test_memory_is_balanced_bounded_and_reproducible():
    model, same = two_chunks(70), two_chunks(70)
    assert len(model._rehearsal.X) == 70
    assert np.bincount(model._rehearsal.y).min() >= 17
    np.testing.assert_array_equal(model.weights_[0], same.weights_[0])
    copied = pickle.loads(pickle.dumps(model))
    for one in (model, copied):
        one.partial_fit(OLD, Y)
    np.testing.assert_array_equal(model.weights_[0], copied.weights_[0])


def test_each_chunk_is_learned_with_other_samples_of_the_memory():
    presented = []

    class Recorder(SurrogateGradient):
        def learn(self, task):
            rows = np.arange(len(task.inputs))
            presented.append({x.tobytes() for x in task.inputs.batch(rows).raster()})
            return super().learn(task)

    model = SNNClassifier(**OPTIONS, rule=Recorder(memory=80))
    model.partial_fit(OLD[:80], Y[:80], classes=range(4))
    for rows in np.split(np.arange(80), 10):
        model.partial_fit(NEW[rows], Y[rows])
    old, *chunks = presented
    assert {len(chunk) for chunk in chunks} == {16}  # 8 new samples, and 8 of the memory
    assert len(old & set().union(*chunks)) > 20


def test_scores_and_losses_of_chunks_accumulate_and_fit_begins_anew():
    model = with_memory(50, max_iter=3).partial_fit(OLD, Y, classes=range(4))
    assert model.chunk_scores_ == [] and len(model.loss_curve_) == 1
    expected = model.score(TEST, Y)
    model.partial_fit(TEST, Y)
    assert model.chunk_scores_ == [expected] and len(model.loss_curve_) == 2
    model.fit(OLD, Y)
    assert not hasattr(model, "chunk_scores_") and model._rehearsal is None
    assert len(model.partial_fit(TEST, Y).loss_curve_) == 4


def test_a_chunk_that_does_not_look_like_the_memory_causes_a_warning():
    model = with_memory(100).partial_fit(OLD, Y, classes=range(4))
    noise = (RNG.random(OLD.shape) < 0.5).astype(np.uint8)
    before = copy.copy(model)
    with pytest.warns(UserWarning, match="of the samples of this chunk do not look like"):
        model.partial_fit(noise, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before.partial_fit(TEST, Y)


@pytest.mark.parametrize(("memory", "X", "message"), [
    (-1, OLD, "memory must be an integer and >= 0"),
    (5, [OLD[0][:, :9], *OLD[1:]], "memory=5 needs samples of equal length")])
def test_a_memory_that_cannot_be_used_is_refused(memory, X, message):
    model = with_memory(memory)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, Y, classes=range(4))
    assert vars(model) == before


def test_a_memory_needs_chunks_of_one_length():
    model = with_memory(20).partial_fit(OLD, Y, classes=range(4))
    with pytest.raises(ValueError, match="needs samples of equal length in all chunks"):
        model.partial_fit(OLD[:, :, :15], Y)
    model.set_params(rule__memory=0).partial_fit(OLD[:, :, :15], Y)
