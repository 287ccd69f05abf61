"""Neurons as C: the kernels of a neuron model, and the coefficients of each neuron."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._base import Array
from ..neurons import Neuron
from ._program import Lines, Program, inner
from ._tracer import BOOL, FLOAT, Untraceable, Values, identifier, kind_of, leaves, single


class NeuronCode:
    """Writes the neurons of a model into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    name : str
        First words of the names of its tables and variables.
    neuron : Neuron
        The neuron model.
    kernels : dict of str to callable
        Kernels of the model.
    coefficients : ndarray of shape (n_coefficients, n_entries)
        Coefficients of the kernels.
    size : int
        Number of neurons h that are simulated at a time.
    entry : str
        Code of the entry of neuron h in the tables of coefficients.
    reset : bool, default=True
        Whether a reset of the program resets the states.
    """

    def __init__(
            self, program: Program, name: str, neuron: Neuron,
            kernels: dict[str, Callable[..., Any]], coefficients: Array, size: int, entry: str,
            reset: bool = True):
        self.program, self.name, self.neuron, self.kernels = program, name, neuron, kernels
        self.coefficients = coefficients.astype(np.float32)
        self.entries = [f"{name}_p{k}[{entry}]" for k in range(len(coefficients))]
        self.size, self.reset = size, reset
        self.spikes = program.variable("uint8_t", f"{name}_fired", (size,), "spikes", reset)
        # names of the states before and after the charge, with prefixes that no other name has
        names = [*map(identifier, neuron.states)]
        self.before, self.charged = ([f"{prefix}_{end}" for end in names] for prefix in ("z", "z1"))
        self.states = [f"{name}_state_{end}" for end in names]
        cls = type(neuron)
        self.summary = f"{cls.__name__}: {(inspect.getdoc(cls) or '').partition(chr(10))[0]}"

    def step(
            self, current: str, at_spike: Iterable[str] = (), fires: bool = True,
            at_margin: Iterable[str] = ()) -> Lines:
        """Return the code of neuron h in one step.

        `current` is the code of its input current, and the others are as in `LayerCode.write`.
        """
        charged, margin, after = self._trace(fires)
        read = leaves([*charged.values(), margin, *after])
        places = {"x": current, **{
            before: f"{array}[h]" for before, array in zip(self.before, self.states, strict=True)}}
        lines = [f"const float {name} = {places[name]};" for name in places if name in read]
        self._n_names = 0
        lines += self._stage(
            "charge", {f"const float {end}": value for end, value in charged.items()})
        lines += [*self._stage("fire", {"const float margin": margin}), *at_margin]
        if fires:
            lines.append(f"{self.spikes}[h] = margin > 0.0f;")
        if "s" in read:
            lines.append("const float s = margin > 0.0f ? 1.0f : 0.0f;")
        lines += self._stage("reset", {
            f"{array}[h]": value for array, value in zip(self.states, after, strict=True)})
        if at_spike:
            lines += [f"if ({self.spikes}[h]) {{", *inner(at_spike), "}"]
        self._declare(lines)
        return lines

    def _trace(self, fires: bool) -> tuple[dict[str, Values], Values, list[Values]]:
        """Trace the kernels, each from new names for its arguments.

        Return the charged states by name, the margin, and the states after the reset.
        """
        symbol = functools.partial(self.program.tracer.apply, kind=FLOAT)
        as_float = functools.partial(self.program.tracer.cast, kind=FLOAT)
        # a coefficient is a number if all neurons have the same, else an entry of a table
        p = tuple(
            single(values[0]) if (values == values[0]).all() else symbol(entry)
            for values, entry in zip(self.coefficients, self.entries, strict=True))
        z, (x, s), ends = (
            tuple(map(symbol, names)) for names in (self.before, "xs", self.charged))
        charged = self._traced("charge", z, x, p)
        z1 = tuple(
            before if found is before else end
            for end, before, found in zip(ends, z, charged, strict=True))
        margin = as_float(self._traced("margin", z1, p))
        s = s if fires else single(np.float32(0))
        after = [*map(as_float, self._traced("reset", z1, s, p))]
        read = leaves([margin, *after])
        return {
            end: as_float(value) for end, value in zip(self.charged, charged, strict=True)
            if end in read}, margin, after

    def _stage(self, name: str, targets: dict[str, Values]) -> Lines:
        """Return the code that assigns values to targets."""
        lines = self.program.tracer.assign(targets, self._n_names)
        self._n_names += len(lines) - len(targets)
        return [f"/* {name} */", *lines]

    def _traced(self, role: str, *args: Values) -> Values:
        """Return the results of a kernel of symbols."""
        try:
            with np.errstate(all="ignore"):
                found = self.program.tracer.runnable(self.kernels[role])(*args)
            kinds = {*map(kind_of, found if isinstance(found, tuple) else (found,))}
        except Untraceable as error:
            raise ValueError(
                f"to_c cannot export {type(self.neuron).__name__}: its {role} uses {error}, which "
                "has no C code without a library. Use + - * /, comparisons, min, max and abs of "
                "np.float32, or write the neuron as equations (EquationNeuron), which also have "
                "exp, log and tanh.") from None
        # Python rounds states to float32 only after the reset
        if role != "reset" and not kinds <= {FLOAT, BOOL}:
            raise ValueError(
                f"to_c cannot export {type(self.neuron).__name__}: its {role} returns numbers that "
                "are not float32. Write constants as np.float32, such as np.float32(0.9) instead "
                "of 0.9.")
        return found

    def _declare(self, lines: Lines) -> None:
        """Add the states, and the tables of the coefficients that lines of code read."""
        for array in self.states:
            self.program.variable("float", array, (self.size,), reset=self.reset)
        for k, (values, entry) in enumerate(zip(self.coefficients, self.entries, strict=True)):
            if any(entry in line for line in lines):
                self.program.table(
                    "float", f"{self.name}_p{k}", values,
                    f"{self.name}: coefficient {k} of each neuron (see "
                    f"{type(self.neuron).__name__}.coefficients)")
