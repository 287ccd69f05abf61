"""A solver of the equations of a NIR graph, and its import, give the spikes of the network."""

import copy
import pickle
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skspike import (
    Convolution, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder)
from skspike.datasets import make_poisson
from skspike.io import from_nir, to_nir
from skspike.neurons import LIF
from skspike.simulation import Windows

nir = pytest.importorskip(
    "nir", minversion="1.0.6",
    reason="the package nir (1.0.6 or newer), is missing")

X = (np.random.default_rng(0).random((8, 12, 200)) < 0.2).astype(np.uint8)
SPREAD = LIF(tau_mem=(3.0, 60.0), threshold=(0.5, 2.0), v_reset=(-0.5, 0.2))
NETWORKS = {
    "two layers": {"hidden_layer_sizes": (70, 30)},
    "delays": {"delays": (3, 0, 10), "dt": 0.7, "neuron": SPREAD},
    "all at once": {
        "hidden_layer_sizes": (40, 30), "recurrent": (True, False), "delays": (0, 4),
        "neuron": clone(SPREAD).set_params(tau_syn=(2.0, 9.0))}}
IMAGES = {
    "convolutions": {
        "hidden_layer_sizes": (
            Convolution(9, 2, image_shape=(3, 4)), Convolution(6, 2, padding=1), 30),
        "neuron": SPREAD},
    "one convolution": {
        "hidden_layer_sizes": Convolution(8, 3, stride=2, padding=2, image_shape=(2, 2, 3)),
        "delays": (0, 4), "neuron": LIF(tau_syn=5.0)},
}
BIASED = "two layers", "all at once", "convolutions"
every_gain = pytest.mark.parametrize("gain", ["weights", "neurons"])


def fitted(name="all at once", **more):
    settings = {**NETWORKS, **IMAGES}[name]
    network = SNNTransformer(rule=None, random_state=0, **{**settings, **more}).fit(X)
    if name in BIASED:
        rng = np.random.default_rng(1)
        network.biases_ = [
            rng.normal(0, 0.02, w.shape[-1]).astype(np.float32) for w in network.weights_]
    return network


def through_a_file(graph, tmp_path):
    nir.write(tmp_path / "graph.nir", graph)
    return nir.read(tmp_path / "graph.nir")


class Euler:
    """Forward Euler of the equations in the NIR documentation, node by node, in float64.

    In cycles, nodes read values of the previous step.
    """

    def __init__(self, graph, dt):
        self.nodes, self.edges, self.dt, self.kept, self.now = graph.nodes, graph.edges, dt, {}, {}

    def run(self, X):
        ((source, _),) = self.run_inputs()
        out = []
        for t in range(X.shape[2]):
            x = X[:, :, t].astype(float)
            x = x.reshape(len(X), *self.nodes[source].input_type["input"])
            self.before, self.now = self.now, {source: x}
            out.append(self.value("output").reshape(len(X), -1))
        return np.stack(out, axis=2)

    def run_inputs(self):
        return [item for item in self.nodes.items() if isinstance(item[1], nir.Input)]

    def value(self, name):
        if name not in self.now:
            self.now[name] = self.before.get(name, 0.0)
            self.now[name] = self.step(
                name, self.nodes[name],
                sum(self.value(start) for start, stop in self.edges if stop == name))
        return self.now[name]

    def step(self, name, node, x):
        if isinstance(node, nir.Linear):
            return x @ node.weight.T if np.ndim(x) else 0.0
        if isinstance(node, nir.Affine):
            return x @ node.weight.T + node.bias
        if isinstance(node, nir.Conv2d):
            (pad, _), (stride, _), size = node.padding, node.stride, node.weight.shape[2:]
            x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            fields = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
            fields = fields[:, :, ::stride, ::stride]
            return np.einsum("nchwij,fcij->nfhw", fields, node.weight) + node.bias[:, None, None]
        if isinstance(node, nir.Flatten):
            return x.reshape(len(x), -1)
        if isinstance(node, nir.Delay):
            delay = round(node.delay.flat[0] / self.dt)
            line = self.kept.setdefault(name, [np.zeros_like(x)] * delay)
            line.append(x)
            return line.pop(0)
        if isinstance(node, nir.Output):
            return x
        v, current = self.kept.get(name, (0.0, 0.0))
        tau = node.tau if isinstance(node, nir.LIF) else node.tau_mem
        if isinstance(node, nir.CubaLIF):
            x = current = current + self.dt / node.tau_syn * (node.w_in * x - current)
        v = v + self.dt / tau * (node.v_leak - v + node.r * x)
        z = v > node.v_threshold
        self.kept[name] = np.where(z, node.v_reset, v), current
        return z.astype(float)


