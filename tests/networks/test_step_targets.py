"""Targets at each step: forms, pieces, streams, weights and errors."""


import numpy as np
import pytest
from parts import cover
from sklearn.exceptions import NotFittedError

from skspike import Convolution, SNNClassifier, SNNRegressor, SpikeEncoder, adapt, fit_in_parts
from skspike._networks._recordings import piece_bounds, value_moments
from skspike.coding import Augment, Direct
from skspike.inspection import explain
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF
from skspike.simulation import Leaky

LENGTHS = 200, 120, 90, 151
DECAYED = np.exp(-np.arange(60) / 8)


def recording(n_steps, seed, n_channels=6):
    return (np.random.default_rng(seed).random((n_channels, n_steps)) < 0.2).astype(np.uint8)


def values_of(x):
    """Return a filter of the first channel, and the second channel of the step before."""
    return np.stack([
        np.convolve(x[0], DECAYED)[: x.shape[1]], np.append(0.0, x[1, :-1])])


X = [recording(n, seed) for seed, n in enumerate(LENGTHS)]
Y = [values_of(x) for x in X]
LABELS = [np.digitize(y[0], [0.8, 1.6]) for y in Y]
SERIES = [
    np.random.default_rng(k).normal(size=(3, n)).cumsum(axis=1).astype(np.float32)
    for k, n in enumerate(LENGTHS)]
ARRAY = np.stack([recording(80, seed) for seed in range(6)])
ARRAY_Y = np.stack([values_of(x) for x in ARRAY])
ARRAY_LABELS = np.digitize(ARRAY_Y[:, 0], [0.8, 1.6])


def network(cls=SNNRegressor, sizes=(6,), **parameters):
    """Return a small network without a rule."""
    readout = {"readout": "leaky"} if cls is SNNClassifier else {}
    return cls(sizes, **{
        "rule": None, "alpha": 1.0, "delays": (0, 2), "random_state": 0, **readout, **parameters})


def trained(cls=SNNRegressor, **parameters):
    return network(cls, **{"rule": "surrogate", "max_iter": 2, **parameters})


def outputs(model, X):
    return model.decision_function(X) if isinstance(model, SNNClassifier) else model.predict(X)


def target(cls):
    return LABELS if cls is SNNClassifier else Y


