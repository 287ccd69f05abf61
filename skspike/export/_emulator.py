"""Exported models for ARM Cortex-M and 32-bit RISC-V, run in the emulator unicorn."""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from .._base import Array, optional

EMULATED = "cortex-m0+", "cortex-m4", "riscv32"
STACK, STOP, INPUT = 0x2000_0000, 0x3000_0000, 0x2100_0000  # addresses outside of the program
PAGE = 0x10_0000
ARM = 40  # type of machine in the header of a program


class Emulator:
    """A program of `program_of` for one of the processors `EMULATED`."""

    def __init__(self, program: bytes, user: str = "Emulator"):
        with optional("unicorn", "emulator", user):
            import unicorn
            from unicorn import arm_const as arm, riscv_const as riscv

        self.program = program
        machine_of: Any = unicorn.Uc  # has no types
        self.is_thumb = int(struct.unpack_from("<H", program, 18) == (ARM,))
        if self.is_thumb:
            machine = machine_of(
                unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
            machine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
            machine.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)  # switches the floating-point unit on
            self.registers = arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_R0
        else:
            machine = machine_of(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
            self.registers = (
                riscv.UC_RISCV_REG_SP, riscv.UC_RISCV_REG_RA, riscv.UC_RISCV_REG_A0)
        self.machine = machine
        machine.mem_map(0, 16 * PAGE)
        for address in (STACK, STOP, INPUT):
            machine.mem_map(address, PAGE)
        for address, content in self._segments():
            machine.mem_write(address, content)
        self.functions = dict(self._functions())

    def _segments(self) -> Iterator[tuple[int, bytes]]:
        """Yield the address and the content of each part of the program."""
        for kind, offset, address, _, n_bytes in self._entries(28, 42, "<5I"):
            if kind == 1:
                yield address, self.program[offset : offset + n_bytes]

    def _functions(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the address of each function."""
        sections = list(self._entries(32, 46, "<10I"))
        for section in sections:
            if section[1] == 2:  # table of symbols, and of their names
                names = self.program[sections[section[6]][4] :]
                for place in range(section[4], section[4] + section[5], 16):
                    name, value = struct.unpack_from("<2I", self.program, place)
                    yield names[name : names.index(b"\0", name)].decode(), value

    def _entries(self, place: int, sizes: int, form: str) -> Iterator[tuple[Any, ...]]:
        """Yield the entries of a table whose start and size are in the header."""
        (start,) = struct.unpack_from("<I", self.program, place)
        size, n = struct.unpack_from("<HH", self.program, sizes)
        for k in range(n):
            yield struct.unpack_from(form, self.program, start + k * size)

    def call(self, name: str, argument: int = 0) -> int:
        """Call a function, and return its result."""
        stack, link, first = self.registers
        self.machine.reg_write(stack, STACK + PAGE // 2)
        self.machine.reg_write(link, STOP | self.is_thumb)
        self.machine.reg_write(first, argument)
        self.machine.emu_start(self.functions[name] | self.is_thumb, STOP)
        return int(self.machine.reg_read(first))

    def instructions(self, X: Array) -> Array:
        """Return the number of instructions of each step of a sample (n_steps, n_channels)."""
        import unicorn

        counts, n = [], [0]

        def count(*_: Any) -> None:
            n[0] += 1

        hook = self.machine.hook_add(unicorn.UC_HOOK_CODE, count)
        self.call("net_reset")
        for x in X:
            n[0] = 0
            self.machine.mem_write(INPUT, np.ascontiguousarray(x).tobytes())
            self.call("net_step", INPUT)
            counts.append(n[0])
        self.machine.hook_del(hook)
        return np.array(counts)

    def run(self, X: Array, n_neurons: int) -> tuple[Array, Array]:
        """Return the spikes and the classes of samples (n_samples, n_steps, n_channels)."""
        spikes, classes = np.zeros((len(X), n_neurons, X.shape[1]), np.uint8), []
        for b, sample in enumerate(X):
            self.call("net_reset")
            for t, x in enumerate(sample):
                self.machine.mem_write(INPUT, np.ascontiguousarray(x).tobytes())
                self.call("net_step", INPUT)
                if n_neurons:
                    address = self.call("net_spikes")
                    spikes[b, :, t] = np.frombuffer(
                        self.machine.mem_read(address, n_neurons), np.uint8)
            classes.append(self.call("net_predict"))
        return spikes, np.array(classes)
