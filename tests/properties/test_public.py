"""Every public name belongs to a family with property tests."""

import dataclasses
import inspect

import pytest
from public import (
    CAMERAS, CLASSES, CONVERTERS, DETECTORS, DISTANCES, ESTIMATORS, EXPLAINERS, FUNCTIONS,
    GENERATORS, MEASURERS, PLACES, PLUGINS, PUBLIC, READERS, RECORDERS, REGISTRIES, SURROGATES)

import skspike
from skspike import coding, inspection
from skspike.export import CompiledModel

# Functions of recordings, with targets at each step or events, and of new users.
OF_RECORDINGS = (
    "adapt", "adaptation_scores", "time_blocks", "metrics.event_scores", "metrics.step_accuracy",
    "metrics.step_r2")  # test_steps_and_events.py
# Functions that do not process data: they print, list, compile, choose colours, mark a function,
# make a stream, write C, train through ``partial_fit``, convert a fitted model, or load data, and
# have other tests.
HELPERS = (
    "from_mlp", "suggest", "show_versions", "trusted_types", "warm_up", "inspection.palette",
    "neurons.scalar", "stream_of", "export.to_c", "inspection.c_size", "inspection.c_instructions",
    "fit_in_parts", "datasets.load_exercises", "datasets.load_head_direction")
PARTS = [cls for cls, _ in PLUGINS.values()]
# Parts of rules, which get checked input (doc/design.rst, "Data flow").
WITHIN = [
    name
    for name, value in PUBLIC.items()
    if name.startswith("skspike.learning.") and value not in PARTS]


def test_every_public_function_belongs_to_a_family_that_has_properties():
    families = (
        READERS, DISTANCES, EXPLAINERS, SURROGATES, MEASURERS, GENERATORS, CAMERAS, RECORDERS,
        CONVERTERS, OF_RECORDINGS, HELPERS)
    covered = set().union(*families)
    assert {name for name in FUNCTIONS if f"skspike.{name}" not in WITHIN} == covered


def test_every_public_class_belongs_to_a_family_that_has_properties():
    # figures: tests/inspection
    drawn = [getattr(inspection, name) for name in inspection.__all__ if name.endswith("Display")]
    # a parameter of the networks
    augmentations = [coding.Augment, coding.Augmentation, coding.MoveImages]
    within = [
        *REGISTRIES, *drawn, *augmentations, skspike.Stream, *(PUBLIC[name] for name in WITHIN),
        CompiledModel]  # the predictions of an estimator: tests/export
    for name, cls in CLASSES.items():
        base = any(issubclass(plugin, cls) and plugin is not cls for plugin in PARTS)
        # a named tuple or dataclass: results, or arguments of functions and networks
        record = hasattr(cls, "_fields") or dataclasses.is_dataclass(cls)
        # the equations of an EquationNeuron are tested in tests/neurons
        of_neurons = name.endswith(".Equations")
        covered = cls in [*ESTIMATORS.values(), *DETECTORS.values(), *PARTS, *within]
        assert covered or base or record or of_neurons, f"no property covers {name}"


@pytest.mark.parametrize("plugin", PARTS)
def test_every_plugin_is_run_in_an_estimator(plugin):
    assert any(plugin is placed for _, _, placed, _ in PLACES.values())


def test_families_are_as_large_as_they_were():
    assert len(ESTIMATORS) >= 9 and len(PLUGINS) >= 29 and len(READERS) >= 2 and len(
        DISTANCES) >= 4 and len(GENERATORS) >= 8 and len(CONVERTERS) >= 11
    assert all(inspect.isclass(base) for base in REGISTRIES)
