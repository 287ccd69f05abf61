"""Readout that adapts on the device, as C: the operations of `OnlineReadout` in the same order."""

from typing import Any

import numpy as np

from ..learning import OnlineReadout
from ._program import Lines, Program, loop
from ._readout import ReadoutCode, write_exp
from ._symbols import literal


class AdaptiveReadoutCode(ReadoutCode):
    """Writes a readout whose coefficients are variables, and the function that changes them.

    Parameters
    ----------
    program : Program
        Program to extend, with a penalty of the changes.
    reading : Reading
        Filters of the features.
    n_neurons : int
        Number of neurons of the last layer.
    online : OnlineReadout
        The readout at the start.
    """

    def __init__(self, program: Program, reading: Any, n_neurons: int, online: OnlineReadout):
        super().__init__(program, reading, n_neurons, online.coef, online.intercept)
        self.online = online

    def write(self) -> None:
        """Add the functions that compute the scores, and that adapt the readout."""
        program, online = self.program, self.online
        n_features, n_outputs = online.coef.shape
        program.table("float", "feature_mean", online.mean)
        program.table("float", "feature_factor", online.inverse_scale)
        program.initialised("float", "coef", online.coef, "for each feature, of each output")
        program.initialised("float", "intercept", online.intercept, "of each output")
        program.variable("float", "features", (n_features,), "standardised", reset=False)
        for name in ("scores", "errors"):
            program.variable("float", name, (n_outputs,), reset=False)
        program.scores("Scores from the steps so far, one for each output.", [
            *loop("h", self.n_neurons, *loop(
                "k", n_features // self.n_neurons,
                f"const int i = h * {n_features // self.n_neurons} + k;", *self._feature(),
                "features[i] = (feature - feature_mean[i]) * feature_factor[i];")),
            *loop(
                "j", n_outputs, "float sum = intercept[j];",
                *loop("i", n_features, "sum += coef[i][j] * features[i];"), "scores[j] = sum;"),
            "return scores;"])
        self._write_adapt(n_features, n_outputs)

    def _feature(self) -> Lines:
        """Return the code of feature k of neuron h."""
        if not self.counts:
            return ["const float feature = sums[k][h];"]
        self.program.table("float", "feature_filters", self.reading.filters)
        return [
            "float feature = 0.0f;", *loop(
                "s", self.n_segments, "feature += feature_filters[k][s] * (float)sums[s][h];")]

    def _write_adapt(self, n_features: int, n_outputs: int) -> None:
        """Add the function that adapts the readout to a sample."""
        name, rate = self.program.name, literal(self.online.rate(self.program.adapt_penalty))
        is_class = bool(self.online.loss.n_classes)
        errors = _class_errors(self.program, n_outputs, self.online) if is_class else loop(
            "j", n_outputs, "errors[j] = values[j] - scores[j];")
        head = f"void {name}_adapt({'int label' if is_class else 'const float *values'})"
        truth = "index of the true class" if is_class else "true values of all outputs"
        self.program.function("Adapt the readout to the steps so far.", head, [
            "float square = 1.0f;", f"{name}_scores();", *errors,
            *loop("i", n_features, "square += features[i] * features[i];"),
            *loop(
                "j", n_outputs, f"const float step = errors[j] * ({rate} / square);",
                "intercept[j] += step;",
                *loop("i", n_features, "coef[i][j] += step * features[i];"))],
            f"adapt the readout to the steps so far; {truth}")


def _class_errors(program: Program, n_outputs: int, online: OnlineReadout) -> Lines:
    """Add the exponential function, and return the code of the errors of the probabilities."""
    write_exp(program)
    one, coldness = literal(np.float32(1)), literal(online.coldness)
    return [
        "/* the true class minus the probabilities */", "float largest = scores[0], sum = 0.0f;",
        *loop("j", n_outputs, "largest = scores[j] > largest ? scores[j] : largest;"),
        *loop(
            "j", n_outputs, f"errors[j] = power_of_e((scores[j] - largest) * {coldness});",
            "sum += errors[j];"),
        *loop("j", n_outputs, f"errors[j] = (j == label ? {one} : 0.0f) - errors[j] / sum;")]
