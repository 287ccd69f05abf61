"""numba's cache on disk, made harmless: where it cannot be read or written, code is compiled as if there were none.

What went wrong is told once, to the logger ``skspike``: a warning would stop ``import skspike``
where warnings are errors.
"""

import contextlib
import hashlib
import logging
import os
import pickle

from numba.core import sigutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.serialize import dumps
from numba.extending import is_jitted

_told: set[str] = set()


def tell(kind, message, *words):
    """Log a message, the first of its kind in this process."""
    if kind not in _told:
        _told.add(kind)
        logging.getLogger("skspike").warning(message, *words)


def cached(function):
    """Give a compiled function its cache, if there is a place for one."""
    if is_jitted(function):
        try:
            function._cache = Cache(function.py_func)
        except (RuntimeError, OSError) as error:
            _tell_unwritten(error)
    return function


class _Checked(CompileResultCacheImpl):
    """Machine code with a checksum: damaged, it may still unpickle, and would then end the process."""

    def reduce(self, cres):
        """Return what is kept: the checksum, and the code that it is of."""
        code = dumps(super().reduce(cres))
        return _checksum(code), code

    def rebuild(self, target_context, kept):
        """Return the compiled code again, or raise where the checksum is another."""
        checksum, code = kept
        if checksum != _checksum(code):
            raise ValueError("wrong checksum")
        return super().rebuild(target_context, pickle.loads(code))


class Cache(FunctionCache):
    """numba's cache of one function, without its exceptions: a broken file raises whatever unpickling can raise."""

    _impl_class = _Checked

    def load_overload(self, sig, target_context):
        """Return what is kept for a signature, or None; a file that holds something else is given up."""
        found = self._load(sig, target_context)
        if found is None:
            tell(
                "compiling",
                "Compiling loops for this machine, once for all processes; skspike.warm_up() does "
                "it ahead of time.")
        return found

    def _load(self, sig, target_context):
        try:
            found = super().load_overload(sig, target_context)
            wanted = self._py_func.__qualname__, sigutils.normalize_signature(sig)[0]
            if found is None or (found.fndesc.qualname, found.signature.args) == wanted:
                return found
            reason = f"it holds {found.fndesc.qualname}{found.signature.args}"
        except Exception as error:
            reason = repr(error)
        files = os.path.join(self.cache_path, self._impl.filename_base)
        tell(
            "broken", "Broken files of the cache of compiled code are replaced, such as %s.*: %s",
            files, reason)
        with contextlib.suppress(OSError):
            self.flush()
        return None

    def save_overload(self, sig, data):
        """Keep what was compiled for a signature, where that is possible."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            _tell_unwritten(error)


def _checksum(code):
    return hashlib.blake2b(code, digest_size=16).digest()


def _tell_unwritten(error):
    tell(
        "unwritten",
        "Compiled code cannot be kept, so every process compiles anew, which takes seconds. " "Set the environment variable NUMBA_CACHE_DIR to a folder that can be written and has room. The reason: %r",
        error)
