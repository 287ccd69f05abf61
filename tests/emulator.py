"""Runs programs for ARM Cortex-M in an emulator."""

import struct

import numpy as np
import pytest

STACK, STOP, INPUT = 0x2000_0000, 0x3000_0000, 0x2100_0000  # addresses outside of the program
FUNCTION, GLOBAL = 2, 1  # kinds of symbols


class Emulator:
    """An exported network in the emulator unicorn."""

    def __init__(self, program):
        unicorn = pytest.importorskip("unicorn", reason="needs unicorn: pip install unicorn")
        from unicorn import arm_const as arm

        self.arm, self.program = arm, program
        self.machine = machine = unicorn.Uc(
            unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        machine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
        machine.mem_map(0, 0x100_0000)
        for address in (STACK, STOP, INPUT):
            machine.mem_map(address, 0x10_0000)
        for address, content in self._segments():
            machine.mem_write(address, content)
        # switch on the floating-point unit
        machine.mem_map(0xE000_E000, 0x1000)
        machine.mem_write(0xE000_ED88, struct.pack("<I", 0xF << 20))
        machine.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)
        self.functions = dict(self._functions())
        self.n_instructions = 0

    def _segments(self):
        start, size, n = self._header(28, 42)
        for k in range(n):
            kind, offset, address, _, n_bytes = struct.unpack_from(
                "<5I", self.program, start + k * size)
            if kind == 1:
                yield address, self.program[offset : offset + n_bytes]

    def _functions(self):
        start, size, n = self._header(32, 46)
        sections = [struct.unpack_from("<10I", self.program, start + k * size) for k in range(n)]
        for section in sections:
            if section[1] == 2:  # table of symbols, and of their names
                names = self.program[sections[section[6]][4] :]
                for place in range(section[4], section[4] + section[5], 16):
                    name, value, _, kind = struct.unpack_from("<3IB", self.program, place)
                    yield names[name : names.index(b"\0", name)].decode(), (value, kind)

    def _header(self, place, sizes):
        (start,) = struct.unpack_from("<I", self.program, place)
        return start, *struct.unpack_from("<HH", self.program, sizes)

    def call(self, name, argument=0):
        """Call a function, and return its result."""
        arm, machine = self.arm, self.machine
        machine.reg_write(arm.UC_ARM_REG_SP, STACK + 0x8_0000)
        machine.reg_write(arm.UC_ARM_REG_LR, STOP | 1)
        machine.reg_write(arm.UC_ARM_REG_R0, argument)
        machine.emu_start(self.functions[name][0] | 1, STOP)
        return machine.reg_read(arm.UC_ARM_REG_R0)

    def run(self, X, n_neurons):
        """Return the spikes and the classes of samples (n_samples, n_steps, n_channels)."""
        spikes, classes = np.zeros((len(X), n_neurons, X.shape[1]), np.uint8), []
        for b, sample in enumerate(X):
            self.call("net_reset")
            for t, x in enumerate(sample):
                self.machine.mem_write(INPUT, np.ascontiguousarray(x).tobytes())
                self.call("net_step", INPUT)
                address = self.call("net_spikes")
                spikes[b, :, t] = np.frombuffer(
                    self.machine.mem_read(address, n_neurons), np.uint8)
            classes.append(self.call("net_predict"))
        return spikes, np.array(classes)
