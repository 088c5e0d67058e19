"""The compose files against the Compose specification's own schema and against the rules of this project."""

import json
import re
from importlib import resources

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
            if "PASSWORD" in key or secret:
                held = secret.group(1) if secret else value
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", held), f"{service} {key}"


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
