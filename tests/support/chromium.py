"""A headless Chromium that shows pages as a window or a phone would: one process, driven over a pipe by the
DevTools protocol, and ended by the test run that started it."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time

COMMAND = "chromium"
# Chromium reads commands from descriptor 3 and answers on 4, which only a shell can put there.
TO_ITS_PIPES = 'exec "$0" "${@:3}" 3<&"$1" 4>&"$2"'
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
PHONE_WIDTH_MAX = 500
HEIGHT = 900
ANSWER_TIMEOUT_S = 30.0


class Chromium:
    """One page that shows one document after the other. `directory`: its profile and log."""

    def __init__(self, directory):
        assert shutil.which(COMMAND), f"{COMMAND} is missing: run tools/install_dependencies test"
        self._directory = directory
        self._numbers = itertools.count(1)
        self._read = b""
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        argv = ["bash", "-c", TO_ITS_PIPES, COMMAND, str(commands), str(answers), *OPTIONS]
        with open(directory / "chromium.log", "wb") as log:
            self._process = subprocess.Popen(
                [*argv, f"--user-data-dir={directory / 'profile'}", "about:blank"],
                pass_fds=(commands, answers),
                stdout=log,
                stderr=log,
            )
        os.close(commands)
        os.close(answers)
        self._session = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable")

    def close(self):
        os.close(self._commands)  # which ends it
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)

    def show(self, html, width, scheme="light"):
        """Loads the document in a window of this width, for somebody who prefers this colour scheme."""
        mobile = width <= PHONE_WIDTH_MAX
        metrics = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": mobile}
        self._call("Emulation.setDeviceMetricsOverride", **metrics)
        preferred = [{"name": "prefers-color-scheme", "value": scheme}]
        self._call("Emulation.setEmulatedMedia", features=preferred)
        file = self._directory / "page.html"
        file.write_text(html)
        self._call("Page.navigate", url=file.as_uri())
        self._wait(lambda message: message.get("method") == "Page.loadEventFired", "the page has loaded")

    def evaluate(self, script):
        """The value of an expression in the page."""
        got = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in got, got["exceptionDetails"]
        return got["result"]["value"]

    def screenshot(self, file):
        """Writes the whole page, also what is below the window, as PNG."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self._call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda message: message.get("id") == number, method)
        assert "result" in answer, f"{method}: {answer}"
        return answer["result"]

    def _wait(self, fits, what):
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            while b"\0" in self._read:
                first, _, self._read = self._read.partition(b"\0")
                message = json.loads(first)
                if fits(message):
                    return message
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self._answers], [], [], left)[0]
            assert ready, f"{what}: no answer within {ANSWER_TIMEOUT_S:g} s"
            part = os.read(self._answers, 1 << 16)
            assert part, f"{what}: {COMMAND} has ended, see {self._directory / 'chromium.log'}"
            self._read += part
