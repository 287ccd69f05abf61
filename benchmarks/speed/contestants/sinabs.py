"""sinabs: its leaky layer over whole series, with learned decay and constant threshold."""

import torch
from sinabs.activation import MembraneReset, SingleSpike
from sinabs.layers import LIF
from torch import nn

from ..cases import DECAY
from ._torch import topics

PACKAGES = ("sinabs", "torch")


class Layer(nn.Module):
    """Leaky neurons with reset to zero."""

    def __init__(self, size, learn):
        super().__init__()
        decay = -1 / torch.log(torch.full((size,), DECAY))
        self.lif = LIF(
            decay, train_alphas=True, spike_fn=SingleSpike, reset_fn=MembraneReset(),
            norm_input=False)

    def forward(self, currents):
        """Return the spikes. The layer takes (batch, steps, hidden), here a view."""
        self.lif.reset_states()
        return self.lif(currents.transpose(0, 1)).transpose(0, 1)


forward, training = topics(Layer)
