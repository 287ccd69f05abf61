"""What the metrics of networks share: a check, and the activity of every layer."""

from sklearn.utils.validation import check_is_fitted

from .._utils import as_now
from ..simulation import from_raster
from ..snn import READOUT


def check_network(estimator, name):
    """Raise unless the estimator is a fitted SNNTransformer or SNNClassifier; return it as it is now."""
    if not hasattr(estimator, "learn_intrinsic"):
        raise ValueError(
            f"{name} expects a fitted SNNTransformer or SNNClassifier, got {estimator!r}; "
            "of a Pipeline take that step, and give it what the steps before return."
        )
    check_is_fitted(estimator, "weights_")
    return as_now(estimator)


def layer_activity(rule, network, events):
    """Yield each layer as a network of its own, with the events that reach it and the raster that it emits under the rule."""
    for layer in network.singles():
        raster = rule.run(layer, events)
        yield layer, events, raster
        events = from_raster(raster)


def all_weights(estimator):
    """Return the synaptic weights of a fitted network, the recurrent ones as well."""
    return [
        *estimator.weights_,
        *(weights for weights in estimator.recurrent_weights_ if weights is not None)]


def readout_parameters(estimator):
    """Return the parameters of the readout; an SNNTransformer has none."""
    return [getattr(estimator, name) for name in READOUT if hasattr(estimator, name)]
