"""Load damaged files: ``python tests/faults/mutations.py skops 300 0`` loads 300 from seed 0 on.

Each file is loaded in a new process and, if that works, used for a prediction. Allowed outcomes are
a result and an exception. Failures are "crash", "hang" and "escape": an attempt to leave the
process, which an audit hook detects. The last line is the number of each outcome, as JSON. Forms
are ``skops``, ``nir`` (graphs with other numbers and edges) and ``hdf5`` (files of graphs).
"""

import copy
import io
import json
import os
import resource
import signal
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nir  # noqa: E402
import skops.io  # noqa: E402
from make_fixtures import FOLDER, INPUTS, Y  # noqa: E402

import skspike  # noqa: E402
from skspike import SNNTransformer  # noqa: E402

SECONDS, MEGABYTES = 100, 2000  # for one load and prediction, and in addition to the memory in use
FORBIDDEN = (
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.", "socket.", "os.remove",
    "os.rename", "shutil.")
BAD = ("crash", "hang", "escape")
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


def other_array(array, rng):
    """Return an array of another shape or type, or with another value."""
    kind = rng.integers(5)
    if kind == 0:
        return array[..., :-1] if array.ndim else array
    if kind == 1:
        return np.concatenate([array, array]) if array.ndim else array[np.newaxis]
    if kind == 2:
        return array.astype(rng.choice(["f8", "i8", "u1", "c16", "S3"]))
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
    """Return files, a function that damages one, and a function that loads one and predicts."""
    trusted, folder = skspike.trusted_types(), max(FOLDER.iterdir())
    with np.load(folder / "answers.npz") as stored:
        kinds = {name: kind for kind, name, _ in (key.split("|") for key in stored if "|" in key)}
    models = skops.io.load(folder / "models.skops", trusted=trusted)
    files = [(kinds[name], skops.io.dumps(model)) for name, model in models.items()]

    def load(case):
        model = skops.io.loads(case[1], trusted=trusted)
        (model.transform if hasattr(model, "transform") else model.predict)(INPUTS[case[0]])

    return files, lambda case, rng: (case[0], skops_file(case[1], rng)), load


def graphs():
    """Return graphs of small networks."""
    for options in ({}, {"hidden_layer_sizes": (4, 3), "recurrent": True, "delays": (0, 2)}):
        model = SNNTransformer(
            **{"hidden_layer_sizes": 4, "rule": None, "random_state": 0, **options}).fit(
            INPUTS["raster"], Y)
        yield skspike.io.to_nir(model)


def nir_cases():
    """Return graphs, a function that changes one, and a function that runs one as a network."""
    return list(graphs()), other_graph, lambda graph: skspike.io.from_nir(graph).transform(
        INPUTS["raster"])


def hdf5_cases():
    """Return files of graphs, and functions that damage and load one."""
    path, files = Path(tempfile.mkdtemp()) / "graph.nir", []
    for graph in graphs():
        nir.write(path, graph)
        files.append(path.read_bytes())

    def load(data):
        path.write_bytes(data)
        skspike.io.from_nir(nir.read(path)).transform(INPUTS["raster"])

    return files, damaged, load


def escapes(event, arguments):
    """Exit at a forbidden event, because an exception could be caught."""
    # files of the cache of compiled code are allowed
    if event.startswith(FORBIDDEN) and not any(
            ending in str(arguments) for ending in (".nbi.", ".nbc.")):
        os.write(2, f"loading raised the event {event}{arguments!r}\n".encode())
        os._exit(3)


def end_of(load, case):
    """Return the outcome of a load in a new process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sys.addaudithook(escapes)
        signal.alarm(SECONDS)
        try:
            load(case)
            end = "answer"
        except Exception as error:
            end = type(error).__name__
        os.write(writing, end.encode())
        os._exit(0)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(reading, "rb") as pipe:
        end = pipe.read().decode()
    return end if status == 0 else {3: "escape", -signal.SIGALRM: "hang"}.get(status, "crash")


def main(form, n, seed):
    """Load n damaged files of a form, and print the number of each outcome."""
    cases, damage, load = {"skops": skops_cases, "nir": nir_cases, "hdf5": hdf5_cases}[form]()
    for case in cases:
        load(case)  # compiles all loops
    in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
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
