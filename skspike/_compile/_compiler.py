"""A compiler that uses vectors of 512 bits if the CPU has them, and collects no garbage meanwhile.

LLVM prefers 256 bits on Intel CPUs, because early ones lowered their clock for wider vectors. The
time loops are faster with 512 bits, and their results have equal bits. AMD CPUs use 512 bits
anyway.
"""

import contextlib
import gc
import os

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering

# Whether numba's compiler is replaced. Turn it off to find out whether it is the cause of an error.
COMPILER = os.environ.get("SKSPIKE_COMPILER") != "0"
ATTRIBUTE = '"prefer-vector-width"="512"'


class _Lower(Lower):
    def setup_function(self, fndesc):
        super().setup_function(fndesc)
        # the set of attributes accepts only names that llvmlite knows
        set.add(self.function.attributes, ATTRIBUTE)


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    _name = "native_lowering_wide"

    @property
    def lowering_class(self):
        """The class that generates code."""
        return _Lower


class Compiler(CompilerBase):
    """numba's compiler, with a preference for vectors of 512 bits. CPUs without them ignore it."""

    def define_pipelines(self):
        """Return numba's passes, with another class that generates code."""
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.passes = [
            (_Lowering if step is NativeLowering else step, reason)
            for step, reason in pipeline.passes]
        pipeline.finalize()
        return [pipeline]

    def compile_extra(self, func):
        """Compile a function."""
        with _no_collection():
            return super().compile_extra(func)


@contextlib.contextmanager
def _no_collection():
    """Collect no garbage.

    The compiler makes so many objects that Python searches all objects of the process for garbage,
    again and again. This slows the first fit.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
