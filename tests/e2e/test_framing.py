"""HTTP framing over raw sockets: what would let one request hide in another is refused, and the
connection ends."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from parts.system import BASE_PATH
from support.raw_http import exchange, read_answers

HOST = b"Host: localhost\r\n"
GET = b"GET /health HTTP/1.1\r\n"
POST = f"POST {BASE_PATH}/auth/login HTTP/1.1\r\n".encode() + HOST + b"Content-Type: application/json\r\n"
SMUGGLED = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"

REFUSED = {
    "length and chunked": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "the same length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "an empty length": POST + b"Content-Length: \r\n\r\n{}",
    "a length beyond integers": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "another transfer coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked misspelt": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked behind a tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a negative chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}}}\r\n0\r\n\r\n",
    "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "a huge chunk extension": POST
    + b"Transfer-Encoding: chunked\r\n\r\n2;"
    + b"x" * 4000
    + b"\r\n{}\r\n0\r\n\r\n",
    "no host": GET + b"\r\n",
    "two hosts": GET + HOST + b"Host: other\r\n\r\n",
    "a host with a path": GET + b"Host: a/b\r\n\r\n",
    "a host with a user": GET + b"Host: user@localhost\r\n\r\n",
    "a folded header": GET + HOST + b"X-Long: a\r\n b\r\n\r\n",
    "a blank before the colon": GET + HOST + b"X-Name : a\r\n\r\n",
    "a header without a colon": GET + HOST + b"X-Name\r\n\r\n",
    "a header without a name": GET + HOST + b": a\r\n\r\n",
    "bare line feeds": b"GET /health HTTP/1.1\nHost: localhost\n\n",
    "a bare carriage return": GET + HOST + b"X-Name: a\rX-Other: b\r\n\r\n",
    "a NUL in a header": GET + HOST + b"X-Name: a\0b\r\n\r\n",
    "two tokens": GET + HOST + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2 with a letter": b"GET /health HTTP/1.x\r\n" + HOST + b"\r\n",
    "no target": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the target": b"GET /health x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target with a NUL": b"GET /hea\0lth HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target with a fragment": b"GET /health#x HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32 + b"\r\n\r\n",
}


@pytest.fixture(params=["auth"])
def url(request, embedded_system):
    return embedded_system.url(request.param)


@pytest.mark.parametrize("what", REFUSED)
def test_ambiguous_framing_is_refused_and_the_connection_ends(url, what):
    answers, closed = exchange(url, REFUSED[what] + SMUGGLED)
    statuses = [status for status, _, _ in answers]
    allowed = [400, 413] if what == "a length beyond integers" else [400, 505]
    assert len(statuses) == 1 and statuses[0] in allowed, answers
    assert closed
    assert answers[0][1]["content-type"] == "application/problem+json"
    assert answers[0][1]["connection"] == "close" and answers[0][1]["x-request-id"]


TOO_LARGE = {
    "one large header": (GET + HOST + b"X-Large: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "a header that never ends": (GET + HOST + b"X-Large: " + b"a" * 20000, 431),
    "many headers": (GET + HOST + b"".join(b"X-%d: a\r\n" % index for index in range(101)) + b"\r\n", 431),
    "a long target": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a long query": (b"GET /health?" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "an announced large body": (POST + b"Content-Length: 70000\r\n\r\n", 413),
    "an announced huge body": (POST + b"Content-Length: 9999999999999\r\n\r\n", 413),
    "a large chunk": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n20000\r\n" + b" " * 0x20000 + b"\r\n0\r\n\r\n",
        413,
    ),
    "a chunk size beyond integers": (
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        400,
    ),
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_what_is_too_large_is_refused_and_the_connection_ends(url, what):
    request, expected = TOO_LARGE[what]
    answers, closed = exchange(url, request)
    assert [status for status, _, _ in answers] == [expected] and closed


def test_good_framing_is_served(url):
    """The control: the same requests, well framed."""
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n"
    for request in (
        POST + b"Content-Length: 2\r\n\r\n{}",
        chunked,
        b"\r\n" + POST + b"content-length: 2\r\n\r\n{}",
    ):
        answers, _ = exchange(url, request + SMUGGLED)
        # An empty object lacks its fields, and the next request is one of its own.
        assert [status for status, _, _ in answers] == [400, 200]
        assert b"required" in answers[0][2]


def test_pipelined_requests_are_answered_in_order(url):
    requests = [f"GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: {index}\r\n\r\n" for index in range(20)]
    answers, closed = exchange(url, "".join(requests).encode())
    assert [headers["x-request-id"] for _, headers, _ in answers] == [str(index) for index in range(20)]
    assert not closed


def test_http_1_0_and_close_end_the_connection(url):
    for request in (b"GET /health HTTP/1.0\r\n\r\n", GET + HOST + b"Connection: close\r\n\r\n"):
        answers, closed = exchange(url, request + SMUGGLED)
        assert [status for status, _, _ in answers] == [200] and closed


def test_head_has_no_body_and_options_allows(url):
    answers, _ = exchange(url, b"HEAD /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert answers[0][0] == 200 and answers[0][2] == b"" and int(answers[0][1]["content-length"]) > 0
    answers, _ = exchange(url, b"OPTIONS /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert answers[0][0] == 204 and answers[0][1]["allow"] == "GET, HEAD, OPTIONS"


def test_a_client_that_asks_first_is_told_to_go_on(url):
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5.0) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        answers = read_answers(connection, 5.0)[0]
        assert [status for status, _, _ in answers] == [400]


def drip(url, first, piece, every_s, results, name):
    """Sends a piece every now and then until the server has had enough; notes how long that took."""
    parts = urlsplit(url)
    begun = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port), timeout=every_s) as connection:
        connection.sendall(first)
        while time.monotonic() - begun < 20:
            try:
                if connection.recv(4096) == b"":
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            try:
                connection.sendall(piece)
            except OSError:
                break
    results[name] = time.monotonic() - begun


def test_slow_senders_are_cut_off_at_their_deadline(url):
    """5 s for a head and 10 s for a body, counted from the first byte and not moved by later ones."""
    slow = {
        "head": (GET + HOST, b"X: a\r\n", 5.0),
        "first line": (b"G", b"E", 5.0),
        "body": (POST + b"Content-Length: 5000\r\n\r\n{", b" ", 10.0),
        "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 10.0),
    }
    results = {}
    threads = [
        threading.Thread(target=drip, args=(url, first, piece, 0.2, results, name))
        for name, (first, piece, _) in slow.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, (_, _, limit_s) in slow.items():
        assert limit_s - 0.5 <= results[name] <= limit_s + 3.0, (name, results[name])