@pytest.mark.parametrize(("gain", "dt"), [("weights", None), ("neurons", 0.1)])
@pytest.mark.parametrize("name", [*NETWORKS, *IMAGES])
def test_the_graph_and_its_import_give_the_spikes_of_the_network(name, gain, dt, tmp_path):
    network = fitted(name)
    graph = through_a_file(to_nir(network, dt=dt, gain=gain), tmp_path)
    raster, euler = network.transform(X), Euler(graph, 1e-3 * (dt or network.dt_)).run(X)
    assert 0.01 < raster.mean() < 0.5
    assert (raster != euler).sum() == 0
    back = from_nir(graph, dt=dt or network.dt_)
    for one, other in zip(
            network.weights_ + network.recurrent_weights_ + network.biases_,
            back.weights_ + back.recurrent_weights_ + back.biases_, strict=True):
        np.testing.assert_array_equal(one, other)
    assert back.delay_steps_ == network.delay_steps_
    np.testing.assert_array_equal(back.transform(X), raster)


@pytest.mark.small
@every_gain
@pytest.mark.parametrize("dt", [1.0, 0.37])
def test_every_number_that_determines_spikes_is_recovered(dt, gain, rng):
    # time constants in steps, up to decays that float32 rounds to 1
    n = 2000
    steps = 10 ** rng.uniform(-1.2, 9, (2, 2000))
    neuron = LIF(
        tau_mem=steps[0] * dt, tau_syn=steps[1] * dt, threshold=10 ** rng.uniform(-9, 9, n),
        v_reset=rng.normal(size=n))
    neuron.set_params(**{f"{item.name}_bounds": "fixed" for item in neuron.intrinsics})
    network = SNNTransformer(n, neuron=neuron, rule=None, dt=dt).fit(X[:2, :, :9])
    network.weights_[0] *= 10 ** rng.uniform(-9, 9, n).astype(np.float32)
    back = from_nir(to_nir(network, dt=dt / 3, gain=gain), dt=dt / 3)
    np.testing.assert_array_equal(back.weights_[0], network.weights_[0])
    expected, found = (
        one.neuron_.coefficient_table(
            {name: layers[0] for name, layers in one.intrinsics_.items()}, one.dt_)
        for one in (network, back))
    rows = [0, 1, 2, 4]  # without 1 / threshold, which only scales the gradient
    np.testing.assert_array_equal(
        expected[rows].astype(np.float32), found[rows].astype(np.float32))


@pytest.mark.small
@pytest.mark.filterwarnings("ignore:tau_mem=0.01 ms")
def test_a_membrane_that_decays_to_0_in_one_step_is_recovered():
    neuron = LIF(tau_mem=0.01, tau_mem_bounds="fixed")
    graph = to_nir(SNNTransformer(3, neuron=neuron, rule=None).fit(X[:2, :, :9]))
    assert (graph.nodes["lif_0"].tau == 1e-3).all()
    back = from_nir(graph)
    assert (np.exp(-1 / back.intrinsics_["tau_mem"][0]) == 0).all()


def test_import_returns_a_fitted_transformer():
    network = fitted()
    back, raster = from_nir(to_nir(network)), network.transform(X)
    assert vars(back).keys() <= vars(network).keys()  # the others have their defaults
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(back)).transform(X), raster)
    np.testing.assert_array_equal(back.stream().step(X[0]), raster[0])
    # another fit keeps the weights
    np.testing.assert_array_equal(copy.deepcopy(back).fit(X).transform(X), raster)
    assert clone(back).fit(X).transform(X).shape == raster.shape  # a clone is not fitted
    with pytest.raises(NotFittedError):
        clone(back).transform(X)
    np.testing.assert_array_equal(from_nir(to_nir(back)).transform(X), raster)


def test_the_example_on_the_page_runs(tmp_path, monkeypatch):
    page = (Path(__file__).resolve().parents[2] / "doc" / "nir.rst").read_text(encoding="utf-8")
    code, scope = re.search(r" ::\n\n((?: {4}.*\n|\n)+)", page)[1], {}
    monkeypatch.chdir(tmp_path)
    exec(textwrap.dedent(code), scope)
    counts, (model, X) = scope["raster"].sum(axis=2), (scope["model"], scope["X"])
    assert scope["network"].recurrent_weights_[0] is not None
    np.testing.assert_array_equal(scope["raster"], from_nir(to_nir(model)).transform(X))
    assert (counts.sum(axis=1) > 0).all()


def test_series_of_currents_go_through_the_same_graph(rng):
    series = rng.normal(size=(4, 12, 90)).astype(np.float32)
    network = SNNTransformer(8, rule=None, standardize=False, random_state=0).fit(series)
    back, raster = from_nir(to_nir(network), currents=True), network.transform(series)
    np.testing.assert_array_equal(back.transform(series), raster)
    assert back.takes_currents_
    np.testing.assert_array_equal(back.stream().step(series[0]), raster[0])
    with pytest.raises(ValueError, match="currents must be one of True, False, got 'yes'"):
        from_nir(to_nir(network), currents="yes")


