"""Labels in several columns: indicator matrices, and several columns of classes."""

import pickle

import numpy as np
import pytest
import scipy.sparse
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.neural_network import MLPClassifier
from sklearn.utils.class_weight import compute_sample_weight

from skspike import SNNClassifier
from skspike._networks import _base
from skspike.datasets import make_poisson
from skspike.learning import RULES, SurrogateGradient

N = 90
X, TAGS = make_multilabel_classification(N, n_classes=3, allow_unlabeled=True, random_state=0)
# three columns with 3, 2 and 4 classes, of text
WORDS = np.stack([
    np.array(["low", "mid", "highest"])[np.digitize(X[:, 0], np.quantile(X[:, 0], [0.3, 0.7]))],
    np.where(X[:, 1] > np.median(X[:, 1]), "yes", "no"),
    np.array(list("abcd"))[np.digitize(X[:, 2], np.quantile(X[:, 2], [0.25, 0.5, 0.75]))]], axis=1)
KINDS = {"indicator": TAGS, "columns": WORDS}
SMALL = {"hidden_layer_sizes": 12, "n_steps": 30, "max_iter": 4, "random_state": 0}
CLASSES = {"indicator": range(3), "columns": [["highest", "low", "mid"], ["no", "yes"], "abcd"]}
CLASSES["columns"][2] = list("abcd")
every_kind = pytest.mark.parametrize("kind", KINDS)
every_rule = pytest.mark.parametrize(
    "rule", ["surrogate", None, SurrogateGradient(solver="descent")],
    ids=["surrogate", "None", "descent"])


def network(**parameters):
    return SNNClassifier(**{**SMALL, **parameters})


@pytest.fixture(scope="module")
def fitted():
    """Networks of more epochs, by the kind of y."""
    return {kind: network(max_iter=60).fit(X, y) for kind, y in KINDS.items()}


def close(one, other, rtol=1e-9):
    """Check that two results are equal to within rounding: arrays, or lists of arrays."""
    assert isinstance(one, list) == isinstance(other, list)
    pairs = zip(one, other, strict=True) if isinstance(one, list) else [(one, other)]
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=rtol)


def equal(one, other):
    """Check that two results are equal bit for bit."""
    close(one, other, rtol=0)


# form of the results


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@every_rule
def test_results_of_an_indicator_matrix_have_the_form_of_mlp_classifier(rule):
    model, peer = network(rule=rule).fit(X, TAGS), MLPClassifier(max_iter=9).fit(X, TAGS)
    np.testing.assert_array_equal(model.classes_, peer.classes_)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        mine, other = (getattr(one, method)(X) for one in (model, peer))
        assert (mine.shape, mine.dtype) == (other.shape, other.dtype)
    scores = model.decision_function(X)
    assert scores.shape == (N, 3)
    np.testing.assert_allclose(model.predict_proba(X), expit(scores))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), expit(scores))
    np.testing.assert_array_equal(model.predict(X), scores > 0)


@every_rule
def test_results_of_several_columns_of_classes_have_the_form_of_trees(rule):
    model, peer = network(rule=rule).fit(X, WORDS), RandomForestClassifier(3).fit(X, WORDS)
    assert [c.tolist() for c in model.classes_] == [c.tolist() for c in peer.classes_]
    assert model.predict(X).shape == peer.predict(X).shape
    p, log_p = model.predict_proba(X), model.predict_log_proba(X)
    assert [a.shape for a in p] == [a.shape for a in log_p] == [
        a.shape for a in peer.predict_proba(X)]
    for k in range(3):
        np.testing.assert_allclose(p[k].sum(axis=1), 1)
        np.testing.assert_allclose(np.exp(log_p[k]), p[k])
        np.testing.assert_array_equal(model.predict(X)[:, k], model.classes_[k][p[k].argmax(1)])
    assert set(model.predict(X).ravel()) <= set(WORDS.ravel())  # words of any length are whole


def test_columns_of_classes_have_no_decision_function_as_in_trees(fitted):
    assert hasattr(network(), "decision_function")
    assert hasattr(fitted["indicator"], "decision_function")
    assert not hasattr(fitted["columns"], "decision_function")
    with pytest.raises(AttributeError) as raised:
        fitted["columns"].decision_function(X)
    assert "Use predict_proba" in str(raised.value.__cause__)


@every_kind
def test_the_score_is_the_share_of_samples_that_are_right_in_all_columns(kind, fitted):
    model, y = fitted[kind], KINDS[kind]
    right = (model.predict(X) == y).all(axis=1)
    assert 0.3 < right.mean() < 1
    weight = np.arange(1.0, N + 1)
    np.testing.assert_allclose(model.score(X, y), right.mean())
    np.testing.assert_allclose(model.score(X, y, weight), np.average(right, weights=weight))
    np.testing.assert_allclose(model.score(X, y.tolist()), right.mean())
    if kind == "indicator":
        assert model.score(X, y) == accuracy_score(y, model.predict(X))
        assert model.score(X, scipy.sparse.csr_array(y)) == model.score(X, y)
    with pytest.raises(ValueError, match=r"shape of the predictions, \(90, 3\), got \(90, 2\)"):
        model.score(X, y[:, :2])


