"""Processes with one empty cache, of every kind, nested, and with parts of the main script."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import textwrap

import pytest

from skspike.datasets import make_poisson

pytestmark = pytest.mark.exhaustive

X, Y = make_poisson(40, 6, 30, random_state=0)
N_PROCESSES = 6
HANGS = 3600  # seconds that no process needs, however busy the machine is

COLD = """
    import sys
    import numpy as np
    from skspike._base._jit import kernel

    def double(values):
        for k in range(values.size):
            values[k] *= 2

    print("ready", flush=True)
    sys.stdin.readline()  # wait until all processes are ready
    values = np.arange(5.0)
    kernel(double)(values)
    print(*values)
"""


def script(code, **options):
    """Return the arguments to run code in a new process."""
    return {"args": [sys.executable, "-c", textwrap.dedent(code)], "text": True, **options}


def test_processes_share_one_cold_cache(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    path = tmp_path / "cold.py"  # the cache of a kernel belongs to its file
    path.write_text(textwrap.dedent(COLD), encoding="utf-8")
    pipe = {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
        "text": True, "env": environment}
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen([sys.executable, str(path)], **pipe))
            for _ in range(N_PROCESSES)]
        for process in processes:
            stack.callback(process.kill)  # unless it has ended
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            out, error = process.communicate(timeout=HANGS)
            assert process.returncode == 0, error
            assert out.split() == ["0.0", "2.0", "4.0", "6.0", "8.0"]
    assert len(list(tmp_path.rglob("*.nbi"))) == 1 and len(list(tmp_path.rglob("*.tmp*"))) == 0


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_model_gives_equal_results_in_processes_of_every_kind(method):
    code = f"""
        import multiprocessing
        import sys
        from skspike import SNNClassifier
        from skspike.datasets import make_poisson

        X, y = make_poisson(40, 6, 30, random_state=0)

        if __name__ == "__main__":
            # the loops are in use before the fork
            model = SNNClassifier(5, max_iter=2, random_state=0).fit(X, y)
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                results = pool.map_async(model.predict, [X, X]).get()
            assert all((one == model.predict(X)).all() for one in results)
            print("equal")
    """
    done = subprocess.run(**script(code), capture_output=True, timeout=HANGS)
    assert done.stdout.strip() == "equal", done.stderr


def test_a_neuron_of_the_main_script_reaches_the_workers_of_a_search():
    code = """
        from sklearn.model_selection import cross_val_score
        from skspike import SNNClassifier
        from skspike.datasets import make_poisson
        from skspike.neurons import EquationNeuron, Equations, Intrinsic

        class Integrator(EquationNeuron):
            name = "integrator"
            equations = Equations(
                ("v",), "v = leak * v + x", "(v - threshold) / threshold", "v = (1 - s) * v")
            intrinsics = (
                Intrinsic("leak", default=0.9, bounds=(0.0, 1.0)),
                Intrinsic("threshold", "log", role="threshold", default=1.0))

        if __name__ == "__main__":
            X, y = make_poisson(40, 6, 30, random_state=0)
            model = SNNClassifier(5, neuron=Integrator(), max_iter=2, random_state=0)
            scores = [
                cross_val_score(model, X, y, cv=2, n_jobs=n_jobs).tolist() for n_jobs in (None, 2)]
            assert scores[0] == scores[1], scores
            print("equal")
    """
    done = subprocess.run(**script(code), capture_output=True, timeout=HANGS)
    assert done.stdout.strip() == "equal", done.stderr
