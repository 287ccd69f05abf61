"""Exported C, compiled for this machine and called from Python."""

import ctypes
import os
import shlex
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._base import (
    Array, Ragged, as_numbers, check_input, collected, entries, is_raster, last_of, placed,
    rows_by_length, shown)
from .._meta import found_in
from ..simulation import Count
from ..trains import SpikeTrainClassifier
from ._components import without_detector
from ._program import resource
from ._readout import returns_index
from ._to_c import Exported, Interface, exported
from ._toolchain import compile_file, ziglang

IS_WINDOWS = os.name == "nt"
SHARED_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-shared")


class CompiledModel:
    """A fitted model as C code that is compiled for this machine and called from Python.

    It has the results of the files that `to_c` writes, for example to measure the accuracy with
    integer weights on validation data. The compiler is the first of these that works: the command
    in the environment variable ``CC``, ``cc``, ``gcc``, ``clang``, and ziglang, which the extra
    ``export`` adds. On Windows, ziglang is tried directly after ``CC``. Put a path with spaces in
    quotation marks if options follow it. Use an object from one thread at a time.

    Series that are shorter than in `fit` have the results of `skspike.stream_of` after as
    many steps. The model itself may return others, because it stretches its readout to the length
    of the series. Series of unequal length are passed as a list. Missing values are filled by the
    C code.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, SpikeTrainClassifier, \
EarlyClassifier, RejectingClassifier, EventDetector or sklearn.pipeline.Pipeline
        A fitted model that `to_c` can export.
    weights : {"float32", "int16", "int8"}, default="float32"
        Type of the weights.
    adapt_penalty : float or None, default=None
        Penalty of a readout that adapts, as in `to_c`. None: there is no `adapt`.

    Raises
    ------
    ImportError
        If there is no compiler.
    RuntimeError
        If no compiler works. The error has the messages of all.
    ValueError
        If the model cannot be exported.

    See Also
    --------
    to_c : Writes the files.
    skspike.inspection.c_size : Memory on a microcontroller.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.export import CompiledModel
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> compiled = CompiledModel(classifier)  # doctest: +SKIP
    >>> bool((compiled.predict(X) == classifier.predict(X)).all())  # doctest: +SKIP
    True
    """

    def __init__(
            self, model: Any, weights: str = "float32", *, adapt_penalty: float | None = None):
        found = exported(model, "net", weights, adapt_penalty)
        self._interface, self._classes = found.interface, found.classes
        self._detector: Any = without_detector(model)[1]
        encoder, network, reader, _ = found.components
        reads = network is not None and encoder is network.encoder_
        self._first = network if reads else encoder or reader
        # whether a regressor predicts one number per sample, and not a column
        self._flat = getattr(network, "_flat", np.ndim(getattr(last_of(model), "coef_", 0.0)) < 2)
        # whether the scores count spikes in trains of any length
        self._counts = (
            isinstance(reader, SpikeTrainClassifier) or getattr(reader, "streaming_", False)
            if reader is not None else isinstance(getattr(network, "readout_", None), Count))
        self._run = _loaded(found)

    def _results(self, X: ArrayLike, wanted: str) -> Any:
        """Return the "spikes", "scores" or "classes" of samples."""
        x = self._checked(X)
        if not isinstance(x, Ragged):
            return self._run_equal(x, wanted)
        if self._interface.each_step and wanted != "spikes":
            return [self._run_equal(x.stacked(np.array([k])), wanted)[0] for k in range(len(x))]
        parts = rows_by_length(x.lengths)
        return placed([self._run_equal(x.stacked(rows), wanted) for rows in parts], parts)

    def _run_equal(self, x: Array, wanted: str) -> Array:
        """Return the results of samples of equal length."""
        c = self._interface
        rows = c.rows(x)
        n_steps = self._length(rows, is_read=wanted != "spikes")
        shape, dtype = {
            "spikes": ((c.n_neurons, n_steps), np.uint8),
            "scores": ((c.n_outputs,), np.float32),
            "classes": ((len(c.class_sizes),), np.int32),
            "decisions": (() if c.detects else (2,), np.int32)}[wanted]
        if c.each_step and wanted != "spikes":
            shape = n_steps, *shape
        found: Array = np.zeros((len(rows), *shape), dtype)
        self._run(_pointer(rows), len(rows), n_steps, int(c.held), *(
            _pointer(found) if name == wanted else None
            for name in ("spikes", "scores", "classes", "decisions")), None)
        return found

    def _length(self, rows: Array, is_read: bool) -> int:
        """Return the number of steps, or raise if there are too many for the scores to be read."""
        c = self._interface
        n_steps = (c.n_steps if c.held else rows.shape[1]) or 0
        if is_read and not (self._counts or c.each_step) and n_steps > (c.n_steps or 0):
            raise ValueError(
                f"The model was fitted on {c.n_steps} steps and got {n_steps} steps. Cut the "
                "series, or fit a network with readout='count', which takes any length.")
        return n_steps

    def _checked(self, X: ArrayLike) -> Any:
        """Return checked input, which has missing values if the code fills them."""
        c, name = self._interface, type(self).__name__
        X = collected(X, name)
        shapes = [(*X.shape[:2], int(n)) for n in np.unique(X.lengths)] if isinstance(
            X, Ragged) else [as_numbers(X, name).shape]
        for shape in shapes:
            _check_shape(shape, ("n_samples", *c.shape))
        x = check_input(self._first, X, reset=False, keeps_missing=True)
        values = entries(x)
        if c.kind == "uint8_t" and not is_raster(values):
            raise ValueError("X must consist of spikes, 1 or 0, as in fit of the model.")
        if c.kind == "float" and (np.abs(values) > np.finfo(np.float32).max).any():
            raise ValueError(
                "X has values beyond the range of float32, the type of the input in C. Scale them.")
        return x

    def transform(self, X: ArrayLike) -> Any:
        """Return the spikes of the last layer.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Input, as in `fit` of the model. It is converted to float32 or to bytes. Samples of
            unequal length are a list of arrays (n_channels, n_steps).

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), uint8
            1 where a neuron spikes, else 0. Rasters of unequal length are an object array of
            arrays (n_neurons, n_steps).

        Raises
        ------
        ValueError
            If the model has a `skspike.SpikingRocket`, which keeps no spikes.
        """
        if not self._interface.n_neurons:
            raise ValueError("The model keeps no spikes. Use predict or decision_function.")
        return self._results(X, "spikes")

    def decision_function(self, X: ArrayLike) -> Any:
        """Return the scores.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Input, as in `fit` of the model.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_outputs), float32
            One score for each class or label, also for two classes. Of a regressor, its values. A
            linear model of three or more classes has scores without their mean. With a target for
            each step, they are (n_samples, n_outputs, n_steps), or a list of arrays for a list. Of
            an `skspike.EventDetector`, the scores of the background and of the labels at each step,
            and not the smoothed margins that its own method returns.
        """
        scores = self._results(X, "scores")
        if not self._interface.each_step:
            return scores
        return [found.T for found in scores] if isinstance(scores, list) else scores.swapaxes(1, 2)

    def predict(self, X: ArrayLike) -> Any:
        """Return the most probable classes, or the values of a regressor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Input, as in `fit` of the model.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Class labels or values. Of an `skspike.EventDetector`, its tables of events.

        Raises
        ------
        ValueError
            If the model only returns spikes.
        """
        c = self._interface
        if c.detects:
            return [found_in(self._detector, found) for found in self._results(X, "decisions")]
        if not c.n_outputs:
            raise ValueError("The model returns spikes and no classes or values. Use transform.")
        if not c.class_sizes:
            scores = self.decision_function(X)
            if c.each_step:
                return scores
            return scores[:, 0] if c.n_outputs == 1 and self._flat else scores
        classes = self._results(X, "classes")
        if c.each_step:
            return [self._classes[found[:, 0]] for found in classes] if isinstance(
                classes, list) else self._classes[classes[:, :, 0]]
        columns = self._classes if isinstance(self._classes, list) else [self._classes]
        is_indicator = set(c.class_sizes) == {1}
        labels = classes.astype(int) if is_indicator else np.stack(
            [names[index] for names, index in zip(columns, classes.T, strict=True)], axis=1)
        return labels if isinstance(self._classes, list) or is_indicator else labels[:, 0]

    def decisions(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return the early decisions of a `skspike.EarlyClassifier`, and their steps.

        The model may also be a `skspike.RejectingClassifier` of one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input, as in `fit` of the model.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Class labels, or `unknown` for rejected samples.
        steps : ndarray of shape (n_samples,)
            Number of steps until the decision.

        Raises
        ------
        ValueError
            If the model is not an EarlyClassifier, or samples end before the decision.
        """
        if not self._interface.decides:
            raise ValueError("decisions needs a compiled EarlyClassifier. Use predict.")
        found, steps = self._results(X, "decisions").T
        if (found < 0).any():
            raise ValueError(
                f"X has {(found < 0).sum()} samples that end before the decision. Pass samples of "
                "the length in fit.")
        return self._classes[found], steps

    def adapt(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Adapt the readout to samples, one after the other, by the C function ``net_adapt``.

        Later predictions use the adapted readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Samples of equal length.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels or values.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_outputs), float32
            Scores of each sample before the readout adapts to it.

        Raises
        ------
        ValueError
            If the model was compiled without `adapt_penalty`, X or y does not fit it, or X has more
            steps than the readout takes.
        """
        c, x = self._interface, self._checked(X)
        if not c.adapts or isinstance(x, Ragged):
            raise ValueError(
                "adapt needs a model compiled with adapt_penalty, and samples of equal length.")
        truth = as_truth(y, self._classes, len(x), c.n_outputs)
        scores = np.zeros((len(x), c.n_outputs), np.float32)
        rows = c.rows(x)
        self._run(
            _pointer(rows), len(rows), self._length(rows, is_read=True), int(c.held), None,
            _pointer(scores), None, None, _pointer(truth))
        return scores


def as_truth(y: ArrayLike, classes: Any, n_samples: int, n_outputs: int) -> Array:
    """Return class indices or values as float32, for the C code, or raise if they do not fit."""
    y = np.asarray(y)
    shapes: list[Any] = [(n_samples,)] if classes is not None or n_outputs == 1 else []
    shapes += [] if classes is not None else [(n_samples, n_outputs)]
    if y.shape not in shapes:
        raise ValueError(f"y must have the shape {shapes[-1]}, got {y.shape}.")
    if classes is None:
        y = y.reshape(n_samples, n_outputs)
    elif len(unknown := np.setdiff1d(y, classes)):
        raise ValueError(
            f"y has labels that are not in classes={shown(classes.tolist())}: "
            f"{shown(unknown.tolist())}.")
    else:
        y = np.searchsorted(classes, y)
    if not np.isfinite(y).all():
        raise ValueError("y must be finite.")
    return np.ascontiguousarray(y, np.float32)


def _check_shape(found: tuple[int, ...], wanted: tuple[Any, ...]) -> None:
    """Raise an error if a shape is wrong. Lengths that are names or None may be any number."""
    if len(found) != len(wanted) or any(
            isinstance(n, int) and n != length for n, length in zip(wanted, found, strict=True)):
        shape = ", ".join(str(n or "n_steps") for n in wanted)
        raise ValueError(f"CompiledModel expects X of shape ({shape}), got {found}.")


def _pointer(array: Array) -> ctypes.c_void_p:
    """Return the address of an array's data."""
    return array.ctypes.data_as(ctypes.c_void_p)


def _words(command: str) -> list[str]:
    """Return the words of a command. A path may have spaces, alone or in quotation marks."""
    if shutil.which(command):
        return [command]
    try:
        words = shlex.split(command, posix=not IS_WINDOWS)
    except ValueError:  # no closing quotation mark
        return [command]
    return [word.strip('"') for word in words]


def _compilers() -> list[list[str]]:
    """Return the commands of C compilers, in the order of trial."""
    named = [_words(text)] if (text := os.environ.get("CC", "").strip()) else []
    found = [[name] for name in ("cc", "gcc", "clang") if shutil.which(name)]
    try:
        bundled = [ziglang("CompiledModel")]
    except ImportError:
        if not named and not found:
            raise
        bundled = []
    # other compilers of Windows often make libraries that this Python cannot load
    return [*named, *bundled, *found] if IS_WINDOWS else [*named, *found, *bundled]


def options_of(interface: Interface) -> list[str]:
    """Return the options of the compiler for ``run.c``."""
    sizes = interface.class_sizes
    return [
        f"-DINPUT={interface.kind}", f"-DN_COLUMNS={len(sizes)}",
        f"-DIS_INDEX={int(returns_index(sizes))}", f"-DADAPTS={int(interface.adapts)}",
        f"-DDECIDES={int(interface.decides)}", f"-DEACH_STEP={int(interface.each_step)}",
        f"-DDETECTS={int(interface.detects)}"]


def _loaded(code: Exported) -> Any:
    """Return the function of ``run.c``, compiled by the first compiler that works."""
    with tempfile.TemporaryDirectory(prefix="skspike-", ignore_cleanup_errors=True) as folder:
        code.save(Path(folder) / "net.c")
        run = Path(folder) / "run.c"
        run.write_text(resource("run.c"), encoding="utf-8")
        library, function = _library(run, options_of(code.interface))
    if Path(folder).exists():
        weakref.finalize(library, _delete, folder, library._handle)
    return function


def _library(file: Path, options: list[str]) -> tuple[ctypes.CDLL, Any]:
    """Compile a file by the first compiler that works. Return the library and its function."""
    # clang on Windows refuses -fPIC, and no code there needs it
    flags = [*SHARED_FLAGS, *([] if IS_WINDOWS else ["-fPIC"]), *options]
    errors: list[str] = []
    for compiler in _compilers():
        # a new name for each compiler, because a library without the function stays loaded
        path, name = file.with_name(f"net{len(errors)}.so"), " ".join(compiler)
        try:
            compile_file(file, path, [*compiler, *flags], "cannot compile the model")
            library = ctypes.CDLL(str(path))
            return library, library["run"]
        except (AttributeError, OSError, RuntimeError) as error:
            errors.append(f"{name}: {error}".rstrip())
    raise RuntimeError(
        "No C compiler works. Repair a compiler of this list, set the environment variable CC to "
        'another one, or install ziglang: pip install "skspike[export]".\n' + "\n".join(errors))


def _delete(folder: str, handle: int) -> None:
    """Delete a library that is no longer used. Windows does not delete it while it is loaded."""
    if sys.platform == "win32":
        ctypes.windll.kernel32.FreeLibrary(ctypes.c_void_p(handle))
    shutil.rmtree(folder, ignore_errors=True)
