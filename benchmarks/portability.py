"""Checks on one x86-64 machine that skspike works on other systems and processors.

    python benchmarks/portability.py [NAME ...]

Each check runs in its own process and fails if skspike or its tests have the fault it looks for:

- windows: collect all tests without what Windows lacks, in a locale whose encoding is ASCII
- folder: run tests in a folder whose name has a space and a letter beyond ASCII, and report text
  files that are opened with the encoding of the system
- fma: compile for x86-64 without later extensions. Only the results in `FUSED` may change
- targets: compile the functions of `warm_up` for arm64 and for Windows
"""

import argparse
import importlib
import locale
import os
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
    "os": ("fork", "geteuid", "getpgid", "getuid", "killpg", "sched_getaffinity", "setsid"),
    "signal": ("ITIMER_REAL", "SIGALRM", "SIGKILL", "alarm", "setitimer")}
SOME_TESTS = (
    "tests/compile/test_cache.py", "tests/export/test_compiled.py", "-k",
    "test_cache or order or deleted")
# models whose bits depend on fused multiplication and addition (fma)
FUSED = ()
# triple, processor and vector operands in the assembly of each target
TARGETS = {
    "Linux arm64": ("aarch64-unknown-linux-gnu", "neoverse-n1", r"\bv\d+\.(?:4s|2d)\b"),
    "Raspberry Pi 4": ("aarch64-unknown-linux-gnu", "cortex-a72", r"\bv\d+\.(?:4s|2d)\b"),
    "Apple M1": ("arm64-apple-macosx11.0.0", "apple-m1", r"\bf\w+\.(?:4s|2d)\b"),
    "Windows x86-64": ("x86_64-pc-windows-msvc", "x86-64-v3", r"%ymm\d"),
    "Windows arm64": ("aarch64-pc-windows-msvc", "generic", r"\bv\d+\.(?:4s|2d)\b")}
COUNT = "llvm.x86.atomic.sub.cc.i64"
# the encoding of files is ASCII, which fails for every other letter
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
OLDEST_PROCESSOR = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}


def windows():
    """Collect all tests without the modules and functions of POSIX."""
    import pytest

    importlib.import_module("skspike")  # dependencies ask for the system when they are imported
    assert locale.getencoding() not in ("UTF-8", "utf-8")
    for name in MODULES:
        sys.modules[name] = None
    for module, names in FUNCTIONS.items():
        for name in names:
            delattr(importlib.import_module(module), name)
    assert pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider"]) == 0


def folder():
    """Run some tests in a folder whose name has a space and a letter beyond ASCII."""
    with tempfile.TemporaryDirectory(prefix="a folder é ") as name:
        copy = Path(name)
        for part in ("skspike", "tests"):
            shutil.copytree(
                ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        environment = {
            "NUMBA_CACHE_DIR": str(copy / "cache é"), "PYTHONWARNDEFAULTENCODING": "1"}
        code = (
            "import pytest, skspike, sys; assert skspike.__file__.startswith(sys.argv.pop(1)); "
            "sys.exit(pytest.main(['-q', *sys.argv[1:]]))")
        run([sys.executable, "-c", code, name, *SOME_TESTS], environment, cwd=copy)


def fma():
    """Compare golden results on this processor with those on the oldest x86-64 processor."""
    import pickle

    with tempfile.TemporaryDirectory() as name:
        results = []
        for environment in ({}, OLDEST_PROCESSOR):
            file = Path(name) / f"{len(results)}.pickle"
            code = (
                "import make_golden, pickle, sys; "
                "pickle.dump(make_golden.results(), open(sys.argv[1], 'wb'))")
            run([sys.executable, "-W", "ignore", "-c", code, file], environment, ROOT / "tests")
            results.append(pickle.loads(file.read_bytes()))
    here, oldest = results
    changed = [key for key in here if here[key].tobytes() != oldest[key].tobytes()]
    print("depend on fma:", *changed, sep="\n  ")
    assert [key for key in changed if key.split(", ")[0] not in FUSED] == []


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


CHECKS = {
    "windows": (windows, ASCII), "folder": (folder, {}), "fma": (fma, {}),
    "targets": (targets, {})}


def run(command, environment=(), cwd=ROOT):
    """Run a command, and raise if it fails."""
    subprocess.run(command, cwd=cwd, env={**os.environ, **dict(environment)}, check=True)


def passes(name):
    """Run a check in a new process that has its own folder of compiled code, and print the result."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **CHECKS[name][1], "NUMBA_CACHE_DIR": cache}
        done = subprocess.run(
            [sys.executable, __file__, "--here", name], cwd=ROOT, env=environment, check=False)
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
