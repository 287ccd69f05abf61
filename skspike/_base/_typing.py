"""Types for signatures. Docstrings state shapes, units and bounds."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bounds = tuple[float, float] | str  # or "fixed"
Normalize = bool | str  # or "entropy"
Seed = int | np.random.RandomState | None
Dataset = tuple[Array, Array]
Raster = Array | Any  # a raster, or a tuple of it and its RasterInfo with return_info=True
Step = float | Any  # the length of a step in ms, or the RasterInfo that has it
Numbers = Any  # a number or an array of numbers, depending on the input, as in numpy
Axes = Any  # axes of matplotlib, which is optional

Method = TypeVar("Method", bound=Callable[..., Any])  # for decorators that keep the type
Documented = TypeVar("Documented")  # a class or a function
