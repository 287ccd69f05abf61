"""Events in C equal those of Python, with the filter before the network and the decisions after."""

import numpy as np
import pytest
from c_code import compiler
from events import DT, rasters, recordings
from sklearn.pipeline import make_pipeline
from step_classifier import StepClassifier

from skspike import EventDetector, SNNClassifier, SpikeEncoder, stream_of
from skspike.export import CompiledModel, to_c
from skspike.export._toolchain import compile_file

NETWORK = SNNClassifier(16, readout="leaky", delays=(0, 50, 150), max_iter=8)
FLAGS = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c"]


def fitted(make, **parameters):
    return EventDetector(NETWORK, **{
        "dt": DT, "augment": None, "random_state": 0, "max_false_alarms": None,
        **parameters}).fit(*make(3, 0))


@pytest.mark.parametrize("make, parameters", [
    (recordings, {}), (rasters, {})], ids=["signals", "spike trains"])
def test_events_and_scores_in_c_equal_python_bit_for_bit(make, parameters):
    model, (X, _) = fitted(make, **parameters), make(3, 1)
    X[1] = X[1][:, :1000]
    compiled = CompiledModel(model)
    assert sum(map(len, model.predict(X))) > 10
    for one, two in zip(compiled.predict(X), model.predict(X), strict=True):
        np.testing.assert_array_equal(one, two)
    stream = model.stream()
    for x, scores in zip(X, compiled.decision_function(X), strict=True):
        stream.reset()
        stream.step(x)
        np.testing.assert_array_equal(scores[:, -1], stream._inner.decision_function())


def test_events_of_a_pipeline_with_an_encoder_in_c_equal_python():
    model = EventDetector(
        make_pipeline(SpikeEncoder(dt=DT), NETWORK), dt=DT, augment=None, random_state=0,
        max_false_alarms=None).fit(*recordings(3, 0))
    X, _ = recordings(2, 1)
    assert sum(map(len, model.predict(X))) > 5
    for one, two in zip(CompiledModel(model).predict(X), model.predict(X), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_code_compiles_without_warnings_and_has_no_end(tmp_path):
    to_c(fitted(recordings), tmp_path / "net.c", weights="int8")
    compile_file(tmp_path / "net.c", tmp_path / "net.o", [*compiler(), *FLAGS], "cannot compile")
    header = (tmp_path / "net.h").read_text(encoding="utf-8")
    assert "int net_event(void);" in header and "const float *net_scores(void);" in header
    assert "from EventDetector of SNNClassifier." in header
    assert '#define NET_CLASSES {"tap", "wave"}' in header
    assert "net_predict" not in header and "NET_STEPS" not in header


def test_other_classifiers_of_steps_have_no_code(tmp_path):
    model = EventDetector(StepClassifier(), dt=DT, max_false_alarms=None).fit(*recordings(3, 0))
    with pytest.raises(TypeError, match="SNNClassifier with readout='leaky', got one of StepCl"):
        to_c(model, tmp_path / "net.c")
    assert stream_of(model).step(recordings(1, 1)[0][0][:, 0]) is None
