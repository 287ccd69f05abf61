"""Functions take the length of a step from the information about a raster."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from skspike import SpikeTrainClassifier
from skspike.inspection import (
    DecisionDisplay, EvidenceDisplay, PSTHDisplay, RasterDisplay, jitter_spikes)
from skspike.io import from_spike_times
from skspike.trains import firing_rate, van_rossum, victor_purpura

pytestmark = pytest.mark.small
X, INFO = from_spike_times(
    [[[1.0, 9.0], [3.0]], [[2.0], [8.0, 11.0]]] * 6, bin_width=0.5, t_start=0, t_stop=12,
    return_info=True)
Y = np.arange(12) % 2


@pytest.mark.parametrize("function", [
    lambda dt: firing_rate(X, dt),
    lambda dt: van_rossum(X, dt=dt),
    lambda dt: victor_purpura(X, dt=dt),
    lambda dt: jitter_spikes(X, 2.0, dt=dt, random_state=0)])
def test_the_information_stands_for_its_step(function):
    found = function(INFO)
    np.testing.assert_array_equal(found, function(0.5))
    assert not np.array_equal(found, function(1.0))


@pytest.mark.filterwarnings("ignore:The 12 training trains are copies")
def test_displays_take_the_information():
    model = SpikeTrainClassifier(["rate"]).fit(X, Y)
    assert RasterDisplay.from_raster(X, dt=INFO).dt == 0.5
    assert PSTHDisplay.from_raster(X, dt=INFO).edges[-1] == 12.0
    assert DecisionDisplay.from_estimator(model, X[0], dt=INFO).dt == 0.5
    assert EvidenceDisplay.from_estimator(model, X[0], dt=INFO).dt == 0.5
    plt.close("all")


def test_information_without_a_step_is_refused():
    with pytest.raises(ValueError, match="bin_width is None.* Pass dt in ms"):
        firing_rate(X, INFO._replace(bin_width=None))
