"""Load damaged files: ``python tests/faults/mutations.py skops 300 0`` loads 300 from seed 0 on.

Each file is loaded in a new process and, if that works, used for a prediction and for a stream or
more learning. This is done twice, with other bytes in the free memory, and loops check the bounds
of arrays. Allowed outcomes are a result and an exception. Failures are "crash", "hang", "escape",
an attempt to leave the process, which an audit hook detects, "overrun", an index out of the bounds
of an array in a loop, and "differs", another result or exception of the second run. The last line
is the number of each outcome, as JSON. Forms are ``skops``, ``nir`` (graphs with other numbers and
edges) and ``hdf5`` (files of graphs).
"""

import copy
import ctypes
import io
import json
import os
import signal
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from pathlib import Path

os.environ["NUMBA_BOUNDSCHECK"] = "1"  # before numba is imported

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nir  # noqa: E402
import skops.io  # noqa: E402
from make_fixtures import FOLDER, INPUTS, MODELS, Y, fitted  # noqa: E402

import skspike  # noqa: E402
from skspike import SNNTransformer  # noqa: E402

SECONDS, MEGABYTES = 100, 2000  # of computation for one file, and in addition to the memory in use
LONGEST = 1000  # seconds for one file, if other processes run or nothing is computed
FORBIDDEN = (
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.", "socket.", "os.remove",
    "os.rename", "shutil.")
BAD = ("crash", "hang", "escape", "overrun", "differs")
FILLED = 1, 254  # bytes in the free memory of the two runs
PERTURB = -6  # M_PERTURB, the option of the C library that fills memory
LARGE = 2**26  # bytes of the largest array
FACTORS = 2, 3, 100, 40_000  # of the length of an axis
NUMBERS = [-1, 0, 1, 2, 5, 1000, 2**40, 0.5, np.nan, np.inf, None, True, "x", ()]
WORDS = [
    b"0", b"-1", b"1e308", b"null", b"true", b'""', b'"os.system"', b'"posix"', b'"builtins"',
    b"[]", b"{}", b"9" * 20]


