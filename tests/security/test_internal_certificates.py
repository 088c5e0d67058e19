"""Internal gRPC with certificates (mTLS): our services reach each other, nobody else gets an answer. Each
service runs apart, on files of its own."""

import secrets
import subprocess

import grpc
import httpx
import pytest
from parts.process import require_free_ports
from parts.system import SERVICES, Replica, binary, environment
from support.client import Client
from support.fixtures import PORT_OFFSET, VISITORS, folder
from support.grants import OAuthClient, client_token, make_api_key
from support.internal import cases, status_of

OFFSET = PORT_OFFSET + 500
REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


def make_certificates(into, *services):
    """`esm certs`, as an operator runs it."""
    arguments = [argument for name in services for argument in ("--service", name)]
    command = [binary(), "certs", into, *arguments]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return into


def credentials(authority, own=None, name=None):
    """What a client connects with: whom it trusts, and its own certificate if any."""
    roots = (authority / "ca.crt").read_bytes()
    if own is None:
        return grpc.ssl_channel_credentials(roots)
    return grpc.ssl_channel_credentials(
        roots, (own / f"{name}.key").read_bytes(), (own / f"{name}.crt").read_bytes()
    )


def tls_settings(certificates, name):
    return {
        "ESM_SYSTEM_GRPC_CERT_FILE": certificates / f"{name}.crt",
        "ESM_SYSTEM_GRPC_KEY_FILE": certificates / f"{name}.key",
        "ESM_SYSTEM_GRPC_CA_FILE": certificates / "ca.crt",
    }


class Apart:
    """Each service a process of its own with a certificate of its own, and without a service token."""

    kind = "apart"

    def __init__(self, directory, certificates):
        self.directory = directory
        self.probe = OAuthClient("probe", secrets.token_hex(24))
        (directory / "code.key").write_text(secrets.token_hex(32))
        self.replicas = {
            service.name: [self.member(service, service.name, certificates, OFFSET)]
            for service in SERVICES.values()
        }

    def member(self, service, name, certificates, offset, **changes):
        section = service.name.upper()
        auth = f"http://127.0.0.1:{SERVICES['auth'].http_port + OFFSET}"
        settings = {
            **VISITORS,
            **tls_settings(certificates, service.name),
            **{
                f"ESM_{each.name.upper()}_GRPC_TARGETS": f"127.0.0.1:{each.grpc_port + OFFSET}"
                for each in SERVICES.values()
            },
            f"ESM_{section}_HTTP_PORT": service.http_port + offset,
            f"ESM_{section}_GRPC_PORT": service.grpc_port + offset,
            "ESM_SYSTEM_DATA_DIR": self.directory / f"{name}.data",
            "ESM_USERS_CODE_KEY_FILE": self.directory / "code.key",
            "ESM_AUTH_JWKS_URLS": f"{auth}/.well-known/jwks.json",
        }
        if service.name == "auth":
            settings["ESM_AUTH_SERVICE_CLIENTS"] = f"{self.probe.client_id}={self.probe.secret}"
        settings |= changes
        ports = (service.http_port + offset, service.grpc_port + offset)
        return Replica(name, self.directory, [service.name], settings, *ports)

    def start(self):
        members = [group[0] for group in self.replicas.values()]
        require_free_ports(
            {port: each.name for each in members for port in (each.http_port, each.grpc_port)}
        )
        for each in members:
            each.start(wait=False)
        for each in members:
            each.wait_ready()

    def stop(self):
        for group in self.replicas.values():
            if group[0].process.running():
                group[0].stop()

    def url(self, service, replica=0):
        return self.replicas[service][0].url

    def grpc_target(self, service, replica=0):
        return self.replicas[service][0].grpc_target


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    ours = tmp_path_factory.mktemp("certificates")
    make_certificates(ours)
    return make_certificates(ours, "worker")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """The certificates of another authority, with the same names."""
    return make_certificates(tmp_path_factory.mktemp("foreign"))


@pytest.fixture(scope="module")
def system(certificates):
    made = Apart(folder("certificates"), certificates)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


@pytest.fixture(scope="module")
def token(system, client):
    """A service's token, good for every internal method."""
    return client_token(client, system.probe).token


def owner_of(service):
    """The service of ours that a gRPC service belongs to: eventstreammonitor.users.v1.UserService."""
    return service.split(".")[1]


def test_our_services_reach_each_other(client):
    ada = client.new_user()  # logging in asks the user service
    key = make_api_key(client, ada, ["users:read", "tasks:read", "notifications:read"])
    for service, path in (("users", "users/me"), ("tasks", "tasks"), ("notifications", "notifications")):
        answer = client.get(service, path, key)  # whose key it is the auth service is asked
        assert answer.status_code == 200, f"{service}: {answer.text}"
    exported = client.get("users", "users/me/export", ada)  # asks everybody
    assert exported.status_code == 200, exported.text