both = pytest.mark.parametrize("cls", [SNNRegressor, SNNClassifier])
every_rule = pytest.mark.parametrize("make", [network, trained])


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for one, two in zip(found, expected, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


# forms of input and output

def test_values_have_the_form_of_the_recordings():
    model = network().fit(X, Y)
    predicted = model.predict(X)
    assert isinstance(predicted, list)
    assert [y.shape for y in predicted] == [(2, n) for n in LENGTHS]
    assert {y.dtype for y in predicted} == {np.dtype(np.float32)}
    assert isinstance(model.readout_, Leaky)
    array = network().fit(ARRAY, ARRAY_Y).predict(ARRAY)
    assert array.shape == ARRAY_Y.shape and array.dtype == np.float32


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_have_the_form_of_the_recordings(n_classes):
    labels = [np.minimum(y, n_classes - 1) for y in LABELS]
    model = network(SNNClassifier).fit(X, labels)
    assert model.classes_.tolist() == [*range(n_classes)]
    scores, p = model.decision_function(X), model.predict_proba(X)
    for k, n in enumerate(LENGTHS):
        assert scores[k].shape == p[k].shape == (n_classes, n) and scores[k].dtype == np.float32
        np.testing.assert_allclose(p[k].sum(axis=0), 1, rtol=1e-5)
        np.testing.assert_array_equal(model.predict(X)[k], scores[k].argmax(axis=0))
        np.testing.assert_allclose(
            np.exp(model.predict_log_proba(X)[k]), p[k], rtol=1e-5, atol=1e-7)
    labels = np.minimum(ARRAY_LABELS, n_classes - 1)
    array = network(SNNClassifier).fit(ARRAY, labels)
    assert array.predict(ARRAY).shape == (6, 80)
    assert array.decision_function(ARRAY).shape == (6, n_classes, 80)


def test_labels_may_be_numbers_or_text_and_unknown_is_left_out():
    names = np.array(["c", "a", "b"])
    unknown = [np.arange(len(y)) % 7 == 3 for y in LABELS]
    numbers = [np.where(at, -1, y) for y, at in zip(LABELS, unknown, strict=True)]
    text = [names[y].astype(object) for y in LABELS]
    mixed = [y.astype(object) for y in LABELS]
    for one, two, at in zip(text, mixed, unknown, strict=True):
        one[at], two[at] = None, None
    models = [network(SNNClassifier).fit(X, y) for y in (numbers, text, mixed)]
    order = np.argsort(names)
    assert models[0].classes_.tolist() == models[2].classes_.tolist() == [0, 1, 2]
    assert models[1].classes_.tolist() == ["a", "b", "c"]
    scores = [model.decision_function(X)[0] for model in models]
    np.testing.assert_array_equal(scores[0], scores[2])
    np.testing.assert_allclose(scores[0][order], scores[1], rtol=1e-3, atol=1e-3)
    assert models[0].score(X, numbers) == models[2].score(X, mixed)
    assert np.isclose(models[0].score(X, numbers), models[1].score(X, text), atol=0.01)
    predicted = np.concatenate(models[0].predict(X))
    y = np.concatenate(numbers)
    assert models[0].score(X, numbers) == np.mean((predicted == y)[y >= 0])


# causality and independence


@both
def test_a_recording_does_not_depend_on_others_or_on_threads(cls):
    model = network(cls).fit(X, target(cls))
    together = outputs(model, X)
    for k, x in enumerate(X):
        assert_equal(outputs(model, [x]), together[k : k + 1])
    assert_equal(outputs(model.set_params(n_jobs=2), X), together)


@both
@every_rule
def test_a_weight_is_a_number_of_recordings(cls, make):
    y = target(cls)
    twice = outputs(make(cls).fit(X, y, [2.0, 1.0, 1.0, 1.0]), X)
    assert_equal(twice, outputs(make(cls).fit(X + X[:1], y + y[:1]), X))
    assert any((a != b).any() for a, b in zip(twice, outputs(make(cls).fit(X, y), X), strict=True))
    assert_equal(
        outputs(make(cls).fit(X, y, [0, 1, 1, 1]), X), outputs(make(cls).fit(X[1:], y[1:]), X))
    assert_equal(outputs(make(cls).fit(X, y, [0.1] * 4), X), outputs(make(cls).fit(X, y), X))


@both
@every_rule
def test_unknown_steps_have_no_effect_but_their_input_has(cls, make):
    unknown = slice(40, 70)
    y = [one.copy() for one in target(cls)]
    if cls is SNNClassifier:
        y[0][unknown] = -1
    else:
        y[0] = y[0].astype(float)
        y[0][:, unknown] = np.nan
    expected = make(cls).fit(X, y)
    assert_equal(outputs(make(cls).fit(X, [one.copy() for one in y]), X), outputs(expected, X))
    changed = [X[0].copy(), *X[1:]]
    changed[0][:, 60:69] = 1 - changed[0][:, 60:69]
    # the steps after it have another past
    other = make(cls).fit(changed, y)
    assert any((a != b).any() for a, b in zip(outputs(other, X), outputs(expected, X), strict=True))


def test_shuffled_targets_are_not_learned(rng):
    long = [recording(4000, seed) for seed in range(4)]
    y = [values_of(x)[:1] for x in long]
    shuffled = [one[:, rng.permutation(one.shape[1])] for one in y]
    for model in (network(alpha="auto"), trained(alpha=10.0, max_iter=5)):
        assert model.fit(long[:3], shuffled[:3]).score(long[3:], shuffled[3:]) < 0.02
    assert network(alpha="auto").fit(long[:3], y[:3]).score(long[3:], y[3:]) > 0.05


# pieces

@pytest.mark.small
def test_pieces_give_each_step_one_target_after_the_warm_up(rng):
    for _ in range(300):
        lengths = rng.integers(1, 400, rng.integers(1, 5))
        overlap = int(rng.integers(0, 60))
        n_steps = int(min(overlap + rng.integers(1, 80), lengths.max()))
        counts = [np.zeros(n, int) for n in lengths]
        for k, start, first in piece_bounds(lengths, n_steps, overlap):
            stop = min(start + n_steps, lengths[k])
            assert 0 <= start and 0 <= first < n_steps
            assert first >= overlap or start == first == 0
            assert stop - start == min(n_steps, lengths[k])
            counts[k][start + first : stop] += 1
        assert all((count == 1).all() for count in counts)


@pytest.mark.small
def test_the_moments_of_values_are_those_of_known_steps(rng):
    y, weight = rng.normal(5, 2, (4, 30, 2)), np.array([1.0, 2.0, 1.0, 1.0])
    y[0, :20], y[1, :, 1] = np.nan, np.nan
    found = value_moments(y, weight)
    for k in range(2):
        each = np.concatenate([y[[0, 1, 1, 2, 3], :, k]]).ravel()
        assert np.isclose(found.mean[k], np.nanmean(each)) and np.isclose(
            found.sd[k], np.nanstd(each))
    constant = value_moments(np.full((2, 3, 1), 0.1), np.ones(2))
    assert constant.mean[0] == 0.1 and constant.sd[0] == 0


# streams

STREAMED = {
    "no delays": ({"delays": None}, X),
    "recurrent layers": ({"sizes": (7, 5), "recurrent": (False, True), "delays": (0, 3, 9)}, X),
    "convolution": ({"sizes": (Convolution(2, 2, image_shape=(2, 3)), 5), "delays": None}, X),
    "synapses": ({"neuron": LIF(tau_syn=5.0, refractory=2.0, reset="subtract")}, X),
    "dt": ({"dt": 5.0, "delays": (0, 10)}, X), "currents": ({}, SERIES),
    "thermometer": ({"encoder": SpikeEncoder()}, SERIES),
    "differences": ({"encoder": SpikeEncoder(Direct(differences=True))}, SERIES),
    "hold": ({"missing": "hold"}, [
        np.where(np.random.default_rng(1).random(x.shape) < 0.1, np.nan, x) for x in SERIES])}


def pieces_of(x, rng):
    """Yield the input of single steps, and of several steps together."""
    t = 0
    while t < x.shape[1]:
        n = int(rng.integers(1, 40))
        if n < 10:
            yield np.ascontiguousarray(x[:, t])
            t += 1
        else:
            yield x[:, t : t + n]
            t += n


@pytest.mark.parametrize(("name", "cls"), cover([*STREAMED], [SNNRegressor, SNNClassifier]))
def test_a_stream_has_the_outputs_of_the_whole_recording(name, cls, rng):
    parameters, data = STREAMED[name]
    model = network(cls, **parameters).fit(data, target(cls))
    expected = outputs(model, data)
    for x, wanted in zip(data[:2], expected, strict=False):
        stream = model.stream()
        for t in range(x.shape[1]):
            stream.step(np.ascontiguousarray(x[:, t]))
            found = stream.predict() if cls is SNNRegressor else stream.decision_function()
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, wanted[:, t])
            if cls is SNNClassifier and t % 20 == 0:
                np.testing.assert_array_equal(
                    stream.predict_proba(), model.predict_proba([x])[0][:, t])
                assert stream.predict() == model.predict([x])[0][t]
        stream.reset()
        t = 0
        for part in pieces_of(x, rng):
            spikes = stream.step(part)
            t += 1 if part.ndim == 1 else part.shape[1]
            assert spikes.shape[1:] == part.shape[1:]
            found = stream.predict() if cls is SNNRegressor else stream.decision_function()
            np.testing.assert_array_equal(found, wanted[:, t - 1])


