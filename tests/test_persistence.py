"""Files of fitted models load, and files of earlier versions give the same results."""

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
    """Return fitted models with every registered part: name to (kind of input, estimator)."""
    return models()


def differing(results, expected):
    """Return the methods whose results differ: integers exactly, floats within a tolerance."""
    assert results.keys() == expected.keys()
    exact = {method: value.dtype.kind in "biu" for method, value in expected.items()}
    same = {
        m: np.array_equal(results[m], e) if exact[m] else np.allclose(results[m], e, rtol=1e-6)
        for m, e in expected.items()}
    return [method for method, equal in same.items() if not equal]


def test_trusted_types_are_exactly_the_types_in_files_of_all_models(fitted):
    types = {"skspike.io._binning.RasterInfo"}  # may be the `dt` of a model
    for _, model in fitted.values():
        types |= set(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    assert skspike.trusted_types() == sorted(types)
    assert len(types) > 30 and all(name.startswith("skspike.") for name in types)


@pytest.mark.parametrize("dumped", ["skops", "pickle"])
def test_a_loaded_model_gives_the_results_of_the_saved_one(fitted, dumped):
    for name, (kind, model) in fitted.items():
        if dumped == "skops":
            loaded = skops.io.loads(skops.io.dumps(model), trusted=skspike.trusted_types())
        else:
            loaded = pickle.loads(pickle.dumps(model))
        found = answers(loaded, INPUTS[kind])
        for method, value in answers(model, INPUTS[kind]).items():
            np.testing.assert_array_equal(found[method], value, err_msg=f"{name} {method}")


@pytest.mark.parametrize("rule", ["surrogate", "stdp", "pair_stdp"])
def test_a_loaded_model_continues_to_learn_like_the_saved_one(fitted, rule):
    _, model = fitted[f"SNNClassifier partial_fit {rule}"]
    loaded, untouched = (
        skops.io.loads(skops.io.dumps(model), trusted=skspike.trusted_types()) for _ in range(2))
    before = model.weights_[0].copy()
    continued = [
        one.partial_fit(INPUTS["raster"], Y).weights_[0]
        for one in (loaded, pickle.loads(pickle.dumps(model)))]
    np.testing.assert_array_equal(*continued)
    np.testing.assert_array_equal(untouched.weights_[0], before)
    assert not np.array_equal(continued[0], before)


def test_a_part_of_the_user_must_be_trusted_by_name():
    model = SNNClassifier(
        4, neuron=QuadraticNeuron(), max_iter=1, random_state=0).fit(INPUTS["raster"], Y)
    dump = skops.io.dumps(model)
    with pytest.raises(UntrustedTypesFoundException, match=r"user_neuron\.QuadraticNeuron"):
        skops.io.loads(dump, trusted=skspike.trusted_types())
    loaded = skops.io.loads(dump, trusted=[*skspike.trusted_types(), "user_neuron.QuadraticNeuron"])
    np.testing.assert_array_equal(loaded.predict(INPUTS["raster"]), model.predict(INPUTS["raster"]))


def test_the_code_of_the_page_on_saving_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[1] / "doc" / "saving.rst"
    failed, tried = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0 and tried > 20


def test_there_are_files_of_each_version():
    assert VERSIONS and all(
        (FOLDER / version / f"models.{form}").exists() for version in VERSIONS for form in LOADERS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", LOADERS)
def test_files_of_every_version_load_and_give_the_same_results(version, form):
    if form != "skops" and np.__version__ < "2":
        pytest.skip("numpy 1 cannot read pickles of numpy 2")
    with warnings.catch_warnings():
        # from the parts of scikit-learn, which load nevertheless
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        loaded = LOADERS[form](Path(FOLDER, version, f"models.{form}"))
    with np.load(FOLDER / version / "answers.npz") as file:
        stored = dict(file)
    expected = {}
    for key in stored.keys() - INPUTS.keys():
        kind, name, method = key.split("|")
        expected.setdefault((name, kind), {})[method] = stored[key]
    assert loaded.keys() == {name for name, _ in expected}
    wrong = {
        name: differing(answers(loaded[name], stored[kind]), values)
        for (name, kind), values in expected.items()}
    assert {name: methods for name, methods in wrong.items() if methods} == {}
