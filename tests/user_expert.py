"""An expert outside the package: the spikes of the previous channel in the last steps.

    P(spike of channel c at step t | spikes of channel c - 1 at steps t - 1, t - 2, ...)
"""

import numpy as np

from skspike.trains import TreeExpert


class PreviousChannel(TreeExpert):
    """Probability of a spike given the last steps of the previous channel.

    The previous channel of the first one is the last one.

    Parameters
    ----------
    n_bits : int, default=3
        Number of steps, from 1 to 12.

    See Also
    --------
    skspike.trains.History : The last steps of the same channel.

    Examples
    --------
    >>> import numpy as np
    >>> raster = np.array([[[1, 0, 0, 1], [0, 1, 0, 0]]], dtype=np.uint8)
    >>> expert = PreviousChannel(2)
    >>> expert.symbols(raster, expert.memory(1, 2), expert.n_symbols)[0] // 2
    array([[0, 0, 2, 1],
           [0, 2, 1, 0]])
    """

    name = "previous_channel"

    def __init__(self, n_bits: int = 3):
        self.n_bits = n_bits

    def check(self) -> None:
        """Raise if the number of steps is out of range."""
        if not (type(self.n_bits) is int and 1 <= self.n_bits <= 12):
            raise ValueError(f"n_bits must be an integer from 1 to 12, got {self.n_bits!r}.")

    def memory(self, n_samples: int, n_channels: int) -> np.ndarray:
        """Return the last steps of each channel, which have no spikes."""
        return np.zeros((n_samples, n_channels, self.n_bits), np.uint8)

    def symbols(self, raster: np.ndarray, memory: np.ndarray, n_symbols: int) -> np.ndarray:
        """Return twice the last steps of the previous channel as a number, plus the spike."""
        n_steps = raster.shape[2]
        steps = np.concatenate([memory, raster], axis=2)
        memory[:] = steps[:, :, n_steps:]
        previous = np.roll(steps, 1, axis=1).astype(int)
        # the latest step is the first bit
        context = sum(
            previous[:, :, lag : lag + n_steps] << lag for lag in range(self.n_bits))
        return 2 * context + raster
