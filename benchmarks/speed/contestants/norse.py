"""norse: its leaky neuron without synaptic current, in the functional form."""

import torch
from norse.torch.functional.lif_box import (
    LIFBoxFeedForwardState, LIFBoxParameters, lif_box_feed_forward_step)
from torch import nn

from ..cases import DECAY
from ._torch import topics

PACKAGES = ("norse", "torch")
STEP = 0.001  # s


class Layer(nn.Module):
    """Leaky neurons with reset to zero. Time constants and thresholds can be learned."""

    input_scale = 1 / (1 - DECAY)  # norse multiplies its input by step / time constant

    def __init__(self, size, learn):
        super().__init__()
        values = torch.full((size,), (1 - DECAY) / STEP), torch.ones(size)
        tau_mem_inv, threshold = (nn.Parameter(value) if learn else value for value in values)
        zero = torch.as_tensor(0.0)
        self.learned = nn.ParameterList([tau_mem_inv, threshold] if learn else [])
        self.parts = LIFBoxParameters(
            tau_mem_inv=tau_mem_inv, v_leak=zero, v_th=threshold, v_reset=zero,
            alpha=torch.as_tensor(5.0))

    def forward(self, currents):
        """Return the spikes."""
        state, spikes = LIFBoxFeedForwardState(v=torch.zeros_like(currents[0])), []
        for current in currents.unbind():
            spike, state = lif_box_feed_forward_step(current, state, self.parts, dt=STEP)
            spikes.append(spike)
        return torch.stack(spikes)


forward, training = topics(Layer)