@every_gain
def test_standardised_currents_go_through_the_same_graph(gain, rng, tmp_path):
    series = 1e3 * rng.normal(size=(12, 1)) + rng.uniform(-1, 1, size=(6, 12, 200))
    series *= 10.0 ** rng.uniform(-9, 9, (12, 1))
    series[:, 3] = 2024.0
    network = SNNTransformer(rule=None, random_state=0, **NETWORKS["all at once"]).fit(series)
    graph = through_a_file(to_nir(network, gain=gain), tmp_path)
    back = from_nir(graph, dt=network.dt_)
    varies = network.input_scale_ > 0
    assert varies.sum() == 11
    np.testing.assert_array_equal(back.input_scale_, network.input_scale_)
    np.testing.assert_array_equal(back.input_mean_[varies], network.input_mean_[varies])
    far = 100 * series[:1]
    for given in (series, far):
        raster = network.transform(given)
        np.testing.assert_array_equal(back.transform(given), raster)
        np.testing.assert_array_equal(back.stream().step(given[0]), raster[0])
    raster, euler = network.transform(series), Euler(graph, 1e-3 * network.dt_).run(series)
    assert 0.01 < raster.mean() < 0.5
    assert (raster != euler).mean() < 1e-4  # potentials within float32 rounding of the threshold


def test_an_imported_network_keeps_its_moments_when_it_learns_on(rng):
    series = 1e3 + rng.normal(size=(12, 12, 30))
    back = from_nir(to_nir(SNNTransformer(8, rule=None, random_state=0).fit(series)))
    mean = back.input_mean_
    y = np.arange(12) % 2
    back.set_params(rule="surrogate").partial_fit(series + 9, y, classes=[0, 1])
    np.testing.assert_array_equal(back.input_mean_, mean)


def test_standardised_images_are_refused(rng):
    series = rng.normal(size=(6, 12, 30))
    network = SNNTransformer(rule=None, **IMAGES["convolutions"]).fit(series)
    with pytest.raises(ValueError, match="standardises currents.*standardize=False"):
        to_nir(network)


def image_graph(shape=(2, 4, 5), out=(3, 2, 3), **changes):
    """Return a graph of one convolution with changed arguments."""
    own = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": np.zeros(3)}
    own |= {"input_shape": shape[1:], "weight": np.ones((3, 2, 3, 3)), **changes}
    one = np.ones(out)
    lif = {"r": one, "v_leak": 0 * one, "v_threshold": one, "v_reset": 0 * one}
    nodes = {
        "input": nir.Input(np.array(shape)), "filters": nir.Conv2d(**own),
        "lif": nir.LIF(tau=0.02 * one, **lif), "output": nir.Output(np.array(out))}
    edges = [("input", "filters"), ("filters", "lif"), ("lif", "output")]
    return nir.NIRGraph(nodes, edges, type_check=False)


@pytest.mark.small
@pytest.mark.parametrize(("changes", "same"), [
    ({"padding": "valid"}, {}), ({"padding": (0, 0), "stride": np.array([1, 1])}, {}),
    ({"padding": "same", "out": (3, 4, 5)}, {"padding": 1, "out": (3, 4, 5)}),
    ({"input_shape": None}, {}), ({"dilation": (1, 1)}, {}),
])
def test_all_forms_of_a_convolution_are_read(changes, same, rng):
    weight = rng.normal(size=(3, 2, 3, 3))
    found, expected = (
        from_nir(image_graph(weight=weight, **form)) for form in (changes, same))
    assert found.convolutions_ == expected.convolutions_
    assert found.image_shape_ == (2, 4, 5)
    np.testing.assert_array_equal(found.weights_[0], expected.weights_[0])


@pytest.mark.small
def test_a_filter_may_be_as_high_as_its_input():
    found = from_nir(image_graph(weight=np.ones((3, 2, 4, 4)), out=(3, 1, 2)))
    assert found.weights_[0].shape == (4, 4, 2, 3)


