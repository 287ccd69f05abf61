"""Compare the results of arm64 with those of this machine, bit by bit, on an emulated processor.

    python -m benchmarks.arm

On Debian, this downloads an emulator, a Python for arm64 and its packages into a folder, and needs
no rights of an administrator. The packages have the versions of this environment. Both machines fit
the models of the golden values (``tests/make_golden.py``). Exported C runs on both, too.

The summary goes to ``doc/reliability/arm.csv``, and each result with other bits to
``doc/reliability/arm_differences.csv``. Takes an hour or two, and continues after an interruption.
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import os
import pickle
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ._report import progress, versions
from .portability import from_tests
from .reliability._results import ROOT, write

PYTHON = "3.13"  # of the release of Debian that is current
PROCESSOR = "neoverse-n1"  # Graviton 2 and Ampere Altra
PACKAGES = (
    "joblib", "llvmlite", "numba", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl")
GLIBC = ("2_28", "2_27", "2_17")
DEBS = ("base-files", "libstdc++6", f"python{PYTHON}")
# golden models of which the C code is compiled, too
EXPORTED = (
    "neuron lif", "neuron adex", "two layers", "convolution", "encoder inside", "currents",
    "SNNTransformer rule None")
# Kinds that may differ, and by how much of the largest number. Probabilities and other numbers pass
# through BLAS and LAPACK, and parameters on a logarithmic scale through `exp` and `log` of numpy.
# Both may round differently on other processors. Class models round intercepts to 8 decimals, and
# probabilities of steps have 32 bits, so the last bit of another number can change them by 1e-7.
ALLOWED = {"intrinsic parameters": 1e-15, "probabilities": 1e-6, "other numbers": 1e-9}


def prepare(folder):
    """Download and unpack the emulator, Python and its packages. Return the command of Python."""
    root, site = folder / "root", folder / "site"
    if not (folder / "ready").exists():
        progress(f"Preparing {folder}. This takes some minutes and 1 GB.")
        for path in (root, site):
            shutil.rmtree(path, ignore_errors=True)
        download(folder / "debs", "qemu-user")
        unpack(folder / "debs", folder / "emulator")
        download(folder / "debs-arm64", *DEBS, architecture="arm64")
        unpack(folder / "debs-arm64", root)
        (folder / "ready").touch()
    install(site)
    emulator = folder / "emulator" / "usr" / "bin" / "qemu-aarch64"
    return [emulator, "-cpu", PROCESSOR, "-L", root, root / "usr" / "bin" / f"python{PYTHON}"]


def download(folder, *packages, architecture=None):
    """Download packages of Debian, with their requirements if they are for another architecture."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not architecture:
        subprocess.run(["apt-get", "download", *packages], cwd=folder / "archives", check=True)
        return
    status = folder / "status"
    status.touch()  # no package is installed
    settings = {
        "APT::Architecture": architecture, "APT::Architectures": architecture,
        "APT::Sandbox::User": "", "Dir::State": folder, "Dir::State::status": status,
        "Dir::State::lists": folder / "lists", "Dir::Cache": folder}
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in settings.items())]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run(
        [*apt, "install", "--yes", "--no-install-recommends", "--download-only", *packages],
        check=True)


def unpack(folder, target):
    """Unpack the packages of a folder."""
    for file in sorted((folder / "archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", file, target], check=True)


def install(site):
    """Install the packages for arm64, unless they have the versions of this environment."""
    wanted = [f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES]
    note = site / "versions"
    if note.exists() and note.read_text(encoding="utf-8").split() == wanted:
        return
    shutil.rmtree(site, ignore_errors=True)
    platforms = [f"--platform=manylinux_{version}_aarch64" for version in GLIBC]
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--target", site, *platforms,
            "--only-binary=:all:", f"--python-version={PYTHON}", "--implementation=cp", *wanted],
        check=True)
    note.write_text("\n".join(wanted), encoding="utf-8")


def parts():
    """Return a dict of the names of golden models and data sets to functions of their results."""
    golden = from_tests("make_golden")
    # models that differ most from each other first
    names = sorted(
        golden.MODELS, key=lambda name: (name not in EXPORTED, name.startswith("neuron ")))
    return {
        **{name: golden.draws_of for name in golden.datasets.__all__},
        **{name: golden.results_of for name in names}}


def here(file, minutes):
    """Compute the results on this machine, and store them after each model, until time is over."""
    found = pickle.loads(file.read_bytes()) if file.exists() else {}
    begin, todo = time.perf_counter(), parts()
    for name, results in todo.items():
        if time.perf_counter() - begin > 60 * minutes:
            return
        if name not in found:
            found[name] = results(name) | (in_c(name) if name in EXPORTED else {})
            new = file.with_suffix(".new")
            new.write_bytes(pickle.dumps(found))
            new.replace(file)
            progress(
                f"{platform.machine()}, {time.perf_counter() - begin:.0f} s: {name}, "
                f"{len(found)} of {len(todo)}")


