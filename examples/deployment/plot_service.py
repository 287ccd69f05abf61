"""
Serve decisions from a queue, and over websockets
=================================================

A consumer of a queue classifies whole recordings in batches. A web server keeps one stream for each
connection: a client sends pieces of a signal, and gets the probabilities of the classes so far.
Both are a few lines around a fitted classifier.
"""

import asyncio
import queue
import threading
import time

import matplotlib.pyplot as plt
import numpy as np
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.inspection import palette

# %%
# A fitted classifier
# -------------------
# The class is the order in which two groups of channels fire. In a program of your own, load the
# classifier from a file (:doc:`/saving`). Run a stream before the first connection, so that nothing
# is compiled while a client waits.

X, y = make_order(600, random_state=0)
classifier = SNNClassifier(32, max_iter=10, random_state=0).fit(X[:400], y[:400])
N_CHANNELS, N_STEPS = X.shape[1:]
PIECE = 20  # steps of 1 ms that a client sends at a time
print(f"accuracy {classifier.score(X[400:], y[400:]):.3f}")
classifier.stream().step(X[0])

# %%
# A consumer of a queue
# ---------------------
# If recordings are complete, classify those that wait together, because a batch takes less time
# than its samples one by one. The consumer needs only ``get`` and ``put``. Clients of message
# brokers have methods of similar names.


def waiting(jobs, most=64):
    """Wait for a job, and return it with all others that wait. None ends the consumer."""
    found = [jobs.get()]
    while len(found) < most and found[-1] is not None:
        try:
            found.append(jobs.get_nowait())
        except queue.Empty:
            break
    return found


def consume(jobs, answers):
    """Classify recordings until None arrives."""
    while True:
        *batch, last = waiting(jobs)
        batch += [] if last is None else [last]
        if batch:
            names, trains = zip(*batch, strict=True)
            labels = classifier.predict(np.stack(trains)).tolist()
            answers.put(dict(zip(names, labels, strict=True)))
        if last is None:
            return


jobs, answers = queue.Queue(), queue.Queue()
consumer = threading.Thread(target=consume, args=(jobs, answers))
consumer.start()
for number, train in enumerate(X[400:]):
    jobs.put((f"recording {number}", train))
jobs.put(None)
consumer.join()

found = {}
while not answers.empty():
    found |= answers.get()
expected = classifier.predict(X[400:]).tolist()
print(f"{len(found)} recordings, as predicted: {list(found.values()) == expected}")

# %%
# The server
# ----------
# Each connection has a stream of its own, so signals do not mix. A message contains the spikes of
# some steps, one byte for each channel and step. The answer contains the probabilities as float32.
# A message of another size closes the connection, with the reason.


async def answer(connection):
    """Classify the signal of one connection."""
    stream = classifier.stream()
    async for message in connection:
        try:
            stream.step(np.frombuffer(message, np.uint8).reshape(N_CHANNELS, -1))
        except ValueError as error:
            await connection.close(code=1003, reason=str(error)[:120])
            return
        await connection.send(stream.predict_proba().astype(np.float32).tobytes())


# %%
# Clients
# -------
# A client sends a piece every 20 ms, as a sensor would, and measures the time until the answer.
# Clients begin at different times. They run on the same core as the server, which makes the times
# longer than those of a server alone.


async def listen(uri, train, delay):
    """Send a train in real time. Return the most probable class and the times in ms."""
    await asyncio.sleep(delay)
    times = []
    async with connect(uri) as connection:
        for first in range(0, N_STEPS, PIECE):
            begin = time.perf_counter()
            await connection.send(train[:, first : first + PIECE].tobytes())
            probabilities = np.frombuffer(await connection.recv(), np.float32)
            times.append(1e3 * (time.perf_counter() - begin))
            await asyncio.sleep(max(PIECE / 1e3 - times[-1] / 1e3, 0))
    return probabilities.argmax(), times


async def measure(trains):
    """Serve one connection for each train. Return the classes and the times in ms."""
    async with serve(answer, "localhost", 0) as server:
        uri = f"ws://localhost:{server.sockets[0].getsockname()[1]}"
        delays = np.random.default_rng(0).uniform(0, 0.3, len(trains))
        results = await asyncio.gather(*map(listen, [uri] * len(trains), trains, delays))
    classes, times = zip(*results, strict=True)
    return np.array(classes), np.concatenate(times)


# %%
# Latency
# -------
# The curves show the share of the answers that have arrived after a time. The classes are equal to
# those of ``predict`` on the whole recordings.

figure, ax = plt.subplots(figsize=(6.5, 3.5), layout="constrained")
for n, colour in zip((1, 10, 100), palette(3), strict=True):
    trains = X[400 : 400 + n]
    classes, times = asyncio.run(measure(trains))
    assert (classifier.classes_[classes] == classifier.predict(trains)).all()
    ax.plot(np.sort(times), np.linspace(0, 1, len(times)), color=colour, label=f"{n}")
    print(
        f"{n:3} connections: median {np.median(times):.2f} ms, 99 % within "
        f"{np.quantile(times, 0.99):.2f} ms")
ax.set(xlabel="time until the answer (ms)", ylabel="share of answers", xscale="log")
ax.legend(title="connections", frameon=False)
plt.show()
