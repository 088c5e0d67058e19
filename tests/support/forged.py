"""Access tokens that a test signs itself, and a key server that makes a service trust them."""

import base64
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from support.client import OWN_SCOPES

ISSUER = "http://localhost:5004"
AUDIENCE = "eventstreammonitor"


def encode(data):
    """base64url without padding, of bytes or of a JSON document."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part):
    """The JSON document of one part of a token."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Key:
    """A P-256 key of the test's own."""

    def __init__(self, kid=None):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.kid = kid or uuid.uuid4().hex

    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        point = {
            name: encode(number.to_bytes(32, "big"))
            for name, number in (("x", numbers.x), ("y", numbers.y))
        }
        return {"kty": "EC", "crv": "P-256", **point, "use": "sig", "alg": "ES256", "kid": self.kid}

    def sign(self, header, claims):
        """A token under this key, whatever the header says."""
        text = f"{encode(header)}.{encode(claims)}"
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def header(self, **changes):
        return without_none({"alg": "ES256", "typ": "at+jwt", "kid": self.kid, **changes})

    def token(self, header=None, **claims):
        """A good token but for the given changes; a claim that is None is left out."""
        return self.sign(self.header(**(header or {})), good_claims(**claims))


def without_none(given):
    return {name: value for name, value in given.items() if value is not None}


def good_claims(**changes):
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "1000",
        "client_id": "eventstreammonitor",
        "jti": str(uuid.uuid4()),
        "sid": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 600,
        "scope": " ".join(sorted(OWN_SCOPES)),
        "roles": ["user"],
    }
    return without_none({**claims, **changes})


def hmac_token(header, claims, secret):
    """A token under HS256, the classic confusion of a public key with a secret."""
    text = f"{encode(header)}.{encode(claims)}"
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{encode(mac.finalize())}"


class KeyServer:
    """Serves a JWKS over HTTP and counts who asks for it."""

    def __init__(self, *keys):
        self.keys = list(keys)
        self.requests = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 (http.server's name)
                owner.requests += 1
                body = json.dumps({"keys": [key.jwk() for key in owner.keys]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
