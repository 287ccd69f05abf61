"""Names of the types that signatures repeat; docstrings say shapes, units and bounds."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bounds = tuple[float, float] | str  # or "fixed"
Normalize = bool | str  # or "entropy"
Seed = int | np.random.RandomState | None
Dataset = tuple[Array, Array]
# a raster; with return_info a tuple of it and its RasterInfo, which checkers then take as such
Raster = Array | Any
Numbers = Any  # a number or an array of them, as numpy's functions return: what goes in decides
Axes = Any  # of matplotlib, which need not be there

Method = TypeVar("Method", bound=Callable[..., Any])  # for decorators that give back what they take
Documented = TypeVar("Documented")  # a class or a function
