"""Codings, which turn numbers into spikes or currents, and random changes of training samples."""

from .._base import Registry
from ._augment import Augment, Augmentation, checked_augmentation as checked_augmentation
from ._coding import (
    CHANCE_UNITS as CHANCE_UNITS, SPIKE_UNITS as SPIKE_UNITS, VALUE_UNITS as VALUE_UNITS, Coding)
from ._delta import Delta as Delta, follow_step as follow_step
from ._direct import Direct as Direct
from ._integrate_and_fire import (
    MAX_DRIVE as MAX_DRIVE, IntegrateAndFire as IntegrateAndFire, integrate_step as integrate_step)
from ._latency import Latency as Latency
from ._move_images import MoveImages
from ._poisson import Poisson as Poisson, Population as Population
from ._thermometer import Thermometer as Thermometer

CODINGS: Registry = Registry(globals(), Coding)

# These need the registry.
# isort: split
from ._encoder import SpikeEncoder as SpikeEncoder  # noqa: E402

__all__ = ["Augment", "Augmentation", "Coding", "MoveImages", *CODINGS.class_names]
