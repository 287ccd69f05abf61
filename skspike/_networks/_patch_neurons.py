"""Integrate-and-fire neurons with shared filters, whose spikes are counted in regions of an image.

    patch of a position    size x size pixels of all channels
    input current          x[t] = sum_k w_k patch_k[t]
    membrane potential     v <- v + x[t],    spike s = (v >= 1),    v <- v - s
    constant image         v stays below 1 if x <= 1, so n_steps steps have floor(n_steps x) spikes.
                           There are none if x < 0, and n_steps if x > 1.

A panel of filters is computed at a time. The rows of its weights are the pixels of a patch in the
order channel, row, column.
"""

from typing import NamedTuple

import numpy as np

from .._base import (
    SIZE_LIMITS, FittedArray, axis_length, check_arrays, check_fits, check_number, check_numbers,
    fragment, kernel, multiply_add, part_bounds, set_zero, stack_array)
from ..simulation import WIDTH, from_series

POSITIONS = 4  # neighbouring positions of an image that are computed at a time
ZERO, ONE = np.float32(0), np.float32(1)


@fragment
def _add_counts(counts, x, n_steps):
    """Add the spike counts of neurons with constant input currents."""
    for h in range(WIDTH):
        counts[h] += np.floor(min(max(n_steps * x[h], ZERO), n_steps))


@kernel
def count_image_spikes(images, weights, size, stride, regions, n_steps, counts):
    """Add the spike counts in each region of constant images.

    `images` are (n_samples, n_channels, height, width), `weights` (n_panels, n_inputs, WIDTH) and
    `counts` (n_samples, n_panels, n_regions, WIDTH). `regions` has the region of each position. The
    number of its columns is a multiple of POSITIONS.
    """
    x0, x1 = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO)
    x2, x3 = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO)
    one, two, three = np.uint64(stride), np.uint64(2 * stride), np.uint64(3 * stride)
    for b in range(len(images)):
        for i in range(len(weights)):
            table, total = weights[i], counts[b, i]
            for row in range(regions.shape[0]):
                for column in range(0, regions.shape[1], POSITIONS):
                    set_zero(x0, WIDTH)
                    set_zero(x1, WIDTH)
                    set_zero(x2, WIDTH)
                    set_zero(x3, WIDTH)
                    k = np.uint64(0)
                    # compute the input currents of four positions
                    for c in range(images.shape[1]):
                        for dy in range(size):
                            pixels = images[b, c, np.uint64(row * stride + dy)]
                            for dx in range(size):
                                p = np.uint64(column * stride + dx)
                                p0, p1 = pixels[p], pixels[p + one]
                                p2, p3 = pixels[p + two], pixels[p + three]
                                for h in range(WIDTH):
                                    x0[h] = multiply_add(p0, table[k, h], x0[h])
                                    x1[h] = multiply_add(p1, table[k, h], x1[h])
                                    x2[h] = multiply_add(p2, table[k, h], x2[h])
                                    x3[h] = multiply_add(p3, table[k, h], x3[h])
                                k += np.uint64(1)
                    # count the spikes
                    _add_counts(total[np.uint64(regions[row, column])], x0, n_steps)
                    _add_counts(total[np.uint64(regions[row, column + 1])], x1, n_steps)
                    _add_counts(total[np.uint64(regions[row, column + 2])], x2, n_steps)
                    _add_counts(total[np.uint64(regions[row, column + 3])], x3, n_steps)


@fragment
def _spike(v, counts):
    """Reset the neurons above the threshold, and count them. Return whether any is still above."""
    above = np.uint32(0)
    for h in range(WIDTH):
        s = ONE if v[h] >= ONE else ZERO
        v[h] -= s
        counts[h] += s
        above |= np.uint32(v[h] >= ONE)
    return above != np.uint32(0)


