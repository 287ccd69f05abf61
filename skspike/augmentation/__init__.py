"""Augmentation: random changes of training samples that keep their class."""

from ._augment import Augment, Augmentation, checked_augmentation as checked_augmentation
from ._move_images import MoveImages

__all__ = ["Augment", "Augmentation", "MoveImages"]
