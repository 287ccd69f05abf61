"""Mathematical functions in C equal those of numpy and of the neurons, bit for bit."""

import subprocess

import numpy as np
import pytest
from c_code import FLAGS, compiler

from skspike.export._codings import EXP, ROUND
from skspike.export._rocket import LOG, ROOT
from skspike.export._symbols import FLOAT, HELPERS, Tracer
from skspike.neurons import _elementary

MAIN = """
#include <stdio.h>
int main(void)
{{
    {kind} x;
    while (fread(&x, sizeof x, 1, stdin) == 1) {{
        {result} y = {call};
        fwrite(&y, sizeof y, 1, stdout);
    }}
    return 0;
}}
"""


def computed(folder, code, call, x, result):
    """Return a function in C of some numbers."""
    kind = {np.dtype(np.float32): "float", np.dtype(float): "double"}[x.dtype]
    name = {np.float32: "float", float: "double", np.int64: "int64_t"}[result]
    main = MAIN.format(kind=kind, result=name, call=call)
    (folder / "main.c").write_text(f"#include <stdint.h>\n{code}{main}")
    done = subprocess.run(
        [*compiler(), *FLAGS, "-o", folder / "main", folder / "main.c"], capture_output=True,
        text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([folder / "main"], input=x.tobytes(), capture_output=True)
    assert done.returncode == 0
    return np.frombuffer(done.stdout, result)


def any_floats(rng, n=200_000):
    """Return floats of all sizes, with normal and subnormal numbers, zeros and infinities."""
    bits = rng.integers(0, 2**32, n, dtype=np.uint32)
    x = bits.view(np.float32)
    special = np.array([0, -0.0, np.inf, -np.inf, 1e-45, 2**23, -2**23 - 1, 0.5, -0.5], np.float32)
    return np.concatenate([x[~np.isnan(x)], special])


def test_square_root_is_rounded_correctly(tmp_path, rng):
    x = any_floats(rng)
    found = computed(tmp_path, HELPERS["sk_sqrt"], "sk_sqrt(x)", x, np.float32)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found, np.sqrt(x))


def test_floor_is_exact(tmp_path, rng):
    x = np.concatenate([any_floats(rng), rng.uniform(-100, 100, 10_000).astype(np.float32)])
    found = computed(tmp_path, HELPERS["sk_floor"], "sk_floor(x)", x, np.float32)
    np.testing.assert_array_equal(found, np.floor(x))


def test_rounding_chooses_the_even_neighbour(tmp_path, rng):
    x = np.concatenate([
        rng.normal(size=10_000) * 2.0 ** rng.integers(-3, 50, 10_000), np.arange(-20, 20) / 4])
    found = computed(tmp_path, ROUND, "sk_round(x)", x, np.int64)
    np.testing.assert_array_equal(found, np.rint(x))


def test_exponential_in_double_is_accurate(tmp_path, rng):
    x = np.concatenate([-(10 ** rng.uniform(-12, 2.84, 10_000)), [0.0, -1e9, -699.9]])
    found = computed(tmp_path, EXP, "sk_exp_double(x)", x, float)
    np.testing.assert_allclose(found, np.exp(x), rtol=1e-14, atol=1e-304)


def test_roots_and_logarithms_in_double_are_accurate(tmp_path, rng):
    x = np.concatenate([10 ** rng.uniform(-18, 12, 10_000), 1 + rng.normal(size=100) * 1e-6])
    found = computed(tmp_path, ROOT, "sk_root(x)", x, float)
    np.testing.assert_allclose(found, np.sqrt(x), rtol=3e-16)
    found = computed(tmp_path, LOG, "sk_log_double(x)", x, float)
    np.testing.assert_allclose(found, np.log(x), rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("name", ["exp", "expm1", "exprel", "log", "tanh", "sigmoid"])
def test_elementary_functions_are_equal(tmp_path, rng, name):
    x = np.concatenate([any_floats(rng, 20_000), rng.normal(size=20_000).astype(np.float32)])
    x = x[np.isfinite(x)]
    tracer, function = Tracer(), getattr(_elementary, name)
    tracer.traced(function)(tracer.apply("x", FLOAT))
    code = "\n".join(tracer.functions.values())
    found = computed(tmp_path, code, f"sk_{name}(x)", x, np.float32)
    want = np.array([function(number) for number in x], np.float32)
    np.testing.assert_array_equal(found, want)