@kernel
def count_event_spikes(lists, n_steps, shape, weights, size, stride, regions, counts):
    """Add the spike counts in each region of events, which are lists of channels in each step.

    Channels are numbered in the order of `shape`: channel, row, column. The other arguments are
    those of `count_image_spikes`. Only neurons with input, or above the threshold after the last
    step, are simulated in a step. The others do not change.
    """
    ptr, idx, val = lists
    height, width = shape[1], shape[2]
    n_rows, n_columns = regions.shape
    v = np.empty((n_rows * n_columns, WIDTH), np.float32)
    active, is_active = np.empty(len(v), np.int64), np.zeros(len(v), np.bool_)
    for b in range(len(counts)):
        for i in range(len(weights)):
            v[:] = ZERO
            is_active[:] = False
            n_active, table = 0, weights[i]
            for t in range(b * (n_steps + 1), b * (n_steps + 1) + n_steps):
                # add the input currents
                for e in range(ptr[t], ptr[t + 1]):
                    value, pixel = val[e], np.int64(idx[e])
                    c, y, x = pixel // (height * width), pixel // width % height, pixel % width
                    for row in range(
                            max(-((size - 1 - y) // stride), 0), min(y // stride + 1, n_rows)):
                        for column in range(
                                max(-((size - 1 - x) // stride), 0),
                                min(x // stride + 1, n_columns)):
                            k = (c * size + y - row * stride) * size + x - column * stride
                            position = row * n_columns + column
                            current, row_weights = v[position], table[k]
                            for h in range(WIDTH):
                                current[h] = multiply_add(value, row_weights[h], current[h])
                            if not is_active[position]:
                                is_active[position] = True
                                active[n_active] = position
                                n_active += 1
                # spike and reset
                n_kept = 0
                for k in range(n_active):
                    position = active[k]
                    region = regions[position // n_columns, position % n_columns]
                    is_active[position] = _spike(v[position], counts[b, i, region])
                    active[n_kept] = position
                    n_kept += is_active[position]
                n_active = n_kept


class PatchLayer(NamedTuple):
    """Filters of one size, and the positions at which they are applied.

    Parameters
    ----------
    filters : ndarray of shape (n_filters, n_channels, size, size), float32
        Input weights, in units of the threshold.
    stride : int
        Distance of neighbouring positions in pixels.
    padding : int
        Number of pixels by which an image is extended on each side.
    grid : tuple of int
        Number of rows and columns of regions.
    """

    filters: np.ndarray
    stride: int
    padding: int
    grid: tuple

    @property
    def size(self):
        """The number of rows and columns of a filter."""
        return self.filters.shape[-1]

    def check(self, name, n_channels, height, width):
        """Raise unless the layer fits images of a shape. `name` is the layer's, for messages."""
        size = axis_length(self.filters, 3)
        wanted = -1, n_channels, size, size
        check_arrays([FittedArray(f"filters of {name}", self.filters, wanted, np.float32)])
        longest = max(height, width)
        check_number(self.stride, f"stride of {name}", low=1, high=longest, integer=True)
        check_number(self.padding, f"padding of {name}", low=0, high=size, integer=True)
        most = self.n_positions((height, width))
        grid = check_numbers(self.grid, f"grid of {name}", **SIZE_LIMITS)
        check_fits(
            len(grid) == 2 and grid[0] <= most[0] and grid[1] <= most[1],
            f"grid of {name} must be 2 numbers of at most {most}, the positions of its filters, "
            f"got {grid}.")

    def padded(self, images):
        """Extend images (n_samples, n_channels, height, width, ...) by their nearest pixels."""
        width = [(0, 0), (0, 0), *[(self.padding,) * 2] * 2, *[(0, 0)] * (images.ndim - 4)]
        return np.pad(images, width, mode="edge")

    def n_positions(self, shape):
        """Return the numbers of rows and columns of positions in an image of (height, width)."""
        return [(n + 2 * self.padding - self.size) // self.stride + 1 for n in shape]

    def patches(self, images, n_patches, rng):
        """Return random patches of images, (n_patches, n_inputs)."""
        padded = self.padded(images)
        windows = np.lib.stride_tricks.sliding_window_view(
            padded, (self.size, self.size), axis=(2, 3))[:, :, :: self.stride, :: self.stride]
        sample, row, column = (
            rng.integers(windows.shape[axis], size=n_patches) for axis in (0, 2, 3))
        return windows[sample, :, row, column].reshape(n_patches, -1)

    def counts(self, images, n_steps):
        """Return the mean spike count of each filter in each region.

        `images` are (n_samples, n_channels, height, width), shown for `n_steps`. With another axis
        at the end, of time steps, `n_steps` is ignored. The result is (n_samples, n_filters,
        n_regions), float32.
        """
        n_samples, (n_rows, n_columns) = len(images), self.n_positions(images.shape[2:4])
        n_regions, (grid_rows, grid_columns) = np.prod(self.grid), self.grid
        regions = np.add.outer(
            _parts(n_rows, grid_rows) * grid_columns, _parts(n_columns, grid_columns))
        n_in_region = np.bincount(regions.ravel())
        weights = self._panels()
        counts = np.zeros((n_samples, len(weights), n_regions + 1, WIDTH), np.float32)
        images = self.padded(images)
        if images.ndim == 4:
            # the last block of a row may have positions outside of the image, which do not count
            extra = -n_columns % POSITIONS
            regions = np.pad(regions, ((0, 0), (0, extra)), constant_values=n_regions)
            images = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, extra * self.stride)))
            count_image_spikes(
                images, weights, self.size, self.stride, regions, np.float32(n_steps), counts)
        else:
            events = from_series(images.reshape(n_samples, -1, images.shape[-1]), dense_share=1.0)
            count_event_spikes(
                tuple(events.by_step), events.n_steps, images.shape[1:4], weights, self.size,
                self.stride, regions, counts)
        counts = counts[:, :, :-1].swapaxes(2, 3).reshape(n_samples, -1, n_regions)
        return counts[:, : len(self.filters)] / n_in_region.astype(np.float32)

    def _panels(self):
        """Return the weights as panels, (n_panels, n_inputs, WIDTH)."""
        weights = self.filters.reshape(len(self.filters), -1)
        weights = np.pad(weights, ((0, -len(weights) % WIDTH), (0, 0)))
        return np.ascontiguousarray(
            weights.reshape(-1, WIDTH, weights.shape[1]).swapaxes(1, 2))


def _parts(n, n_parts):
    """Return the part of each of n numbers, if they are divided into equal parts."""
    return np.repeat(np.arange(n_parts), np.diff(part_bounds(n, n_parts)))
