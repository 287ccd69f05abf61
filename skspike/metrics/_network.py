"""Checks, layer activity and parameters, shared by the metrics of networks."""

from sklearn.utils.validation import check_is_fitted

from .._utils import snapshot
from ..simulation import from_raster

READOUT = ("decoder_coef_", "decoder_intercept_", "feature_mean_", "feature_scale_")


def check_network(estimator, name):
    """Return a consistent copy of a fitted network. Raise for any other estimator."""
    if not hasattr(estimator, "learn_intrinsic"):
        raise ValueError(
            f"{name} expects a fitted SNNTransformer, SNNClassifier or SNNRegressor, got "
            f"{estimator!r}. Of a Pipeline, pass the network step, and as X the output of the "
            "steps before it.")
    check_is_fitted(estimator, "weights_")
    return snapshot(estimator)


def layer_activity(rule, network, events):
    """Yield each layer as a single-layer network, with its input events and its output raster."""
    for layer in network.singles():
        raster = rule.run(layer, events)
        yield layer, events, raster
        events = from_raster(raster)


def all_weights(estimator):
    """Return the feed-forward and recurrent weights of a fitted network."""
    return [
        *estimator.weights_,
        *(weights for weights in estimator.recurrent_weights_ if weights is not None)]


def readout_parameters(estimator):
    """Return the parameters of the readout, none for an SNNTransformer."""
    return [getattr(estimator, name) for name in READOUT if hasattr(estimator, name)]
