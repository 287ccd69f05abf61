"""Write golden values, the results of fits and draws from seeds, after an intended change.

    python tests/make_golden.py

On the kind of machine that made them, with the same versions, results are bitwise equal, which
digests show. On other machines they agree within tolerances with values that are stored too: all
values of rasters and labels, and some of other arrays. A larger change increases the number of the
file, and CHANGELOG.md must name this number under "Changed results".
"""

import base64
import hashlib
import importlib.metadata
import inspect
import json
import platform
import zlib
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
from make_fixtures import INPUTS, MODELS, answers, fitted
from numpy.lib.recfunctions import structured_to_unstructured
from threadpoolctl import ThreadpoolController

from skspike import datasets

FILE = Path(__file__).resolve().parent / "golden.json"
PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "llvmlite")
# share of spikes, labels and other integers that may differ on another machine. A single difference
# is always allowed
MOST = 0.02
FAR = 1e-3  # tolerance of other numbers there, in units of the largest
N_KEPT = 6
SMALL = {
    "n_samples": 6, "n_recordings": 2, "n_channels": 4, "size": 4, "n_steps": 150,
    "images": np.arange(32).reshape(2, 4, 4) % 7 / 6, "random_state": 0}


def machine():
    """Return everything that affects bits: versions, target of the compiler, kernels of BLAS."""
    blas = ThreadpoolController().select(user_api="blas").info()
    features = (
        numba.config.CPU_FEATURES if numba.config.CPU_NAME
        else llvmlite.binding.get_host_cpu_features().flatten())
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
        "features": _digest((features or "").encode()),
        "blas": sorted({f"{pool['internal_api']} {pool.get('architecture')}" for pool in blas}),
        "compiled": "no" if numba.config.DISABLE_JIT else "with bounds checks"
        if numba.config.BOUNDSCHECK else "yes"}


def results():
    """Return a dict of name to array.

    It contains the results of every registered part after a fit, the learned arrays of networks,
    and data sets.
    """
    found = {}
    for name in MODELS:
        found |= results_of(name)
    for name in datasets.__all__:
        if name.startswith("make"):
            found |= draws_of(name)
    return found


def results_of(name):
    """Return the results and learned arrays of a model, as a dict of name to array."""
    model = fitted(name)
    found = answers(model, INPUTS[MODELS[name][0]]) | dict(_learned(model))
    return {f"{name}, {what}": np.ascontiguousarray(value) for what, value in found.items()}


def draws_of(name):
    """Return a small data set, as a dict of name to array."""
    draw = getattr(datasets, name)
    made = draw(
        **{
            key: value
            for key, value in SMALL.items() if key in inspect.signature(draw).parameters})
    found = zip("Xy", made if isinstance(made, tuple) else (made,), strict=False)
    return {f"{name}, {what}": _joined(value) for what, value in found}


def _joined(value):
    """Return an array, or the rows of all arrays or tables of a list."""
    value = np.concatenate(value) if isinstance(value, list) else value
    value = structured_to_unstructured(value) if value.dtype.names else value
    return np.ascontiguousarray(value)


def _learned(model):
    """Yield name and array of everything that a network has learned."""
    for k, weights in enumerate(model.weights_ if hasattr(model, "intrinsics_") else ()):
        yield f"weights_[{k}]", weights
        if model.recurrent_weights_[k] is not None:
            yield f"recurrent_weights_[{k}]", model.recurrent_weights_[k]
        if model.biases_[k] is not None:
            yield f"biases_[{k}]", model.biases_[k]
        for name, layers in model.intrinsics_.items():
            yield f"intrinsics_[{name!r}][{k}]", layers[k]


def kept(value):
    """Return the stored form of an array: its digest, and values for the tolerances."""
    stored = {
        "digest": _digest(value.tobytes()), "dtype": str(value.dtype), "shape": list(value.shape)}
    if _whole(value):
        return stored | {
            "all": base64.b64encode(zlib.compress(value.astype("<i4").tobytes(), 9)).decode()}
    return stored | {
        "largest": _short(np.abs(value).max()), "sum": _short(value.sum(dtype=float)),
        "some": [*map(_short, _some(value))]}


def _whole(value):
    return value.dtype.kind in "biu"


def _some(value):
    return value.ravel()[np.linspace(0, value.size - 1, min(N_KEPT, value.size)).astype(int)]


def _short(number):
    return float(f"{number:.7g}")


def _digest(content):
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def change(stored, value, exact):
    """Return how an array differs from its stored form, or None. `exact` compares bits."""
    form, wanted = f"{value.dtype}{value.shape}", f"{stored['dtype']}{tuple(stored['shape'])}"
    if form != wanted:
        return f"is {form} and was {wanted}"
    same = stored["digest"] == _digest(value.tobytes())
    if _whole(value):
        before = np.frombuffer(
            zlib.decompress(base64.b64decode(stored["all"])), "<i4").reshape(value.shape)
        n, most = int((before != value).sum()), max(1, MOST * value.size)
        return None if same or not (exact or n > most) else f"{n} of {value.size} values differ"
    off = np.abs(_some(value) - stored["some"]).max() / (stored["largest"] or 1.0)
    total = abs(value.sum(dtype=float) - stored["sum"]) / (stored["largest"] * value.size or 1.0)
    far = max(off, total)
    return (
        None if same or not (exact or far > FAR)
        else f"differs by {far:.1e} of its largest value, judged by its stored values")


def changes(stored, found, exact):
    """Return a dict of name to difference, for the stored names."""
    gone = {name: "is gone" for name in stored.keys() - found.keys()}
    return gone | {
        name: how
        for name in stored.keys() & found.keys()
        if (how := change(stored[name], found[name], exact))}


def main():
    """Write the file. If something has changed, its number increases by one."""
    found, number, changed = results(), 1, {}
    if FILE.exists():
        before = json.loads(FILE.read_text(encoding="utf-8"))
        changed = changes(before["results"], found, before["machine"] == machine())
        number = before["number"] + bool(changed)
    stored = {
        "number": number, "machine": machine(),
        "results": {name: kept(value) for name, value in sorted(found.items())}}
    entries = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in stored["results"].items())
    head = json.dumps({"number": number, "machine": stored["machine"]}, indent=1)[:-2]
    FILE.write_text(f'{head},\n "results": {{\n{entries}\n}}\n}}\n', encoding="utf-8")
    print(*(f"{name}: {how}" for name, how in sorted(changed.items())), sep="\n")
    print(
        f"Golden values {number}. Describe the changes in CHANGELOG.md under 'Changed results', "
        "with this number.")


if __name__ == "__main__":
    main()