# learning


@both
def test_partial_fit_learns_recordings_in_chunks(cls):
    options = {"classes": [0, 1, 2]} if cls is SNNClassifier else {}
    model = trained(cls).partial_fit(X[:2], target(cls)[:2], **options)
    before = outputs(model, X)
    model.partial_fit(X[2:], target(cls)[2:])
    assert all((a != b).any() for a, b in zip(outputs(model, X), before, strict=True))
    weighted = trained(cls).partial_fit(X[:2], target(cls)[:2], sample_weight=[3, 3], **options)
    assert (outputs(weighted, X)[0] != before[0]).any()


def test_a_class_weight_moves_the_decisions():
    shares = [
        np.mean(np.concatenate(trained(
            SNNClassifier, max_iter=10, class_weight=weight).fit(X, LABELS).predict(X)) == 2)
        for weight in ({2: 0.1}, None, {2: 10.0})]
    assert shares[0] < shares[1] < shares[2]
    equal = [
        outputs(trained(SNNClassifier, class_weight=weight).fit(X, LABELS), X)
        for weight in (None, {0: 3.0, 1: 3.0, 2: 3.0})]
    assert_equal(*equal)
    with pytest.raises(ValueError, match="class_weight gives all steps weight 0, got {0: 0.0"):
        trained(SNNClassifier, class_weight={0: 0.0}).partial_fit(
            ARRAY, np.zeros((len(ARRAY), ARRAY.shape[2]), int), classes=[0, 1])