@pytest.mark.parametrize("service, method", cases())
def test_nobody_without_a_certificate_of_ours_gets_an_answer(
    system, certificates, foreign, token, service, method
):
    name = owner_of(service)
    target = system.grpc_target(name)
    for bearer in (None, token):
        assert status_of(target, service, method, bearer) == grpc.StatusCode.UNAVAILABLE, "plaintext"
        for who, made in (
            ("no certificate", credentials(certificates)),
            ("another authority's", credentials(certificates, foreign, "auth")),
        ):
            assert status_of(target, service, method, bearer, made) == grpc.StatusCode.UNAVAILABLE, who


@pytest.mark.parametrize("service, method", cases())
def test_a_service_is_known_by_the_name_in_its_certificate(system, certificates, token, service, method):
    target = system.grpc_target(owner_of(service))
    of_a_service = credentials(certificates, certificates, "auth")
    assert status_of(target, service, method, None, of_a_service) not in REFUSED + (
        grpc.StatusCode.UNAVAILABLE,
    )
    # Another name of our authority may connect, and has to show what it may do.
    of_a_worker = credentials(certificates, certificates, "worker")
    assert status_of(target, service, method, None, of_a_worker) == grpc.StatusCode.UNAUTHENTICATED
    assert status_of(target, service, method, "x.y.z", of_a_worker) == grpc.StatusCode.UNAUTHENTICATED
    assert status_of(target, service, method, token, of_a_worker) not in REFUSED


def test_a_users_own_token_opens_nothing_to_a_worker(system, certificates, client):
    ada = client.new_user()
    of_a_worker = credentials(certificates, certificates, "worker")
    for case in cases():
        service, method = case.values
        target = system.grpc_target(owner_of(service))
        answer = status_of(target, service, method, ada.access_token, of_a_worker)
        assert answer == grpc.StatusCode.PERMISSION_DENIED, case.id


def test_our_services_trust_no_server_of_another_authority(system, foreign):
    """An auth service with foreign certificates can neither be fooled by, nor call, the real user service."""
    service = SERVICES["auth"]
    member = system.member(service, "foreign-auth", foreign, OFFSET + 30)
    member.start(wait=False)
    try:
        member.wait_ready()
        answer = httpx.post(
            f"{member.url}/api/v1/eventstreammonitor/auth/login",
            json={"username": "somebody", "password": "correct-horse-battery-staple"},
            timeout=20.0,
        )
        assert answer.status_code == 503, answer.text
    finally:
        member.stop()


def test_an_authority_is_replaced_by_way_of_both(system, certificates, foreign, tmp_path):
    """As operations.md says: for a while a file of two authorities, and both kinds of callers come in."""
    both = tmp_path / "both.crt"
    both.write_bytes((certificates / "ca.crt").read_bytes() + (foreign / "ca.crt").read_bytes())
    service = SERVICES["users"]
    member = system.member(
        service, "two-authorities", certificates, OFFSET + 40, ESM_SYSTEM_GRPC_CA_FILE=both
    )
    name, method = next(case.values for case in cases() if owner_of(case.values[0]) == "users")
    member.start(wait=False)
    try:
        member.wait_ready()
        for known in (certificates, foreign):
            caller = credentials(certificates, known, "auth")
            answer = status_of(member.grpc_target, name, method, None, caller)
            assert answer not in REFUSED + (grpc.StatusCode.UNAVAILABLE,), known
    finally:
        member.stop()


@pytest.mark.parametrize(
    "change, why",
    [
        ({"ESM_SYSTEM_GRPC_KEY_FILE": ""}, "go together; `esm certs` makes them"),
        ({"ESM_SYSTEM_GRPC_CA_FILE": "/nowhere/ca.crt"}, "/nowhere/ca.crt cannot be read"),
        ({"ESM_SYSTEM_GRPC_KEY_FILE": "auth.key"}, "certificate and key do not belong together"),
    ],
    ids=["two of three", "no such file", "mixed up"],
)
def test_certificates_that_cannot_work_are_named_at_the_start(system, certificates, change, why):
    changes = {key: certificates / value if value else "" for key, value in change.items()}
    member = system.member(SERVICES["users"], "broken", certificates, OFFSET + 50, **changes)
    command = [binary(), "serve", "users"]
    ended = subprocess.run(
        command, env=environment(member.settings), capture_output=True, text=True, timeout=30
    )
    assert ended.returncode in (1, 2) and why in ended.stderr, ended.stderr
