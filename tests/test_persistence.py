"""Files of fitted models: skops is told what to trust and nothing else, and what earlier versions have written still answers as then."""

import doctest
import pickle
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from make_fixtures import FOLDER, INPUTS, Y, answers, models
from sklearn.exceptions import InconsistentVersionWarning
from skops.io.exceptions import UntrustedTypesFoundException
from user_neuron import QuadraticNeuron

import skspike
from skspike import SNNClassifier

VERSIONS = sorted(path.name for path in FOLDER.iterdir())
LOADERS = {
    "pickle": lambda path: pickle.loads(path.read_bytes()),
    "joblib": joblib.load,
    "skops": lambda path: skops.io.load(path, trusted=skspike.trusted_types()),
}


@pytest.fixture(scope="module")
def fitted():
    """Everything that is registered, fitted: name to (kind of input, estimator)."""
    return models()


def differing(given, expected):
    """Return the methods of a model whose answers are others: numbers of rasters and classes bit for bit, others as far as float64 goes."""
    assert given.keys() == expected.keys()
    exact = {method: value.dtype.kind in "biu" for method, value in expected.items()}
    same = {
        m: np.array_equal(given[m], e) if exact[m] else np.allclose(given[m], e, rtol=1e-6)
        for m, e in expected.items()}
    return [method for method, equal in same.items() if not equal]


def test_trusted_types_are_those_that_files_of_all_that_is_registered_hold_and_no_others(fitted):
    held = set()
    for _, model in fitted.values():
        held |= set(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    assert skspike.trusted_types() == sorted(held)
    assert len(held) > 30 and all(name.startswith("skspike.") for name in held)


@pytest.mark.parametrize("dumped", ["skops", "pickle"])
def test_what_is_loaded_answers_as_what_was_saved(fitted, dumped):
    for name, (kind, model) in fitted.items():
        if dumped == "skops":
            loaded = skops.io.loads(skops.io.dumps(model), trusted=skspike.trusted_types())
        else:
            loaded = pickle.loads(pickle.dumps(model))
        for method, value in answers(model, INPUTS[kind]).items():
            np.testing.assert_array_equal(
                getattr(loaded, method)(INPUTS[kind]), value, err_msg=f"{name} {method}")


@pytest.mark.parametrize("rule", ["surrogate", "stdp", "pair_stdp"])
def test_a_loaded_model_goes_on_learning_where_the_saved_one_was(fitted, rule):
    _, model = fitted[f"SNNClassifier partial_fit {rule}"]
    loaded, kept = (
        skops.io.loads(skops.io.dumps(model), trusted=skspike.trusted_types()) for _ in range(2))
    before = model.weights_[0].copy()
    goes_on = [
        one.partial_fit(INPUTS["raster"], Y).weights_[0]
        for one in (loaded, pickle.loads(pickle.dumps(model)))]
    np.testing.assert_array_equal(*goes_on)
    np.testing.assert_array_equal(kept.weights_[0], before)
    assert not np.array_equal(goes_on[0], before)


def test_a_part_of_the_users_own_is_trusted_by_its_name_alone():
    model = SNNClassifier(
        4, neuron=QuadraticNeuron(), max_iter=1, random_state=0).fit(INPUTS["raster"], Y)
    dump = skops.io.dumps(model)
    with pytest.raises(UntrustedTypesFoundException, match=r"user_neuron\.QuadraticNeuron"):
        skops.io.loads(dump, trusted=skspike.trusted_types())
    loaded = skops.io.loads(dump, trusted=[*skspike.trusted_types(), "user_neuron.QuadraticNeuron"])
    np.testing.assert_array_equal(loaded.predict(INPUTS["raster"]), model.predict(INPUTS["raster"]))


def test_the_page_on_saving_runs_as_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[1] / "doc" / "saving.rst"
    failed, tried = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0 and tried > 20


def test_there_are_files_of_a_version():
    assert VERSIONS and all(
        (FOLDER / version / f"models.{form}").exists() for version in VERSIONS for form in LOADERS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", LOADERS)
def test_files_of_every_version_load_and_answer_as_then(version, form):
    if form != "skops" and np.__version__ < "2":
        pytest.skip("numpy 1 reads no pickles of numpy 2")
    with warnings.catch_warnings():
        # of scikit-learn's own parts: it has them load
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        loaded = LOADERS[form](Path(FOLDER, version, f"models.{form}"))
    with np.load(FOLDER / version / "answers.npz") as file:
        told = dict(file)
    expected = {}
    for key in told.keys() - INPUTS.keys():
        kind, name, method = key.split("|")
        expected.setdefault((name, kind), {})[method] = told[key]
    assert loaded.keys() == {name for name, _ in expected}
    wrong = {
        name: differing(answers(loaded[name], told[kind]), values)
        for (name, kind), values in expected.items()}
    assert {name: methods for name, methods in wrong.items() if methods} == {}
