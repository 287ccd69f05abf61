"""Export of fitted models as C for microcontrollers."""

from ._compiled import CompiledModel
from ._components import components_of as components_of
from ._to_c import to_c
from ._toolchain import PROCESSORS as PROCESSORS, memory_of as memory_of, program_of as program_of

__all__ = ["CompiledModel", "to_c"]
