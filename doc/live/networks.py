"""Train the networks of the page "Live", and write them for the browser.

`make docs` does this. A network is exported as C with float32 weights, so that its spikes equal the
spikes of Python, and compiled to WebAssembly by ziglang. While you work on the page,

    python -m live FOLDER

in `doc/` writes a page that has all views and nothing else.

The network of digits needs little energy: a pixel has at most one spike, in one of ten steps, and a
penalty reduces the spikes of the neurons. `benchmarks/live_page.py` compares it with perceptrons.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GroupShuffleSplit, train_test_split

import skspike
from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Latency
from skspike.datasets import make_syllables
from skspike.export import to_c
from skspike.inspection import synaptic_operations
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF

from . import novelty
from .drawings import make_drawings

HERE = Path(__file__).resolve().parent
SCRIPT = "live_networks.js"
N_DRAWINGS = 3000
ADAPT_PENALTY = 1.0
PERCEPTRON = 24  # hidden units with which a perceptron is as accurate as the network of digits
PER_CLASS = {"digits": 10, "syllables": 8}  # samples on the page
ONSETS, VOWELS = "bd", "aiu"
FLAGS = (
    "-target", "wasm32-freestanding", "-Os", "-nostdlib", "-std=c99", "-ffp-contract=off",
    "-Wl,--no-entry")


class Example(NamedTuple):
    """A network, and samples with their classes, class names and sources.

    A network with an `adapt_penalty` can adapt. `more` is added to the data of the page.
    """

    model: SNNClassifier
    X: Any
    y: Any
    names: list
    sources: list
    adapt_penalty: float | None = None
    more: dict = {}


def digits_parts():
    """Return pixels and classes of training digits, test digits, and generated drawings."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, test_size=360, stratify=y, random_state=0)
    return (X, y), (X_test, y_test), make_drawings(N_DRAWINGS, random_state=0)


def digits_network(random_state=0):
    """Return the network of digits before the fit."""
    encoder = SpikeEncoder(coding=Latency(silent_below=0.05), n_steps=10)
    return SNNClassifier(
        64, encoder=encoder, neuron=LIF(tau_syn=5.0), rule=SurrogateGradient(spike_penalty=0.03),
        random_state=random_state)


def digits():
    """Return the network of digits with test digits, and the samples that define novelty."""
    train, (X_test, y_test), drawings = digits_parts()
    X, y = (np.concatenate(parts) for parts in zip(train, drawings, strict=True))
    model = digits_network().fit(X, y)
    kept, limits = novelty.usual(X, np.arange(len(X)) >= len(train[0]), random_state=0)
    chosen = some_of_each(y_test, PER_CLASS["digits"])
    names = [str(digit) for digit in range(10)]
    more = {
        "perceptron": PERCEPTRON, "limits": limits, "usual": text_of(novelty.packed(kept))}
    return Example(
        model, X_test[chosen], y_test[chosen], names, ["test digit"] * len(chosen),
        ADAPT_PENALTY, more)


def syllables():
    """Return a network of syllables, and test syllables."""
    X, y, speakers = make_syllables(
        1500, n_steps=150, dt=2.0, n_onsets=len(ONSETS), n_vowels=len(VOWELS), n_sources=20,
        return_sources=True, random_state=1)
    train, test = next(
        GroupShuffleSplit(1, test_size=0.3, random_state=1).split(X, y, speakers))
    model = SNNClassifier(
        48, neuron=LIF(), dt=2.0, delays=(0, 10, 20, 30, 40, 50), readout="count", max_iter=15,
        random_state=0)
    model.fit(X[train], y[train])
    chosen = test[some_of_each(y[test], PER_CLASS["syllables"])]
    names = [onset + vowel for onset in ONSETS for vowel in VOWELS]
    sources = [f"speaker {k + 1}" for k in speakers[chosen]]
    return Example(model, X[chosen], y[chosen], names, sources)


NETWORKS = {"digits": digits, "syllables": syllables}


def some_of_each(y, n):
    """Return the first n samples of each class, by class."""
    return np.concatenate([np.flatnonzero(y == label)[:n] for label in np.unique(y)])


def compiled(model, adapt_penalty=None):
    """Return a network as WebAssembly, with the functions of glue.c."""
    kinds = ("uint8_t", "values") if model.encoder_ is None else ("float", "encoded")
    names = [f"-DVALUE={kinds[0]}", f"-DENCODED={kinds[1]}"]
    if adapt_penalty is not None:
        names.append("-DADAPTS")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "net.c", Path(folder) / "net.wasm"
        to_c(model, source, adapt_penalty=adapt_penalty)
        done = subprocess.run(
            [
                sys.executable, "-m", "ziglang", "cc", *FLAGS, *names, "-I", folder, "-o",
                str(program), str(HERE / "glue.c")],
            capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"ziglang could not compile the network:\n{done.stderr}")
        return program.read_bytes()


def data_of(example):
    """Return what the page needs of a network and its samples."""
    model, X, y, names, sources, adapt_penalty, more = example
    samples = X.astype(np.uint8)
    encoding = [0.0, 0.0]  # additions of a step, and multiplications of a sample
    if model.encoder_ is not None:
        operations = synaptic_operations(model.encoder_, X)
        encoding = [operations.acs / model.n_steps_, operations.macs]
    if X.ndim == 3:  # bits, step by step
        samples = np.packbits(samples.transpose(0, 2, 1))
    return {
        "channels": model.n_features_in_, "neurons": model.weights_[0].shape[1],
        "steps": model.n_steps_, "dt": model.dt_, "delays": model.delay_steps_, "classes": names,
        "encodes": model.encoder_ is not None, "encoding": encoding, "labels": y.tolist(),
        "predictions": model.predict(X).tolist(), "sources": sources,
        "samples": text_of(samples.tobytes()), "wasm": text_of(compiled(model, adapt_penalty)),
        "adapts": adapt_penalty is not None, **more}


def text_of(data):
    """Return bytes in base64."""
    return base64.b64encode(data).decode("ascii")


def state():
    """Return a digest of everything that the networks depend on."""
    package = Path(skspike.__file__).parent
    ours = [HERE / name for name in ("drawings.py", "networks.py", "novelty.py", "glue.c")]
    files = [*sorted(package.rglob("*.py")), *ours]
    names = ["numpy", "scikit-learn", "numba", "ziglang"]
    digest = hashlib.sha256("".join(version(name) for name in names).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def built(folder, report=print):
    """Write the networks as a script to a folder, if they have changed. Return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    script, banner = folder / SCRIPT, f"/* networks {state()} */\n"
    if script.exists() and script.read_text(encoding="ascii").startswith(banner):
        return folder
    found = {}
    for name, make in NETWORKS.items():
        report(name)
        found[name] = data_of(make())
    write(script, found, banner)
    return folder


def write(script, found, banner=""):
    """Write the data of networks, by name, as a script."""
    # replace the file at once, because another process may read it
    draft = script.with_name(f"{script.name}.{os.getpid()}")
    draft.write_text(
        f"{banner}window.skspikeNetworks = {json.dumps(found)};\n", encoding="ascii")
    draft.replace(script)


def read(folder):
    """Return the data of the networks in a folder, by name."""
    text = (folder / SCRIPT).read_text(encoding="ascii")
    return json.loads(text[text.index("{"):text.rindex("}") + 1])
