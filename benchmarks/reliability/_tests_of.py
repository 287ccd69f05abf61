"""Which tests can see a change: for each folder of the package the files of tests, those most likely to see it first.

The file named as the source (`tests/coding/test_delta.py` for `coding/_delta.py`) comes before all others by itself, the source's own
examples last.
"""

from ._trial import ROOT

INTERPRETED = {
    "coding": ("tests/coding/test_codings.py", "tests/test_encoder.py", "tests/test_bad_input.py"),
    "complexity": (
        *("tests/complexity/test_measures.py", "tests/complexity/test_lz76.py", "tests/complexity/test_lz78.py"),
        *("tests/complexity/test_words.py", "tests/complexity/test_entropies.py"),
    ),
    "io": ("tests/test_io.py", "tests/test_nir.py"),
    "learning": (
        *("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py", "tests/test_gradients.py", "tests/test_regularisation.py"),
        *("tests/readouts/test_readouts.py", "tests/test_extremes.py", "tests/test_contracts.py"),
    ),
    "neurons": (
        *("tests/neurons/test_equations.py", "tests/neurons/test_zoo.py", "tests/simulation/test_network.py", "tests/test_nir.py"),
        *("tests/test_contracts.py", "tests/test_bad_input.py", "tests/simulation/test_recurrence.py"),
    ),
    "readouts": ("tests/readouts/test_readouts.py", "tests/test_contracts.py", "tests/test_counter.py"),
    "simulation": (
        *("tests/simulation/test_network.py", "tests/test_regularisation.py", "tests/test_delays.py"),
        *("tests/test_series.py", "tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py", "tests/simulation/test_recurrence.py"),
        *("tests/readouts/test_readouts.py", "tests/test_streams.py"),
    ),
}
WHOLE = ("tests/test_io.py",)  # quick without compilation, so that all its tests are run, not only those marked small
COMPILED = {
    "coding": (),
    "complexity": ("tests/test_lzc.py",),
    "io": ("tests/test_io_peers.py",),
    "learning": ("tests/learning/test_descent.py", "tests/learning/test_tempotron.py", "tests/learning/test_surrogate_gradient.py"),
    "neurons": ("tests/neurons/test_neurons.py", "tests/test_gradients.py"),
    "readouts": (),
    "simulation": ("tests/test_gradients.py",),
}


def tests_of(file, compiled):
    """Return (file of tests, options for pytest) in the order in which a change of a source file tries them."""
    _, folder, name = file.split("/")
    own = f"tests/{folder}/test_{name.strip('_')}"
    files = dict.fromkeys([*([own] if (ROOT / own).exists() else []), *INTERPRETED[folder]])
    if compiled:
        return [(test, []) for test in (*([own] if own in files else []), *COMPILED[folder], file, *INTERPRETED[folder])]
    return [(test, [] if test in WHOLE else ["-m", "small"]) for test in files]
