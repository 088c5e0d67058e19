"""HTTP as raw bytes, for what no well-behaved client sends."""

import socket
import time
from urllib.parse import urlsplit


def exchange(url, request, timeout_s=5.0):
    """Sends the bytes and reads until the server closes or falls silent: (answers, closed)."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout_s) as connection:
        connection.sendall(request)
        return read_answers(connection, timeout_s)


def read_answers(connection, timeout_s, quiet_s=0.5):
    """Everything that comes until the end of the stream, or until nothing came for a while after an
    answer."""
    received, closed = b"", False
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        connection.settimeout(quiet_s if received else max(0.05, deadline - time.monotonic()))
        try:
            part = connection.recv(65536)
        except TimeoutError:
            break
        except ConnectionResetError:
            closed = True
            break
        if not part:
            closed = True
            break
        received += part
    return split_answers(received), closed


def split_answers(received):
    """[(status, headers, body)] of the bytes of a connection."""
    answers = []
    while received:
        head, found, rest = received.partition(b"\r\n\r\n")
        assert found and head.startswith(b"HTTP/1."), received[:200]
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = int(headers.get("content-length", 0))
        answers.append((int(lines[0].split()[1]), headers, rest[:length]))
        received = rest[length:]
    return answers
