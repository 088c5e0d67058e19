"""The compose files against the Compose specification's own schema and against the rules of this project."""

import json
import re
import shutil
import stat
import subprocess
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml
from parts.system import ROOT, SERVICES

DEPLOY = ROOT / "deploy"
FILES = ("compose.yaml", "compose.kraft.yaml")
DATABASES = {
    "registration-db": "REGISTRATIONS",
    "auth-db": "AUTH_TOKENS",
    "taskprocessing-db": "TASK_PROCESSING",
    "notification-db": "NOTIFICATIONS",
}
# Compose name: service of ours, its database, host port, port in the container.
APPLICATIONS = {
    "usermanagement-service": ("users", "registration-db", 5001, 9091),
    "auth-service": ("auth", "auth-db", 5004, 9094),
    "taskprocessing-service": ("tasks", "taskprocessing-db", 5002, 9092),
    "notification-service": ("notifications", "notification-db", 5003, 9093),
}
EVERYWHERE = {*DATABASES, *APPLICATIONS, "kafka", "mail-catcher"}


def load(name):
    return yaml.safe_load((DEPLOY / name).read_text())


def services(name):
    """The services of a file, with `extends` resolved: the other file's service below ours."""
    merged = {}
    for service, body in load(name)["services"].items():
        source = body.pop("extends", None)
        base = services(source["file"])[source["service"]] if source else {}
        merged[service] = {**base, **body}
    return merged


@pytest.fixture(scope="module")
def specification():
    """The schema published with the Compose specification, as check-jsonschema ships it."""
    found = resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    return json.loads(found.read_text())


@pytest.mark.parametrize("name", FILES)
def test_is_valid_compose(name, specification):
    jsonschema.validators.validator_for(specification)(specification).validate(load(name))


@pytest.mark.parametrize("name", FILES)
def test_resolved_services_are_valid_compose(name, specification):
    document = {**load(name), "services": services(name)}
    jsonschema.validators.validator_for(specification)(specification).validate(document)


def test_has_the_ten_services_and_a_mail_catcher():
    assert set(services("compose.yaml")) == EVERYWHERE | {"zookeeper"}
    assert set(services("compose.kraft.yaml")) == EVERYWHERE


@pytest.mark.parametrize("name", FILES)
def test_every_container_is_confined_and_watched(name):
    for service, body in services(name).items():
        assert body["cap_drop"] == ["ALL"], service
        assert "no-new-privileges:true" in body["security_opt"], service
        assert "healthcheck" in body, service
        assert "privileged" not in body and body.get("network_mode") != "host", service
        # The Kafka and ZooKeeper images write their configuration into themselves at start.
        if service not in ("kafka", "zookeeper"):
            assert body["read_only"] is True, service


@pytest.mark.parametrize("name", FILES)
def test_images_have_fixed_versions(name):
    for service, body in services(name).items():
        if service in APPLICATIONS:
            assert body["image"] == "eventstreammonitor"
        else:
            assert re.search(r":v?\d", body["image"]), f"{service} floats"


@pytest.mark.parametrize("name", FILES)
def test_ports_are_those_of_the_design_and_nothing_else_is_published(name):
    for service, body in services(name).items():
        published = body.get("ports", [])
        if service in APPLICATIONS:
            _, _, host, inner = APPLICATIONS[service]
            assert published == [f"{host}:{inner}"]
        elif service == "kafka":
            assert published == ["127.0.0.1:29092:29092"]
        elif service == "mail-catcher":
            assert published == ["127.0.0.1:8025:8025"]
        else:
            assert not published, service


@pytest.mark.parametrize("name", FILES)
def test_applications_have_their_database_and_start_after_what_they_need(name):
    everything = services(name)
    for service, (section, database, _, inner) in APPLICATIONS.items():
        body = everything[service]
        environment = body["environment"]
        section_key = section.upper()
        assert body["command"] == ["serve", section]
        url = environment[f"ESM_{section_key}_DB_URL"]
        assert url.endswith(f"@{database}:5432/{DATABASES[database]}")
        assert everything[database]["environment"]["POSTGRES_DB"] == DATABASES[database]
        assert environment[f"ESM_{section_key}_HTTP_PORT"] == inner
        assert environment[f"ESM_{section_key}_GRPC_PORT"] == SERVICES[section].grpc_port
        for needed in (database, "kafka"):
            assert body["depends_on"][needed] == {"condition": "service_healthy"}, service


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_named_exists(name):
    document = load(name)
    everything = services(name)
    for service, body in everything.items():
        assert set(body.get("depends_on", {})) <= set(everything), service
        assert set(body.get("secrets", [])) <= set(document.get("secrets", {})), service
        named = {mount.split(":")[0] for mount in body.get("volumes", [])}
        assert named <= set(document["volumes"]), service