# model selection and tools


# errors

def steps(y, value, k=1):
    """Return targets with another value in a step of a recording."""
    found = [one.astype(float) for one in y]
    found[k][..., 3] = value
    return found


BAD_VALUES = {
    "infinity": (X, steps(Y, np.inf), "must be finite, or NaN .* infinity in recording 1"),
    "large": (X, steps(Y, 1e19), "values up to 1e.18, because predictions are float32, got 1e.19"),
    "short": (X, [Y[0][:, :-1], *Y[1:]], r"shape \(2, 199\) for recording 0 of 200 steps"),
    "outputs": (X, [Y[0], Y[1][:1], *Y[2:]], r"equal n_outputs, got shape \(1, 120\)"),
    "none": (X, [y[:0] for y in Y], r"got shape \(0, 200\)"),
    "few": (X, Y[:3], "for each of the 4 recordings in X, got 3"),
    "unknown": (X, [np.stack([y[0], y[1] * np.nan]) for y in Y], "only NaN for output 1"),
    "flat": (X, [y[0] for y in Y], r"arrays of shapes .* SNNRegressor, with arrays \(n_outputs, "),
    "3-D": (X, [y[None] for y in Y], r"arrays of shapes \[\(1, 2, 90\)"),
    "transposed": (ARRAY, ARRAY_Y.swapaxes(1, 2), r"\(80, 2\) for recording 0 of 80 steps"),
    "table": (ARRAY[:, :, 0], ARRAY_Y, r"needs recordings .* \(2-D input\) of shape \(6, 6\)"),
    "one": (X[0], Y[0], "pass them as lists of one"),
    "one in a list": (X[:1], Y[0], "pass them as lists of one"),
    "one and a list": (X[0], Y[:1], "Pass one recording as lists of one")}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_bad_values_are_refused(name):
    x, y, message = BAD_VALUES[name]
    with pytest.raises(ValueError, match=message):
        network().fit(x, y)


NAMES = [np.array(["a", "b", "c"])[y] for y in LABELS]
BAD_CLASSES = {
    "short": (X, [LABELS[0][:-1], *LABELS[1:]], r"shape \(199,\) for recording 0 of 200 steps"),
    "few": (X, LABELS[:2], "for each of the 4 recordings in X, got 2"),
    "unknown": (X, [0 * y - 1 for y in LABELS], "a label in at least one step"),
    "NaN": (X, steps(LABELS, np.nan), "must have -1 in steps without a label, got NaN"),
    "fractions": (X, steps(LABELS, 0.5), "Unknown label type: continuous"),
    "mixed": (X, [LABELS[0], *NAMES[1:]], "numbers or text as labels, got both"),
    "one class": (X, [0 * y for y in LABELS], "at least two classes in y, got one class: 0"),
    "signs": (
        X, [np.where(y, 1, -1) for y in LABELS], "Give a class of label -1 another label"),
    "table": (ARRAY[:, 0].tolist(), ARRAY_LABELS, r"needs recordings .* of shape \(6, 80\)"),
    "one": (X[0], LABELS[0], "pass them as lists of one"),
    "one and a list": (X[0], LABELS[:1], "Pass one recording as lists of one")}


@pytest.mark.parametrize("name", BAD_CLASSES)
def test_bad_classes_are_refused(name):
    x, y, message = BAD_CLASSES[name]
    with pytest.raises(ValueError, match=message):
        network(SNNClassifier).fit(x, y)


