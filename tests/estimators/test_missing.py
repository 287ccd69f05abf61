"""Missing values of series."""

import numpy as np
import pytest

from skspike import SNNClassifier, SpikeEncoder

nan = np.nan
X = np.random.default_rng(0).normal(size=(12, 2, 30)).cumsum(axis=2)
Y = np.arange(12) % 2


def with_gaps(X):
    """Return a copy with gaps at the ends and inside, and the same series filled by hand."""
    gaps, filled = X.copy(), X.copy()
    gaps[0, 1, :3] = gaps[1, 0, -2:] = gaps[2, 0, 5] = gaps[2, 0, 10:13] = nan
    filled[0, 1, :3], filled[1, 0, -2:] = X[0, 1, 3], X[1, 0, -3]
    filled[2, 0, 5] = (X[2, 0, 4] + X[2, 0, 6]) / 2
    filled[2, 0, 10:13] = X[2, 0, 9] + np.array([1, 2, 3]) / 4 * (X[2, 0, 13] - X[2, 0, 9])
    return gaps, filled


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gaps_are_filled_with_lines_and_the_values_at_the_ends(dtype):
    # multiples of 1/4 with 8 bits have exact means
    gaps, filled = with_gaps(np.round(16 * X.astype(dtype)))
    before = gaps.copy()
    encoder = SpikeEncoder("direct", missing="interpolate")
    expected = SpikeEncoder("direct").fit_transform(filled)
    np.testing.assert_array_equal(encoder.fit_transform(gaps), expected)
    np.testing.assert_array_equal(gaps, before)
    np.testing.assert_array_equal(encoder.fit(filled).transform(gaps), expected)


def test_a_network_with_an_encoder_fills_gaps_too():
    gaps, filled = with_gaps(np.round(16 * X))
    network = SNNClassifier(
        5, max_iter=2, encoder=SpikeEncoder(missing="interpolate"), random_state=0)
    one, other = (network.fit(data, Y).predict_proba(gaps) for data in (gaps, filled))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("missing", "data", "words"),
    [
        (None, with_gaps(X)[0], "contains NaN"),
        ("interpolate", np.where(np.arange(2)[:, None] == 1, nan, X), "sample 0, channel 1 are"),
        ("interpolate", np.where(X > 2, np.inf, X), "infinity"),
        ("interpolate", np.array([[1.0, nan], [2.0, 3.0]]), "features with nan.*SimpleImputer"),
        ("mean", X, "missing must be one of 'interpolate', None, got 'mean'"),
    ],
    ids=["refused", "nothing there", "infinite", "features", "other word"])
def test_values_that_cannot_be_filled_are_refused(missing, data, words):
    with pytest.raises(ValueError, match=words):
        SpikeEncoder(missing=missing).fit(data)
    network = SNNClassifier(5, encoder=SpikeEncoder(missing=missing))
    with pytest.raises(ValueError, match=words):
        network.fit(data, np.arange(len(data)) % 2)
