"""A renamed parameter works by both names until the next minor version."""

import inspect
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from docstrings import signature
from sklearn.base import ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV

import skspike
from skspike._utils import RENAMED, Estimator, renamed

CHANGELOG = (Path(__file__).resolve().parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
X, Y = np.zeros((12, 2)), np.arange(12) % 3
WARNING = (
    "Constant: the parameter label is now called value. Set value=2. Version 0.4.0 removes label.")


class Constant(ClassifierMixin, Estimator):
    """Classifier that predicts one class, whose parameter `label` was renamed to `value`.

    Parameters
    ----------
    value : int, default=0
        The class.
    label : int, default="deprecated"
        .. deprecated:: 0.3.0
           Renamed to `value`. Version 0.4.0 removes it.
    """

    value = 0  # files of version 0.2.0 have no value

    def __init__(self, value=0, *, label=RENAMED):
        self.value = value
        self.label = label

    def fit(self, X, y):
        """Store the class."""
        self.classes_ = np.unique(y)
        self.value_ = renamed(self, "label", "value", "0.4.0")
        return self

    def predict(self, X):
        """Return the class for each sample."""
        return np.full(len(X), self.value_)


def test_the_new_name_sets_the_parameter_without_a_warning():
    assert Constant(2).fit(X, Y).value_ == Constant(value=2).fit(X, Y).value_ == 2
    assert Constant().fit(X, Y).value_ == 0


@pytest.mark.parametrize(
    "model", [Constant(label=2), Constant().set_params(label=2), clone(Constant(label=2))],
    ids=["constructor", "set_params", "clone"])
def test_the_old_name_sets_it_too_and_names_the_new_one(model):
    with pytest.warns(FutureWarning, match=f"^{re.escape(WARNING)}$") as caught:
        fitted = model.fit(X, Y)
    assert fitted.value_ == 2
    assert len(caught) == 1 and caught[0].filename == __file__


def test_both_names_at_once_are_an_error():
    with pytest.raises(ValueError, match="label=2 and value=1 are two names of one parameter"):
        Constant(1, label=2).fit(X, Y)


def test_a_search_over_the_old_name_finds_the_same_as_over_the_new_one():
    found = {}
    for name in ("value", "label"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            search = GridSearchCV(Constant(), {name: [1, 2]}, cv=2).fit(X, Y == 2)
        found[name] = search.best_params_[name], search.best_score_
    assert found["value"] == found["label"]


def test_a_file_from_before_the_new_name_predicts_and_can_be_fitted_and_cloned():
    old = Constant()
    del old.value
    old.label, old.value_, old.classes_ = 2, 2, np.unique(Y)
    loaded = pickle.loads(pickle.dumps(old))
    assert loaded.predict(X)[0] == loaded.fit(X, Y).value_ == 2
    assert loaded.get_params() == {"value": 0, "label": 2}
    with pytest.warns(FutureWarning, match="now called value"):
        assert clone(loaded).fit(X, Y).value_ == 2


def unannounced(cls, changelog):
    """Return the old names that the docstring of a class or the changelog does not announce."""
    text = inspect.getdoc(cls) or ""
    return [
        name for name, default in signature(cls).items()
        if isinstance(default, str) and default == RENAMED and not (
            re.search(rf"^{name} : .*\n +\.\. deprecated:: \d", text, re.MULTILINE)
            and re.search(rf"^### Deprecated\n(?:(?!##).*\n)*.*`{name}`", changelog, re.MULTILINE))]


def test_an_old_name_without_an_entry_in_docstring_and_changelog_is_found():
    entry = "### Deprecated\n\n- `Constant`: `label` is now called `value`.\n"
    assert unannounced(Constant, entry) == []
    assert unannounced(Constant, "### Added\n\n- `label`\n") == ["label"]
    assert unannounced(Constant, "### Deprecated\n\n## Old\n\n- `label`\n") == ["label"]
    undocumented = type("Undocumented", (Constant,), {"__doc__": "Classifier."})
    assert unannounced(undocumented, entry) == ["label"]


@pytest.mark.parametrize("name", [name for name in skspike.__all__ if inspect.isclass(
    getattr(skspike, name))])
def test_old_names_of_estimators_are_announced(name):
    assert unannounced(getattr(skspike, name), CHANGELOG) == []