@pytest.mark.parametrize("name", FILES)
def test_no_password_has_a_default(name):
    for service, body in services(name).items():
        for key, value in body.get("environment", {}).items():
            secret = re.search(r"://[^/:@]*:([^@]*)@", str(value))
            if key.endswith(("PASSWORD", "CLIENT_SECRET")) or secret:
                held = secret.group(1) if secret else value
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", held), f"{service} {key}"


@pytest.mark.parametrize("name", FILES)
def test_services_have_what_they_prove_themselves_with(name):
    """A client secret each, which auth knows; nothing of it in the repository."""
    everything = services(name)
    known = everything["auth-service"]["environment"]["ESM_AUTH_SERVICE_CLIENTS"]
    for service, (section, *_) in APPLICATIONS.items():
        environment = everything[service]["environment"]
        for other, (target, *_) in APPLICATIONS.items():
            expected = f"{other}:{SERVICES[target].grpc_port}"
            assert environment[f"ESM_{target.upper()}_GRPC_TARGETS"] == expected, service
        assert environment["ESM_AUTH_TOKEN_URLS"] == "http://auth-service:9094/oauth2/token"
        if section == "auth":
            continue  # makes its own tokens
        secret = environment["ESM_SYSTEM_CLIENT_SECRET"]
        assert environment["ESM_SYSTEM_CLIENT_ID"] == section
        assert secret == f"${{{section.upper()}_CLIENT_SECRET:?run deploy/make_env}}"
        assert f"{section}={secret}" in known.split(",")


@pytest.mark.parametrize("name", FILES)
def test_users_and_notifications_share_the_key_of_codes(name):
    document = load(name)
    for service in ("usermanagement-service", "notification-service"):
        body = services(name)[service]
        assert body["environment"]["ESM_USERS_CODE_KEY_FILE"] == "/run/secrets/users-code-key"
        assert "users-code-key" in body["secrets"]
    assert document["secrets"]["users-code-key"] == {"file": "./secrets/users_code_key"}


def test_make_env_makes_every_secret_once(tmp_path):
    for name in ("make_env", "env.example"):
        shutil.copy(DEPLOY / name, tmp_path)

    def run():
        subprocess.run([tmp_path / "make_env"], check=True, capture_output=True, timeout=30)
        made = [tmp_path / ".env", *sorted((tmp_path / "secrets").iterdir())]
        assert all(stat.S_IMODE(each.stat().st_mode) & 0o022 == 0 for each in made)
        return {each.name: each.read_text() for each in made}

    first = run()
    named = {Path(each["file"]).name for each in load("compose.yaml")["secrets"].values()}
    assert set(first) == {".env", *named}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    values = [line.split("=")[1] for line in first[".env"].splitlines() if not line.startswith("#")]
    values += [first[each].strip() for each in named]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in values)
    assert len(set(values)) == len(values)
    assert run() == first
    # An older file lacks a secret that came since: the others stay.
    kept = [line for line in first[".env"].splitlines(True) if not line.startswith("TASKS_CLIENT_SECRET")]
    (tmp_path / ".env").write_text("".join(kept))
    again = run()[".env"].splitlines(True)
    assert again[:-1] == kept and again[-1].startswith("TASKS_CLIENT_SECRET=")


def test_env_example_names_every_variable_and_gives_no_value():
    lines = (DEPLOY / "env.example").read_text().splitlines()
    declared = {line.removesuffix("=") for line in lines if line and not line.startswith("#")}
    assert not [name for name in declared if "=" in name]
    text = (DEPLOY / "compose.yaml").read_text()
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    assert used == declared


def test_every_setting_is_a_declared_configuration_key():
    declared = set()
    for path in ROOT.glob("*/**/config.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            for section in document if isinstance(document, list) else [document]:
                for declaration in section["properties"]:
                    key = f"ESM_{section['section']}_{declaration['name']}".upper()
                    declared |= {key, f"{key}_FILE"} if declaration.get("secret") else {key}
    for name in FILES:
        for service, body in services(name).items():
            used = {key for key in body.get("environment", {}) if key.startswith("ESM_")}
            assert used <= declared, f"{service}: {used - declared}"
