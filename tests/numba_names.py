"""Names of numba that skspike uses although numba may change them in any release.

``python tests/numba_names.py`` prints each name that the installed numba lacks, and the file of
skspike that uses it. It does not import skspike, which would stop at the first of them.
"""

import operator
import sys
from pkgutil import resolve_name

import numba
from imports import FILES, PACKAGE, names_imported
from numba.extending import intrinsic, overload


def plain(x):
    """Return a number."""
    return x


@intrinsic
def instruction(typing, x):
    """Declare nothing."""


@overload(plain)
def plain_overload(x):
    """Compile `plain` as itself."""
    return lambda x: x


def template():
    """Return what numba stores of an overload."""
    registry = resolve_name("numba.core.typing.templates.builtin_registry")
    return dict(registry.globals)[plain].templates[0]


# objects that have attributes in use, by what they are
OBJECTS = {
    "a compiled function": lambda: numba.njit(plain),
    "the cache of a function": lambda: resolve_name("numba.core.caching.FunctionCache")(plain),
    "an intrinsic": lambda: instruction,
    "an overload": template,
}
# attributes in use: the file, the object or the full name of a class, and the attributes
ATTRIBUTES = [
    ("_base/_numba.py", "a compiled function", "_cache py_func"),
    ("_base/_numba.py", "the cache of a function",
     "_impl_class _impl.filename_base _py_func cache_path flush load_overload save_overload"),
    ("_base/_numba.py", "numba.core.caching.CompileResultCacheImpl",
     "_locator_classes check_cachable rebuild reduce"),
    *(("_base/_numba.py", f"numba.core.caching.{kind}CacheLocator",
       "ensure_cache_path get_cache_path") for kind in ("InTree", "UserProvided")),
    ("_base/_numba.py", "numba._dynfunc", "make_function"),
    ("_base/_numba.py", "numba.core.codegen.JITCodeLibrary",
     "_get_module_for_linking _optimize_functions add_ir_module enable_object_caching finalize"),
    ("_base/_numba.py", "numba.core.codegen.JITCPUCodegen", "set_env"),
    ("_base/_numba.py", "numba.core.compiler.CompileResult", "fndesc signature"),
    ("_base/_digest.py", "a compiled function", "py_func targetoptions"),
    ("_base/_digest.py", "an intrinsic", "_defn _prefer_literal"),
    ("_base/_digest.py", "an overload", "_overload_func"),
    ("_base/_digest.py", "numba.core.typing.templates.builtin_registry", "globals"),
    ("_base/_digest.py", "numba.config", "BOUNDSCHECK"),
    ("_base/_instructions.py", "numba.config", "DISABLE_JIT"),
    ("_base/_instructions.py", "numba.core.cgutils", "memset raw_memcpy"),
    ("_base/_jit.py", "a compiled function", "targetoptions"),
    ("_base/_numba.py", "numba.core.compiler.CompilerBase", "compile_extra"),
    ("_base/_numba.py", "numba.core.compiler.DefaultPassBuilder", "define_nopython_pipeline"),
    ("_base/_numba.py", "numba.core.compiler_machinery.PassManager", "finalize"),
    ("_base/_numba.py", "numba.core.lowering.Lower", "setup_function"),
    ("_base/_numba.py", "numba.core.typed_passes.NativeLowering", "lowering_class"),
]


def names():
    """Yield the file that uses a name, what has the name, and the name."""
    for file, thing, attributes in ATTRIBUTES:
        yield from ((file, thing, name) for name in attributes.split())
    for path in FILES:
        for name in names_imported(path):
            if name.startswith("numba."):
                yield path.relative_to(PACKAGE).as_posix(), *name.rsplit(".", 1)


def missing():
    """Yield a sentence for each name that the installed numba lacks."""
    for file, thing, name in names():
        try:
            found = OBJECTS[thing]() if thing in OBJECTS else resolve_name(thing)
            operator.attrgetter(name)(found)
        except (AttributeError, ImportError, KeyError) as error:
            yield (
                f"skspike/{file} uses {name} of {thing}, which numba {numba.__version__} lacks: "
                f"{error}")


if __name__ == "__main__":
    sys.exit("\n".join(missing()) or None)
