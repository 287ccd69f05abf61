"""Fitted models as C for microcontrollers."""

import re
import sys
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn

from .._base import Array, check_number, check_option, is_of_tables
from .._meta import EarlyClassifier
from .._networks import (
    ADAPTATION_LIMITS, DecodingNetwork, SNNClassifier, SpikingRocket, class_sizes, refuse_steps)
from ..trains import SpikeTrainClassifier
from ._codings import write_encoder, write_filled
from ._components import Components, components_of, without_detector, without_rejection
from ._events import write_events, write_high_pass
from ._network import write_network
from ._program import LINE_LENGTH, WEIGHT_KINDS, Input, Program, inner
from ._readers import write_features, write_trains
from ._readout import LeakyReadoutCode, ReadoutCode, write_classes, write_decision
from ._rocket import write_rocket, write_running_rocket
from ._tracer import KEYWORDS

BANNER = """\
Made by skspike {skspike}, numpy {numpy} and scikit-learn {sklearn} from {model}.

C99 that calls no library. The weights are {weights}. {spikes} equal those of skspike if weights are
float32 and the compiler follows IEEE 754: gcc and clang with -std=c99 -ffp-contract=off, and
without -ffast-math. The state is static: run one sample at a time, from one thread."""


class CFiles(NamedTuple):
    """Paths of exported code, and the bytes of its data, as `to_c` describes them."""

    source: Path
    header: Path
    constants: int
    variables: int


def to_c(
        model: Any, path: str | PathLike[str], weights: str = "float32", *,
        adapt_penalty: float | None = None) -> CFiles:
    """Write a fitted network or pipeline as a C99 file and its header, for microcontrollers.

    The code needs neither heap nor libraries, only ``stdint.h``. All names begin with the name of
    the file. For "net.c", the functions are

    * ``void net_reset(void)``, which begins a new sample,
    * ``void net_step(const float *x)``, or ``const uint8_t *x`` for a network on spike trains,
      which takes the channels of one time step,
    * ``const uint8_t *net_spikes(void)``, the spikes of the last layer in the last step,
    * ``const float *net_scores(void)``, the outputs of the readout from the steps so far: the
      scores of classes, or the predicted values of a regressor,
    * ``int net_predict(void)``, the index of the most probable class in ``classes_``. For labels in
      several columns it is ``void net_predict(int *classes)``.

    The header also defines ``NET_CLASSES``, the names of the classes in the order of ``classes_``:
    after ``static const char *const names[] = NET_CLASSES;``, the name of a decision is
    ``names[net_predict()]``. Labels in several columns have no names.

    A network with a target for each step runs without a reset and without an end. Its
    ``net_scores`` and ``net_predict`` belong to the latest step.

    Features (2-D input in `fit`) are read in the first step after a reset. Run ``NET_STEPS`` steps
    for each sample, which is the length of the trains in `fit`. A model that was fitted with
    ``missing="hold"`` takes missing values (NaN).

    A `skspike.SpikingRocket` without ``streaming=True`` needs the whole series to standardise it.
    Its ``net_step`` only keeps the values, its neurons run in ``net_scores``, which ``net_predict``
    calls, and there is no ``net_spikes``.

    A `skspike.EventDetector` also has ``int net_event(void)``. Call it after each step. It returns
    the index in ``classes_`` of an event that was detected in this step, and else -1. There is no
    ``net_predict``. ``net_scores`` returns the scores of all classes, that of the background first,
    and not the smoothed margins of ``decision_function``.

    A `skspike.EarlyClassifier` also has ``int net_decided(void)``. Call it after each step. It
    returns -1 until the decision, and then the index of the class in ``classes_``, also after more
    steps. ``net_scores`` and ``net_predict`` return the scores and the class at the decision, or at
    the latest possible one.

    A `skspike.RejectingClassifier` of an EarlyClassifier rejects samples in C too. If the sample is
    rejected, ``net_decided`` and ``net_predict`` return ``NET_UNKNOWN``, the number of classes,
    from the decision on. Its name is the last of ``NET_CLASSES``.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, SpikeTrainClassifier, \
EarlyClassifier, RejectingClassifier, EventDetector or sklearn.pipeline.Pipeline
        A fitted model. A RejectingClassifier must have an EarlyClassifier inside. A pipeline may
        have a `skspike.SpikeEncoder`, a network, and a `skspike.LZCClassifier` or
        `skspike.SpikeTrainClassifier`, or `skspike.LZCTransformer` or `skspike.SpikeCounter` and a
        linear model of scikit-learn, in this order. Or it has a `skspike.SpikingRocket` and a
        linear model. A StandardScaler may precede the linear model.
        Neurons may be your own: their kernels are translated from Python.
    path : str or path-like
        Path of the C file, such as "net.c". The header is written next to it.
    weights : {"float32", "int16", "int8"}, default="float32"
        Type of the weights of the layers and the readout. Integer weights are multiples of a unit
        for each neuron. They need a half or a quarter of the memory, and sums of spikes need no
        floating-point unit. Spikes then differ slightly from Python.
    adapt_penalty : float or None, default=None
        If it is given, the readout of an SNNClassifier or SNNRegressor can adapt to a new user. The
        header then declares ``void net_adapt(int label)``, or ``void net_adapt(const float
        *values)`` for a regressor. After the last step of a sample, it moves the readout towards
        the true class or values, with this penalty, above 0, as in
        `skspike.Stream.adapt`.
        ``net_reset`` keeps the adapted readout, and a restart of the program loses it. Its
        coefficients are float32 and take 4 bytes of RAM each.

    Returns
    -------
    files : CFiles
        A named tuple: ``source`` and ``header``, the paths of both files, ``constants``, the bytes
        of weights and other tables, which a microcontroller keeps in flash, and ``variables``, the
        bytes of RAM. Flash also holds the code of the functions, a few kB, and RAM the stack.
        `skspike.inspection.c_size` compiles the files and returns all flash.

    Raises
    ------
    TypeError
        If the model has no network, random neurons, complexity or counts, or is a
        RejectingClassifier of another classifier than an EarlyClassifier.
    ValueError
        If the model is not fitted, or a part of it has no C code. The message names the part.

    See Also
    --------
    CompiledModel : The same code, called from Python.
    skspike.inspection.c_size : Memory on a microcontroller, and operations.
    skspike.stream_of : Runs a model step by step in Python.
    skspike.io.to_nir : Converts a network to a graph for simulators and neuromorphic chips.

    Notes
    -----
    Spikes equal the spikes of Python, bit for bit, if weights are "float32" and input values are
    float32. The code has the same operations in the same order. Compile it with
    ``-std=c99 -ffp-contract=off``, because fused operations round differently. Encoders and
    standardised currents compute in double. Scores are float32, so equally probable classes may
    change their order.

    To standardise a whole series, the code of `skspike.SpikingRocket` sums in another order than
    numpy. In rare cases, such as constant series, the last bit of an input of its neurons differs,
    and a spike count with it.

    STDP, rules of your own that override ``run``, ``respond`` or ``stepper``, encoders that need a
    whole series, ``missing="interpolate"``, and readouts that depend on the length of samples of
    unequal length cannot be exported.

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
    ...     files = to_c(classifier, Path(folder) / "net.c", weights="int8")
    ...     header = files.header.read_text(encoding="utf-8")
    >>> files.constants, files.variables
    (1369, 1336)
    >>> [line for line in header.splitlines() if "CLASSES" in line]
    ['#define NET_CLASSES {"0", "1"}']
    """
    path = Path(path)
    if path.suffix != ".c":
        raise ValueError(f"path must end in .c, such as 'net.c', got {str(path)!r}.")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path.stem) or path.stem in KEYWORDS:
        raise ValueError(
            "The name of the file begins all names in C. It must begin with a letter, consist of "
            "letters, digits and _, and be no keyword of C, such as 'net.c', got "
            f"{path.name!r}.")
    found = exported(model, path.stem, weights, adapt_penalty)
    found.save(path)
    return CFiles(path, path.with_suffix(".h"), found.constants, found.variables)


