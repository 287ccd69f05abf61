"""Compiles exported C and runs it on samples."""

import contextlib
import functools
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

from skspike.export import to_c
from skspike.export._compiled import _compilers
from skspike.export._toolchain import compile_file

FLAGS = (
    "-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
    "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
# reads samples from a file and writes spikes, scores and classes to another
HARNESS = """
#include <stdio.h>
#include "net.h"
static {kind} x[NET_INPUTS];
int main(int argc, char **argv)
{{
    FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
    int n, steps;
    if (argc != 3 || fread(&n, 4, 1, in) != 1 || fread(&steps, 4, 1, in) != 1) {{ return 1; }}
    for (int b = 0; b < n; b++) {{
        net_reset();
        for (int t = 0; t < steps; t++) {{
            if (fread(x, sizeof x, 1, in) != 1) {{ return 1; }}
            net_step(x);
            {keep}
        }}
        {decide}
    }}
    return fclose(in) || fclose(out);
}}
"""


@functools.cache
def compiler():
    """Return the first compiler of `CompiledModel` that works with the flags of the tests.

    Skip the test if there is none.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ImportError):
        file = Path(folder) / "main.c"
        file.write_text("int main(void) { return 0; }\n", encoding="utf-8")
        for command in _compilers():
            with contextlib.suppress(OSError, RuntimeError):
                compile_file(file, file.with_suffix(".exe"), [*command, *FLAGS], "cannot compile")
                return command
    pytest.skip('no C compiler works: install gcc or clang, or pip install "skspike[export]"')


class Ran:
    """Results of a model that was exported to C, compiled, and run on some samples.

    ``spikes`` are (n_samples, n_neurons, n_steps), ``scores`` (n_samples, n_outputs) and
    ``classes`` (n_samples, n_columns). A model that keeps no spikes has no neurons.
    """

    def __init__(self, model, X, folder, weights="float32"):
        command = compiler()
        to_c(model, folder / "net.c", weights)
        header = (folder / "net.h").read_text(encoding="utf-8")
        words = [line.split() for line in header.splitlines() if line.startswith("#define NET_")]
        sizes = {line[1]: int(line[2]) for line in words if line[2:] and line[2].isdigit()}
        n_neurons, n_outputs = sizes.get("NET_NEURONS", 0), sizes.get("NET_OUTPUTS", 0)
        keep = "fwrite(net_spikes(), 1, NET_NEURONS, out);" if "net_spikes" in header else ""
        is_spikes, columns = "net_step(const uint8_t" in header, "net_predict(int" in header
        decide, n_columns = "", 0
        if n_outputs:
            decide = "fwrite(net_scores(), 4, NET_OUTPUTS, out);"
        if columns:
            n_columns = int(header.partition("each of ")[2].split()[0])
            decide += f"int k[{n_columns}]; net_predict(k); fwrite(k, 4, {n_columns}, out);"
        elif "net_predict" in header:
            n_columns = 1
            decide += "int k = net_predict(); fwrite(&k, 4, 1, out);"
        kind = "uint8_t" if is_spikes else "float"
        (folder / "main.c").write_text(
            HARNESS.format(kind=kind, keep=keep, decide=decide), encoding="utf-8")
        done = subprocess.run(
            [*command, *FLAGS, "-o", folder / "net", folder / "net.c", folder / "main.c"],
            capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        # run
        x = np.asarray(X, np.uint8 if is_spikes else np.float32)
        if "read in the first step" in header:
            n_steps = sizes["NET_STEPS"]
            x = np.repeat(x[:, None], n_steps, axis=1)
        else:
            n_steps = x.shape[-1]
            x = x.reshape(len(x), -1, n_steps).transpose(0, 2, 1)
        (folder / "in").write_bytes(np.array([len(x), n_steps], np.int32).tobytes() + x.tobytes())
        done = subprocess.run([folder / "net", folder / "in", folder / "out"])
        assert done.returncode == 0  # undefined behaviour ends it by a signal
        out = (folder / "out").read_bytes()
        sizes = n_neurons * n_steps, 4 * n_outputs, 4 * n_columns
        parts = np.split(np.frombuffer(out, np.uint8).reshape(len(x), -1), np.cumsum(sizes)[:2], 1)
        self.spikes = parts[0].reshape(len(x), n_steps, -1).transpose(0, 2, 1)
        self.scores = np.ascontiguousarray(parts[1]).view(np.float32)
        self.classes = np.ascontiguousarray(parts[2]).view(np.int32)
