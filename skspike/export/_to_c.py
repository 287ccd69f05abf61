"""Fitted models as C for microcontrollers."""

import importlib.metadata
import re
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._checks import check_option
from .._utils import snapshot
from ..rasters import SpikeEncoder
from ..snn import SpikingNetwork
from ._codings import write_encoder
from ._layers import KINDS
from ._network import Input, write_network
from ._program import LINE, Program, inner
from ._symbols import KEYWORDS

BANNER = """\
Made by skspike {skspike}, numpy {numpy} and scikit-learn {sklearn} from {model}.

C99 that calls no library. The weights are {weights}. Spikes equal the spikes of skspike, bit for
bit, if weights are float32 and the compiler follows IEEE 754: gcc and clang with -std=c99
-ffp-contract=off, and without -ffast-math. The state is static: run one sample at a time, from
one thread."""


def to_c(
        model: Any, path: str | PathLike[str], weights: str = "float32") -> None:
    """Write a fitted network as a C99 file and its header, for microcontrollers.

    The code needs neither heap nor libraries, only ``stdint.h``. All names begin with the name of
    the file. For "net.c", the functions are

    * ``void net_reset(void)``, which begins a new sample,
    * ``void net_step(const float *x)``, or ``const uint8_t *x`` for a network on spike trains,
      which takes the channels of one time step,
    * ``const uint8_t *net_spikes(void)``, the spikes of the last layer in the last step,
    * ``const float *net_scores(void)``, the outputs of the readout from the steps so far: the
      logits of classes, or the predicted values of a regressor,
    * ``int net_predict(void)``, the index of the most probable class in ``classes_``. For labels in
      several columns it is ``void net_predict(int *classes)``.

    Features (2-D input in `fit`) are read in the first step after a reset. Run ``NET_STEPS`` steps
    for each sample, which is the length of the trains in `fit`.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer or sklearn.pipeline.Pipeline
        A fitted network, or a pipeline of a `skspike.SpikeEncoder` and a network. Neurons may be
        your own: their kernels are translated from Python.
    path : str or path-like
        Path of the C file, such as "net.c". The header is written next to it.
    weights : {"float32", "int16", "int8"}, default="float32"
        Type of the weights of the layers and the readout. Integer weights are multiples of a unit
        for each neuron. They need a half or a quarter of the memory, and sums of spikes need no
        floating-point unit. Spikes then differ slightly from Python.

    Raises
    ------
    TypeError
        If the model is not a network or a pipeline that ends in one.
    ValueError
        If the model is not fitted, or a part of it has no C code. The message names the part.

    See Also
    --------
    skspike.streams.stream_of : Runs a model step by step in Python.
    skspike.io.to_nir : Converts a network to a graph for simulators and neuromorphic chips.

    Notes
    -----
    Spikes equal the spikes of Python, bit for bit, if weights are "float32" and input values are
    float32. The code has the same operations in the same order. Compile it with
    ``-std=c99 -ffp-contract=off``, because fused operations round differently. Encoders and
    standardised currents compute in double. Scores are float32, so equally probable classes may
    change their order.

    STDP and encoders that need a whole series cannot be exported.

    References
    ----------
    .. [1] J. Nordby, M. Cooke, A. Horvath, "emlearn: machine learning inference engine for
        microcontrollers and embedded devices", 2019, https://doi.org/10.5281/zenodo.2589394.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.export import to_c
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_c(classifier, Path(folder) / "net.c", weights="int8")
    ...     header = (Path(folder) / "net.h").read_text()
    >>> "int net_predict(void);" in header
    True
    """
    check_option(weights, "weights", tuple(KINDS))
    path = Path(path)
    if path.suffix != ".c":
        raise ValueError(f"path must end in .c, such as 'net.c', got {str(path)!r}.")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path.stem) or path.stem in KEYWORDS:
        raise ValueError(
            "The name of the file begins all names in C, and must be letters, digits and _, such "
            f"as 'net.c', got {path.name!r}.")
    source, header = sources(model, path.stem, weights)
    path.write_text(source, encoding="ascii")
    path.with_suffix(".h").write_text(header, encoding="ascii")


