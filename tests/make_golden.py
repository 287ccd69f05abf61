"""Write golden values, what fits and draws give from their seeds: ``python tests/make_golden.py``, when results change on purpose.

On the kind of machine that made them, with the same versions, results are equal to the bit, which
digests tell. Elsewhere they lie within tolerances of what is kept beside: rasters and labels as a
whole, of other numbers a few. A change beyond that raises the file's number, which CHANGELOG.md has
to name under "Changed results".
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
from make_fixtures import INPUTS, answers, models
from threadpoolctl import ThreadpoolController

from skspike import datasets

FILE = Path(__file__).resolve().parent / "golden.json"
PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "llvmlite")
# share of spikes, labels and other whole numbers that may differ on another machine; a single one
# always may
MOST = 0.02
FAR = 1e-3  # how far other numbers may differ there, in units of the largest
N_KEPT = 6
SMALL = {"n_samples": 6, "n_channels": 4, "n_steps": 150, "random_state": 0}


def machine():
    """Return what results depend on to the bit: versions, how code is compiled for which processor, and which kernels BLAS has for it."""
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
    """Return name to array: what all that is registered answers after a fit, what networks have learned, and what datasets draw."""
    found = {}
    for name, (kind, model) in models().items():
        found |= {
            f"{name}, {method}": value for method, value in answers(model, INPUTS[kind]).items()}
        found |= {f"{name}, {what}": value for what, value in _learned(model)}
    for name in datasets.__all__:
        draw = getattr(datasets, name)
        X, y = draw(
            **{
                key: value
                for key, value in SMALL.items() if key in inspect.signature(draw).parameters})[:2]
        found |= {f"{name}, X": X, f"{name}, y": y}
    return {name: np.ascontiguousarray(value) for name, value in found.items()}


def _learned(model):
    """Yield name and array of what a network has learned."""
    for k, weights in enumerate(getattr(model, "weights_", ())):
        yield f"weights_[{k}]", weights
        if model.recurrent_weights_[k] is not None:
            yield f"recurrent_weights_[{k}]", model.recurrent_weights_[k]
        for name, layers in model.intrinsics_.items():
            yield f"intrinsics_[{name!r}][{k}]", layers[k]


def kept(value):
    """Return what is kept of an array: its digest, and what others are compared with by tolerance."""
    told = {
        "digest": _digest(value.tobytes()), "dtype": str(value.dtype), "shape": list(value.shape)}
    if _whole(value):
        return told | {
            "all": base64.b64encode(zlib.compress(value.astype("<i4").tobytes(), 9)).decode()}
    return told | {
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


def change(told, value, exact):
    """Return how an array differs from what is told of it, or None; `exact` asks for the same bits."""
    form, wanted = f"{value.dtype}{value.shape}", f"{told['dtype']}{tuple(told['shape'])}"
    if form != wanted:
        return f"is {form} and was {wanted}"
    same = told["digest"] == _digest(value.tobytes())
    if _whole(value):
        before = np.frombuffer(
            zlib.decompress(base64.b64decode(told["all"])), "<i4").reshape(value.shape)
        n, most = int((before != value).sum()), max(1, MOST * value.size)
        return None if same or not (exact or n > most) else f"{n} of {value.size} values differ"
    off = np.abs(_some(value) - told["some"]).max() / (told["largest"] or 1.0)
    total = abs(value.sum(dtype=float) - told["sum"]) / (told["largest"] * value.size or 1.0)
    far = max(off, total)
    return (
        None if same or not (exact or far > FAR)
        else f"differs by {far:.1e} of its largest value, as far as its kept values tell")


def changes(told, found, exact):
    """Return name to how it has changed, of what was told before."""
    gone = {name: "is gone" for name in told.keys() - found.keys()}
    return gone | {
        name: how
        for name in told.keys() & found.keys() if (how := change(told[name], found[name], exact))}


def main():
    """Write the file, under its next number if something has changed."""
    found, number, changed = results(), 1, {}
    if FILE.exists():
        before = json.loads(FILE.read_text())
        changed = changes(before["results"], found, before["machine"] == machine())
        number = before["number"] + bool(changed)
    told = {
        "number": number, "machine": machine(),
        "results": {name: kept(value) for name, value in sorted(found.items())}}
    entries = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in told["results"].items())
    head = json.dumps({"number": number, "machine": told["machine"]}, indent=1)[:-2]
    FILE.write_text(f'{head},\n "results": {{\n{entries}\n}}\n}}\n')
    print(*(f"{name}: {how}" for name, how in sorted(changed.items())), sep="\n")
    print(
        f"Golden values {number}. CHANGELOG.md has to name them, and what has changed, under "
        "'Changed results'.")


if __name__ == "__main__":
    main()
