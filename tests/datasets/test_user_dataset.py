"""The generator on the page about adding a data set passes the tests on that page."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from user_dataset import make_turns

from skspike import SNNClassifier, SpikeCounter

SIGMAS = 4.5


# begin form
def test_data_are_a_raster_and_labels_that_a_seed_fixes():
    X, y = make_turns(60, 6, 200, random_state=3)
    assert X.shape == (60, 6, 200) and X.dtype == np.uint8 and X.flags.c_contiguous
    assert set(np.unique(X)) == {0, 1}
    assert y.shape == (60,) and set(y) == {0, 1}
    again, other = make_turns(60, 6, 200, random_state=3), make_turns(60, 6, 200, random_state=4)
    assert np.array_equal(X, again[0]) and np.array_equal(y, again[1])
    assert not np.array_equal(X, other[0])


# end form


# begin rate
@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_every_class_and_channel_has_the_stated_rate(dt):
    X, y = make_turns(3000, 6, int(250 / dt), rate=30.0, dt=dt, random_state=0)
    for label in (0, 1):
        counts = X[y == label].sum(axis=2)
        standard_error = counts.std(axis=0) / np.sqrt(len(counts))
        assert (abs(counts.mean(axis=0) - 0.030 * 250) < SIGMAS * standard_error).all()


# end rate


# begin controls
def test_counts_are_at_chance_and_a_network_is_not():
    X, y = make_turns(600, random_state=0)
    counts = make_pipeline(SpikeCounter(), LogisticRegression(max_iter=1000))
    network = SNNClassifier(32, random_state=0)
    scores = [
        clone(model).fit(X[:400], y[:400]).score(X[400:], y[400:]) for model in (counts, network)]
    assert abs(scores[0] - 0.5) < 3 * 0.5 / np.sqrt(200) and scores[1] > 0.8


# end controls


def test_a_rate_of_more_than_one_spike_per_step_is_refused():
    with pytest.raises(ValueError, match="rate must lie within 0 and 500 / dt = 500 Hz, got 600"):
        make_turns(2, rate=600)
