"""Networks without a rule: only the decoder is fitted."""

import numpy as np
import pytest

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_poisson

pytestmark = pytest.mark.small
X, Y = make_poisson(20, 10, 40, random_state=0)


def test_weights_are_the_initial_ones_with_and_without_labels():
    drawn = SNNTransformer(8, rule=None, random_state=0).fit(X)
    fitted = SNNClassifier(8, rule=None, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(drawn.weights_[0], fitted.weights_[0])
    assert drawn.n_iter_ == fitted.n_iter_ == 1


def test_each_layer_is_recurrent_as_specified():
    fitted = SNNTransformer(
        (8, 5, 4), recurrent=(True, False, True), rule=None, random_state=0).fit(X)
    assert [
        None if weights is None else weights.shape for weights in fitted.recurrent_weights_] == [
        (8, 8), None, (4, 4)]