def damaged(data, rng):
    """Return bytes with some of them changed, removed or repeated."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(data)))
        length = min(int(rng.integers(1, 64)), len(data) - start)
        kind = rng.integers(5)
        if kind == 0:
            data[start] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[start : start + length] = rng.bytes(length)
        elif kind == 2:
            del data[start : start + length]
        elif kind == 3:
            data[start:start] = data[start : start + length]
        else:
            del data[start:]
        if not data:
            return b""
    return bytes(data)


def reworded(text, rng):
    """Return a JSON text with some values replaced by others of the text or by WORDS."""
    tokens, values = [], []
    for token in text.replace(b",", b"\0,\0").replace(b": ", b"\0: \0").split(b"\0"):
        values.append(len(tokens)) if token not in (b",", b": ") else None
        tokens.append(token)
    for _ in range(rng.integers(1, 4)):
        here, there = (tokens[k].strip(b" \n[]{}") for k in rng.choice(values, 2))
        other = WORDS[rng.integers(len(WORDS))] if rng.random() < 0.5 else there
        if here:
            at = rng.choice([k for k in values if here in tokens[k]])
            tokens[at] = tokens[at].replace(here, other)
    return b"".join(tokens)


def other_array(array, rng, objects=()):
    """Return an array of another shape or type, or with another value.

    `objects` are further types, which not every file can hold.
    """
    kind = rng.integers(6)
    axis = int(rng.integers(max(array.ndim, 1)))
    if kind == 0:
        n = int(rng.integers(array.shape[axis])) if array.ndim and array.size else 0
        return np.delete(array, np.s_[n:], axis) if array.ndim else array
    if kind == 1:
        factor = int(rng.choice(FACTORS))
        if not array.ndim or array.nbytes * factor > LARGE:
            return array[np.newaxis]
        return np.repeat(array, factor, axis)
    if kind in (2, 3):
        return array.astype(rng.choice(["f8", "f4", "i8", "u1", "c16", "S3", ">f4", *objects]))
    array = array.copy()
    if array.size:
        values = [np.nan, np.inf, -1, 0, 1e30, 2**40] if array.dtype.kind == "f" else [
            -1, 0, 127, 2**31 - 1]
        array.flat[int(rng.integers(array.size))] = np.array(rng.choice(values)).astype(array.dtype)
    return array


def other_array_file(data, rng):
    """Return the file of an array that `other_array` has changed."""
    file = io.BytesIO()
    np.save(file, other_array(np.load(io.BytesIO(data), allow_pickle=False), rng))
    return file.getvalue()


def leaves(thing, path=()):
    """Yield the paths of the arrays, numbers and tuples of numbers in a model."""
    children = parts_of(thing)
    if isinstance(thing, (np.ndarray, int, float, str)) or (
            isinstance(thing, tuple) and not any(map(parts_of, thing))):
        yield path
    for key, child in children.items():
        yield from leaves(child, (*path, key))


def parts_of(thing):
    """Return the parts of an object by name, or by index."""
    if isinstance(thing, dict):
        return thing
    if isinstance(thing, (list, tuple)):
        return dict(enumerate(thing))
    is_plain = isinstance(thing, (np.ndarray, np.generic, np.random.RandomState, type))
    return {} if is_plain else getattr(thing, "__dict__", {})


def with_leaf(thing, path, change):
    """Return a thing whose part with a path is changed. Objects, lists and dicts keep identity."""
    if not path:
        return change(thing)
    key, *rest = path
    new = with_leaf(parts_of(thing)[key], rest, change)
    if isinstance(thing, tuple):
        values = [*thing[:key], new, *thing[key + 1 :]]
        return type(thing)(*values) if hasattr(thing, "_fields") else tuple(values)
    (vars(thing) if hasattr(thing, "__dict__") else thing)[key] = new
    return thing


def other_leaf(value, rng):
    """Return another array, tuple or number."""
    if isinstance(value, np.ndarray):
        return other_array(value, rng, objects=["O"])
    if isinstance(value, tuple):  # such as delays
        n = NUMBERS[rng.integers(7)]
        return [(*value, n), value[:-1], (n,), tuple(-k for k in value[::-1] if k != "")][
            rng.integers(4)] if all(isinstance(k, (int, float)) for k in value) else (n,)
    return NUMBERS[rng.integers(len(NUMBERS))]


def other_model(model, others, rng):
    """Return a copy of a model with other arrays or numbers, or with a part of another model."""
    model = copy.deepcopy(model)
    if rng.random() < 0.15:
        other = vars(copy.deepcopy(others[rng.integers(len(others))]))
        shared = sorted(name for name in vars(model).keys() & other if name.endswith("_"))
        if shared:
            name = shared[rng.integers(len(shared))]
            setattr(model, name, other[name])
            return model
    for _ in range(rng.integers(1, 3)):
        # fitted attributes three times as often as parameters
        paths = [
            path for path in leaves(model)
            if path[0].endswith("_") or path[0] == "_decoder" or rng.random() < 0.3]
        path = paths[rng.integers(len(paths))]
        model = with_leaf(model, path, lambda value: other_leaf(value, rng))
    return model


def skops_file(data, rng):
    """Return a skops file with damaged bytes, or with a changed member and correct checksums."""
    if rng.random() < 0.2:
        return damaged(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    arrays = [name for name in members if name.endswith(".npy")]
    name = "schema.json" if rng.random() < 0.5 or not arrays else str(rng.choice(arrays))
    change = (
        damaged if rng.random() < 0.2 else reworded if name == "schema.json" else other_array_file)
    members[name] = change(members[name], rng)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def other_graph(graph, rng):
    """Return a graph with other numbers in a node, another edge, or one node less."""
    graph = copy.deepcopy(graph)
    names = [name for name, node in graph.nodes.items() if vars(node)]
    kind, name = rng.integers(4), str(rng.choice(names))
    node = graph.nodes[name]
    if kind == 0:
        graph.edges[rng.integers(len(graph.edges))] = tuple(
            rng.choice([*graph.nodes, "nowhere"], 2).tolist())
    elif kind == 1:
        del graph.nodes[name]
    else:
        attribute = str(rng.choice(list(vars(node))))
        value = getattr(node, attribute)
        other = other_array(value, rng) if isinstance(value, np.ndarray) else [
            None, 0, "", np.nan, {}, []][rng.integers(6)]
        setattr(node, attribute, other)
    return graph


def skops_cases():
    """Return files, a function that damages one, and a function that loads and uses one."""
    trusted, folder = skspike.trusted_types(), max(FOLDER.iterdir())
    with np.load(folder / "answers.npz") as stored:
        kinds = {name: kind for kind, name, _ in (key.split("|") for key in stored if "|" in key)}
    models = skops.io.load(folder / "models.skops", trusted=trusted)
    models |= {name: fitted(name) for name in MODELS.keys() - models.keys()}
    kinds |= {name: MODELS[name][0] for name in models.keys() - kinds.keys()}
    files = [(kinds[name], skops.io.dumps(model)) for name, model in models.items()]
    others = list(models.values())

    def damage(case, rng):
        kind, data = case
        if rng.random() < 0.5:
            return kind, skops_file(data, rng)
        model = skops.io.loads(data, trusted=trusted)
        return kind, skops.io.dumps(other_model(model, others, rng))

    def load(case):
        return used(skops.io.loads(case[1], trusted=trusted), INPUTS[case[0]])

    return files, damage, load


def used(model, X):
    """Yield results of a model: predictions, those of a stream, and predictions after learning."""
    predict = model.transform if hasattr(model, "transform") else model.predict
    yield predict(X)
    if hasattr(model, "stream"):
        stream = model.stream()
        yield [stream.step(X[0])]
        if hasattr(stream, "decision_function"):
            yield stream.decision_function()
    if hasattr(model, "warm_start"):
        model.set_params(random_state=0, warm_start=True, max_iter=1)
        yield (model.fit(X, Y).transform if hasattr(model, "transform") else model.predict)(X)
    elif hasattr(model, "partial_fit"):
        yield model.partial_fit(X, Y).predict(X)


def graphs():
    """Return graphs of small networks."""
    for options in ({}, {"hidden_layer_sizes": (4, 3), "recurrent": True, "delays": (0, 2)}):
        model = SNNTransformer(
            **{"hidden_layer_sizes": 4, "rule": None, "random_state": 0, **options}).fit(
            INPUTS["raster"], Y)
        yield skspike.io.to_nir(model)


def nir_cases():
    """Return graphs, a function that changes one, and a function that runs one as a network."""
    return list(graphs()), other_graph, lambda graph: used(
        skspike.io.from_nir(graph), INPUTS["raster"])


def hdf5_cases():
    """Return files of graphs, and functions that damage and load one."""
    path, files = Path(tempfile.mkdtemp()) / "graph.nir", []
    for graph in graphs():
        nir.write(path, graph)
        files.append(path.read_bytes())

    def load(data):
        path.write_bytes(data)
        return used(skspike.io.from_nir(nir.read(path)), INPUTS["raster"])

    return files, damaged, load


def escapes(event, arguments):
    """Exit at a forbidden event, because an exception could be caught."""
    # files of the cache of compiled code are allowed
    if event.startswith(FORBIDDEN) and not any(
            ending in str(arguments) for ending in (".nbi.", ".nbc.")):
        os.write(2, f"loading raised the event {event}{arguments!r}\n".encode())
        os._exit(3)


def fill_memory(byte):
    """Fill free memory with a byte, and all memory that is allocated or freed from now on."""
    ctypes.CDLL(None).mallopt(PERTURB, byte)
    # numpy keeps a few small arrays of each size
    kept = [np.full(n, byte, np.uint8) for n in range(1, 1024) for _ in range(8)]
    del kept


def results_of(load, case):
    """Return the results of a use, as bytes or the names of exceptions, and whether one overran.

    Any exception ends the use.
    """
    results = []
    try:
        for result in load(case):
            parts = result if isinstance(result, list) or result.dtype == object else [result]
            arrays = map(np.asarray, parts)
            results.append([(str(array.dtype), array.shape, array.tobytes()) for array in arrays])
    except Exception as error:
        results.append(type(error).__name__)
        return results, isinstance(error, IndexError) and str(error) == "index is out of bounds"
    return results, False


def outcome(load, case):
    """Return the outcome of two uses of a case."""
    runs = []
    for byte in FILLED:
        fill_memory(byte)
        runs.append(results_of(load, case))
    (first, overran), (second, also_overran) = runs
    if overran or also_overran:
        return "overrun"
    if first != second:
        return "differs"
    return first[0] if isinstance(first[0], str) else "answer"


def end_of(load, case):
    """Return the outcome of a case in a new process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sys.addaudithook(escapes)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(LONGEST)
        os.write(writing, outcome(load, case).encode())
        os._exit(0)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(reading, "rb") as pipe:
        end = pipe.read().decode()
    ends = {0: end, 3: "escape", -signal.SIGALRM: "hang", -signal.SIGPROF: "hang"}
    return ends.get(status, "crash")


def main(form, n, seed):
    """Load n damaged files of a form, and print the number of each outcome."""
    import resource  # Windows has no such module, and pytest imports this file there

    cases, damage, load = {"skops": skops_cases, "nir": nir_cases, "hdf5": hdf5_cases}[form]()
    for case in cases:
        results_of(load, case)  # compiles all loops
    with open("/proc/self/statm", encoding="utf-8") as file:
        in_use = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEGABYTES * 2**20, resource.RLIM_INFINITY))
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    ends = Counter()
    for k in range(seed, seed + n):
        rng = np.random.default_rng(k)
        end = end_of(load, damage(cases[rng.integers(len(cases))], rng))
        ends[end] += 1
        if end in BAD:
            print(f"seed {k}: {end}", flush=True)
    print(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
