"""Tests that can detect a change of a source file.

The keys of the tables are beginnings of paths, and the longest that fits a source file gives its
test files, in their order. The test file with the name of the source file
(`tests/coding/test_delta.py` for `coding/_delta.py`) is added before them, and the test of the
documented defaults after them. Without compilation, the tests marked `small` run. Options after a
file choose other tests: fast ones that are not marked, or one of several slow variants.
"""

import shlex

from ._trial import ROOT

FOLDERS = (
    "_meta", "coding", "complexity", "io", "learning", "metrics", "neurons", "simulation", "trains")
ALL = "-m 'small or not small'"
DEFAULTS = "tests/test_documentation.py -k defaults"
READOUTS = "tests/simulation/test_readouts.py -m small -k Windows"
RECURRENCE = "tests/simulation/test_recurrence.py -m small -k literal"
LZ76, LZ78, ENTROPIES = (
    f"tests/complexity/test_{name}.py" for name in ("lz76", "lz78", "entropies"))
DETECTOR, EARLY, EARLY_READOUTS = (
    f"tests/meta/test_{name}.py" for name in ("event_detector", "early", "early_readouts"))
TRAINS, EXPERTS = "tests/trains/test_trains.py", "tests/trains/test_experts.py"
PARTS = "tests/test_fit_in_parts.py"
# parts whose small tests, and whose tests with compilation, are in the same files
WHOLE = {
    "_meta": (PARTS,),
    "_meta/_early": (EARLY, EARLY_READOUTS),
    "_meta/_event": (DETECTOR,),
    "_meta/_readouts": (EARLY_READOUTS, EARLY),
    "_meta/_rejecting": (EARLY,),
    "_meta/_sliding": (EARLY,),
    "metrics": ("tests/test_event_metrics.py", "tests/test_step_metrics.py"),
    "trains": (TRAINS, EXPERTS),
    "trains/_distance": ("tests/trains/test_distances.py", EXPERTS),
    "trains/_firing": ("tests/trains/test_train_statistics.py",),
    "trains/_novelty": (TRAINS, "tests/meta/test_rejecting.py"),
    "trains/_raster": ("tests/trains/test_counter.py", TRAINS, EXPERTS),
    "trains/_spike_lists": ("tests/trains/test_distances.py", EXPERTS),
    **dict.fromkeys(
        ("_meta/_adapt", "learning/_adaptation"),
        ("tests/meta/test_adapt.py",))}
FILTERS = "tests/simulation/test_shared.py", "tests/networks/test_convolution.py"
PLASTICITY = ("tests/learning/test_stdp.py", "tests/learning/test_pair_stdp.py")
GRADIENT = (
    f"tests/learning/test_surrogate_gradient.py {ALL} -k 'solvers_find or adam or readout_gradient "
    "or saturated or lower_bound'")
SATURATED = f"tests/learning/test_surrogate_gradient.py {ALL} -k saturated"
TEMPOTRON = "tests/learning/test_tempotron.py"
INTERPRETED = {
    **WHOLE,
    "coding": (
        *(
            "tests/coding/test_poisson.py", "tests/coding/test_direct.py",
            "tests/coding/test_codings.py", "tests/coding/test_encoder.py",
            "tests/coding/test_encoder_stream.py"),
        "tests/base/test_bad_input.py"),
    "complexity": (
        LZ76, "tests/complexity/test_measures.py", LZ78, "tests/complexity/test_words.py",
        ENTROPIES),
    "complexity/_entropies": ("tests/complexity/test_measures.py",),
    "complexity/_measure": (
        LZ76, "tests/complexity/test_measures.py", "tests/testing/test_contracts.py -k measure"),
    "complexity/_relative": (),
    "complexity/_lz76": (
        LZ76, "tests/complexity/test_words.py", "tests/complexity/test_measures.py"),
    "complexity/_lz78": (LZ78, "tests/complexity/test_measures.py"),
    "io": (
        f"tests/io/test_io.py {ALL}",
        f"tests/io/test_io_peers.py {ALL} -k 'not page and not tensors'"),
    "io/_nir": ("tests/io/test_nir.py",),
    "learning": (
        GRADIENT, TEMPOTRON, READOUTS, "tests/networks/test_extremes.py",
        "tests/networks/test_regularisation.py", *PLASTICITY),
    "learning/_tempotron": (
        TEMPOTRON, READOUTS, "tests/networks/test_streams.py -m small -k tempotron"),
    "learning/_rule": (
        "tests/networks/test_streams.py -m small -k own_stepper",
        "tests/learning/test_competing.py", "tests/networks/test_regressor.py", GRADIENT, TEMPOTRON,
        READOUTS, *PLASTICITY, EARLY),
    "learning/_competing_layers": ("tests/learning/test_votes.py", *PLASTICITY),
    "learning/_decoder": ("tests/learning/test_decoding.py", GRADIENT, READOUTS),
    "learning/_initialise": (
        "tests/learning/test_reservoir.py",
        f"tests/learning/test_surrogate_gradient.py {ALL} -k 'vary and threshold'", READOUTS),
    "learning/_intrinsics": ("tests/learning/test_compiled_updates.py",),
    "learning/_losses": (),
    "learning/_objective": ("tests/learning/test_training.py", GRADIENT),
    "learning/_pair": PLASTICITY,
    "learning/_reservoir": (
        f"tests/networks/test_streams.py {ALL} -k other_values", GRADIENT, READOUTS),
    "learning/_solvers": (),
    "learning/_step": ("tests/learning/test_step_decoder.py",),
    "learning/_stdp": PLASTICITY,
    "learning/_surrogate": ("tests/learning/test_surrogates.py", GRADIENT, READOUTS),
    "learning/_task": (
        "tests/learning/test_competing.py", GRADIENT, TEMPOTRON, READOUTS, *PLASTICITY),
    "learning/_training": (),
    "neurons": (
        *(
            "tests/neurons/test_equations.py", DEFAULTS, "tests/neurons/test_zoo.py",
            "tests/simulation/test_network.py"),
        *(
            "tests/neurons/test_neurons.py", "tests/networks/test_extremes.py",
            "tests/base/test_bad_input.py", "tests/networks/test_gradients.py"),
        *(SATURATED, "tests/testing/test_contracts.py", "tests/io/test_nir.py", RECURRENCE)),
    "simulation/_filters": (
        "tests/simulation/test_readouts.py", "tests/trains/test_counter.py",
        "tests/testing/test_contracts.py"),
    "simulation": (
        *(
            "tests/simulation/test_network.py", RECURRENCE, "tests/networks/test_gradients.py",
            READOUTS,
            "tests/networks/test_delays.py"),
        *("tests/networks/test_series.py", "tests/networks/test_regularisation.py", *PLASTICITY),
        "tests/networks/test_streams.py -m small -k 'layers and not refractory'"),
    "simulation/_convolution": FILTERS,
    "simulation/_competition": PLASTICITY,
    "simulation/_stream": (
        "tests/networks/test_streams.py", "tests/networks/test_delays.py",
        "tests/networks/test_series.py")}