@pytest.mark.small
@pytest.mark.parametrize(("changes", "message"), [
    ({"stride": (1, 2)}, "its stride must be one whole number, the same for rows and columns"),
    ({"stride": 1.5, "input_shape": None}, "its stride must be one whole number"),
    ({"stride": 0, "input_shape": None}, "skspike has no such layer (stride of Convolution must"),
    ({"groups": None}, "its groups must hold finite numbers"),
    ({"weight": np.ones((2**18, 2, 1, 1))}, "it has more than 4194304 inputs or neurons"),
    ({"padding": 3}, "skspike has no such layer (padding of Convolution must be less than size=3"),
    ({"padding": "same", "stride": 2}, "'same' with an odd size and a stride of 1"),
    ({"dilation": 2}, "its dilation and groups must be 1"),
    ({"weight": np.ones((3, 2, 3, 2))}, "its weight must have shape (n_filters, 2, size, size)"),
    ({"weight": np.ones((3, 2, 5, 5))}, "its filters of 5 x 5 are larger than its input of 4 x 5"),
    ({"input_shape": (5, 4)}, "its input_shape must be (4, 5), got (5, 4)"),
    ({"bias": np.zeros(2)}, "its bias must have shape (3,)"),
])
def test_convolutions_that_skspike_cannot_express_are_refused(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        from_nir(image_graph(**changes))
    assert "'filters' of type Conv2d" in str(error.value)


@pytest.mark.small
def test_neurons_of_a_filter_must_be_equal():
    graph = image_graph()
    assert from_nir(graph).intrinsics_["threshold"][0].shape == (3,)
    graph.nodes["lif"].v_threshold = 1.0 + (np.arange(18) == 8).reshape(3, 2, 3)
    with pytest.raises(ValueError, match="'lif' of type LIF: its v_threshold differs between pos"):
        from_nir(graph)
    graph.nodes["lif"].v_threshold = np.ones((3, 3, 2))
    with pytest.raises(ValueError, match=re.escape("18 neurons of shape (3, 2, 3)")):
        from_nir(graph)


@pytest.mark.small
def test_graphs_of_images_that_do_not_fit_are_refused():
    for shape, message in (
            ((40,), "'input' of type Input: its shape must be (channels, rows, columns), got [40]"),
            ((2, 4, 6), "its input_shape must be (4, 6), got (4, 5)")):
        graph = image_graph()
        graph.nodes["input"] = nir.Input(np.array(shape))
        with pytest.raises(ValueError, match=re.escape(message)):
            from_nir(graph)
    graph = image_graph()
    graph.nodes["output"] = nir.Output(np.array([17]))
    with pytest.raises(ValueError, match=re.escape("its shape must be (3, 2, 3), got [17]")):
        from_nir(graph)
    graph.nodes["output"] = nir.Output(np.array([18]))
    assert from_nir(graph).convolutions_ == (Convolution(3, 3, image_shape=(2, 4, 5)),)
    # recurrence, another kind of parallel connection, and a partial Flatten
    back = nir.Linear(np.ones((18, 18)))
    for name, node, edges, message in (
            ("back", back, [("lif", "back"), ("back", "lif")], "shared weights cannot be recurr"),
            ("more", nir.Linear(np.ones((18, 40))), [("input", "more"), ("more", "lif")], (
                "all connections to a layer must be Conv2d")),
            ("flat", nir.Flatten({"input": np.array([3, 2, 3])}, 2, -1), [
                ("lif", "flat"), ("flat", "output")], "it must flatten all dimensions")):
        graph = image_graph()
        graph.nodes[name] = node
        graph.edges += edges
        with pytest.raises(ValueError, match=message):
            from_nir(graph)


WRONG = {
    "not diagonal": nir.Affine(np.ones((2, 2)), np.zeros(2)),
    "negative": nir.Affine(-np.eye(2), np.zeros(2)),
    "one bias": nir.Affine(np.eye(2), np.zeros(1)),
    "too small": nir.Affine(1e-320 * np.eye(2), np.zeros(2)),
    "too far": nir.Affine(1e-300 * np.eye(2), np.full(2, 1e300)),
    "other size": nir.Affine(np.eye(3), np.zeros(3)),
    "no affine": nir.Linear(np.eye(2)),
}


@pytest.mark.small
@pytest.mark.parametrize("node", WRONG.values(), ids=WRONG)
def test_a_node_that_does_not_standardise_each_channel_is_refused(node):
    edges = [
        "input standardize", "standardize weights", *(e for e in EDGES if e != "input weights")]
    with pytest.raises(ValueError, match="'standardize'"):
        from_nir(graph_of({**parts(), "standardize": node}, edges, type_check=False))


REFUSED = {
    "lowered": {"neuron": LIF(reset="subtract")},
    "refractory": {"neuron": LIF(refractory=2.0)},
    "Izhikevich": {"neuron": "izhikevich"},
    "compete": {"rule": "stdp", "max_iter": 1},
    "encoders": {"encoder": SpikeEncoder(n_steps=9)},
    "constant currents": {},
}


@pytest.mark.small
@pytest.mark.parametrize("reason", REFUSED)
def test_networks_that_nir_cannot_express_are_refused_with_the_reason(reason):
    data = X[:6, :, :9] if reason not in (
        "encoders", "constant currents") else X[:6, :, 0].astype(float)
    network = SNNTransformer(3, **{"rule": None, "random_state": 0, **REFUSED[reason]}).fit(data)
    with pytest.raises(ValueError, match=rf"{reason}.*\. .*[Ff]it"):
        to_nir(network)


@pytest.mark.small
def test_only_fitted_networks_are_written():
    with pytest.raises(NotFittedError):
        to_nir(SNNTransformer())
    with pytest.raises(TypeError, match="SpikeCounter"):
        to_nir(SpikeCounter())
    network = SNNTransformer(3, rule=None).fit(X[:2, :, :9])
    with pytest.raises(ValueError, match="gain"):
        to_nir(network, gain="both")
    with pytest.raises(ValueError, match="dt"):
        to_nir(network, dt=0)


def parts(n=3, n_channels=2):
    """Return the nodes of a small graph."""
    one, tau = np.ones(n), np.full(n, 0.02)
    lif = {"r": one, "v_leak": 0 * one, "v_threshold": one, "v_reset": 0 * one}
    return {
        "input": nir.Input(np.array([n_channels])),
        "weights": nir.Linear(np.ones((n, n_channels))),
        "lif": nir.LIF(tau=tau, **lif),
        "back": nir.Linear(0.5 - np.eye(n)),
        "next": nir.Linear(np.ones((n, n))),
        "cuba": nir.CubaLIF(tau_mem=tau, tau_syn=tau / 2, **lif),
        "output": nir.Output(np.array([n]))}


EDGES = [
    "input weights", "weights lif", "lif back", "back lif", "lif next", "next cuba", "cuba output"]


def graph_of(nodes, edges, **options):
    return nir.NIRGraph(nodes, [tuple(edge.split()) for edge in edges], **options)


def small_graph(**changes):
    """Return a small graph with changed attributes, given as node__attribute=value."""
    graph = graph_of(parts(), EDGES)
    for path, value in changes.items():
        name, _, attribute = path.partition("__")
        setattr(graph.nodes[name], attribute, value)
    return graph


def test_lif_and_cubalif_can_be_in_one_network():
    trains = X[:, :2]
    graph = small_graph(
        weights__weight=np.array([[9.0, 30.0], [20.0, -5.0], [2.0, 25.0]]),
        cuba__w_in=np.full(3, 15.0))
    raster = from_nir(graph).transform(trains)
    assert 0.01 < raster.mean() < 0.5
    assert (raster != Euler(graph, 1e-3).run(trains)).sum() == 0


@pytest.mark.small
def test_a_recurrent_layer_may_be_a_graph_inside_the_graph():
    nodes, flat = parts(), small_graph()
    inside = {
        "in": nir.Input(np.array([3])), "lif": nodes["lif"], "back": nodes["back"],
        "out": nir.Output(np.array([3]))}
    layer = graph_of(inside, ["in lif", "lif back", "back lif", "lif out"])
    outer = {
        "layer": layer,
        **{name: nodes[name] for name in ("input", "weights", "next", "cuba", "output")}}
    edges = ["input weights", "weights layer", "layer next", "next cuba", "cuba output"]
    one, other = from_nir(graph_of(outer, edges, type_check=False)), from_nir(flat)
    assert [w is None for w in one.recurrent_weights_] == [False, True]
    np.testing.assert_array_equal(one.recurrent_weights_[0], other.recurrent_weights_[0])
    np.testing.assert_array_equal(one.transform(X[:3, :2, :60]), other.transform(X[:3, :2, :60]))


@pytest.mark.small
def test_one_value_may_be_shared_by_all_neurons():
    scalar = {
        f"lif__{name}": np.array([value])
        for name, value in dict(tau=0.02, r=1, v_leak=0, v_threshold=1, v_reset=0).items()}
    trains = X[:3, :2, :60]
    np.testing.assert_array_equal(
        from_nir(small_graph(**scalar)).transform(trains),
        from_nir(small_graph()).transform(trains))


@pytest.mark.small
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"lif__tau": np.full(3, 5e-4)},
            r"'lif' of type LIF: its tau of 0.5 ms is shorter than a step. Take dt=0.5"),
        ({"lif__v_leak": np.array([0.0, 1.0, 0.0])}, "'lif' of type LIF: its v_leak"),
        (
            {"cuba__v_threshold": np.zeros(3)},
            "'cuba' of type CubaLIF: its v_threshold must lie within"),
        ({"lif__r": np.full(3, np.nan)}, "'lif' of type LIF: its r must hold finite"),
        (
            {"lif__tau": np.ones(4)},
            r"'lif' of type LIF: its tau has shape \(4,\), but there are 3 neurons\.$"),
        (
            {"weights__weight": np.full((3, 2), 1e300)},
            "'weights' of type Linear: its weights change potentials"),
        (
            {"next__weight": np.ones((3, 4))},
            r"'next' of type Linear: its weight must have shape \(n, 3\)"),
        ({"back__weight": "big"}, "'back' of type Linear: its weight is not an array of numbers"),
        ({"output__output_type": {"output": np.array([7])}}, "'output' of type Output: its shape"),
        ({"input__input_type": {"input": None}}, "'input' of type Input: its shape")])
