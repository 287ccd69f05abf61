"""Subclasses of numba's compiler and of its cache on disk.

The compiler uses vectors of 512 bits if the CPU has them, and collects no garbage meanwhile. LLVM
prefers 256 bits on Intel CPUs, because early ones lowered their clock for wider vectors. The time
loops are faster with 512 bits, and their results have equal bits. AMD CPUs use 512 bits anyway.

The compiler also leaves out work that does not make kernels faster. Functions that are inlined
become machine code only as parts of kernels, kernels are optimised once, and the conversion of
their arguments is not.

With the cache, code is compiled if its file cannot be read or written. Code in a folder without
write access, such as that of an image of a container, is used. Problems are logged once, by the
logger ``skspike``. A warning would stop ``import skspike`` if warnings are errors.
"""

import contextlib
import gc
import hashlib
import logging
import os
import pickle
import time
import warnings
from pathlib import Path

from numba import _dynfunc
from numba.core import sigutils
from numba.core.caching import (
    CompileResultCacheImpl, FunctionCache, InTreeCacheLocator, UserProvidedCacheLocator)
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.environment import lookup_environment
from numba.core.errors import NumbaWarning
from numba.core.lowering import Lower
from numba.core.serialize import dumps
from numba.core.typed_passes import NativeLowering
from numba.extending import is_jitted

# Whether numba's compiler is replaced. Turn it off to find out whether it is the cause of an error.
COMPILER = os.environ.get("SKSPIKE_COMPILER") != "0"
ATTRIBUTE = '"prefer-vector-width"="512"'
_logged: set[str] = set()


class _Kernel(JITCodeLibrary):
    """The code of a kernel, which is optimised once, after functions are inlined."""

    def add_ir_module(self, ir_module):
        """Add generated code. Do not optimise the conversion of arguments."""
        if ir_module.name == "wrapper":
            for function in ir_module.functions:
                if not function.is_declaration:
                    function.attributes.add("optnone")
                    function.attributes.add("noinline")
        super().add_ir_module(ir_module)

    def _optimize_functions(self, ll_module):
        """Leave the optimisation to the passes over the whole module."""
        ll_module.data_layout = self._codegen._data_layout


class _Inlined(JITCodeLibrary):
    """The code of a function that is inlined. Only its callers become machine code."""

    def finalize(self):
        """Link the functions that it calls."""
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class _Lower(Lower):
    def setup_function(self, fndesc):
        """Begin the code of a function, with a preference for vectors of 512 bits."""
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

    def run_pass(self, state):
        """Generate code, and machine code unless the function is inlined."""
        codegen, name = state.targetctx.codegen(), state.func_id.func_qualname
        is_inlined = state.flags.no_compile = state.flags.no_cpython_wrapper
        library = state.library = (_Inlined if is_inlined else _Kernel)(codegen, name)
        library.enable_object_caching()
        super().run_pass(state)
        if is_inlined:
            # numba finds the code by a function, which here has no machine code
            lowered = state.cr
            function = _dynfunc.make_function(
                lowered.fndesc.lookup_module(), name, "", 0, lowered.env, (library,))
            state.targetctx.insert_user_function(function, lowered.fndesc, [library])
            state.cr = lowered._replace(cfunc=function)
        else:
            # set the environments of inlined functions, which `print` needs
            for variable in library._final_module.global_variables:
                if environment := lookup_environment(variable.name):
                    codegen.set_env(variable.name, environment)
        return True


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
        """Compile a function. Collect no garbage.

        The compiler makes so many objects that Python searches all objects of the process for
        garbage, again and again. This slows the first fit.
        """
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(func)
        finally:
            if was_enabled:
                gc.enable()


def log_once(kind, message, *args):
    """Log the first message of a kind in this process."""
    if kind not in _logged:
        _logged.add(kind)
        logging.getLogger("skspike").warning(message, *args)


