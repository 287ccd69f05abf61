"""A network as WebAssembly, as on the page "Live"."""

import sys
from pathlib import Path

import numpy as np
import pytest

from skspike import SNNClassifier
from skspike.datasets import make_syllables

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "doc"))
pytest.importorskip("ziglang", reason='needs ziglang: pip install "skspike[export]"')
wasmtime = pytest.importorskip("wasmtime", reason="needs wasmtime: pip install wasmtime")
from live import networks  # noqa: E402


def test_spikes_and_classes_in_webassembly_equal_python():
    X, y = make_syllables(100, n_steps=40, n_onsets=2, n_vowels=3, random_state=0)
    model = SNNClassifier(
        10, delays=(0, 3, 5), readout="count", max_iter=2, tol=1, random_state=0).fit(X, y)
    store = wasmtime.Store()
    exports = wasmtime.Instance(
        store, wasmtime.Module(store.engine, networks.compiled(model)), []).exports(store)
    classes, stream = [], model.stream(encoded=True)
    for sample in X[:5].astype(np.uint8):
        exports["reset"](store)
        stream.reset()
        for values in sample.T:
            exports["memory"].write(store, values.tobytes(), exports["input"](store))
            exports["step"](store)
            start = exports["spikes"](store)
            spikes = np.frombuffer(exports["memory"].read(store, start, start + 10), np.uint8)
            np.testing.assert_array_equal(spikes, stream.step(values[:, None])[:, 0])
        classes.append(exports["predict"](store))
    np.testing.assert_array_equal(model.classes_[classes], model.predict(X[:5]))