def test_errors_name_the_node_and_its_type(change, message):
    with pytest.raises(ValueError, match=message):
        from_nir(small_graph(**change))


@pytest.mark.small
def test_biases_of_parallel_connections_add_up():
    weights, bias = np.ones((3, 2)), np.arange(3.0)
    nodes = {
        **parts(), "next": nir.Affine(weights, bias), "late": nir.Delay(np.full(2, 3e-3)),
        "second": nir.Affine(2 * weights, 10 * bias)}
    one, both = (
        from_nir(graph_of({name: nodes[name] for name in " ".join(edges).split()}, edges))
        for edges in (
            ["input next", "next lif", "lif output"],
            ["input next", "next lif", "input late", "late second", "second lif", "lif output"]))
    np.testing.assert_allclose(both.biases_[0], 11 * one.biases_[0], rtol=1e-6)
    assert one.biases_[0].any()


@pytest.mark.small
def test_a_delay_is_read_in_steps_up_to_the_limit_of_all_delays():
    def network(n_steps, dt=1.0):
        nodes = {**parts(), "late": nir.Delay(np.full(2, n_steps * 1e-3))}
        edges = ["input late", "late weights", *EDGES[1:]]
        return from_nir(graph_of(nodes, edges), dt=dt)

    assert [network(3, dt).delay_steps_ for dt in (1.0, 0.5, 3.0)] == [(3,), (6,), (1,)]
    assert network(2**20).delay_steps_ == (2**20,)
    with pytest.raises(
            ValueError, match="'late' of type Delay: its delay must be .* 1048576 steps at most"):
        network(2**20 + 1)