def sources(model, name, weights):
    """Return the C source and the header of a fitted model."""
    encoder, network = _parts(model)
    program = Program(name, weights)
    kind = "uint8_t" if encoder is None and not network.graded_ else "float"
    program.variable(f"const {kind} *", "input", (), reset=False)
    source, first = Input("input", network.graded_, network.n_dims_in_ == 2), network
    if encoder is not None:
        output, is_constant = write_encoder(program, encoder)
        source, first = Input(output, network.graded_, source.held and is_constant), encoder
    size, n_outputs, declared = write_network(program, network, source)
    sizes = {
        "INPUTS": (first.n_features_in_, "channels of a step"),
        "NEURONS": (size, "in the last layer"),
        "STEPS": (network.n_steps_, "of a sample in fit"), "OUTPUTS": (n_outputs, "scores")}
    declared = [*_steps(program, kind, first.n_dims_in_ == 2), *declared]
    banner = BANNER.format(
        skspike=importlib.metadata.version("skspike"), numpy=np.__version__,
        sklearn=sklearn.__version__, weights=weights,
        model=" and ".join(type(part).__name__ for part in (encoder, network) if part is not None))
    return _source(program, banner), _header(name, banner, sizes, declared)


def _parts(model):
    """Return the encoder, or None, and the network of a model."""
    steps = [("", model)]
    if isinstance(model, Pipeline):
        steps = [(name, step) for name, step in model.steps if step not in (None, "passthrough")]
    network = steps[-1][1]
    if not isinstance(network, SpikingNetwork):
        raise TypeError(
            "to_c expects a fitted SNNClassifier, SNNRegressor or SNNTransformer, or a Pipeline "
            f"that ends in one, got {type(network).__name__}.")
    check_is_fitted(network, "weights_")
    network = snapshot(network)
    before = steps[:-1]
    if network.encoder_ is not None:
        before = [*before, ("encoder", network.encoder_)]
    for name, step in before:
        if not isinstance(step, SpikeEncoder) or len(before) > 1:
            raise ValueError(
                f"to_c cannot export the step {name!r}, {type(step).__name__}: only one "
                "SpikeEncoder can precede the network. Encoders and networks scale their input "
                "themselves, so leave the step out, or apply it on the device.")
    network.stream(encoded=True)  # raises if the network needs whole samples
    encoder = before[0][1] if before else None
    if encoder is not None:
        check_is_fitted(encoder, "coding_")
    return encoder, network


def _steps(program, kind, is_held):
    """Add the functions that begin a sample and run a step. Return their declarations."""
    reset = f"void {program.name}_reset(void)"
    step = f"void {program.name}_step(const {kind} *x)"
    lines = ["input = x;"]
    if program.first:
        lines += [f"if ({program.clock()} == 0) {{", *inner(program.first), "}"]
    lines += program.steps
    clock = []
    if program.has_clock:
        program.variable("uint32_t", program.clock(), (), reset=False)
        lines.append(f"{program.clock()} += {program.clock()} < UINT32_MAX;")
        clock = [f"{program.clock()} = 0;"]
    program.function("Begin a new sample.", reset, [*program.reset_lines(), *clock])
    program.function("Run one step.", step, lines)
    values = "spikes, 1 or 0" if kind == "uint8_t" else "values"
    when = "read in the first step after a reset" if is_held else "of the channels in this step"
    return [(reset, "begin a new sample"), (step, f"run one step; x: {values}, {when}")]


def _comment(text):
    lines = "".join(f" * {line}".rstrip() + "\n" for line in text.split("\n"))
    return f"/*\n{lines} */\n"


def _source(program, banner):
    helpers = [*program.tracer.functions.values(), *program.helpers.values()]
    text = "\n".join([
        _comment(banner), f'#include "{program.name}.h"\n',
        "#ifdef __clang__\n#pragma STDC FP_CONTRACT OFF\n#endif\n",
        *(["/* mathematical functions */\n", *helpers] if helpers else []),
        "/* constants */\n", "".join(program.tables), "/* variables */\n",
        "".join(program.variables), *program.functions])
    return "".join(_wrapped(line) for line in text.splitlines(keepends=True))


def _wrapped(line):
    """Return a line, broken at spaces if it is too long. C takes a line break as a space."""
    if len(line) <= LINE + 1:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    head, _, rest = line[: LINE + 1].rpartition(" ")
    return f"{head}\n{_wrapped(indent + rest + line[LINE + 1 :])}"


def _header(name, banner, sizes, declared):
    guard = f"{name.upper()}_H"
    lines = [
        f"#define {name.upper()}_{key} {size} /* {text} */" for key, (size, text) in sizes.items()
        if size]
    functions = [f"{head}; /* {text} */" for head, text in declared]
    return "\n".join([
        _comment(banner), f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", "",
        "#ifdef __cplusplus", 'extern "C" {', "#endif", "", *lines, "", *functions, "",
        "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""])
