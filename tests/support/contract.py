"""What contracts/openapi says, for tests: each operation, valid bodies for it, answers held against its
schemas."""

import copy
import functools
import itertools
import re
import sys
import uuid
from dataclasses import dataclass, field

import jsonschema
import yaml
from parts.system import BASE_PATH, ROOT
from support.client import PASSWORD

sys.path.insert(0, str(ROOT / "tools" / "generate"))
import contract_document  # noqa: E402
import route_table  # noqa: E402

SERVICES = ("users", "auth", "tasks", "notifications")
# Every service's own pages; the router answers them without a handler of the service.
PROBES = ("/health", "/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs")
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
# A value of each JSON type; a schema that allows none of a value's types must refuse it.
VALUES = {
    "string": "x",
    "integer": 7,
    "number": 1.5,
    "boolean": True,
    "null": None,
    "array": [],
    "object": {},
}


@functools.cache
def document(service):
    """The whole contract of a service, as it serves it."""
    return contract_document.load(ROOT / "contracts" / "openapi" / f"{service}.yaml")


@functools.cache
def errors():
    """contracts/errors.yaml by code."""
    rows = yaml.safe_load((ROOT / "contracts" / "errors.yaml").read_text(encoding="utf-8"))
    return {row["code"]: row for row in rows}


@functools.cache
def events():
    """contracts/asyncapi.yaml, whole."""
    return contract_document.load(ROOT / "contracts" / "asyncapi.yaml")


def resolved(whole, part):
    """The part itself where it is given by reference."""
    while "$ref" in part:
        target = whole
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def validate(value, schema, whole):
    """Raises jsonschema.ValidationError where the value does not fit the schema of that document."""
    rooted = {"components": whole["components"], "allOf": [schema]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(rooted, format_checker=checker).validate(value)


@dataclass(frozen=True)
class Operation:
    """One method of one path of one contract."""

    service: str
    method: str
    path: str
    scope: str
    spec: dict = field(repr=False, hash=False, compare=False)
    shared: tuple = field(default=(), repr=False, hash=False, compare=False)

    def __str__(self):
        return f"{self.method} {self.path.removeprefix(BASE_PATH)}"

    @property
    def body_schema(self):
        """Schema of the JSON body; None where the operation takes none."""
        content = self.spec.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return resolved(document(self.service), content["application/json"]["schema"])

    @property
    def fields(self):
        """Top-level fields of the body, each with its schema."""
        whole = document(self.service)
        schema = self.body_schema or {}
        nested = [each for kind in ("oneOf", "anyOf") for each in schema.get(kind, [])]
        shapes = [schema, *(resolved(whole, each) for each in nested)]
        properties = {name: value for shape in shapes for name, value in shape.get("properties", {}).items()}
        return {name: resolved(whole, value) for name, value in properties.items()}

    @property
    def query(self):
        """Query parameters by name, each with its schema."""
        whole = document(self.service)
        parameters = [resolved(whole, each) for each in (*self.shared, *self.spec.get("parameters", []))]
        return {
            each["name"]: resolved(whole, each["schema"]) for each in parameters if each["in"] == "query"
        }

    def target(self, identifier=1000):
        """The path with every parameter filled in: by the first of its values where it has a few only."""
        whole = document(self.service)
        parameters = [resolved(whole, each) for each in (*self.shared, *self.spec.get("parameters", []))]
        in_path = [each for each in parameters if each["in"] == "path"]
        schemas = {each["name"]: resolved(whole, each["schema"]) for each in in_path}

        def value(match):
            allowed = schemas.get(match[1], {}).get("enum")
            return allowed[0] if allowed else str(identifier)

        return re.sub(r"\{([^}]*)\}", value, self.path)

    def body(self, having=None):
        """A valid body: an example of the contract, one with this field where there is any, with names that
        nobody else has taken."""
        content = self.spec["requestBody"]["content"]["application/json"]
        examples = [each["value"] for each in content.get("examples", {}).values()] or [content["example"]]
        made = copy.deepcopy(next((each for each in examples if having in each), examples[0]))
        if self.path.endswith("/users/register"):
            made["username"] = f"u{uuid.uuid4().hex[:14]}"
            made["email"] = f"{made['username']}@example.org"
            made["password"] = PASSWORD
        return made


def operations(services=SERVICES, probes=False):
    """Every operation of these contracts, in their order; the probes only where asked for."""
    found = []
    for service in services:
        path_of_document = ROOT / "contracts" / "openapi" / f"{service}.yaml"
        for method, path, scope, _ in route_table.load(path_of_document):
            if path in PROBES and not probes:
                continue
            item = document(service)["paths"][path]
            shared = tuple(item.get("parameters", []))
            found.append(Operation(service, method, path, scope, item[method.lower()], shared))
    return found


def operation(service, method, path):
    """One operation; the path as in the contract, without the base path."""
    for each in operations((service,), probes=True):
        if each.method == method and each.path in (path, f"{BASE_PATH}/{path}"):
            return each
    raise KeyError(f"{service}: {method} {path}")


def types_of(schema, whole):
    """The JSON types a schema allows; all of them where it says nothing."""
    schema = resolved(whole, schema)
    if "type" in schema:
        given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return set(given) | ({"integer"} if "number" in given else set())
    if "enum" in schema:
        return {"string" if isinstance(value, str) else "number" for value in schema["enum"]}
    return set(VALUES)


def wrong_values(schema, whole):
    """A value of every JSON type that the schema does not allow; of an array also with such an item."""
    allowed = types_of(schema, whole)
    wrong = [value for name, value in VALUES.items() if name not in allowed]
    items = resolved(whole, schema).get("items")
    if "array" in allowed and items:
        wrong += [[value] for value in itertools.islice(wrong_values(items, whole), 3)]
    return wrong


def assert_fits(answer, of):
    """The contract names this status and media type for the operation, and the body fits its schema."""
    whole = document(of.service)
    assert (
        str(answer.status_code) in of.spec["responses"]
    ), f"{of}: {answer.status_code} {answer.text[:500]}"
    stated = resolved(whole, of.spec["responses"][str(answer.status_code)])
    for name, header in stated.get("headers", {}).items():
        header = resolved(whole, header)
        assert not header.get("required") or name in answer.headers, f"{of}: {name} is missing"
    content = stated.get("content", {})
    if not content:
        assert answer.content == b"", f"{of}: {answer.text[:200]}"
        return
    media = answer.headers["content-type"].split(";")[0]
    assert media in content or "*/*" in content, f"{of}: {media}: {answer.text[:500]}"
    if media in content and media.endswith("json"):
        validate(answer.json(), content[media]["schema"], whole)


def assert_problem(answer, status, code=None, pointer=None):
    """A problem document of RFC 9457 as contracts/errors.yaml has it, which names the field where given."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    whole = document("users")
    validate(problem, whole["components"]["schemas"]["problem"], whole)
    known = errors()[problem["code"]]
    assert (problem["status"], known["http"], problem["title"]) == (status, status, known["title"])
    assert problem["type"] == f"urn:eventstreammonitor:error:{problem['code']}"
    assert problem["instance"] == f"urn:eventstreammonitor:request:{answer.headers['x-request-id']}"
    assert ("retry-after" in answer.headers) >= (known["retry"] == "after"), answer.headers
    assert ("www-authenticate" in answer.headers) == (status == 401)
    if code is not None:
        assert problem["code"] in ((code,) if isinstance(code, str) else code), answer.text
    if pointer is not None:
        named = [each["pointer"] for each in problem.get("errors", [])]
        assert any(each == pointer or each.startswith(f"{pointer}/") for each in named), answer.text
    return problem
