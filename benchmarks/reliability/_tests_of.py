"""Which tests can see a change: for the beginning of a source's path, the longest that is named, the files of tests in their order.

The file named as the source (`tests/coding/test_delta.py` for `coding/_delta.py`) comes before all others by itself; the defaults that
docstrings tell come last.
"""

from ._trial import ROOT

FOLDERS = ("coding", "complexity", "io", "learning", "neurons", "readouts", "simulation")
INTERPRETED = {
    "coding": (
        *("tests/coding/test_poisson.py", "tests/coding/test_direct.py", "tests/coding/test_codings.py", "tests/test_encoder.py"),
        "tests/test_bad_input.py",
    ),
    "complexity": (
        *("tests/complexity/test_measures.py", "tests/complexity/test_lz76.py", "tests/complexity/test_lz78.py"),
        *("tests/complexity/test_words.py", "tests/complexity/test_entropies.py"),
    ),
    "io": ("tests/test_io.py", "tests/test_io_peers.py"),
    "io/_nir": ("tests/test_nir.py",),
    "learning/_pair": ("tests/learning/test_pair_stdp.py", "tests/learning/test_stdp.py"),
    "learning/_competing": ("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py"),
    "learning/_instar": ("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py"),
    "learning/_stdp": ("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py"),
    "learning": (
        *("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py", "tests/test_gradients.py", "tests/test_regularisation.py"),
        *("tests/readouts/test_readouts.py", "tests/test_extremes.py", "tests/test_contracts.py"),
    ),
    "neurons": (
        *("tests/neurons/test_equations.py", "tests/neurons/test_zoo.py", "tests/simulation/test_network.py", "tests/test_nir.py"),
        *("tests/test_contracts.py", "tests/test_bad_input.py", "tests/simulation/test_recurrence.py"),
    ),
    "readouts": ("tests/readouts/test_readouts.py", "tests/test_contracts.py", "tests/test_counter.py"),
    "simulation/_competition": ("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py"),
    "simulation/_dropout": ("tests/test_regularisation.py",),
    "simulation/_stream": ("tests/test_streams.py", "tests/test_delays.py", "tests/test_series.py"),
    "simulation": (
        *("tests/simulation/test_network.py", "tests/test_regularisation.py", "tests/test_delays.py"),
        *("tests/test_series.py", "tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py", "tests/simulation/test_recurrence.py"),
        *("tests/readouts/test_readouts.py", "tests/test_streams.py"),
    ),
}
OPTIONS = {  # what is quick without compilation though it is not marked so
    "tests/test_io.py": [],
    "tests/test_io_peers.py": ["-k", "not page and not tensors"],
}
DEFAULTS = ("tests/test_documentation.py", ["-k", "defaults"])
COMPILED = {
    "coding": (),
    "complexity": ("tests/test_lzc.py",),
    "io": (),
    "learning": ("tests/learning/test_descent.py", "tests/learning/test_tempotron.py", "tests/learning/test_surrogate_gradient.py"),
    "neurons": ("tests/neurons/test_neurons.py", "tests/test_gradients.py"),
    "readouts": (),
    "simulation": ("tests/test_gradients.py",),
}


def named(table, file):
    """Return what a table says of a file."""
    place = file.removeprefix("skspike/")
    return table[max((start for start in table if place.startswith(start)), key=len)]


def tests_of(file, compiled):
    """Return (file of tests, options for pytest) in the order in which a change of a source file tries them."""
    _, folder, name = file.split("/")
    own, tests = f"tests/{folder}/test_{name.strip('_')}", named(INTERPRETED, file)
    first = [own] if (ROOT / own).exists() else []
    if compiled:
        return [(test, []) for test in dict.fromkeys([*first, *named(COMPILED, file), file, *tests])]
    return [*((test, OPTIONS.get(test, ["-m", "small"])) for test in dict.fromkeys([*first, *tests])), DEFAULTS]