@pytest.mark.small
@pytest.mark.parametrize(
    ("attribute", "bound"),
    [("threshold", 1e18), ("threshold", 1e-18), ("reset", -1e18)])
def test_numbers_at_a_bound_are_accepted_and_numbers_beyond_refused(attribute, bound):
    changes = {"lif__v_threshold": np.full(3, 1e18), f"lif__v_{attribute}": np.full(3, bound)}
    network = from_nir(small_graph(**changes))
    assert (network.intrinsics_["threshold"][0] == changes["lif__v_threshold"]).all()
    beyond = np.nextafter(bound, bound * (2 if abs(bound) > 1 else 0))
    with pytest.raises(ValueError, match=f"its v_{attribute} must lie within"):
        from_nir(small_graph(**{**changes, f"lif__v_{attribute}": np.full(3, beyond)}))


@pytest.mark.small
@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (
            {"weights": nir.Affine(np.ones((3, 2)), np.ones(2))}, [],
            "'weights' of type Affine: its bias must have shape"),
        (
            {"back": nir.Affine(np.ones((3, 3)), np.ones(3))}, [],
            "'back' of type Affine: its bias is a constant current"),
        (
            {"lif": nir.IF(r=np.ones(3), v_threshold=np.ones(3), v_reset=np.zeros(3))}, [],
            "'lif' of type IF"),
        (
            {"weights": nir.Conv1d(5, np.ones((3, 2, 1)), 1, 0, 1, 1, np.zeros(3))}, [],
            "'weights' of type Conv1d"),
        (
            {"late": nir.Delay(np.full(2, 1.5e-3))},
            ["input late", "late weights", "- input weights"], "'late' of type Delay: its delay"),
        (
            {"late": nir.Delay(np.array([1e300, 0]))},
            ["input late", "late weights", "- input weights"], "'late' of type Delay: its delay"),
        (
            {"late": nir.Delay(np.zeros(3))}, ["lif late", "late next", "- lif next"],
            "'late' of type Delay: only the input"),
        (
            {"late": nir.Delay(np.zeros(3))}, ["lif late", "late back", "- lif back"],
            "'late' of type Delay: a layer's spikes"),
        (
            {"more": nir.Linear(np.ones((3, 2)))}, ["input more", "more lif"],
            "'lif' of type LIF: two connections"),
        (
            {"more": nir.Linear(np.ones((3, 3)))}, ["lif more", "more cuba"],
            "'cuba' of type CubaLIF: two connections"),
        (
            {"around": nir.Linear(np.ones((3, 2)))}, ["input around", "around cuba"],
            "'input' of type Input: its connections"),
        (
            {"up": nir.Linear(np.ones((3, 3)))}, ["cuba up", "up lif"],
            "'cuba' of type CubaLIF: its connections"),
        ({}, ["lif output"], "'lif' of type LIF: its connections"),
        (
            {"up": nir.Linear(np.ones((3, 3)))}, ["cuba up", "up lif", "- cuba output"],
            "'cuba', a later layer, leads back to it"),
        ({"back": graph_of({"deep": small_graph()}, [])}, [], "only one level is read"),
        (
            {"back": graph_of({**parts(), "more": nir.Input(np.array([2]))}, EDGES)}, [],
            "must have one Input and one Output"),
        (
            {"decoder": nir.Linear(np.ones((3, 3)))},
            ["cuba decoder", "decoder output", "- cuba output"], "decoder that does not spike"),
        ({"alone": nir.Linear(np.ones((3, 3)))}, [], "'alone' of type Linear: it is on no path"),
        ({"input2": nir.Input(np.array([2]))}, [], "one Input, got 2"),
        (
            {"more": nir.Threshold(np.ones(3))}, ["lif more", "more next", "- lif next"],
            "'more' of type Threshold"),
        (
            {}, ["output lif"],
            "'lif' of type LIF: no edge may lead to the Input or away from the Output"),
        ({}, ["output input"], "no edge may lead to the Input or away from the Output"),
        ({}, ["nowhere lif"], "'nowhere'"), ({}, ["input weights"], "an edge twice")])
def test_graphs_that_skspike_cannot_express_are_refused_by_node(nodes, edges, message):
    dropped = {edge[2:] for edge in edges if edge[0] == "-"}
    kept = [
        edge for edge in EDGES if edge not in dropped] + [edge for edge in edges if edge[0] != "-"]
    with pytest.raises(ValueError, match=message):
        from_nir(graph_of({**parts(), **nodes}, kept, type_check=False))