# kinds of y


# learning


@every_kind
def test_random_networks_fit_each_column_alone(kind):
    """The readout of a column equals that of a network with a 1-D y."""
    y = KINDS[kind]
    model = network(rule=None).fit(X, y)
    for k in range(3):
        alone = network(rule=None).fit(X, y[:, k])
        np.testing.assert_array_equal(alone.weights_[0], model.weights_[0])
        p = model.predict_proba(X)
        both = np.stack([1 - p[:, k], p[:, k]], axis=1) if kind == "indicator" else p[k]
        np.testing.assert_allclose(both, alone.predict_proba(X), rtol=1e-6)
        np.testing.assert_array_equal(model.predict(X)[:, k], alone.predict(X))


# weights of classes


@every_kind
def test_balanced_weights_are_those_of_scikit_learn(kind, monkeypatch):
    y, seen = KINDS[kind], []
    learn = _base._learn

    def spy(network, task, target, given):
        _, class_weight = network._target_kind.in_loss(network, target, task.settings)
        seen.append(class_weight[np.argsort(given.rows)])
        learn(network, task, target, given)

    monkeypatch.setattr(_base, "_learn", spy)
    labels = [["highest", "low"], ["no"], ["a"]] if kind == "columns" else [[1], [0], [1]]
    dicts = [dict.fromkeys(names, 3.0 + k) for k, names in enumerate(labels)]
    full = [
        {label: named.get(label, 1.0) for label in np.unique(column)}
        for named, column in zip(dicts, y.T, strict=True)]
    for given, wanted in (("balanced", "balanced"), (dicts, full), (
            ["balanced", None, dicts[2]], None)):
        network(class_weight=given, max_iter=1).fit(X, y)
        if wanted is None:
            expected = compute_sample_weight("balanced", y[:, 0]) * compute_sample_weight(
                full[2], y[:, 2])
        else:
            expected = compute_sample_weight(wanted, y)
        np.testing.assert_allclose(seen[-1], expected / expected.mean(), rtol=1e-12)


BALANCED = "class_weight='balanced' needs the number of samples of each class"
BAD_WEIGHTS = {
    "dict": ({0: 1, 1: 2}, "None or a list of 3 dicts, one for each column of y, got {0: 1, 1: 2}"),
    "short": ([{0: 1}], r"a list of 3 dicts, one for each column of y, got \[{0: 1}\]"),
    "label": ([{}, {7: 1, 0: 1}, {}], r"class_weight\[1\] must have labels of y, out of \[0, 1\]"),
    "negative": ([{}, {}, {0: -1}], r"class_weight\[2\]\[0\] must be a finite number and >= 0"),
    "zeros": ([{}, {}, {0: 0, 1: 0}], r"class_weight\[2\] must give at least one class of y a wei"),
    "text": ([{}, "fair", {}], r"class_weight\[1\] must be 'balanced', None or a dict"),
    "one text": ("fair", "class_weight must be 'balanced', None or a dict")}


def refused(model, method, words, *args):
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        getattr(model, method)(*args)
    assert vars(model) == before


