"""Memory layout of panels."""

import numpy as np
import pytest

from skspike.simulation import WIDTH, aligned_empty
from skspike.simulation._panels import LINE, from_panels, to_panels

pytestmark = pytest.mark.small


@pytest.mark.parametrize("shape", [(1,), (3, 5), (2, 0, 7), (1000, 64)])
def test_arrays_begin_at_a_cache_line(shape):
    for dtype in (np.float32, np.float64, np.uint8):
        array = aligned_empty(shape, dtype)
        assert (array.shape, array.dtype) == (shape, dtype) and array.flags.c_contiguous
        assert array.__array_interface__["data"][0] % LINE == 0


@pytest.mark.parametrize("size", [1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH])
def test_panels_hold_a_table_and_zeros(size, rng):
    table = rng.random((2, 3, size))
    panels = to_panels(table)
    assert panels.shape == (2, -(-size // WIDTH), 3, WIDTH)
    assert np.count_nonzero(panels) == table.size
    np.testing.assert_array_equal(from_panels(panels, size), table)
