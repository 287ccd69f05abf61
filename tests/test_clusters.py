"""Several processes and machines give the same results. `make test-cluster` installs the engines.

The passages between "begin" and "end" are shown on the page on clusters.
"""

import os
import signal
import subprocess
import sys
import textwrap

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder, SpikeTrainClassifier, fit_in_parts
from skspike.datasets import make_markov
from skspike.trains import EXPERTS

X, y = load_iris(return_X_y=True)
TRAINS, LABELS = make_markov(80, 3, 40, random_state=0)
WHY = "engines are in the extra cluster. Run make test-cluster to install them"


def search(*steps, n_jobs=None):
    network = SNNClassifier(8, max_iter=5, random_state=0)
    pipeline = make_pipeline(*steps, SpikeEncoder(n_steps=30, random_state=0), network)
    return GridSearchCV(
        pipeline, {"snnclassifier__neuron": ["lif", "meta"], "snnclassifier__alpha": [0.0, 1.0]},
        cv=3, n_jobs=n_jobs)


def scores(fitted):
    return np.stack([fitted.cv_results_[f"split{k}_test_score"] for k in range(3)])


@pytest.fixture(scope="module")
def alone():
    return scores(search().fit(X, y))


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed", reason=WHY)
    with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            yield client


def test_a_search_on_dask_has_the_scores_of_one_process(dask_client, alone):
    # begin dask
    with joblib.parallel_config("dask"):
        fitted = search(n_jobs=-1).fit(X, y)
    # end dask
    assert np.array_equal(scores(fitted), alone)


def in_parts():
    network = SNNClassifier(8, encoder=SpikeEncoder(n_steps=30), batch_size=16, random_state=0)
    parts = [(X[k::3], y[k::3]) for k in range(3)]
    # begin parts
    network = fit_in_parts(network, parts, classes=[0, 1, 2], n_rounds=5, n_jobs=-1)
    # end parts
    return network.decision_function(X)


def trains_in_parts():
    parts = [(TRAINS[k : k + 5], LABELS[k : k + 5]) for k in range(0, 80, 5)]
    # begin trains
    model = SpikeTrainClassifier([
        "history", "age", "population", "rate", "pairs", "linear", "phrases", "population_phrases"])
    model = fit_in_parts(model, parts, classes=[0, 1], n_jobs=-1)
    # end trains
    return model


def all_in_parts():
    trains = trains_in_parts().decision_function(TRAINS)
    return np.concatenate([found.ravel() for found in (in_parts(), trains)])


@pytest.fixture(scope="module")
def parts_alone():
    with joblib.parallel_config("sequential"):
        return all_in_parts()


def test_trains_in_16_parts_have_the_result_of_one_fit():
    with joblib.parallel_config("sequential"):
        found = trains_in_parts()
    wanted = clone(found).fit(TRAINS, LABELS)
    assert {*found.experts, "neighbours"} == {*EXPERTS}
    assert np.array_equal(found.decision_function(TRAINS), wanted.decision_function(TRAINS))


def test_training_in_parts_on_dask_has_the_result_of_one_process(dask_client, parts_alone):
    with joblib.parallel_config("dask"):
        assert np.array_equal(all_in_parts(), parts_alone)


@pytest.fixture(scope="module")
def ray_engine():
    ray = pytest.importorskip("ray", reason=WHY)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_a_search_on_ray_has_the_scores_of_one_process(ray_engine, alone):
    # begin ray
    from ray.util.joblib import register_ray

    register_ray()
    with joblib.parallel_config("ray"):
        fitted = search(n_jobs=-1).fit(X, y)
    # end ray
    assert np.array_equal(scores(fitted), alone)


def test_training_in_parts_on_ray_has_the_result_of_one_process(ray_engine, parts_alone):
    from ray.util.joblib import register_ray

    register_ray()
    with joblib.parallel_config("ray"):
        assert np.array_equal(all_in_parts(), parts_alone)


class KillsOnce(TransformerMixin, BaseEstimator):
    """Kill the process that fits it at the first fit."""

    def __init__(self, path):
        self.path = path

    def fit(self, X, y=None):
        if not os.path.exists(self.path):
            open(self.path, "w", encoding="utf-8").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return self

    def transform(self, X):
        return X