def cached(function):
    """Give a compiled function a cache on disk, if there is a folder for it."""
    if is_jitted(function):
        try:
            function._cache = Cache(function.py_func)
        except (RuntimeError, OSError) as error:
            _log_not_written(error)
    return function


class _ReadOnly:
    """A folder of the cache that may lack write access if it has code of the function."""

    def __init__(self, py_func, py_file):
        super().__init__(py_func, py_file)
        self.pattern = f"*.{py_func.__qualname__}-*.nbi".replace("<", "").replace(">", "")

    def ensure_cache_path(self):
        """Raise if the folder can neither be written nor has code of the function."""
        try:
            super().ensure_cache_path()
        except OSError:
            if not any(Path(self.get_cache_path()).glob(self.pattern)):
                raise


class _Provided(_ReadOnly, UserProvidedCacheLocator):
    """The folder that NUMBA_CACHE_DIR names."""


class _InTree(_ReadOnly, InTreeCacheLocator):
    """The folder ``__pycache__`` of the module."""


class _Checked(CompileResultCacheImpl):
    """Machine code with a checksum, because damaged code may unpickle and crash the process."""

    _locator_classes = [_Provided, _InTree, *CompileResultCacheImpl._locator_classes]

    def reduce(self, cres):
        """Return the checksum and the code, in a form that can be pickled."""
        code = dumps(super().reduce(cres))
        return _checksum(code), code

    def rebuild(self, target_context, payload):
        """Return the compiled function, or raise if the checksum differs."""
        checksum, code = payload
        if checksum != _checksum(code):
            raise ValueError("wrong checksum")
        return super().rebuild(target_context, pickle.loads(code))

    def check_cachable(self, cres):
        """Return True, or raise if the code contains addresses of this process.

        numba keeps a warning until the kernel that calls this one is compiled, where nothing would
        log it.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error", NumbaWarning)
            return super().check_cachable(cres)


class Cache(FunctionCache):
    """numba's cache of one function. It logs errors, because unpickling can raise any exception.

    It logs the time of each compilation with the level INFO. `folders` are those in use.
    """

    _impl_class = _Checked
    folders: set[str] = set()

    def __init__(self, py_func):
        super().__init__(py_func)
        self.folders.add(self.cache_path)

    def load_overload(self, sig, target_context):
        """Return the cached code for a signature or None, and delete files with wrong content."""
        found = self._load(sig, target_context)
        if found is None:
            log_once(
                "compiling",
                "Compiling loops for this machine, once for all processes: seconds for the first "
                "fit, less for each other neuron or rule. skspike.warm_up() does it ahead of time.")
            self.begin = time.perf_counter()
        return found

    def _load(self, sig, target_context):
        """Return the cached code or None. Log why files are deleted."""
        try:
            found = super().load_overload(sig, target_context)
            wanted = self._py_func.__qualname__, sigutils.normalize_signature(sig)[0]
            if found is None or (found.fndesc.qualname, found.signature.args) == wanted:
                return found
            reason = f"it holds {found.fndesc.qualname}{found.signature.args}"
        except Exception as error:
            reason = repr(error)
        files = os.path.join(self.cache_path, self._impl.filename_base)
        log_once(
            "broken", "Broken files of the cache of compiled code are replaced, such as %s.*: %s",
            files, reason)
        with contextlib.suppress(OSError):
            self.flush()
        return None

    def save_overload(self, sig, data):
        """Write the code for a signature, if possible."""
        logging.getLogger("skspike").info(
            "Compiled %s in %.2f s.", self._py_func.__name__, time.perf_counter() - self.begin)
        try:
            super().save_overload(sig, data)
        except Exception as error:
            _log_not_written(error)


def _checksum(code):
    """Return a short hash of machine code."""
    return hashlib.blake2b(code, digest_size=16).digest()


def _log_not_written(error):
    """Log that code cannot be written."""
    log_once(
        "not written",
        "Compiled code cannot be written to disk, so each process compiles it again, which takes "
        "seconds. Set the environment variable NUMBA_CACHE_DIR to a folder with write access and "
        "free space. The reason: %r", error)
