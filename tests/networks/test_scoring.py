"""Early stopping on a score: the scorer gets the network after each epoch and the held-out data."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import accuracy_score, log_loss, make_scorer

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder
from skspike.datasets import make_poisson
from skspike.learning import SurrogateGradient, Tempotron

RASTER, LABELS = make_poisson(60, 8, 40, rates=(40, 80), random_state=0)
NAMES = np.array(["low", "high"])[LABELS]
TABLE = np.random.default_rng(0).normal(size=(60, 5))
VALUES = TABLE @ [1.0, -2.0, 0.5, 0.0, 1.0] * 30 + 1000
STOPPED = {
    "validation_fraction": 0.3, "max_iter": 6, "n_steps": 20, "random_state": 0}


class Recorder:
    """A scorer that keeps its arguments, and returns given scores or the estimator's score."""

    def __init__(self, scores=None):
        self.scores, self.calls = scores, []

    def __call__(self, estimator, X, y):
        self.calls.append((estimator, X, y))
        if self.scores:
            return self.scores[len(self.calls) - 1]
        return estimator.score(X, y)

    def __deepcopy__(self, memo):  # clones share it
        return self


FITS = {
    "raster": (SNNClassifier(5), RASTER, NAMES),
    "tempotron": (SNNClassifier(4, rule=Tempotron(tau_starts=None)), RASTER, NAMES),
    "recurrent": (
        SNNClassifier(
            5, recurrent=True, rule=SurrogateGradient(learning_rate_schedule="one_cycle")),
        RASTER, NAMES),
    "lists": (SNNClassifier(5), RASTER.tolist(), NAMES.tolist()),
    "table": (SNNClassifier(5), TABLE + 100, NAMES),
    "frame": (SNNClassifier(5), pd.DataFrame(TABLE, columns=list("abcde")), pd.Series(NAMES)),
    "sparse": (SNNClassifier(5), csr_array(TABLE), NAMES),
    "encoder": (SNNClassifier(5, encoder=SpikeEncoder("poisson", n_steps=20)), TABLE, NAMES),
    "values": (SNNRegressor(5), TABLE, VALUES),
    "two values": (SNNRegressor(5), TABLE, np.stack([VALUES, -VALUES], axis=1))}


@pytest.mark.parametrize("case", FITS)
def test_the_state_of_highest_score_on_held_out_data_is_restored(case):
    scorer, (model, X, y) = Recorder(), FITS[case]
    model.set_params(**STOPPED, early_stopping=scorer).fit(X, y)
    scores = model.validation_scores_
    assert len(scores) == len(scorer.calls) == model.n_iter_ and not hasattr(
        model, "validation_curve_")
    assert len({len(y) for _, _, y in scorer.calls}) == 1 and len(scorer.calls[0][2]) == 18
    best, X_held, y_held = scorer.calls[int(np.argmax(scores))]
    assert best.score(X_held, y_held) == max(scores)
    if case != "tempotron":  # its decoder is fitted again, to all rows
        np.testing.assert_array_equal(best.predict(X_held), model.predict(X_held))
    for one, other in zip(best.weights_, model.weights_, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        (SNNClassifier.score, lambda model, X, y: model.score(X, y)),
        ("accuracy", lambda model, X, y: accuracy_score(y, model.predict(X))),
        ("neg_log_loss", lambda model, X, y: -log_loss(y, model.predict_proba(X))),
        (
            make_scorer(log_loss, response_method="predict_proba", greater_is_better=False),
            lambda model, X, y: -log_loss(y, model.predict_proba(X)))],
    ids=["score", "accuracy", "log loss", "scorer"])
def test_names_and_scorers_are_those_of_scikit_learn(scoring, score):
    scorer = Recorder()
    SNNClassifier(5, **STOPPED, early_stopping=scorer).fit(RASTER, NAMES)
    model = SNNClassifier(5, **STOPPED, early_stopping=scoring).fit(RASTER, NAMES)
    expected = [score(*call) for call in scorer.calls]
    np.testing.assert_allclose(model.validation_scores_, expected[: model.n_iter_], rtol=1e-12)


@pytest.mark.parametrize("result", [np.nan, np.inf, "good", None, np.zeros(2)], ids=repr)
def test_a_score_must_be_a_finite_number(result):
    with pytest.raises(ValueError, match="early_stopping must return a finite number, got"):
        SNNClassifier(5, **STOPPED, early_stopping=lambda *given: result).fit(RASTER, LABELS)


def test_an_error_of_a_scorer_names_the_parameter():
    with pytest.raises(ValueError, match="early_stopping cannot score the held-out data: .*cont"):
        SNNRegressor(5, **STOPPED, early_stopping="accuracy").fit(TABLE, VALUES)


def test_a_scorer_that_takes_weights_gets_the_weights_of_the_samples():
    def scorer(estimator, X, y, sample_weight):
        # the values are the weights
        np.testing.assert_allclose(sample_weight / y, sample_weight[0] / y[0])
        return float(np.ptp(sample_weight))

    weight = np.random.default_rng(0).uniform(0.5, 2, 60)
    model = SNNRegressor(5, **STOPPED, early_stopping=scorer)
    model.fit(TABLE, weight, sample_weight=weight)
    assert min(model.validation_scores_) > 0


class Opaque(Recorder):
    """A scorer that does not show its parameters."""

    __signature__ = "unknown"


def test_a_scorer_that_does_not_show_its_parameters_gets_no_weights():
    scorer = Opaque()
    weight = np.linspace(0.5, 2, 60)
    model = SNNClassifier(5, **STOPPED, early_stopping=scorer)
    model.fit(RASTER, NAMES, sample_weight=weight)
    assert len(scorer.calls) == model.n_iter_
