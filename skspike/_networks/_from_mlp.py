"""Convert a perceptron of scikit-learn to a network."""

from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor

from .._base import atomic
from ..coding import IntegrateAndFire, SpikeEncoder
from ..learning import INTEGRATOR, Conversion
from ._classifier import SNNClassifier
from ._regressor import SNNRegressor
from ._settings import resolved_rule, steps_of_tables


def from_mlp(
        mlp: MLPClassifier | MLPRegressor, X: ArrayLike, *, n_steps: int = 10,
        encoder: SpikeEncoder | None = None, **parameters: Any) -> SNNClassifier | SNNRegressor:
    """Convert a fitted perceptron of scikit-learn to a network with similar predictions.

    Each hidden unit, a rectified linear unit, becomes an integrate-and-fire neuron without leak,
    which keeps the excess over its threshold. Its spike count is the rounded activation of the
    unit. More steps need more energy and are closer to the perceptron. The network can be trained
    further, and then needs fewer steps:
    ``network.set_params(warm_start=True, max_iter=20).fit(X, y)``.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        The fitted perceptron, with ``activation="relu"``.
    X : array-like of shape (n_samples, n_features)
        Samples of the training data, some hundred or more. They set the scale of the firing rates.
    n_steps : int, default=10
        Number of steps of the default encoder, at least 1. Ignored with `encoder`.
    encoder : SpikeEncoder or None, default=None
        Encoder of the features. None: spikes without noise of two signs, ``SpikeEncoder(
        n_steps=n_steps, coding=IntegrateAndFire(signed=True))``.
    **parameters : dict
        Further parameters of the network.

    Returns
    -------
    network : SNNClassifier or SNNRegressor
        The fitted network, of the kind of the perceptron.

    Raises
    ------
    TypeError
        If `mlp` is no perceptron.
    ValueError
        If the perceptron is not fitted or has other units, X does not fit it, or the rule learns no
        bias.

    See Also
    --------
    SNNClassifier : The network of an MLPClassifier.
    SNNRegressor : The network of an MLPRegressor.

    Notes
    -----
    The features are decoded from the spike counts of the encoder by least squares. So any coding
    can be used whose counts depend on the values. `skspike.coding.Latency` cannot, because it has
    one spike for each value. The activation that becomes a spike in every step is a percentile of
    the activations of X, out of 90 to 100 [1]_. The one whose network has the lowest loss on at
    most 2000 samples is chosen, with the predictions of the perceptron as targets.

    References
    ----------
    .. [1] B. Rueckauer, I.-A. Lungu, Y. Hu, M. Pfeiffer, S.-C. Liu, "Conversion of continuous-
        valued deep networks to efficient event-driven networks for image classification",
        Frontiers in Neuroscience 11, 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklearn.preprocessing import scale
    >>> from skspike import from_mlp
    >>> X, y = load_wine(return_X_y=True)
    >>> X = scale(X)
    >>> mlp = MLPClassifier(16, max_iter=1000, random_state=0).fit(X[::2], y[::2])
    >>> network = from_mlp(mlp, X[::2])
    >>> round(network.score(X[1::2], y[1::2]), 2)
    0.96
    """
    if not isinstance(mlp, (MLPClassifier, MLPRegressor)):
        raise TypeError(
            "from_mlp needs a fitted MLPClassifier or MLPRegressor, got "
            f"{type(mlp).__name__}. Of a Pipeline, pass the last step, and transformed data.")
    conversion = Conversion(mlp)
    conversion.check()
    if encoder is None:
        encoder = SpikeEncoder(n_steps=n_steps, coding=IntegrateAndFire(signed=True))
    given = {"neuron": clone(INTEGRATOR), "readout": "count", "rule": "surrogate", **parameters}
    rule, y = resolved_rule(given["rule"]), mlp.predict(X)
    if not getattr(rule, "bias", True):
        raise ValueError(f"from_mlp needs a rule with bias=True, as the units have, got {rule!r}.")
    given |= {"encoder": encoder, "rule": conversion}
    sizes = tuple(weights.shape[1] for weights in mlp.coefs_[:-1])
    network: SNNClassifier | SNNRegressor
    if encoder.n_steps is None:
        given["n_steps"] = steps_of_tables(SNNClassifier(**given), rule, has_images=False)
    if isinstance(mlp, MLPClassifier):  # its predictions for X may lack some of its classes
        network = SNNClassifier(sizes, **given)
        atomic(SNNClassifier._fit)(network, X, y, None, mlp.classes_)
    else:
        network = SNNRegressor(sizes, **given).fit(X, y)
    # later fits use the parameters of the user
    network.rule, network.rule_ = parameters.get("rule", "surrogate"), rule
    network.n_steps = None
    return network
