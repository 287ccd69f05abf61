"""Values for parameters that are "auto" or None, apart from a fit."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder, suggest

X, Y = load_iris(return_X_y=True)


def names_left(network):
    """Return the parameters that are "auto" and that a fit would choose."""
    chosen = {"alpha", "dropout", "delays", "augment", "standardize", "readout"}
    return {
        name for name, value in network.get_params().items()
        if name.rpartition("__")[2] in chosen and isinstance(value, str) and value == "auto"}


@pytest.mark.parametrize("network", [
    SNNClassifier(8, random_state=0), SNNClassifier(8, random_state=0, max_iter=5),
    SNNClassifier(8, random_state=0, encoder=SpikeEncoder(n_steps=12)),
    SNNRegressor(8, random_state=0, max_iter=5)], ids=["default", "epochs", "encoder", "regressor"])
def test_a_fit_with_the_suggested_values_is_the_fit_that_chooses_them(network):
    y = Y if isinstance(network, SNNClassifier) else X[:, 3]
    before = repr(network)
    suggested = suggest(network, X, y)
    assert repr(network) == before and not hasattr(suggested, "weights_")
    assert not names_left(suggested)
    assert None not in (suggested.max_iter, suggested.learning_rate, suggested.dt)
    chosen, given = clone(network).fit(X, y), suggested.fit(X, y)
    assert chosen.dropout_ > 0
    assert (chosen.alpha_, chosen.dropout_) == (given.alpha_, given.dropout_)
    np.testing.assert_array_equal(chosen.weights_[0], given.weights_[0])
    np.testing.assert_array_equal(chosen.decoder_coef_, given.decoder_coef_)


def test_verbose_prints_the_choice(capsys):
    network = SNNClassifier(8, max_iter=1, random_state=0, verbose=True).fit(X, Y)
    assert f"Chosen: delays=(0,), alpha={network.alpha_:.3g}" in capsys.readouterr().out


def test_what_is_no_network_is_refused():
    pipeline = make_pipeline(StandardScaler(), SNNClassifier())
    with pytest.raises(TypeError, match="suggest needs an SNNClassifier.*got Pipeline.*last step"):
        suggest(pipeline, X, Y)
    with pytest.raises(ValueError, match="alpha must be"):
        suggest(SNNClassifier(alpha=-1), X, Y)
    with pytest.raises(ValueError, match="at least two classes"):
        suggest(SNNClassifier(), X, np.zeros(len(X)))
