"""Neurons as C: the kernels of a neuron model, and the coefficients of each neuron."""

import inspect

import numpy as np

from ._program import inner
from ._symbols import FLOAT, Untraceable, bare, identifier, leaves


class NeuronCode:
    """Writes the neurons of a model into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    name : str
        First part of the names of its tables and variables.
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
            self, program, name, neuron, kernels, coefficients, size, entry, reset=True):
        self.program, self.name, self.neuron, self.kernels = program, name, neuron, kernels
        self.coefficients = coefficients.astype(np.float32)
        self.size, self.entry, self.reset = size, entry, reset
        self.spikes = program.variable("uint8_t", f"{name}_fired", (size,), "spikes", reset)
        self.states = [
            f"{name}_state_{identifier(state)}" for state in neuron.states]
        cls = type(neuron)
        self.summary = f"{cls.__name__}: {(inspect.getdoc(cls) or '').partition(chr(10))[0]}"

    def step(self, current, at_spike=(), fires=True, at_margin=()):
        """Return the code of neuron h in one step.

        `current` is the code of its input current, and the others are as in `LayerCode.write`.
        """
        program, tracer = self.program, self.program.tracer
        states = [identifier(state) for state in self.neuron.states]
        p = tuple(map(self._coefficient, range(len(self.coefficients))))
        z = tuple(tracer.apply(state, FLOAT) for state in states)
        # trace the kernels, each from new names for its arguments
        charged = self._traced("charge", z, tracer.apply("x", FLOAT), p)
        ends = [f"{state}_1" for state in states]
        z1 = tuple(
            before if after is before else tracer.apply(end, FLOAT)
            for end, before, after in zip(ends, z, charged, strict=True))
        margin = tracer.cast(self._traced("margin", z1, p), FLOAT)
        s = tracer.apply("s", FLOAT) if fires else np.float32(0)
        after = [tracer.cast(value, FLOAT) for value in self._traced("reset", z1, s, p)]
        used = {
            end: tracer.cast(value, FLOAT) for end, value in zip(ends, charged, strict=True)
            if end in leaves([margin, *after])}
        # read the input and the states
        read = leaves([*used.values(), margin, *after])
        lines = [f"const float x = {current};"] if "x" in read else []
        lines += [
            f"const float {state} = {array}[h];"
            for state, array in zip(states, self.states, strict=True) if state in read]
        # charge
        code, texts = tracer.write([*used.values()])
        n_names = len(code)
        lines += ["/* charge */", *code]
        lines += [
            f"const float {end} = {bare(text)};" for end, text in zip(used, texts, strict=True)]
        # fire
        code, (text,) = tracer.write([margin], n_names)
        n_names += len(code)
        lines += ["/* fire */", *code, f"const float margin = {bare(text)};", *at_margin]
        if fires:
            lines.append(f"{self.spikes}[h] = margin > 0.0f;")
        if "s" in read:
            lines.append("const float s = margin > 0.0f ? 1.0f : 0.0f;")
        # reset
        code, texts = tracer.write(after, n_names)
        lines += ["/* reset */", *code]
        for array, text in zip(self.states, texts, strict=True):
            program.variable("float", array, (self.size,), reset=self.reset)
            lines.append(f"{array}[h] = {bare(text)};")
        if at_spike:
            lines += [f"if ({self.spikes}[h]) {{", *inner(at_spike), "}"]
        self._add_coefficients(lines)
        return lines

    def _traced(self, role, *args):
        """Return the results of a kernel of symbols."""
        try:
            with np.errstate(all="ignore"):
                return self.program.tracer.runnable(self.kernels[role])(*args)
        except Untraceable as error:
            raise ValueError(
                f"to_c cannot export {type(self.neuron).__name__}: its {role} uses {error}, which "
                "has no C code without a library. Use + - * /, comparisons, min, max and abs of "
                "np.float32, or write the neuron as equations (EquationNeuron), which also have "
                "exp, log and tanh.") from None

    def _coefficient(self, k):
        """Return a coefficient: a number if all neurons have the same, else an entry of a table."""
        values = self.coefficients[k]
        if (values == values[0]).all():
            return values[0]
        return self.program.tracer.apply(self._entry(k), FLOAT)

    def _entry(self, k):
        return f"{self.name}_p{k}[{self.entry}]"

    def _add_coefficients(self, lines):
        """Add the tables of the coefficients that lines of code read."""
        for k, values in enumerate(self.coefficients):
            if any(self._entry(k) in line for line in lines):
                self.program.table(
                    "float", f"{self.name}_p{k}", values,
                    f"{self.name}: coefficient {k} of each neuron (see "
                    f"{type(self.neuron).__name__}.coefficients)")
