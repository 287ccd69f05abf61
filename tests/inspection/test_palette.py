"""The colours of figures are distinguishable with any colour vision, and all figures use them."""


import numpy as np
import pytest
from matplotlib.colors import to_rgb

from skspike.inspection import palette

# Linear RGB as perceived with one kind of cone missing: G. M. Machado, M. M. Oliveira, L. A. F.
# Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE
# Transactions on Visualization and Computer Graphics 15, 2009, severity 1.
VISION = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900]]}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041]])
WHITE = TO_XYZ.sum(axis=1)
# in CIELAB. A distance of about 2 is just noticeable. The default colours of matplotlib have 5
MIN_DISTANCE = 17


def lab(colours, vision):
    """Return colours in CIELAB as perceived with a given colour vision."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ np.transpose(VISION[vision]), 0, 1) @ TO_XYZ.T / WHITE
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.small
@pytest.mark.parametrize("vision", VISION)
def test_any_two_colours_are_distinguishable(vision):
    colours = lab(palette(), vision)
    distances = np.linalg.norm(colours[:, None] - colours, axis=2)
    assert len(colours) == 10
    assert distances[np.triu_indices(10, 1)].min() > MIN_DISTANCE


@pytest.mark.small
@pytest.mark.parametrize("vision", VISION)
def test_more_than_ten_colours_get_lighter_one_by_one(vision):
    assert np.all(np.diff(lab(palette(20), vision)[:, 0]) > 1)


@pytest.mark.small
def test_few_colours_are_the_first_of_many():
    assert [palette(n) for n in range(11)] == [palette()[:n] for n in range(11)]
    assert [len(set(palette(n))) for n in (10, 11, 40)] == [10, 11, 40]
    with pytest.raises(TypeError, match="n must be an integer"):
        palette("viridis")