class Interface(NamedTuple):
    """Shapes of the input and output of exported code.

    `kind` is the type of the input in C, and `shape` the shape of a sample, with None for any
    number of steps. `held` features are the same in all steps. If `n_neurons` is 0, the code has no
    spikes. `class_sizes` are the numbers of scores of the columns of labels, as in `write_classes`.
    `adapts` means that the readout can adapt, `decides` that there are early decisions, `each_step`
    that scores belong to a step and not to a sample, and `detects` that a step may have an event.
    """

    kind: str
    shape: tuple[int | None, ...]
    held: bool
    n_inputs: int
    n_neurons: int
    n_steps: int | None
    n_outputs: int
    class_sizes: list[int]
    adapts: bool = False
    decides: bool = False
    each_step: bool = False
    detects: bool = False

    def rows(self, x: Array) -> Array:
        """Return a row for each step of samples, or one for the features of all steps."""
        rows = x[:, np.newaxis] if self.held else x.reshape(
            len(x), self.n_inputs, x.shape[-1]).transpose(0, 2, 1)
        return np.ascontiguousarray(rows, np.uint8 if self.kind == "uint8_t" else np.float32)


class Exported(NamedTuple):
    """C code of a model, the labels of its classes, and the components that are written.

    `constants` and `variables` are the bytes of its tables and of its variables.
    """

    source: str
    header: str
    interface: Interface
    classes: Any
    components: Components
    constants: int
    variables: int

    def save(self, path: Path) -> None:
        """Write the C file, and its header next to it."""
        path.write_text(self.source, encoding="utf-8")
        path.with_suffix(".h").write_text(self.header, encoding="utf-8")