@pytest.mark.small
def test_hostile_graphs_give_a_value_error_or_a_network():
    nasty = [
        None, np.nan, "text", b"bytes", [], {}, object(), 10**400, np.zeros(0),
        np.array(["a"] * 3), np.full((3, 2), np.nan), {"input": "x"}, {"input": [10**12]}]
    attributes = [
        f"{name}__{key}" for name, node in parts().items()
        for key in vars(node) if key != "metadata"]
    refused = 0
    for path in attributes:
        for value in nasty:
            graph = small_graph(**{path: value})
            try:
                assert np.isin(from_nir(graph).transform(X[:2, :2, :9]), (0, 1)).all()
            except ValueError:
                refused += 1
    assert refused > 0.5 * len(attributes) * len(nasty)
    for edges in (None, "text", [1], [("input",)]):
        graph = small_graph()
        graph.edges = edges
        with pytest.raises(ValueError):
            from_nir(graph)


@pytest.mark.small
def test_only_graphs_are_read():
    for wrong in ("graph.nir", None, nir.Input(np.array([3]))):
        with pytest.raises(TypeError, match="nir.read"):
            from_nir(wrong)
    with pytest.raises(ValueError, match="dt"):
        from_nir(small_graph(), dt=0)


HELD = {
    "convolutions": {
        "hidden_layer_sizes": (Convolution(9, 2, image_shape=(3, 4)), 30),
        "neuron": LIF(threshold=(0.5, 2.0))},
    "two layers": {"hidden_layer_sizes": (30, 20), "neuron": LIF(tau_syn=5.0, threshold=0.7)},
    "spread time constants": {"neuron": LIF(tau_mem=(3.0, 60.0), tau_syn=(2.0, 9.0))},
    "synapse, reset": {"neuron": LIF(tau_syn=5.0, v_reset=(-0.5, 0.0))},
    "everything": {
        "recurrent": (False, True), "delays": (3.0,), "hidden_layer_sizes": (9, 8), "neuron": LIF(
            tau_mem=(3.0, 60.0), v_reset=-0.3)}}
# What a simulator cannot hold of the networks, and the parameters that change it.
NOT_HELD = {
    ("snntorch", "synapse, reset"): ("a v_reset other than 0", "LIF(v_reset=0.0)"),
    ("snntorch", "everything"): (
        "a v_reset other than 0, recurrent layers, delays",
        "LIF(v_reset=0.0) and recurrent=False and delays=None"),
    ("norse", "synapse, reset"): ("a v_reset other than 0", "LIF(v_reset=0.0)"),
    ("norse", "everything"): (
        "a v_reset other than 0, delays", "LIF(v_reset=0.0) and delays=None"),
    ("spikingjelly", "spread time constants"): (
        "a tau_mem that differs between neurons, a tau_syn that differs between neurons",
        "LIF(tau_mem=31.5, tau_syn=5.5)"),
    ("spikingjelly", "synapse, reset"): ("a v_reset other than 0", "LIF(v_reset=0.0)"),
    ("spikingjelly", "everything"): (
        "a tau_mem that differs between neurons, a v_reset other than 0, delays",
        "LIF(tau_mem=31.5, v_reset=0.0) and delays=None")}
TARGETS = ("snntorch", "norse", "spikingjelly")
STEPS = {"snntorch": 1e-4, "norse": 1e-3, "spikingjelly": 1e-3}  # s


def network_held(name):
    return SNNTransformer(rule=None, random_state=0, **HELD[name]).fit(X)


@pytest.mark.parametrize(
    ("target", "name"),
    [(target, name) for target in TARGETS for name in HELD if (target, name) not in NOT_HELD])
def test_the_graph_for_a_simulator_gives_the_spikes_of_the_network(target, name, tmp_path):
    network = network_held(name)
    graph = through_a_file(to_nir(network, target=target), tmp_path)
    raster = network.transform(X)
    assert 0.01 < raster.mean() < 0.5
    assert (raster != Euler(graph, STEPS[target]).run(X)).sum() == 0
    back = from_nir(graph, dt=1e3 * STEPS[target])
    assert (raster != back.transform(X)).sum() <= 1  # rounding
    neurons = [node for node in graph.nodes.values() if isinstance(node, (nir.LIF, nir.CubaLIF))]
    for node in neurons:
        assert (node.v_threshold == 1).all() and (node.v_reset == 0).all()
        tau = node.tau if isinstance(node, nir.LIF) else node.tau_mem
        np.testing.assert_allclose(
            node.r, 1 if target == "norse" else tau / STEPS[target], rtol=1e-12)


@pytest.mark.parametrize(("target", "name"), NOT_HELD)
def test_what_a_simulator_cannot_hold_is_refused_with_the_alternative(target, name):
    parts, changes = NOT_HELD[target, name]
    with pytest.raises(ValueError) as error:
        to_nir(network_held(name), target=target)
    assert str(error.value) == (
        f"to_nir cannot convert this SNNTransformer: {target} cannot hold {parts}. Fit it with "
        f"{changes}.")


