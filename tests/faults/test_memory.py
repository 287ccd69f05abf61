"""Without enough memory, fits raise MemoryError, keep the previous fit, and work again later."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

pytestmark = pytest.mark.exhaustive

CODE = """
    import resource
    import sys
    import numpy as np
    from skspike import LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, SpikingRocket

    rng, y = np.random.default_rng(0), np.arange(40) % 2
    once = {"max_iter": 1, "random_state": 0}
    deep = {"recurrent": True, "delays": (0, 5)}
    model, of_features = {
        "network": (SNNClassifier(32, batch_size=4000, **once), False),
        "threads": (SNNClassifier(32, batch_size=4000, n_jobs=2, **once), False),
        "deep network": (SNNClassifier((32, 32), batch_size=4000, **deep, **once), False),
        "stdp": (SNNTransformer(256, rule="stdp", **once), False),
        "encoder": (SpikeEncoder(n_steps=2000), True),
        "complexity": (LZCClassifier(with_counts=True), False),
        "rocket": (SpikingRocket(2000, random_state=0), False),
    }[sys.argv[1]]
    n_parts = 1000 if sys.argv[1] == "complexity" else 50  # complexity takes little memory
    large = (rng.random((40 * n_parts, 8, 50)) < 0.2).astype(np.uint8)
    large = large[:, :, 0].astype(float) if of_features else large
    small, labels = large[:40], np.tile(y, n_parts)


    def out(X):
        return (model.transform if hasattr(model, "transform") else model.predict)(X)


    def limited(room, call):
        \"\"\"Return whether a call works within some MB, and does not raise MemoryError.\"\"\"
        with open("/proc/self/statm", encoding="utf-8") as file:
            in_use = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + room * 2**20, resource.RLIM_INFINITY))
        try:
            call()
            return True
        except MemoryError:
            return False
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


    # starts threads and allocates buffers of BLAS, without which OpenBLAS would exit. A fit to all
    # samples would leave memory for the next.
    model.fit(large[::5], labels[::5])
    old = model.fit(small, y) and out(small)
    ends = set()
    for room in (0, 1, 2, 4, 8, 16, 32, 256):
        fitted = limited(room, lambda: model.fit(large, labels))
        assert fitted or np.array_equal(out(small), old), room
        ends |= {fitted, limited(room, lambda: out(large))}
        assert np.array_equal(model.fit(small, y) and out(small), old), room
    print(sorted(ends))
"""


@pytest.mark.skipif(
    np.__version__ < "2",
    reason="numpy 1 replaces a MemoryError in the bindings of LAPACK by a TypeError")
@pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="only Linux can limit and measure the memory of a process")
@pytest.mark.parametrize(
    "name", ["network", "threads", "deep network", "stdp", "encoder", "complexity", "rocket"])
def test_without_memory_there_is_an_error_and_the_previous_fit(name):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), name], capture_output=True, text=True,
        timeout=3600)
    assert (done.returncode, done.stdout.strip()) == (0, "[False, True]"), done.stderr
