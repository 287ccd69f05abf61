"""Memory that runs out: a MemoryError, the fit from before, and work as before once there is room again."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

CODE = """
    import resource
    import sys
    import numpy as np
    from skspike import LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, SpikingRocket

    small, y = (np.random.default_rng(0).random((40, 8, 50)) < 0.2).astype(np.uint8), np.arange(40) % 2
    model, of_features = {
        "network": (SNNClassifier(32, max_iter=1, batch_size=4000, random_state=0), False),
        "threads": (SNNClassifier(32, max_iter=1, batch_size=4000, n_jobs=2, random_state=0), False),
        "deep network": (SNNClassifier((32, 32), max_iter=1, batch_size=4000, recurrent=True, delays=(0, 5), random_state=0), False),
        "stdp": (SNNTransformer(256, rule="stdp", max_iter=1, random_state=0), False),
        "encoder": (SpikeEncoder(n_steps=2000), True),
        "complexity": (LZCClassifier(with_counts=True), False),
        "rocket": (SpikingRocket(2000, random_state=0), False),
    }[sys.argv[1]]
    small = small[:, :, 0].astype(float) if of_features else small
    large = np.concatenate([small] * 50)


    def out(X):
        return (model.transform if hasattr(model, "transform") else model.predict)(X)


    def limited(room, call):
        \"\"\"Return whether a call ends within some MB, or raises MemoryError.\"\"\"
        in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + room * 2**20, resource.RLIM_INFINITY))
        try:
            call()
            return True
        except MemoryError:
            return False
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


    model.fit(large, np.tile(y, 50))  # starts threads, with buffers of BLAS: without room for those OpenBLAS ends the process
    old = model.fit(small, y) and out(small)
    ends = set()
    for room in (0, 1, 2, 4, 8, 16, 32, 256):
        fitted = limited(room, lambda: model.fit(large, np.tile(y, 50)))
        assert fitted or np.array_equal(out(small), old), room
        ends |= {fitted, limited(room, lambda: out(large))}
        assert np.array_equal(model.fit(small, y) and out(small), old), room
    print(sorted(ends))
"""


@pytest.mark.skipif(
    np.__version__ < "2",
    reason="numpy 1 makes a TypeError of a MemoryError that passes through LAPACK's bindings")
@pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="only Linux limits the memory of a process and tells how much it has")
@pytest.mark.parametrize(
    "name", ["network", "threads", "deep network", "stdp", "encoder", "complexity", "rocket"])
def test_where_memory_ends_there_is_an_error_and_the_fit_from_before(name):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), name], capture_output=True, text=True,
        timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "[False, True]"), done.stderr
