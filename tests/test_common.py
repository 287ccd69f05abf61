"""Common checks of every estimator, with every registered part inside."""

import contextlib
import functools
import inspect
import pickle
from unittest import SkipTest

import numpy as np
import pytest
from docstrings import documented
from parts import cover, neurons
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skspike import (
    EarlyClassifier, LZCClassifier, LZCTransformer, RejectingClassifier, SlidingDecoder,
    SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder, SpikeTrainClassifier,
    SpikingPatches, SpikingRocket)
from skspike._base._plugins import Registry
from skspike.coding import CODINGS, Direct, IntegrateAndFire
from skspike.complexity import MEASURES
from skspike.learning import RULES, Reservoir, Rule, SurrogateGradient
from skspike.neurons import LIF, NEURONS, Neuron
from skspike.simulation import READOUTS
from skspike.trains import EXPERTS

ESTIMATORS = [
    SpikeEncoder, SNNTransformer, SNNClassifier, SNNRegressor, SpikeCounter,
    LZCTransformer, LZCClassifier]
ESTIMATORS += [SpikeTrainClassifier]
ESTIMATORS += [SpikingPatches, SpikingRocket, RejectingClassifier]
ESTIMATORS += [SlidingDecoder, EarlyClassifier]
NETWORKS = [SNNTransformer, SNNClassifier, SNNRegressor]
# scikit-learn's checks use features, which codings of series refuse.
FEATURE_CODINGS = [name for name, cls in CODINGS.items() if 2 not in cls.refuses]
PLUGINS = [
    cls for plugins in (CODINGS, NEURONS, READOUTS, RULES, MEASURES, EXPERTS)
    for cls in plugins.values()]
SMALL = {"hidden_layer_sizes": 16, "n_steps": 20, "max_iter": 10}
# The default classifier has no probabilities. A check of them would be skipped.
INNER = {
    RejectingClassifier: LogisticRegression(),
    EarlyClassifier: SNNClassifier(8, n_steps=10, rule=None, random_state=0)}


def networks(cls):
    """Yield small networks that have every rule, readout, option, neuron and coding.

    A network has several of these parts, so that the checks need few networks. Neurons and codings
    are the same in all networks. tests/networks/test_matrix.py has neurons with rules.
    """
    # regression needs more epochs than classification
    small = {**SMALL, "max_iter": 30} if cls is SNNRegressor else SMALL
    quick = {"max_iter": 30, "learning_rate": 0.02}  # few updates need a high rate
    if cls is SNNClassifier:
        models = *(model() for model in NEURONS.values()), LIF(
            reset="subtract", tau_syn=5.0, refractory=3.0)
        yield from (cls(**{**small, **quick}, neuron=neuron) for neuron in models)
        # A noisy code needs many steps, and one spike per channel a current that outlasts it. With
        # fewer spikes, no probability of the checks is rounded to 1.
        coded = {"learning_rate": 0.01, "max_iter": 60, "neuron": LIF(tau_syn=5.0, refractory=5.0)}
        yield from (
            cls(16, **coded, encoder=SpikeEncoder(coding, n_steps=100))
            for coding in FEATURE_CODINGS)
    yield cls(**{**small, "hidden_layer_sizes": 64}, rule=None)
    rules = [
        name for name, rule in RULES.items() if not rule.only_classes or cls is not SNNRegressor]
    yield from (cls(**small, rule=rule) for rule in rules)
    options = [
        {"learn_intrinsic": False, "hidden_layer_sizes": (16, 16), "recurrent": (False, True)},
        {"learn_intrinsic": ("tau_mem",), "recurrent": True},
        {"rule": SurrogateGradient(dropout=0.1, spike_penalty=1e-3), "alpha": 1e-3,
         "missing": "hold"}]
    yield from (
        cls(**{**small, **option}, readout=readout)
        for option, readout in cover(options, [*READOUTS]))
    if cls is not SNNClassifier:
        yield cls(16, encoder=SpikeEncoder(n_steps=200), **quick)


