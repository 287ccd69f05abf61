"""`latency` times calls with one row."""

import time

import numpy as np
import pandas as pd
import pytest

from skspike import SNNTransformer
from skspike.inspection import latency

pytestmark = pytest.mark.small


class Recorder:
    """An estimator that stores its input and sleeps for 1 ms, in every hundredth call for 50 ms."""

    def __init__(self):
        self.seen = []

    def predict(self, X):
        self.seen.append(X)
        time.sleep(0.05 if len(self.seen) % 100 == 0 else 0.001)


def test_every_call_has_one_row_and_rows_take_turns():
    model, X = Recorder(), np.arange(12.0).reshape(3, 4)
    report = latency(model, X, n_calls=6)
    assert report.method == "predict" and report.n_calls == 6
    assert [row.tolist() for row in model.seen[-6:]] == [[row] for row in 2 * X.tolist()]


def test_percentiles_are_in_milliseconds():
    # two of the 200 calls sleep for 50 ms
    report = latency(Recorder(), np.zeros((1, 1)), n_calls=190)
    assert 1 <= report.median <= report.p95 <= report.p99
    assert report.median < 50


def test_a_transformer_is_timed_by_transform(rng):
    X = (rng.random((5, 3, 10)) < 0.3).astype(np.uint8)
    report = latency(SNNTransformer(4, rule=None).fit(X), X, n_calls=5)
    assert report.method == "transform"
    assert repr(report).endswith("; 5 calls of transform)") and "median=" in repr(report)


def test_data_frames_keep_their_names():
    model = Recorder()
    latency(model, pd.DataFrame({"a": [1, 2], "b": [3, 4]}), n_calls=2)
    assert list(model.seen[-1].columns) == ["a", "b"] and model.seen[-1].shape == (1, 2)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="predict or transform"):
        latency(object(), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="one row"):
        latency(Recorder(), np.zeros((0, 1)))
    with pytest.raises(ValueError, match="n_calls"):
        latency(Recorder(), np.zeros((1, 1)), n_calls=0)
    with pytest.raises(TypeError, match="latency expects an array, got a mapping, dict"):
        latency(Recorder(), {0: [1.0]})
