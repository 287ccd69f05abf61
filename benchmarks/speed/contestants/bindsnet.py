"""bindsnet: its network after Diehl and Cook, on single samples or batches."""

import torch
from bindsnet.models import DiehlAndCook2015

PACKAGES = ("bindsnet", "torch")

torch.set_num_threads(1)


def stdp(data, batch_size):
    """Return a call that trains on all samples."""
    raster = data["raster"]
    spikes = torch.as_tensor(raster.transpose(2, 0, 1)).contiguous()
    network = DiehlAndCook2015(
        n_inpt=raster.shape[1], n_neurons=int(data["hidden"]), batch_size=batch_size)

    def call():
        for batch in spikes.split(batch_size, dim=1):
            network.run(inputs={"X": batch}, time=len(spikes))
            network.reset_state_variables()

    return call
