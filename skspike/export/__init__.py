"""Export of fitted models as C for microcontrollers."""

from ._compiled import CompiledModel
from ._components import components_of as components_of, without_detector as without_detector
from ._emulator import EMULATED as EMULATED, Emulator as Emulator
from ._to_c import exported as exported, to_c
from ._toolchain import PROCESSORS as PROCESSORS, memory_of as memory_of, program_of as program_of

__all__ = ["CompiledModel", "to_c"]