def estimators():
    """Yield every estimator in all of its variants."""
    yield from (SpikeEncoder(coding, n_steps=20) for coding in FEATURE_CODINGS)
    yield from (
        SpikeEncoder(coding, n_steps=20)
        for coding in (Direct(differences=True), IntegrateAndFire(signed=True)))
    parts = SpikeEncoder("poisson", n_steps=9, random_state=0), SpikeEncoder("direct", n_steps=9)
    yield from parts
    yield SpikeEncoder(missing="interpolate", n_steps=20)
    yield from (SpikeCounter(n_windows) for n_windows in (1, 2))
    for cls in (LZCTransformer, LZCClassifier):
        yield from (cls(measure) for measure in MEASURES)
        yield cls(n_windows=2, with_counts=True, normalize="entropy", missing="hold")
    yield LZCClassifier(estimator=KNeighborsClassifier(2))
    yield from (
        SpikeTrainClassifier(["history", name], n_folds=3) for name in EXPERTS if name != "history")
    yield SpikeTrainClassifier(n_jobs=2)
    yield from (SpikingPatches(8), SpikingPatches(8, sizes=(1,), stride=1, padding=False, n_jobs=2))
    yield SpikingRocket(70, n_jobs=2)
    yield SpikingRocket(70, differences=False, missing="hold")
    yield RejectingClassifier(LogisticRegression(), random_state=0)
    yield SlidingDecoder()
    yield SlidingDecoder(GaussianNB(), window=1.0, generalize=True, n_permutations=2)
    yield SlidingDecoder(LZCClassifier(), summed=False)
    yield EarlyClassifier(INNER[EarlyClassifier], cv=2)
    for cls in NETWORKS:
        yield from networks(cls)


def fitted(cls):
    """Return a small estimator, fitted on three classes of currents or features."""
    X = np.random.default_rng(0).normal(size=(30, 4))
    small = {
        name: value
        for name, value in {**SMALL, "max_iter": 2}.items() if name in cls().get_params()}
    return cls(**small).fit(X, np.arange(30) % 3)


def default(cls):
    """Return a small estimator, which has every method that the checks need."""
    small = {name: value for name, value in SMALL.items() if name in cls().get_params()}
    return cls(**small, **({"estimator": INNER[cls]} if cls in INNER else {}))


EVERY_CHECK = parametrize_with_checks(list(estimators()))
# the text of an estimator takes long to write, and it has fifty checks
EVERY_CHECK.kwargs["ids"] = functools.cache(EVERY_CHECK.kwargs["ids"])


# some checks repeat few rows, which SpikeTrainClassifier warns of
@pytest.mark.filterwarnings("ignore:The .* training trains are copies")
@EVERY_CHECK
def test_scikit_learn_check_passes(estimator, check):
    try:
        check(estimator)
    except SkipTest as reason:  # only if the classifier inside lacks the method
        name = check.func.__name__
        method = name.partition("output_format_")[2]
        assert method and not hasattr(estimator, method), f"{name} was skipped: {reason}"


@pytest.mark.exhaustive  # the test above runs each check of each class with one variant
@pytest.mark.filterwarnings("ignore:The .* training trains are copies")
@pytest.mark.parametrize("cls", ESTIMATORS)
def test_no_check_is_skipped_or_excused(cls):
    results = check_estimator(default(cls), on_skip=None, on_fail="raise")
    assert {result["status"] for result in results} == {"passed"}
    assert len(results) > 40
    names = {result["check_name"] for result in results}
    assert names >= {
        "check_methods_subset_invariance", "check_readonly_memmap_input",
        "check_estimators_nan_inf"}
    if cls is SNNClassifier:
        assert names >= {
            "check_classifier_multioutput", "check_classifiers_multilabel_output_format_predict",
            "check_classifiers_multilabel_output_format_predict_proba",
            "check_classifiers_multilabel_output_format_decision_function"}


@pytest.mark.parametrize("estimator", list(estimators()), ids=repr)
def test_no_tag_weakens_the_checks(estimator):
    tags = get_tags(estimator)
    assert tags.input_tags.two_d_array
    assert not (tags.no_validation or tags.non_deterministic or tags._skip_test)
    poor = RULES.get(getattr(estimator, "rule", None), Rule).poor_score
    if isinstance(estimator, SNNClassifier):
        several = not RULES.get(estimator.rule, Reservoir).only_classes
        assert tags.target_tags.multi_output == tags.classifier_tags.multi_label == several
    if is_classifier(estimator):
        of_trains = isinstance(
            estimator, LZCClassifier | SpikeTrainClassifier | SlidingDecoder | EarlyClassifier)
        assert tags.classifier_tags.poor_score == (of_trains or poor)
    if is_regressor(estimator):
        assert tags.regressor_tags.poor_score == poor


@pytest.mark.parametrize("coding", [*CODINGS, *(cls() for cls in CODINGS.values())], ids=repr)
def test_the_tag_for_series_says_what_an_encoder_takes(coding):
    encoder, X = SpikeEncoder(coding), np.random.default_rng(0).random((6, 2, 30))
    taken = get_tags(encoder).input_tags.three_d_array
    with contextlib.nullcontext() if taken else pytest.raises(
            ValueError, match="does not accept series"):
        encoder.fit(X)


