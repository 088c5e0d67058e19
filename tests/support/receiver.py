"""A web server on 127.0.0.2 that keeps what is posted and answers as a test says, in clear or by TLS."""

import datetime
import ipaddress
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.waiting import eventually

HOST = "127.0.0.2"


@dataclass(frozen=True)
class Posted:
    """One request as it came; names of headers in lower case."""

    path: str
    headers: dict
    body: bytes
    at: float  # on time.monotonic()


class Receiver:
    """What was posted to a server, and where it is."""

    def __init__(self, root):
        self.root = root
        self.posted = []

    def wait_for(self, count=1, timeout_s=20.0):
        """The requests so far, once there are so many."""
        eventually(lambda: len(self.posted) >= count, timeout_s, f"{count} requests have come")
        return list(self.posted)


@contextmanager
def receiving(answer, host=HOST, tls=None):
    """Answers each POST, counted from 1, by `answer(number, posted)`: (status, headers), or a body of bytes
    as well. `tls`: a context."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            posted = Posted(self.path, headers, body, time.monotonic())
            with lock:
                receiver.posted.append(posted)
                number = len(receiver.posted)
            status, extra, *body = answer(number, posted)
            content = b"".join(body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    lock = threading.Lock()
    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(f"http{'s' if tls else ''}://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def always(status, **headers):
    """The same answer to everything; names of headers with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda number, posted: (status, named)


def in_turn(*answers):
    """One answer after the other, each (status, headers); the last one stays."""
    return lambda number, posted: answers[min(number, len(answers)) - 1]


def _certificate(name, key, issuer_name, issuer_key, extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make_tls(directory, host=HOST):
    """An authority of its own and a certificate for `host`: the authority's file and the server's context."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = "authority of a test"
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    ca_file, server_file = directory / "authority.pem", directory / "server.pem"
    ca_file.write_bytes(
        _certificate(
            authority,
            authority_key,
            authority,
            authority_key,
            [(x509.BasicConstraints(ca=True, path_length=0), True), (usage, True)],
        )
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server_file.write_bytes(private + _certificate(host, key, authority, authority_key, [(names, False)]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    return ca_file, context