def exported(
        model: Any, name: str, weights: str, adapt_penalty: float | None = None) -> Exported:
    """Return the C code of a fitted model."""
    check_option(weights, "weights", tuple(WEIGHT_KINDS))
    penalty = check_number(adapt_penalty, "adapt_penalty", **ADAPTATION_LIMITS)
    model, detector = without_detector(model)
    model, rejection = without_rejection(model)
    early = model if isinstance(model, EarlyClassifier) else None
    found, program = components_of(model), Program(
        name, weights, penalty, early, rejection, detector)
    if penalty is not None:
        refuse_steps(found.network, "adapt_penalty")
    if penalty is not None and (early or not isinstance(found.network, DecodingNetwork)):
        raise ValueError(
            "adapt_penalty needs an SNNClassifier or SNNRegressor, whose readout can adapt. Set it "
            "to None.")
    write = _write_series if isinstance(found.reader, SpikingRocket) else _write_trains
    interface = write(program, found)._replace(adapts=penalty is not None)
    if early is not None:
        write_decision(program)
        n_classes = len(early.classes_)
        interface = interface._replace(
            n_outputs=n_classes, class_sizes=[n_classes], decides=True)
    if detector is not None:
        write_events(program, detector)
        interface = interface._replace(class_sizes=[], detects=True)
    if interface.class_sizes:
        write_classes(program, interface.class_sizes)
    _write_steps(program, interface)
    names = " and ".join(type(step).__name__ for step in found[:3] if step is not None)
    banner = BANNER.format(
        spikes="Spikes" if interface.n_neurons else "Spike counts",
        skspike=sys.modules["skspike"].__version__, numpy=np.__version__,
        sklearn=sklearn.__version__, weights=weights,
        model=f"EventDetector of {names}" if detector is not None else names)
    classes = rejection.labels if rejection else getattr(detector or model, "classes_", None)
    return Exported(
        _source(program, banner), _header(program, banner, interface, classes), interface, classes,
        found, program.constant_bytes, program.variable_bytes)


def _write_trains(program: Program, found: Components) -> Interface:
    """Write an encoder, a network and a reader of its spikes. Any of them may be None."""
    encoder, network, *_ = found
    first: Any = next(step for step in found if step is not None)
    is_current = encoder is not None or getattr(first, "takes_currents_", False)
    given = _input(program, first.n_features_in_, is_current, is_of_tables(first))
    is_float = encoder is None and getattr(first, "input_mean_", None) is None
    source = given if program.detector is None else write_high_pass(
        program, program.detector, given)
    source = write_filled(program, first, source, "float" if is_float else "double")
    readout = None
    if encoder is not None:
        source = write_encoder(program, encoder, source)
    if network is not None:
        # a network in a pipeline gets constant currents as series
        source = source._replace(
            is_current=network.takes_currents_, held=source.held and is_of_tables(network))
        source, readout = write_network(program, network, source)
    _write_spikes(program, source)
    shape = (given.size,) if given.held else (given.size, None)
    return Interface(
        given.kind, shape, given.held, given.size, source.size,
        *_write_decision(program, found, source, readout),
        each_step=isinstance(readout, LeakyReadoutCode))


def _write_decision(
        program: Program, found: Components, source: Input,
        readout: ReadoutCode | None) -> tuple[int | None, int, list[int]]:
    """Write the scores. Return `n_steps`, `n_outputs` and `class_sizes` of the `Interface`."""
    network = found.network
    if isinstance(found.reader, SpikeTrainClassifier):
        write_trains(program, found.reader, source)
        n_classes = len(found.reader.classes_)
        return found.reader.n_steps_in_, n_classes, [n_classes]
    if found.linear is not None:
        write_features(program, found.reader, found.linear, source)
        n_outputs = len(found.linear.intercept)
        return found.reader.n_steps_in_, n_outputs, found.linear.class_sizes
    if readout is None:
        return network.n_steps_, 0, []
    readout.write()
    sizes = class_sizes(network) if isinstance(network, SNNClassifier) else []
    n_steps = None if isinstance(readout, LeakyReadoutCode) else network.n_steps_
    return n_steps, readout.n_outputs, sizes


def _write_series(program: Program, found: Components) -> Interface:
    """Write random neurons."""
    rocket, linear, n_neurons = found.reader, found.linear, 0
    n_inputs, n_steps = len(rocket.mean_), rocket.n_steps_in_
    source = write_filled(program, rocket, _input(program, n_inputs, True, False), "float")
    if rocket.streaming_:
        source = write_running_rocket(program, rocket, linear, source)
        n_neurons = source.size
        _write_spikes(program, source)
    else:
        assert linear is not None
        write_rocket(program, rocket, linear, source)
    shape: tuple[int | None, ...] = (n_steps,) if is_of_tables(rocket) else (
        n_inputs, None if rocket.streaming_ else n_steps)
    sizes = [] if linear is None else linear.class_sizes
    n_outputs = 0 if linear is None else len(linear.intercept)
    return Interface("float", shape, False, n_inputs, n_neurons, n_steps, n_outputs, sizes)