@pytest.mark.parametrize(
    "cls", [cls for cls in ESTIMATORS if cls is not SpikeEncoder])
def test_an_estimator_that_is_tagged_for_series_takes_them(cls):
    small = {
        name: value
        for name, value in {**SMALL, "max_iter": 1, "image_shape": (1, 3)}.items()
        if name in cls().get_params()}
    assert get_tags(cls(**small)).input_tags.three_d_array
    X = (np.random.default_rng(0).random((12, 3, 30)) < 0.3).astype(np.uint8)
    assert cls(**small).fit(X, np.arange(12) % 2)._n_dims_in == 3


@pytest.mark.parametrize("cls", NETWORKS)
def test_variants_cover_all_that_is_registered(cls):
    made = list(networks(cls))
    assert {e.rule for e in made if e.rule is None or isinstance(e.rule, str)} == {
        None,
        *(name for name, rule in RULES.items() if not rule.only_classes or cls is not SNNRegressor)}
    if cls is SNNClassifier:
        assert {
            type(e.neuron) for e in made if not isinstance(e.neuron, str)} == set(NEURONS.values())
        assert {e.encoder.coding for e in made if e.encoder is not None} == set(FEATURE_CODINGS)
    assert {type(e.learn_intrinsic) for e in made} == {bool, tuple}
    assert {e.readout for e in made} == {"auto", *READOUTS}


@pytest.mark.parametrize("plugins", [CODINGS, NEURONS, READOUTS, RULES, MEASURES, EXPERTS])
def test_registries_map_names_to_classes(plugins):
    assert plugins
    for name, cls in plugins.items():
        assert cls.name == name
        assert issubclass(cls, BaseEstimator)
        assert repr(cls()) == f"{cls.__name__}()"


def test_a_registry_holds_concrete_classes_with_a_name_and_refuses_incomplete_ones():
    named = type("Named", (LIF,), {"name": "named"})
    unnamed = type("Unnamed", (LIF,), {"name": None})
    assert Registry({"a": Neuron, "b": named, "c": unnamed, "d": 3}, Neuron) == {"named": named}
    incomplete = type("Incomplete", (LIF,), {"name": Neuron.name, "kernels": Neuron.kernels})
    with pytest.raises(TypeError, match="Incomplete must define kernels, name to be registered"):
        Registry({"a": Neuron, "b": named, "c": incomplete}, Neuron)
    other = type("Other", (LIF,), {"name": "named"})
    with pytest.raises(TypeError, match="Other and Named have the same name, 'named'"):
        Registry({"a": named, "b": named, "c": other}, Neuron)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_init_only_stores(cls):
    given = {name: object() for name in cls().get_params(deep=False)}
    made = vars(cls(**given))
    assert made.keys() == given.keys()
    assert all(made[name] is value for name, value in given.items())


@pytest.mark.parametrize("estimator", list(estimators()), ids=repr)
def test_clone_has_the_same_parameters(estimator):
    assert repr(clone(estimator).get_params()) == repr(estimator.get_params())


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_every_fitted_attribute_is_documented(cls):
    public = {name for name in vars(fitted(cls)) if name.endswith("_") and not name.startswith("_")}
    assert "n_features_in_" in public
    assert public <= documented(cls, "Attributes").keys()


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_no_compiled_function_is_stored_on_a_fitted_estimator(cls):
    assert b"numba" not in pickle.dumps(fitted(cls))


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_a_summary_and_an_example(plugin):
    assert plugin.__doc__.splitlines()[0].endswith(".")
    assert "Examples\n" in plugin.__doc__ and ">>> " in plugin.__doc__


@pytest.mark.parametrize(("neuron", "cls"), cover(list(neurons()), NETWORKS), ids=repr)
def test_all_active_intrinsics_are_shown_one_value_per_neuron(neuron, cls):
    X = np.random.default_rng(0).normal(size=(30, 4))
    network = cls((5, 3), n_steps=20, rule=None, neuron=neuron).fit(X, np.arange(30) % 3)
    assert set(network.intrinsics_) == {item.name for item in neuron.active()}
    assert all(
        [layer.shape for layer in layers] == [(5,), (3,)]
        for layers in network.intrinsics_.values())


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_is_one_short_file(plugin):
    with open(inspect.getsourcefile(plugin), encoding="utf-8") as file:
        assert len(file.readlines()) <= (400 if plugin in RULES.values() else 300)