@pytest.mark.parametrize(("weight", "words"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_of_columns_are_refused(weight, words):
    model = network(class_weight=weight)
    refused(model, "fit", words, X, TAGS)
    refused(model, "partial_fit", words, X, TAGS, range(3))


def test_chunks_refuse_balanced_weights_of_a_column():
    refused(
        network(class_weight=[{}, "balanced", {}]), "partial_fit", BALANCED, X, TAGS, range(3))


def test_weights_that_leave_no_sample_are_refused():
    y = np.stack([TAGS[:, 0], 1 - TAGS[:, 0]], axis=1)
    refused(
        network(class_weight=[{0: 0}, {0: 0}]), "fit", "class_weight gives all samples weight 0", X,
        y)


# continued learning


def test_listed_labels_of_an_indicator_matrix_make_columns_of_classes():
    """As in MultiOutputClassifier. A later chunk may then have other labels."""
    classes = [[0, 1, 2], [0, 1], np.array([0, 1])]
    model = network().partial_fit(X[:40], TAGS[:40], classes)
    assert [p.shape for p in model.predict_proba(X)] == [(N, 3), (N, 2), (N, 2)]
    y = TAGS.copy()
    y[50, 0] = 2
    model.partial_fit(X[40:], y[40:])
    assert model.predict(X).shape == (N, 3)


@pytest.mark.parametrize(("y", "classes", "words"), [
    (TAGS, None, "classes must be given in the first call"),
    (TAGS, [0, 1], r"classes must be range\(3\) for y as an indicator matrix of 3 columns"),
    (TAGS, [2, 1, 0], r"classes must be range\(3\) for y as an indicator matrix of 3 columns"),
    (TAGS, [0, 1, 5], r"classes must be range\(3\) for y as an indicator matrix of 3 columns"),
    (TAGS, [[0, 1], [0, 1]], "or a list of the labels of each column"),
    (TAGS[:, 0], [[0, 1], [0, 1]], "classes must be the labels of y, which has one column"),
    (TAGS * 2, range(3), r"y .* labels that are not in classes=\[0 1\]: \[2\]"),
    (WORDS, [list("abc"), ["no", "yes"], list("abcd")], "labels that are not in classes"),
    (TAGS, [[0], [0], [0]], "at least two classes in classes, got one class in each column: 0, 0"),
], ids=[
    "none", "too few", "order", "other", "two lists", "one column", "twos", "other words",
    "one class"])
def test_a_first_chunk_with_wrong_classes_is_refused(y, classes, words):
    model = network()
    with pytest.raises(ValueError, match=words):
        model.partial_fit(X, y, classes=classes)
    assert not hasattr(model, "classes_")


def test_later_chunks_and_warm_starts_keep_the_kind_of_labels():
    three = np.arange(N) % 3
    first = {kind: network(warm_start=True).fit(X, y) for kind, y in KINDS.items()}
    first["one"] = network(warm_start=True).fit(X, three)
    for kind, y, words in (
            ("indicator", three, "of the previous fit, an indicator matrix of 3 labels, got"),
            ("indicator", TAGS[:, :2], "indicator matrix of 3 labels, got .* of 2 labels"),
            ("indicator", WORDS, "indicator matrix of 3 labels, got .*'highest'"),
            ("columns", TAGS, "of the previous fit, .*'highest'.*, got an indicator matrix"),
            ("columns", WORDS[:, [1, 0, 2]], "needs the classes of the previous fit"),
            ("one", TAGS, r"of the previous fit, \[0 1 2\], got an indicator matrix")):
        with pytest.raises(ValueError, match=words):
            clone(first[kind]).fit(X, KINDS.get(kind, three)).fit(X, y)
    with pytest.raises(ValueError, match="must have the 3 columns of .* got 2"):
        first["columns"].partial_fit(X, WORDS[:, :2])
    with pytest.raises(ValueError, match="must have the 3 columns of .* indicator .* got 1"):
        first["indicator"].partial_fit(X, three)
    with pytest.raises(ValueError, match="differ from the classes of the first call"):
        first["indicator"].partial_fit(X, TAGS, classes=[[0, 1]] * 3)


# rules that do not support it, and bad labels


@every_kind
@pytest.mark.parametrize("rule", [name for name, cls in RULES.items() if cls.only_classes])
def test_other_rules_refuse_by_name(rule, kind):
    model = network(rule=rule)
    tags = model.__sklearn_tags__()
    assert not tags.target_tags.multi_output and not tags.classifier_tags.multi_label
    words = f"{RULES[rule].__name__} learns classes, not labels in several columns: use rule='surr"
    with pytest.raises(ValueError, match=words):
        model.fit(X, KINDS[kind])
    assert not hasattr(model, "classes_")


@pytest.mark.small
@pytest.mark.parametrize(("y", "words"), [
    (np.random.default_rng(0).random((N, 2)), "continuous"),
    (np.zeros((N, 2), int), "at least two classes in y, got one class in each column: 0, 0"),
    (np.full((N, 2), "a"), "at least two classes in y, got one class in each column: 'a', 'a'"),
    (np.zeros((N, 2, 2), int), r"y of shape .*, 2, 2\). For a target at each step"),
    (np.where(TAGS == 1, np.nan, TAGS), "y contains NaN"),
    (TAGS[:-1], "inconsistent numbers of samples"),
    (TAGS.astype(object), r"type int in column 0 of y.*astype\(int\)"),
], ids=["continuous", "zeros", "one word", "3-D", "nan", "short", "objects"])
def test_bad_labels_in_columns_are_refused(y, words):
    model = network()
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)
    assert vars(model) == before


@pytest.mark.small
def test_sparse_labels_are_refused():
    with pytest.raises(TypeError, match="y of SNNClassifier expects dense arrays"):
        network().fit(X, scipy.sparse.csr_array(TAGS))


# streams, files and tools


@every_kind
def test_a_stream_ends_with_the_results_of_the_whole_train(kind):
    raster, _ = make_poisson(24, 6, 40, random_state=0)
    y = KINDS[kind][:24]
    model = network(readout="count", max_iter=2).fit(raster, y)
    stream = pickle.loads(pickle.dumps(model.stream()))
    stream.step(raster[0])
    np.testing.assert_array_equal(stream.predict(), model.predict(raster[:1])[0])
    p = model.predict_proba(raster[:1])
    if kind == "indicator":
        np.testing.assert_array_equal(stream.predict_proba(), p[0])
        np.testing.assert_array_equal(
            stream.decision_function(), model.decision_function(raster[:1])[0])
    else:
        equal(stream.predict_proba(), [column[0] for column in p])
        with pytest.raises(AttributeError, match="Use predict_proba"):
            stream.decision_function()