def in_c(name):
    """Return the results of the C code of a golden model."""
    from skspike.export import CompiledModel

    fixtures = from_tests("make_fixtures")
    model, X = fixtures.fitted(name), fixtures.INPUTS[fixtures.MODELS[name][0]]
    compiled = CompiledModel(model)
    found = {f"{name}, spikes in C": compiled.transform(X)} if hasattr(model, "transform") else {}
    if hasattr(model, "predict"):
        found[f"{name}, scores in C"] = compiled.decision_function(X)
        found[f"{name}, labels in C"] = compiled.predict(X)
    return found


def digest():
    """Return a digest of everything that the stored results depend on."""
    files = [*ROOT.glob("skspike/**/*.py"), *ROOT.glob("skspike/**/*.c")]
    files += [ROOT / "tests" / name for name in ("make_fixtures.py", "make_golden.py")]
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(files))
    text += versions(*PACKAGES) + PROCESSOR
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def kind(key, value):
    """Return the kind of a result, for the summary."""
    *_, what = key.split(", ")
    if "in C" in what:
        return "exported C"
    if "weights_" in what or "biases_" in what:
        return "weights and biases"
    if "intrinsics_" in what:
        return "intrinsic parameters"
    if what in ("X", "y"):
        return "data sets"
    if value.dtype == np.uint8 and what == "transform":
        return "spikes"
    if what == "predict" and value.dtype.kind in "iub":
        return "labels"
    return "probabilities" if what == "predict_proba" else "other numbers"


def compare(one, other):
    """Return the rows of the summary, and a row for each result with other bits."""
    rows, differences = {}, []
    for key, value in one.items():
        row = rows.setdefault(
            kind(key, value), {"results": 0, "equal bits": 0, "largest difference": 0.0})
        row["results"] += 1
        if same(value, other[key]):
            row["equal bits"] += 1
            continue
        off = np.abs(value.astype(float) - other[key].astype(float))
        largest = float(off.max() / (np.abs(value).max() or 1.0))
        row["largest difference"] = max(row["largest difference"], largest)
        differences.append({
            "result": key, "entries": value.size, "that differ": int((off > 0).sum()),
            "largest difference": f"{largest:.1e}"})
    return rows, differences


def same(one, other):
    """Return whether two arrays have equal types, shapes and bits."""
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def run(command, file, minutes, environment):
    """Compute the results in a process, and return them as a dict of model to results."""
    variables = {
        **os.environ, **environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(
        [
            *command, "-W", "ignore", "-m", "benchmarks.arm", "--here", file,
            f"--minutes={minutes}"], cwd=ROOT, env=variables, check=True)
    return pickle.loads(file.read_bytes())


def main():
    """Prepare the emulated machine, run both, and write the comparison."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.arm", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".arm",
        help="folder of the emulated machine and of stored results (default: %(default)s)")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"),
        help="time after which each machine starts no further model. Models that are left out are "
        "not compared, and the next run continues with them")
    parser.add_argument("--here", type=Path, help="compute the results of this machine")
    options = parser.parse_args()
    if options.here:
        return here(options.here, options.minutes)
    folder = options.folder.resolve()
    python, name = prepare(folder), digest()
    native = run([sys.executable], folder / f"{name}-native.pickle", options.minutes, {})
    emulated = run(python, folder / f"{name}-arm64.pickle", options.minutes, {
        "PYTHONPATH": str(folder / "site"), "NUMBA_CACHE_DIR": str(folder / "numba"),
        # runs on this machine, and compiles for the other
        "CC": f"{sys.executable} -m ziglang cc -target aarch64-linux-gnu"})
    both = [name for name in native if name in emulated]
    rows, differences = compare(
        *({key: value for name in both for key, value in found[name].items()}
          for found in (native, emulated)))
    about = {
        "date": datetime.date.today().isoformat(), "processor": f"{PROCESSOR}, Python {PYTHON}",
        "models and data sets": f"{len(both)} of {len(parts())}"}
    write("arm", [
        {**about, "kind": kind, **row, "largest difference": f"{row['largest difference']:.1e}",
         "versions": versions(*PACKAGES)} for kind, row in rows.items()])
    write("arm_differences", differences)
    for name, row in rows.items():
        progress(f"{name}: {row['equal bits']} of {row['results']} results have equal bits")
    return sorted(
        name for name, row in rows.items() if row["equal bits"] < row["results"]
        and row["largest difference"] > ALLOWED.get(name, 0))


if __name__ == "__main__":
    if wrong := main():
        sys.exit(f"Other bits on arm64: {', '.join(wrong)}")
