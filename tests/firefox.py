"""Run scripts in headless Firefox by Marionette, its own protocol: no driver is needed.

A message is JSON after its length: ``[0, id, command, parameters]``, and ``[1, id, error, result]``
as the answer.
"""

import itertools
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

NAMES = "firefox", "firefox-esr"


def firefox():
    """Return the path of a Firefox, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Firefox:
    """A headless Firefox with an empty profile in `folder`. Use it in a ``with`` statement."""

    def __init__(self, folder, seconds=60):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        (Path(folder) / "user.js").write_text(
            f'user_pref("marionette.port", {port});\nuser_pref("ui.prefersReducedMotion", 1);\n',
            encoding="utf-8")
        self.process = subprocess.Popen(
            [firefox(), "--headless", "--marionette", "--no-remote", "--profile", str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ids = itertools.count()
        self.socket = self._connected(port, seconds)
        self.stream = self.socket.makefile("rb")
        self._receive()  # the greeting
        self.call("WebDriver:NewSession", {})

    def _connected(self, port, seconds):
        """Return a connection, as soon as Firefox listens."""
        end = time.monotonic() + seconds
        while True:
            try:
                return socket.create_connection(("localhost", port), timeout=seconds)
            except OSError:
                if time.monotonic() > end:
                    self.process.kill()
                    raise
                time.sleep(0.2)

    def _receive(self):
        """Return the next message."""
        length = b""
        while not length.endswith(b":"):
            length += self.stream.read(1)
        return json.loads(self.stream.read(int(length[:-1])))

    def call(self, command, parameters):
        """Call a command of WebDriver. Return its result."""
        message = json.dumps([0, next(self.ids), command, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{error['error']}: {error['message']}")
        return result

    def visit(self, address):
        """Load a page."""
        self.call("WebDriver:Navigate", {"url": address})

    def run(self, script, *arguments):
        """Return the result of the body of an asynchronous function, with `arguments`."""
        body = (
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async function () {{ {script} }})(...given)"
            ".then(done, (error) => done(`error: ${error}`));")
        return self.call(
            "WebDriver:ExecuteAsyncScript",
            {"script": body, "args": list(arguments), "sandbox": None})["value"]

    def draw(self, strokes):
        """Draw strokes with the pointer, at places in CSS pixels."""
        actions = []
        for stroke in strokes:
            moves = [
                {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}
                for x, y in stroke]
            actions += [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:],
                        {"type": "pointerUp", "button": 0}]
        self.call("WebDriver:PerformActions", {"actions": [{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
            "actions": actions}]})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