BAD_PARAMETERS = {
    "readout": ({"readout": "count"}, "needs readout='leaky', a Leaky or 'auto', got"),
    "taus": ({"readout": Leaky(())}, "taus must hold at least one time constant"),
    "long": ({"readout": Leaky((2e4,))}, "must be at most 10000 steps of dt=1.0 ms"),
    "standardize": ({"standardize": "sample"}, "standardize='sample' needs whole samples"),
    "n_steps": ({"encoder": SpikeEncoder(n_steps=20)}, "n_steps=20, and would change the steps"),
    "coding": ({"encoder": SpikeEncoder("poisson")}, "Poisson coding cannot stream"),
    "missing": ({"missing": "interpolate"}, "Fit it with missing='hold'"),
    "early_stopping": (
        {"rule": "surrogate", "early_stopping": True}, "early_stopping holds out samples"),
    "augment": (
        {"rule": SurrogateGradient(augment=Augment())}, "augment changes samples and not their"),
    "memory": ({"rule": SurrogateGradient(memory=5)}, "memory=5 keeps samples"),
    "tempotron": ({"rule": "tempotron"}, r"Tempotron\(\) does not learn a target for each step")}


@pytest.mark.parametrize("name", BAD_PARAMETERS)
def test_parameters_that_do_not_suit_are_refused(name):
    parameters, message = BAD_PARAMETERS[name]
    data = SERIES if {"encoder", "standardize", "missing"} & {*parameters} else X
    model = network(**parameters)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(data, Y) if name == "memory" else model.fit(data, Y)


def test_classes_of_each_step_need_the_leaky_readout():
    with pytest.raises(ValueError, match="or an SNNClassifier with readout='leaky'"):
        SNNClassifier(6, readout="count").fit(X, LABELS)


def test_a_fit_continues_only_the_same_kind_of_target():
    sample_y = np.stack([np.arange(6.0), np.ones(6)], axis=1)
    wanted = "continues a network that learned {}, and got {}"
    kinds = "one label or value for each sample", "a target for each step"
    with pytest.raises(ValueError, match=wanted.format(*kinds)):
        trained().partial_fit(ARRAY, sample_y).partial_fit(ARRAY, ARRAY_Y)
    model = trained(readout="leaky", warm_start=True).fit(ARRAY, ARRAY_Y)
    before = model.predict(ARRAY)
    with pytest.raises(ValueError, match=wanted.format(*kinds[::-1])):
        model.fit(ARRAY, sample_y)
    np.testing.assert_array_equal(model.predict(ARRAY), before)  # a fit that fails changes nothing


def test_methods_of_samples_are_refused():
    model, values = network(SNNClassifier).fit(X, LABELS), network().fit(X, Y)
    calls = {
        "adapt": [
            lambda: model.adapt(X, LABELS), lambda: values.adapt(X, Y),
            lambda: model.stream().adapt(0)],
        "running_decision": [lambda: model.running_decision(X)],
        "features": [lambda: model.stream().features()],
        "explain": [lambda: explain(model, X), lambda: explain(values, X, target=0)]}
    for name, functions in calls.items():
        for function in functions:
            with pytest.raises(ValueError, match=f"{name} needs one label or value for each sampl"):
                function()
    with pytest.raises(ValueError, match="Call partial_fit with one part after another"):
        fit_in_parts(trained(), [(X[:2], Y[:2]), (X[2:], Y[2:])])
    with pytest.raises((ValueError, TypeError)):
        adapt(model, X, LABELS)


def test_bad_input_of_a_prediction_is_refused():
    model = network().fit(X, Y)
    for x, message in (
            (X[0], "Pass one recording as a list of one"), ([X[0][:3]], "3 features"),
            ([0.5 * X[0]], "expects spikes, 0 and 1 only")):
        with pytest.raises(ValueError, match=message):
            model.predict(x)
    with pytest.raises(NotFittedError):
        network().predict(X)


def test_values_that_float32_rounds_warn():
    with pytest.warns(UserWarning, match="mean of 1e.08 .* in output 1. Predictions"):
        network().fit(X, [y + [[0.0], [1e8]] for y in Y])


@pytest.mark.parametrize("cls", [SNNRegressor, SNNClassifier])
def test_a_column_for_each_step_warns(cls):
    y = ARRAY_LABELS if cls is SNNClassifier else ARRAY_Y[:, 0]
    parameters = {"readout": "count"} if cls is SNNClassifier else {}
    with pytest.warns(UserWarning, match="a column for each of the 80 steps of X"):
        network(cls, **parameters).fit(ARRAY, y)