def test_a_search_on_dask_outlives_a_worker_that_is_killed(dask_client, alone, tmp_path):
    path = str(tmp_path / "killed")
    with joblib.parallel_config("dask"):
        fitted = search(KillsOnce(path), n_jobs=-1).fit(X, y)
    assert os.path.exists(path) and np.array_equal(scores(fitted), alone)


def test_a_network_answers_for_dask_arrays_chunk_by_chunk():
    da = pytest.importorskip("dask.array", reason=WHY)
    model = SNNClassifier(8, encoder=SpikeEncoder(n_steps=30), max_iter=5, random_state=0).fit(X, y)
    hidden = SNNTransformer(
        8, encoder=SpikeEncoder(n_steps=30), max_iter=1, random_state=0).fit(X, y)
    large = da.from_array(np.tile(X, (20, 1)), chunks=(250, -1))
    # begin chunks
    labels = large.map_blocks(model.predict, dtype=model.classes_.dtype, drop_axis=1)
    raster = large.map_blocks(
        hidden.transform, dtype=np.uint8, new_axis=2, chunks=(large.chunks[0], 8, 30))
    # end chunks
    assert np.array_equal(labels.compute(), model.predict(np.tile(X, (20, 1))))
    assert np.array_equal(raster[:600].compute(), np.tile(hidden.transform(X), (4, 1, 1)))


def chunks_of_dask(rng, path):
    da = pytest.importorskip("dask.array", reason=WHY)
    order = rng.permutation(len(X))
    large, labels = (da.from_array(array[order], chunks=(64, -1)[: array.ndim]) for array in (X, y))
    return [(part.compute(), labels.blocks[k].compute()) for k, part in enumerate(large.blocks)]


def chunks_of_a_file(rng, path):
    order = rng.permutation(len(X))
    np.save(path / "X.npy", X[order])
    large = np.load(path / "X.npy", mmap_mode="r")
    return [(large[k : k + 64], y[order][k : k + 64]) for k in range(0, len(large), 64)]


@pytest.mark.parametrize("chunks", [chunks_of_dask, chunks_of_a_file])
def test_chunks_teach_what_one_pass_in_memory_teaches(chunks, rng, tmp_path):
    parts = chunks(rng, tmp_path)
    model, whole = (SNNClassifier(8, n_steps=30, random_state=0) for _ in range(2))
    for some, labels in parts:
        model.partial_fit(some, labels, classes=[0, 1, 2])
    whole.partial_fit(
        *(np.concatenate(arrays) for arrays in zip(*parts, strict=True)), classes=[0, 1, 2])
    assert np.array_equal(model.decision_function(X), whole.decision_function(X))


MEMORY = """
    import sys
    import numpy as np
    from skspike import SNNClassifier, SpikeEncoder

    def memory(name):  # in MB: VmRSS is now, VmHWM the most since the last reset
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024

    def network():
        return SNNClassifier(64, encoder=SpikeEncoder(), n_steps=100, max_iter=1, random_state=0)

    X = np.random.default_rng(0).integers(0, 256, (60000, 784), np.uint8)
    y = np.arange(60000) % 10
    network().fit(X[:100], y[:100]).predict(X[:100])
    if sys.argv[1:] == ["compile"]:
        sys.exit()
    before = memory("VmRSS")
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    model = network().fit(X, y)
    fitted = memory("VmHWM")
    model.predict(X)
    print(fitted - before, memory("VmHWM") - before)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="it is Linux that tells the most memory used since a reset")
@pytest.mark.skipif(
    "CLUSTER" not in os.environ, reason="takes a minute. make test-cluster sets CLUSTER")
def test_sixty_thousand_images_take_less_than_300_megabytes_above_their_own():
    call = [sys.executable, "-c", textwrap.dedent(MEMORY)]
    subprocess.run([*call, "compile"], capture_output=True, check=True)  # needs memory too
    output = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    fitting, predicting = map(float, output.split())
    print(f"fit {fitting:.0f} MB, fit and predict {predicting:.0f} MB above the input")
    assert 0 < fitting <= predicting < 300
