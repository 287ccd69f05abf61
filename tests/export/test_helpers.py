"""Mathematical functions in C equal those of numpy and of the neurons, bit for bit."""

import re
import subprocess

import numpy as np
import pytest
from c_code import FLAGS, compiler

from skspike._base import draw, mix
from skspike.export._program import FUNCTIONS, resource
from skspike.export._tracer import DTYPES, FLOAT, LONG_WORD, WORD, Tracer
from skspike.neurons import _math, scalar

UNUSED = (*FLAGS, "-Wno-unused-function")
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
    names = {np.dtype(dtype): kind for kind, dtype in DTYPES.items()}
    kind, name = names[x.dtype], names[np.dtype(result)]
    main = MAIN.format(kind=kind, result=name, call=call)
    (folder / "main.c").write_text(f"#include <stdint.h>\n{code}{main}", encoding="utf-8")
    done = subprocess.run(
        [*compiler(), *UNUSED, "-o", folder / "main", folder / "main.c"], capture_output=True,
        text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([folder / "main"], input=x.tobytes(), capture_output=True)
    assert done.returncode == 0
    return np.frombuffer(done.stdout, result)


def test_every_function_of_the_file_is_found():
    names = re.findall(r"^static \w+ (\w+)\(", resource("functions.c"), re.MULTILINE)
    assert [*FUNCTIONS] == names and len(names) > 5


def any_floats(rng, n=200_000):
    """Return floats of all sizes, with normal and subnormal numbers, zeros and infinities."""
    bits = rng.integers(0, 2**32, n, dtype=np.uint32)
    x = bits.view(np.float32)
    special = np.array([0, -0.0, np.inf, -np.inf, 1e-45, 2**23, -2**23 - 1, 0.5, -0.5], np.float32)
    return np.concatenate([x[~np.isnan(x)], special])


def test_square_root_is_rounded_correctly(tmp_path, rng):
    x = any_floats(rng)
    found = computed(tmp_path, FUNCTIONS["sk_sqrt"], "sk_sqrt(x)", x, np.float32)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found, np.sqrt(x))


def test_floor_is_exact(tmp_path, rng):
    x = np.concatenate([any_floats(rng), rng.uniform(-100, 100, 10_000).astype(np.float32)])
    found = computed(tmp_path, FUNCTIONS["sk_floor"], "sk_floor(x)", x, np.float32)
    np.testing.assert_array_equal(found, np.floor(x))


def test_rounding_chooses_the_even_neighbour(tmp_path, rng):
    x = np.concatenate([
        rng.normal(size=10_000) * 2.0 ** rng.integers(-3, 50, 10_000), np.arange(-20, 20) / 4])
    found = computed(tmp_path, FUNCTIONS["sk_round"], "sk_round(x)", x, np.int64)
    np.testing.assert_array_equal(found, np.rint(x))


def test_exponential_in_double_is_accurate(tmp_path, rng):
    x = np.concatenate([-(10 ** rng.uniform(-12, 2.84, 10_000)), [0.0, -1e9, -699.9]])
    found = computed(tmp_path, FUNCTIONS["sk_exp_double"], "sk_exp_double(x)", x, float)
    np.testing.assert_allclose(found, np.exp(x), rtol=1e-14, atol=1e-304)


def test_roots_and_logarithms_in_double_are_accurate(tmp_path, rng):
    x = np.concatenate([10 ** rng.uniform(-18, 12, 10_000), 1 + rng.normal(size=100) * 1e-6])
    found = computed(tmp_path, FUNCTIONS["sk_root"], "sk_root(x)", x, float)
    np.testing.assert_allclose(found, np.sqrt(x), rtol=3e-16)
    found = computed(tmp_path, FUNCTIONS["sk_log_double"], "sk_log_double(x)", x, float)
    np.testing.assert_allclose(found, np.log(x), rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("name", ["exp", "expm1", "exprel", "log", "tanh", "sigmoid"])
def test_math_functions_are_equal(tmp_path, rng, name):
    x = np.concatenate([any_floats(rng, 20_000), rng.normal(size=20_000).astype(np.float32)])
    x = x[np.isfinite(x)]
    tracer, function = Tracer(), getattr(_math, name)
    tracer.traced(function)(tracer.apply("x", FLOAT))
    code = "\n".join([*FUNCTIONS.values(), *tracer.functions.values()])
    found = computed(tmp_path, code, f"sk_{name}(x)", x, np.float32)
    want = np.array([function(number) for number in x], np.float32)
    np.testing.assert_array_equal(found, want)


@np.errstate(over="ignore")
def test_hashes_are_equal(tmp_path, rng):
    x, tracer = rng.integers(0, 2**64, 1000, np.uint64), Tracer()
    tracer.traced(mix)(tracer.apply("x", LONG_WORD))
    found = computed(tmp_path, tracer.functions["sk_mix"], "sk_mix(x)", x, np.uint64)
    np.testing.assert_array_equal(found, [mix(word) for word in x])
    x, keys = x.astype(np.uint32), (np.uint32(123456789), np.uint32(2**32 - 1))
    tracer.traced(draw)(tracer.apply("x", WORD), *keys)
    call = f"sk_draw(x, {keys[0]}u, {keys[1]}u)"
    found = computed(tmp_path, tracer.functions["sk_draw"], call, x, np.uint32)
    np.testing.assert_array_equal(found, [draw(t, *keys) for t in x])


@scalar
def of_a_condition(x):
    y = (x > np.float32(1)) * x
    return y * y * y + y


@scalar
def of_an_integer(x):
    n = np.int32(x)
    return n * (x * np.float32(0.1)) + n / np.int32(7)


@scalar
def of_a_choice(x):
    y = min(np.int32(x), x * x)
    return y * x * x + x


GAIN = np.float32(0.3)


@scalar
def of_constants(x):
    y = GAIN * 0.7 * x + (1 / GAIN - 3) * x
    return y - min(abs(-GAIN), 0.31) * x + (GAIN <= 0.3) * x


@pytest.mark.parametrize("function", [of_a_condition, of_an_integer, of_a_choice, of_constants])
def test_operations_between_types_have_the_type_of_compiled_code(tmp_path, rng, function):
    x, tracer = (1e4 * rng.normal(size=20_000)).astype(np.float32), Tracer()
    result = tracer.cast(tracer.runnable(function)(tracer.apply("x", FLOAT)), FLOAT)
    tracer.define("function", "float x", result)
    code = "\n".join(tracer.functions.values())
    found = computed(tmp_path, code, "sk_function(x)", x, np.float32)
    np.testing.assert_array_equal(found, np.array([function(number) for number in x], np.float32))
