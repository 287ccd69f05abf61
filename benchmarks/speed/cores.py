"""Model of training on several cores, from processor times on one core."""

import heapq
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from unittest.mock import patch

from skspike._base import sum_threads
from skspike.learning import _decoder, _training
from skspike.simulation import Network
from skspike.simulation._passes import Passes

# functions of a chunk that release the lock, in addition to the loops of neurons
FREE = (_decoder, "_decode"), (_decoder, "_decode_vjp"), (Network, "zero_gradient")


@dataclass
class Record:
    """Processor seconds of a fit on one thread.

    `steps` has one pair for each gradient of a mini-batch. The first item lists the seconds of its
    chunks, which threads would share. The second is the time of Python code in these chunks. It
    holds the lock of the interpreter, so only one thread can run it at a time. `free` are the
    seconds without the lock.
    """

    steps: list = field(default_factory=list)
    free: float = 0.0
    total: float = 0.0

    @classmethod
    def of(cls, fit):
        """Return the record of a call of `fit`."""
        record, complete = cls(), Passes.complete

        def timed_complete(passes, function, **bindings):
            return record.timed(complete(passes, function, **bindings))

        with ExitStack() as stack:
            stack.enter_context(patch.object(Passes, "complete", timed_complete))
            stack.enter_context(patch.object(_training, "sum_threads", record.sum_one_by_one))
            for owner, name in FREE:
                timed = record.timed(getattr(owner, name))
                stack.enter_context(patch.object(owner, name, timed))
            start = time.thread_time()
            fit()
            record.total = time.thread_time() - start
        return record

    def timed(self, function):
        """Return a function that runs without the lock, and adds its time to the record."""
        def call(*arguments):
            start = time.thread_time()
            result = function(*arguments)
            self.free += time.thread_time() - start
            return result

        return call

    def sum_one_by_one(self, function, items, add, n_jobs):
        """Replace `sum_threads`: run the items in this thread, and time each."""
        free, chunks = self.free, []

        def timed(item):
            start = time.thread_time()
            result = function(item)
            chunks.append(time.thread_time() - start)
            return result

        total = sum_threads(timed, items, add, 1)
        self.steps.append((chunks, sum(chunks) - (self.free - free)))
        return total

    @property
    def parallel(self):
        """The seconds of all chunks."""
        return sum(sum(chunks) for chunks, _ in self.steps)

    @property
    def locked(self):
        """The seconds of Python code in chunks, which holds the lock of the interpreter."""
        return sum(locked for _, locked in self.steps)

    def seconds(self, n_cores):
        """Return the modelled seconds on a number of cores."""
        return self.total - self.parallel + sum(
            max(makespan(chunks, n_cores), locked) for chunks, locked in self.steps)


def makespan(seconds, n_cores):
    """Return when the last task ends. Each free core takes the next task."""
    free = [0.0] * n_cores
    for task in seconds:
        heapq.heapreplace(free, free[0] + task)
    return max(free)