REFERENCES = "tests/networks/test_differential.py"
LEARNING = (
    "tests/networks/test_regularisation.py", "tests/learning/test_descent.py",
    "tests/learning/test_tempotron.py", "tests/learning/test_surrogate_gradient.py", REFERENCES)
COMPILED = {
    **WHOLE,
    "coding": ("tests/coding/test_codings.py",),
    "complexity": (LZ76, "tests/complexity/test_lzc.py"),
    "complexity/_lzc": (LZ76, "tests/complexity/test_lzc.py", "tests/complexity/test_relative.py"),
    "complexity/_relative": ("tests/complexity/test_lzc.py",),
    "io": ("tests/io/test_nir.py",),
    "learning": LEARNING,
    "learning/_decoder": ("tests/networks/test_bias.py", *LEARNING),
    "learning/_initialise": (
        "tests/networks/test_convolution.py", "tests/networks/test_unequal_networks.py", *LEARNING),
    "learning/_pair": PLASTICITY,
    "learning/_reservoir": ("tests/networks/test_step_targets.py", *LEARNING),
    "learning/_rule": (EARLY, *LEARNING),
    "learning/_step": (
        "tests/learning/test_step_decoder.py", "tests/networks/test_step_targets.py"),
    "learning/_training": ("tests/base/test_callbacks.py", *LEARNING),
    "neurons": (
        REFERENCES, "tests/neurons/test_neurons.py", "tests/networks/test_gradients.py",
        "tests/networks/test_extremes.py", "tests/testing/test_contracts.py"),
    "simulation/_filters": ("tests/simulation/test_readouts.py", REFERENCES),
    "simulation": ("tests/networks/test_gradients.py", REFERENCES, *FILTERS),
    "simulation/_convolution": FILTERS,
    "simulation/_leaky": ("tests/networks/test_step_targets.py",),
    "simulation/_passes": (
        "tests/networks/test_gradients.py", REFERENCES, *FILTERS,
        "tests/learning/test_surrogate_gradient.py"),
    "simulation/_readout": ("tests/testing/test_contracts.py",),
    "simulation/_stream": ("tests/networks/test_streams.py", "tests/networks/test_convolution.py")}


def named(table, file):
    """Return the entry of a table for a source file."""
    place = file.removeprefix("skspike/")
    return table[max((start for start in table if place.startswith(start)), key=len)]


def tests_of(file, compiled):
    """Return pairs (test file, options for pytest) for a source file, in the order of the runs."""
    _, folder, name = file.split("/")
    own = f"tests/{folder.strip('_')}/test_{name.strip('_')}"
    first = [own] if (ROOT / own).exists() else []
    if compiled:
        return [(test, []) for test in dict.fromkeys([*first, *named(COMPILED, file), file])]
    words = [
        shlex.split(test) for test in dict.fromkeys([*first, *named(INTERPRETED, file), DEFAULTS])]
    return [(test, options or ["-m", "small"]) for test, *options in words]
