"""The theta neuron: a phase, written as equations of a page, with a polynomial for the cosine."""

from skspike.neurons import EquationNeuron, Equations, Intrinsic


class ThetaNeuron(EquationNeuron):
    """A phase that an input current drives around a circle. It spikes at the phase pi."""

    name = "theta"
    intrinsics = (
        Intrinsic("tau_mem", "log", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_syn", "log", role="synapse", default=5.0, bounds=(1.5, 200.0)),
        Intrinsic("threshold", "log", role="threshold", default=3.1416, bounds=(1.0, 3.2)),
    )
    equations = Equations(
        states=("theta", "i"),
        charge="""
            cosine = 1 - theta**2 / 2 + theta**4 / 24 - theta**6 / 720 + theta**8 / 40320
            di/dt = -i / tau_syn + x
            dtheta/dt = (1 - cosine + (1 + cosine) * i) / tau_mem
            theta = saturate(theta, 4)
        """,
        margin="(theta - threshold) / threshold",
        reset="theta = theta - 2 * s * threshold",
    )
