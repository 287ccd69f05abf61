"""Checks on one x86-64 machine that skspike works on other systems and processors.

    python -m benchmarks.portability [NAME ...]

Each check runs in its own process and fails if skspike or its tests have the fault it looks for. In
brackets are faults that were made on purpose once, and that it reported:

- windows: collect all tests without what Windows lacks, in a locale whose encoding is ASCII
  (a module of tests imports `resource`)
- folder: run tests in a folder whose name has a space and a letter beyond ASCII, and report text
  files that are opened with the encoding of the system (a C file is read without an encoding, the
  command of a compiler is split at spaces)
- fma: compute the golden results for older processors. Only those in `FUSED` may change, and only
  without fma (a loop of currents multiplies and adds in one instruction)
- targets: compile the functions of `warm_up` for arm64 and for Windows (an instruction of x86)
- export: compile exported C for other systems and processors, with warnings as errors (`long` must
  have 64 bits, `char` must have a sign, a header of POSIX is included, the function has another
  name)
- mac: run the tests of threads with a BLAS whose threads cannot be limited, such as Accelerate
  (tests that need the limit run without it)
- processes: fit and predict in processes that are started by fork, spawn and forkserver (an error
  in processes that import skspike themselves)
"""

import argparse
import importlib
import locale
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# modules and functions that Windows lacks
MODULES = ("fcntl", "grp", "pwd", "resource", "syslog")
FUNCTIONS = {
    "os": ("fork", "killpg", "sched_getaffinity", "setsid"),
    "signal": ("ITIMER_REAL", "SIGALRM", "SIGKILL", "alarm", "setitimer")}
SOME_TESTS = (
    "tests/base/test_cache.py", "tests/export/test_compiled.py", "-k",
    "test_cache or order or deleted or spaces or pipelines_and_features")
THREAD_TESTS = ("tests/base/test_threads.py", "tests/faults/test_many_threads.py")
PROCESS_TESTS = (
    "tests/faults/test_processes.py", "-k", "processes_of_every_kind or main_script")
# golden models whose bits depend on fused multiplication and addition (fma): recurrent layers, and
# filters of images
FUSED = {"two layers", "SpikingPatches", "SpikingPatches of events"}
# models whose bits differ between this processor and others: AVX2 and fma, or neither
PROCESSORS = {"x86-64-v3": set(), "x86-64": FUSED}
# triple, processor and vector operands in the assembly of each target
TARGETS = {
    "Linux arm64": ("aarch64-unknown-linux-gnu", "neoverse-n1", r"\bv\d+\.(?:4s|2d)\b"),
    "Raspberry Pi 4": ("aarch64-unknown-linux-gnu", "cortex-a72", r"\bv\d+\.(?:4s|2d)\b"),
    "Apple M1": ("arm64-apple-macosx11.0.0", "apple-m1", r"\bf\w+\.(?:4s|2d)\b"),
    "Windows x86-64": ("x86_64-pc-windows-msvc", "x86-64-v3", r"%ymm\d"),
    "Windows arm64": ("aarch64-pc-windows-msvc", "generic", r"\bv\d+\.(?:4s|2d)\b")}
# golden models of which C code is compiled, and the type of their weights
EXPORTED = {
    "two layers": "float32", "convolution": "int8", "encoder inside": "int16",
    "SpikeTrainClassifier rate": "float32"}
# target of ziglang, and format and processor of the library, as the numbers in its header
LIBRARIES = {
    "Windows x86-64": ("x86_64-windows-gnu", "PE", 0x8664),
    "Windows arm64": ("aarch64-windows-gnu", "PE", 0xAA64),
    "macOS arm64": ("aarch64-macos", "Mach-O", 0x100000C),
    "macOS x86-64": ("x86_64-macos", "Mach-O", 0x1000007),
    "Linux arm64": ("aarch64-linux-gnu", "ELF", 183),
    "Linux armhf": ("arm-linux-gnueabihf", "ELF", 40),
    "Linux riscv64": ("riscv64-linux-gnu", "ELF", 243)}
COUNT = "llvm.x86.atomic.sub.cc.i64"
# the encoding of files is ASCII, which fails for every other letter
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


class Windows:
    """A plug-in of pytest that removes modules and functions of POSIX before the collection."""

    def pytest_collection(self):
        """Remove them after pytest and its plug-ins have been imported."""
        for name in MODULES:
            sys.modules[name] = None
        for module, names in FUNCTIONS.items():
            for name in names:
                delattr(importlib.import_module(module), name)
        if hasattr(os, "process_cpu_count"):  # from Python 3.13 on. It calls one of these functions
            os.process_cpu_count = os.cpu_count


def windows():
    """Collect all tests without the modules and functions of POSIX."""
    import pytest

    assert locale.getencoding() not in ("UTF-8", "utf-8")
    options = ["--collect-only", "-qq", "-p", "no:cacheprovider"]
    assert pytest.main(options, plugins=[Windows()]) == 0


def folder():
    """Run some tests in a folder whose name has a space and a letter beyond ASCII."""
    with tempfile.TemporaryDirectory(prefix="a folder é ") as name:
        copy = Path(name)
        for part in ("skspike", "tests"):
            shutil.copytree(
                ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        environment = {
            "NUMBA_CACHE_DIR": str(copy / "cache é"), "PYTHONWARNDEFAULTENCODING": "1",
            "TMPDIR": name}
        code = (
            "import pytest, skspike, sys; assert skspike.__file__.startswith(sys.argv.pop(1)); "
            "sys.exit(pytest.main(sys.argv[1:]))")
        # both ends of a pipe have the encoding of the system. Only subprocess ends it by a dot
        pipes = "ignore:'encoding' argument not specified.:EncodingWarning"
        options = ["-q", "-W", pipes]
        run([sys.executable, "-c", code, name, *options, *SOME_TESTS], environment, cwd=copy)


def fma():
    """Compare golden results on this processor with those on older x86-64 processors."""
    here = golden({})
    for processor, differ in PROCESSORS.items():
        # without this, numba adds the features of this processor
        results = golden({"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""})
        changed = [key for key in here if here[key].tobytes() != results[key].tobytes()]
        print(f"{processor}: {len(changed)} of {len(here)} results have other bits", flush=True)
        models = {key.rpartition(", ")[0] for key in changed}
        assert models == differ, f"{processor} differs in {models}, expected {differ}"


def golden(environment):
    """Return the golden results of a process with these environment variables."""
    code = (
        "import make_golden, pickle, sys; "
        "pickle.dump(make_golden.results(), open(sys.argv[1], 'wb'))")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.pickle"
        run([sys.executable, "-W", "ignore", "-c", code, file], environment, ROOT / "tests")
        return pickle.loads(file.read_bytes())


def targets():
    """Compile the functions of `warm_up` for other processors and systems."""
    import llvmlite.binding as llvm

    modules = unoptimised()
    assert len(modules) > 30, f"only {len(modules)} modules were compiled"
    bound = {name for text in modules for name in re.findall(r"@(llvm\.x86\.[\w.]+)", text)}
    assert not bound, f"instructions of x86 alone: {bound}"
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for name, (triple, processor, vector) in TARGETS.items():
        machine = llvm.Target.from_triple(triple).create_target_machine(
            cpu=processor, opt=3, reloc="pic")
        n_vectors = sum(
            len(re.findall(vector, assembly(text, triple, machine))) for text in modules)
        print(f"{name}: {len(modules)} modules, {n_vectors} vector operands", flush=True)
        assert n_vectors > 100


def unoptimised():
    """Return the code that numba gives to LLVM for the functions of `warm_up`.

    numba itself has compiled its reference counts for this machine. They become an external call.
    """
    from numba.core.codegen import CPUCodeLibrary

    modules, optimise = [], CPUCodeLibrary._optimize_final_module

    def keep(self):
        text = str(self._final_module)
        text = re.sub(rf"^(declare .*@{COUNT}\(.*) immarg", r"\1", text, flags=re.MULTILINE)
        modules.append(text.replace(COUNT, "reference_count"))
        optimise(self)

    CPUCodeLibrary._optimize_final_module = keep
    importlib.import_module("skspike").warm_up()
    return modules


def assembly(text, triple, machine):
    """Return a module as assembly for a target, after the main optimisations of numba."""
    import llvmlite.binding as llvm

    for key, value in {"triple": triple, "datalayout": machine.target_data}.items():
        text = re.sub(
            f"^target {key} = .*$", f'target {key} = "{value}"', text, flags=re.MULTILINE)
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine.emit_assembly(module)


def export():
    """Compile exported C as `CompiledModel` does, for other systems and processors."""
    from skspike.export._compiled import SHARED_FLAGS, options_of
    from skspike.export._program import resource
    from skspike.export._to_c import exported
    from skspike.export._toolchain import compile_file, ziglang

    make_fixtures = from_tests("make_fixtures")
    flags = [*SHARED_FLAGS, "-Wall", "-Wextra", "-Werror"]
    for name, weights in EXPORTED.items():
        code = exported(make_fixtures.fitted(name), "net", weights)
        with tempfile.TemporaryDirectory() as folder:
            code.save(Path(folder) / "net.c")
            file, library = Path(folder) / "run.c", Path(folder) / "library"
            file.write_text(resource("run.c"), encoding="utf-8")
            for system, (triple, *expected) in LIBRARIES.items():
                options = [] if "windows" in triple else ["-fPIC"]
                compile_file(file, library, [
                    *ziglang("make portability"), "-target", triple, *flags, *options,
                    *options_of(code.interface)], f"cannot compile {name} for {system}")
                content = library.read_bytes()
                assert header(content) == expected, f"{system}: {header(content)}"
                assert re.search(rb"\0_?run\0", content), f"{system}: no function `run`"
        print(f"{name}: compiled for {', '.join(LIBRARIES)}", flush=True)


def header(library):
    """Return the format of a library, and the number of its processor."""
    if library[:4] == b"\x7fELF":
        return ["ELF", int.from_bytes(library[18:20], "little")]
    if library[:4] == b"\xcf\xfa\xed\xfe":
        return ["Mach-O", int.from_bytes(library[4:8], "little")]
    begin = int.from_bytes(library[60:64], "little")
    assert library[:2] == b"MZ" and library[begin : begin + 4] == b"PE\0\0", library[:4]
    return ["PE", int.from_bytes(library[begin + 4 : begin + 6], "little")]


def from_tests(name):
    """Import a module of the folder of tests."""
    if (folder := str(ROOT / "tests")) not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


class Mac:
    """A plug-in of pytest that hides BLAS from threadpoolctl, which does not know Accelerate."""

    def pytest_configure(self):
        """Hide BLAS before the tests are imported."""
        import threadpoolctl

        kinds = threadpoolctl._ALL_CONTROLLERS
        kinds[:] = [kind for kind in kinds if kind.user_api != "blas"]
        assert not threadpoolctl.ThreadpoolController().select(user_api="blas").info()


def mac():
    """Run the tests of threads, and of results that depend on them, without a known BLAS."""
    import pytest

    options = ["-q", "-p", "no:cacheprovider", "-m", "not exhaustive"]
    assert pytest.main([*options, *THREAD_TESTS], plugins=[Mac()]) == 0


def processes():
    """Run the tests of processes with all start methods."""
    run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PROCESS_TESTS])


CHECKS = {
    "windows": (windows, ASCII), "folder": (folder, {}), "fma": (fma, {}),
    "targets": (targets, {}), "export": (export, {}), "mac": (mac, {}),
    "processes": (processes, {})}


def run(command, environment=(), cwd=ROOT):
    """Run a command, and raise if it fails."""
    subprocess.run(command, cwd=cwd, env={**os.environ, **dict(environment)}, check=True)


def passes(name):
    """Run a check in a new process with its own folder of compiled code, and print the result."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **CHECKS[name][1], "NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-m", "benchmarks.portability", "--here", name]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    result = "FAILED" if done.returncode else "passed"
    print(f"{name} {result} after {time.perf_counter() - begin:.0f} s", flush=True)
    return not done.returncode


def main():
    """Run the checks that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKS)}")
    parser.add_argument("--here", choices=CHECKS, help="run one check in this process")
    options = parser.parse_args()
    if unknown := {*options.names} - {*CHECKS}:
        parser.error(f"NAME must be of {', '.join(CHECKS)}, got {', '.join(sorted(unknown))}")
    if options.here:
        CHECKS[options.here][0]()
    elif not all([passes(name) for name in options.names or CHECKS]):
        sys.exit(1)


if __name__ == "__main__":
    main()
