"""What the networks share that answer by themselves: a readout, in attributes that everybody can see."""

from ._running import checked, run
from .learning import LinearReadout

READOUT = ("readout_coef_", "readout_intercept_", "count_mean_", "count_scale_")  # the attributes in which a fitted estimator holds it


class ReadoutMixin:
    """A network's linear readout, and its outputs."""

    @property
    def _readout(self):
        """The readout that the attributes hold now: there is no other."""
        return LinearReadout(*(getattr(self, name) for name in READOUT))

    @_readout.setter
    def _readout(self, readout):
        for name, value in zip(READOUT, readout, strict=True):
            setattr(self, name, value)

    def _outputs(self, X):
        """Return the outputs, (n_samples, n_outputs)."""
        features = run(self, checked(self, X), self.rule_.respond)
        return self._readout.outputs(features)
