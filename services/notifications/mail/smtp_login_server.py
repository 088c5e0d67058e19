"""For tests: an SMTP server that wants a login, with and without TLS. Prints one line a mail: port,
peer, tls, login. Run by Debian's own python3, which sees python3-aiosmtpd:

smtp_login_server.py FOLDER PLAIN_PORT STARTTLS_PORT TLS_PORT
makes FOLDER/certificate.pem, valid for localhost.
"""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Printer:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        login = "login" if session.authenticated else "anonymous"
        tls = "tls" if session.ssl is not None or server.transport.get_extra_info("sslcontext") else "plain"
        print(server.port_name, session.peer[1], tls, login, flush=True)
        return "250 stored"


def check_login(server, session, envelope, mechanism, data):
    good = data.login == b"esm" and data.password == b"secret"
    return AuthResult(success=good, handled=good)


def make_certificate(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def protocol(name, **settings):
    def make():
        rules = {"authenticator": check_login, "auth_required": True, **settings}
        server = SMTP(Printer(), hostname="localhost", **rules)
        server.port_name = name
        return server

    return make


async def serve(folder, plain, starttls, tls):
    context = make_certificate(Path(folder))
    loop = asyncio.get_running_loop()
    address = "127.0.0.1"
    await loop.create_server(protocol("plain", auth_require_tls=False), address, plain)
    await loop.create_server(protocol("starttls", tls_context=context), address, starttls)
    await loop.create_server(protocol("tls", auth_require_tls=False), address, tls, ssl=context)
    print("ready", flush=True)
    await loop.create_future()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *map(int, sys.argv[2:5])))
