"""Compilation of exported C for microcontrollers, by ziglang, and the sizes of the result."""

import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from .._base import optional
from ._to_c import exported

SIZE_FLAGS = (
    "-std=c99", "-Os", "-g", "-ffp-contract=off", "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables", "-Wl,--gc-sections")
ALLOCATED, WRITABLE, IN_FILE = 2, 1, 1  # flags and type of sections of an ELF file


class Processor(NamedTuple):
    """A processor, as ziglang names it."""

    triple: str
    cpu: str


PROCESSORS = {
    "cortex-m0+": Processor("thumb-freestanding-eabi", "cortex_m0plus"),
    "cortex-m4": Processor("thumb-freestanding-eabihf", "cortex_m4+vfp4d16sp"),
    "cortex-m7": Processor("thumb-freestanding-eabihf", "cortex_m7+fp_armv8d16"),
    "riscv32": Processor("riscv32-freestanding-none", "generic_rv32+m+a+c"),
    "riscv32f": Processor("riscv32-freestanding-none", "generic_rv32+m+a+c+f")}


def ziglang(user: str) -> list[str]:
    """Return the command of ziglang's compiler, which `user` needs."""
    with optional("ziglang", "export", user):
        import ziglang  # noqa: F401
    return [sys.executable, "-m", "ziglang", "cc"]


def compile_file(file: Path, result: Path, command: list[str], error: str) -> None:
    """Compile a C file by a command, or raise with the messages of the compiler."""
    done = subprocess.run(
        [*command, "-o", str(result), str(file)], capture_output=True, encoding="utf-8",
        errors="replace", check=False)
    if done.returncode:
        raise RuntimeError(f"{error}:\n{done.stderr}")


def program_of(
        model: Any, target: str, weights: str = "float32", user: str = "program_of",
        adapt_penalty: float | None = None) -> bytes:
    """Return a fitted model as an ELF program for a target, as bytes.

    It contains the functions of the compiler that the code calls, such as divisions of 64 bits.
    """
    code, command = exported(model, "net", weights, adapt_penalty), ziglang(user)
    functions = [
        name for name in (
            "net_reset", "net_spikes", "net_scores", "net_predict", "net_decided", "net_event",
            "net_adapt")
        if f"{name}(" in code.header]
    keep = [f"-Wl,-u,{name}" for name in functions]
    triple, cpu = PROCESSORS[target]
    with tempfile.TemporaryDirectory() as folder:
        file, program = Path(folder) / "net.c", Path(folder) / "net.elf"
        code.save(file)
        command += ["-target", triple, f"-mcpu={cpu}", *SIZE_FLAGS, "-Wl,-e,net_step", *keep]
        compile_file(file, program, command, f"ziglang could not compile the model for {target}")
        return program.read_bytes()


def memory_of(program: bytes) -> tuple[int, int]:
    """Return the bytes that a 32-bit ELF program takes of flash and of RAM."""
    (start,) = struct.unpack_from("<I", program, 32)
    size, n_sections = struct.unpack_from("<HH", program, 46)
    flash = ram = 0
    for k in range(n_sections):
        _, kind, flags, _, _, n_bytes = struct.unpack_from("<6I", program, start + k * size)
        if flags & ALLOCATED:
            flash += n_bytes if kind == IN_FILE else 0
            ram += n_bytes if flags & WRITABLE else 0
    return flash, ram