def test_a_refusal_names_learned_parameters_and_the_others_can_be_learned():
    model = SNNClassifier(8, max_iter=2, random_state=0).fit(TRAINS, LABELS)
    for target, learned in (("spikingjelly", r"\('threshold',\)"), ("norse", "'tau_mem', 'thr")):
        with pytest.raises(ValueError, match=f"learned v_reset .*learn_intrinsic=.?{learned}"):
            to_nir(model, target=target)
    to_nir(model.set_params(learn_intrinsic=("tau_mem",)).fit(TRAINS, LABELS), target="norse")
    model.set_params(learn_intrinsic=("v_reset",)).fit(TRAINS, LABELS)
    with pytest.raises(ValueError, match="Fit it with learn_intrinsic=False.$"):
        to_nir(model, target="norse")


@pytest.mark.small
def test_a_target_sets_step_and_gain():
    network = SNNTransformer(3, rule=None, dt=2.0, random_state=0).fit(X[:2, :, :9])
    tau = 1e-3 * 2 / (1 - np.exp(-1 / 20))
    for target, dt in (("snntorch", 0.1), ("norse", 2.0), ("spikingjelly", 2.0)):
        node = to_nir(network, target=target).nodes["lif_0"]
        np.testing.assert_allclose(node.tau, tau * dt / 2, rtol=1e-6)
    assert to_nir(network, target="norse", dt=0.5).nodes["lif_0"].tau[0] < tau / 2
    assert to_nir(network, target="snntorch", dt=0.1, gain="neurons").nodes["lif_0"].r[0] > 9
    for options, message in (
            ({"target": "snntorch", "dt": 1}, "target='snntorch' needs dt=0.1, got 1.0. Leave"),
            ({"target": "norse", "gain": "neurons"}, "needs gain='weights', got 'neurons'"),
            ({"target": "lava"}, "target must be one of 'snntorch', 'norse', 'spikingjelly', None"),
            ({"decoder": "count"}, "decoder must be one of True, False")):
        with pytest.raises(ValueError, match=message):
            to_nir(network, **options)


TRAINS, LABELS = make_poisson(40, 12, 60, random_state=0)
VALUES = TRAINS.mean(axis=(1, 2)) * 100 + 7
WITH_READOUT = {
    "three classes": (SNNClassifier((6, 9), recurrent=True, delays=(0, 2)), np.arange(40) % 3),
    "one window": (SNNClassifier(8, readout=Windows(1)), LABELS),
    "filters": (SNNClassifier(Convolution(4, 2, image_shape=(3, 4))), LABELS),
    "two values": (SNNRegressor(8), np.stack([VALUES, -VALUES], axis=1))}


@pytest.mark.parametrize("name", WITH_READOUT)
def test_the_outputs_of_the_readout_in_the_graph_sum_to_those_of_the_network(name, tmp_path):
    model, y = WITH_READOUT[name]
    readout = "count" if model.readout == "auto" else model.readout
    model = clone(model).set_params(max_iter=2, random_state=0, readout=readout).fit(TRAINS, y)
    graph = through_a_file(to_nir(model, decoder=True), tmp_path)
    outputs = Euler(graph, 1e-3).run(TRAINS).sum(axis=2)
    if isinstance(model, SNNRegressor):
        expected = model.predict(TRAINS).reshape(len(y), -1)
    else:
        expected = model.decision_function(TRAINS).reshape(len(y), -1)
        outputs = outputs[:, 1:] - outputs[:, :1] if len(model.classes_) == 2 else outputs
    np.testing.assert_allclose(outputs, expected, rtol=1e-9, atol=1e-9)
    # import gives the same network as without the readout
    np.testing.assert_array_equal(
        from_nir(graph).transform(TRAINS), from_nir(to_nir(model)).transform(TRAINS))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (SNNTransformer(3, rule=None), "it has no decoder. Pass decoder=False"),
        (SNNClassifier(3, readout="windows", max_iter=1), "Windows.* weights spikes by their time"),
        (SNNClassifier(2, rule="tempotron", max_iter=1), "decoder of Tempotron reads no spikes")],
    ids=["transformer", "windows", "tempotron"])
def test_a_readout_that_is_not_linear_in_counts_is_refused(model, reason):
    model = clone(model).set_params(random_state=0).fit(TRAINS, LABELS)
    to_nir(model)
    with pytest.raises(ValueError, match=reason):
        to_nir(model, decoder=True)


@pytest.mark.small
@pytest.mark.parametrize(
    ("shape", "n_outputs", "message"),
    [((2, 4), 2, r"'decoder' of type Affine: its weight must have"), ((2, 3), 3, "'output' of")])
def test_a_decoder_must_fit_the_last_layer_and_the_output(shape, n_outputs, message):
    nodes = {
        **parts(), "decoder": nir.Affine(np.ones(shape), np.ones(2)), "output": nir.Output(
            np.array([n_outputs]))}
    edges = [*EDGES[:-1], "cuba decoder", "decoder output"]
    with pytest.raises(ValueError, match=message):
        from_nir(graph_of(nodes, edges, type_check=False))