def _write_spikes(program: Program, source: Input) -> None:
    """Add the function that returns the spikes."""
    program.function(
        "Spikes of the last step, 1 or 0.", f"const uint8_t *{program.name}_spikes(void)",
        [f"return {source.name};"], "spikes of the last step, 1 or 0")


def _input(program: Program, size: int, is_current: bool, held: bool) -> Input:
    """Add the input of a step."""
    found = Input("input", size, is_current, held)
    program.variable(f"const {found.kind} *", found.name, (), reset=False)
    return found


def _write_steps(program: Program, interface: Interface) -> None:
    """Add the functions that begin a sample and run a step."""
    name, kind = program.name, interface.kind
    values = "spikes, 1 or 0" if kind == "uint8_t" else "values"
    when = "read in the first step after a reset" if interface.held else (
        "of the channels in this step")
    reset, step = f"void {name}_reset(void)", f"void {name}_step(const {kind} *x)"
    lines = ["input = x;"]
    if program.first:
        lines += [f"if ({program.clock()} == 0) {{", *inner(program.first), "}"]
    lines += program.steps
    if program.has_clock:
        program.variable("uint32_t", program.clock(), ())
        clock = program.clock()
        lines.append(
            f"{clock} += {clock} < UINT32_MAX;" if program.period == 1 else
            f"{clock} = {clock} < UINT32_MAX ? {clock} + 1u : UINT32_MAX - {program.period - 1}u;")
    lines += program.last
    program.function("Begin a new sample.", reset, program.resets)
    program.function("Run one step.", step, lines)
    program.declared[:0] = [
        (reset, "begin a new sample"), (step, f"run one step; x: {values}, {when}")]


def _comment(text: str) -> str:
    """Return lines of text as a comment."""
    lines = "".join(f" * {line}".rstrip() + "\n" for line in text.split("\n"))
    return f"/*\n{lines} */\n"


def _source(program: Program, banner: str) -> str:
    called = program.called()
    text = "\n".join([
        _comment(banner), f'#include "{program.name}.h"\n',
        "#ifdef __clang__\n#pragma STDC FP_CONTRACT OFF\n#endif\n",
        *(["/* mathematical functions */\n", *called] if called else []),
        "/* constants */\n", "".join(program.tables), "/* variables */\n",
        "".join(program.variables), *program.functions])
    return "".join(_wrapped(line) for line in text.splitlines(keepends=True))


def _wrapped(line: str) -> str:
    """Return a line, broken at spaces if it is too long. C takes a line break as a space.

    Directives, which begin with #, end with their line.
    """
    if len(line) <= LINE_LENGTH + 1 or line.startswith("#"):
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    head, _, rest = line[: LINE_LENGTH + 1].rpartition(" ")
    if not head.strip():  # one long word
        return line
    return f"{head}\n{_wrapped(indent + rest + line[LINE_LENGTH + 1 :])}"


def _names(prefix: str, classes: Any) -> str:
    """Return the definition of the names of classes, the values of an array of strings."""
    names = [f'"{_escaped(str(label))}"' for label in classes]
    line = f"#define {prefix}_CLASSES {{{', '.join(names)}}}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"#define {prefix}_CLASSES {{ \\\n    " + ", \\\n    ".join(names) + "}"


def _escaped(text: str) -> str:
    """Return a text for a string in C, which has ASCII only and no trigraphs."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode())


def _header(program: Program, banner: str, interface: Interface, classes: Any) -> str:
    guard, prefix = f"{program.name.upper()}_H", program.name.upper()
    sizes = {
        "INPUTS": (interface.n_inputs, "channels of a step"),
        "NEURONS": (interface.n_neurons, "spike trains"),
        "STEPS": (interface.n_steps, "of a sample in fit"),
        "OUTPUTS": (interface.n_outputs, "scores"),
        "UNKNOWN": (
            interface.n_outputs if program.rejection else 0, "decision that a sample is rejected")}
    lines = [
        f"#define {prefix}_{key} {size} /* {text} */" for key, (size, text) in sizes.items()
        if size]
    if classes is not None and not isinstance(classes, list) and set(interface.class_sizes) != {1}:
        lines.append(_names(prefix, classes))
    functions = [f"{head}; /* {text} */" for head, text in program.declared]
    return "\n".join([
        _comment(banner), f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", "",
        "#ifdef __cplusplus", 'extern "C" {', "#endif", "", *lines, "", *functions, "",
        "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""])
