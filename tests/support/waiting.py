"""Waiting for what the system does by itself: no test sleeps a fixed time."""

import time


def eventually(probe, timeout_s=20.0, what="the condition"):
    """Calls `probe` until it returns something true, and returns that. An AssertionError means not yet."""
    deadline = time.monotonic() + timeout_s
    failure = None
    while True:
        try:
            found = probe()
            if found:
                return found
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_s:g} s") from failure
        time.sleep(0.02)


class Clock:
    """Seconds since it was made, on a clock that nobody sets."""

    def __init__(self):
        self._begun = time.monotonic()

    def seconds(self):
        return time.monotonic() - self._begun

    def wait_until(self, seconds):
        time.sleep(max(0.0, seconds - self.seconds()))
