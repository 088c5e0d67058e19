"""`esm certs` as an operator uses it; what it makes is read with another library."""

import datetime
import ipaddress
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from parts.system import SERVICES, binary, environment

COMPOSE_NAMES = {
    "users": "usermanagement-service",
    "auth": "auth-service",
    "tasks": "taskprocessing-service",
    "notifications": "notification-service",
}


def certs(*arguments):
    command = [binary(), "certs", *map(str, arguments)]
    return subprocess.run(command, env=environment({}), capture_output=True, text=True, timeout=30)


def make(*arguments):
    ended = certs(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def common_name(certificate):
    return certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_each_service_gets_a_certificate_of_one_authority(tmp_path):
    said = make(tmp_path, "--host", "db1.internal", "--host", "10.0.0.7", "--host", "fd00::7", "--days", 30)
    authority = read(tmp_path / "ca.crt")
    assert extension(authority, x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert extension(authority, x509.BasicConstraints).critical
    usage = extension(authority, x509.KeyUsage).value
    assert usage.key_cert_sign and not usage.digital_signature
    for name in SERVICES:
        certificate = read(tmp_path / f"{name}.crt")
        certificate.verify_directly_issued_by(authority)
        assert common_name(certificate) == name
        assert not extension(certificate, x509.BasicConstraints).value.ca
        assert set(extension(certificate, x509.ExtendedKeyUsage).value) == {
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.CLIENT_AUTH,
        }
        names = extension(certificate, x509.SubjectAlternativeName).value
        assert set(names.get_values_for_type(x509.DNSName)) == {
            "localhost",
            name,
            COMPOSE_NAMES[name],
            "db1.internal",
        }
        addresses = {"127.0.0.1", "::1", "10.0.0.7", "fd00::7"}
        assert set(names.get_values_for_type(x509.IPAddress)) == {*map(ipaddress.ip_address, addresses)}
        left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
        assert datetime.timedelta(days=29) < left <= datetime.timedelta(days=30)
    for setting in ("CERT", "KEY", "CA"):
        assert f"ESM_SYSTEM_GRPC_{setting}_FILE={tmp_path}" in said


def test_keys_are_their_owners_alone_and_belong_to_their_certificates(tmp_path):
    make(tmp_path)
    for name in ("ca", *SERVICES):
        path = tmp_path / f"{name}.key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        key = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key.curve, ec.SECP256R1)
        assert key.public_key() == read(tmp_path / f"{name}.crt").public_key()
    assert not [each for each in tmp_path.iterdir() if each.suffix not in (".crt", ".key")]


def test_an_authority_that_is_there_is_used_again(tmp_path):
    make(tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    make(tmp_path, "--service", "tasks,worker-1", "--service", "auth")
    after = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {f"{name}.{end}" for name in ("tasks", "worker-1", "auth") for end in ("crt", "key")}
    for name in ("tasks", "worker-1", "users"):
        read(tmp_path / f"{name}.crt").verify_directly_issued_by(read(tmp_path / "ca.crt"))


def test_a_broken_authority_is_refused_and_nothing_changes(tmp_path):
    ours, other = tmp_path / "ours", tmp_path / "other"
    make(ours)
    make(other)
    (ours / "ca.key").write_bytes((other / "ca.key").read_bytes())
    untouched = (ours / "users.crt").read_bytes()
    for spoil, why in (
        (lambda: None, "does not belong to ca.crt"),
        (lambda: (ours / "ca.key").write_text("no key"), "ca.key is no private key"),
        (lambda: (ours / "ca.crt").write_bytes(untouched), "ca."),
        (lambda: (ours / "ca.key").unlink(), "ca.key is missing"),
    ):
        spoil()
        ended = certs(ours)
        assert ended.returncode == 1 and why in ended.stderr, ended.stderr
    assert (ours / "users.crt").read_bytes() == untouched


@pytest.mark.parametrize(
    "arguments, status, why",
    [
        ([], 2, "folder is required"),
        (["{}", "--host", "a,DNS:evil"], 2, "is no DNS name and no IP address"),
        (["{}", "--host", ""], 2, "is no DNS name"),
        (["{}", "--host", "1.2.3.999"], 2, "is no DNS name"),
        (["{}", "--host", "-x.example"], 2, "is no DNS name"),
        (["{}", "--host", "a" * 64 + ".example"], 2, "is no DNS name"),
        (["{}", "--days", "0"], 2, "not in range"),
        (["{}", "--days", "826"], 2, "not in range"),
        (["{}", "--days", "soon"], 2, "--days"),
        (["{}", "--service", "ca"], 2, "is no name for a service"),
        (["{}", "--service", "../users"], 2, "is no name for a service"),
        (["{}", "--service", "Users"], 2, "is no name for a service"),
        (["{}", "--colour"], 2, "--colour"),
        (["/proc/nowhere"], 1, "cannot make the folder"),
    ],
)
def test_bad_input_is_named_and_writes_nothing(tmp_path, arguments, status, why):
    into = tmp_path / "certs"
    ended = certs(*(each.replace("{}", str(into)) for each in arguments))
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert why in ended.stderr
    assert not into.exists()


def test_it_explains_itself_and_completes():
    shown = make("--help")
    assert "Examples" in shown and "system.grpc_cert_file" in shown
    done = subprocess.run([binary(), "completion", "bash"], capture_output=True, text=True, check=True)
    assert '" certs") words=' in done.stdout
