"""A neuron outside the package: a membrane whose leak grows with its potential."""

from skspike.neurons import EquationNeuron, Equations, Intrinsic


class QuadraticNeuron(EquationNeuron):
    """A neuron with a quadratic leak and two intrinsics."""

    name = "quadratic"
    intrinsics = (
        Intrinsic("gain", "log", default=0.1, bounds=(0.001, 0.4)),
        Intrinsic("threshold", "log", role="threshold", default=0.5, bounds=(0.1, 1.5)),
    )
    equations = Equations(
        states=("v",),
        charge="v = clip(v - gain * dt * v * abs(v) + x, -2, 2)",
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )
