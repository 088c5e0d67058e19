"""The contracts are valid, agree with each other, and their examples are what their schemas say."""

import json
import re
import subprocess
import sys
import warnings

import jsonschema
import openapi_spec_validator
import pytest
import yaml

import source_tree

sys.path.insert(0, str(source_tree.ROOT / "tools" / "generate"))
import contract_document  # noqa: E402
import errors_header  # noqa: E402
import route_table  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package's own models shadow each other
    import asyncapi3

CONTRACTS = source_tree.ROOT / "contracts"
SERVICES = ("users", "auth", "tasks", "notifications")
ALWAYS = {"400", "414", "431", "500", "503"}


def document(service):
    return contract_document.load(CONTRACTS / "openapi" / f"{service}.yaml")


def operations(service):
    """(method and path, operation) of everything but the operators' own routes."""
    for path, item in document(service)["paths"].items():
        for method in route_table.METHODS:
            if method in item and "operations" not in item[method]["tags"]:
                yield f"{method.upper()} {path}", item[method]


def resolved(whole, part):
    while "$ref" in part:
        target = whole
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def error_codes():
    return {entry["code"]: entry for entry in errors_header.load(CONTRACTS / "errors.yaml")}


def check(whole, schema, value, where):
    """Validates value against a schema whose references point into whole."""
    rooted = {"components": whole.get("components", {}), "allOf": [schema]}
    checker = jsonschema.Draft202012Validator(rooted, format_checker=jsonschema.FormatChecker())
    wrong = [f"{where}: {error.json_path}: {error.message}" for error in checker.iter_errors(value)]
    assert not wrong, source_tree.report("examples that break their schema", wrong)


def media_examples(media):
    if "example" in media:
        yield media["example"]
    for example in media.get("examples", {}).values():
        yield example["value"]


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_is_valid(service):
    openapi_spec_validator.validate(document(service))


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_examples_fit(service):
    whole = document(service)
    for name, operation in operations(service):
        bodies = [operation.get("requestBody", {})]
        bodies += [resolved(whole, response) for response in operation["responses"].values()]
        for body in bodies:
            for media in body.get("content", {}).values():
                for example in media_examples(media):
                    check(whole, media["schema"], example, f"{service}: {name}")


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_states_every_status(service):
    found = []
    for name, operation in operations(service):
        stated, needed = set(operation["responses"]), set(ALWAYS)
        if operation["security"]:
            needed |= {"401", "403"}
        if "requestBody" in operation:
            needed.add("413")
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            needed |= {"415", "422"}
        if "{" in name:
            needed.add("404")
        found += [f"{service}: {name}: {status}" for status in sorted(needed - stated)]
        if not operation.get("summary"):
            found.append(f"{service}: {name}: summary")
    assert not found, source_tree.report("what operations do not state", found)


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_names_errors_that_exist(service):
    whole, codes, found = document(service), error_codes(), []
    for name, operation in operations(service):
        for status, response in operation["responses"].items():
            response = resolved(whole, response)
            if status < "400":
                continue
            opening = response["description"].split(":")[0] + response["description"]
            named = [code for code in re.findall(r"`([a-z_]+)`", opening) if code in codes]
            media = response["content"].get("application/problem+json", {})
            wrong = [code for code in named if codes[code]["http"] != int(status)]
            wrong += [example["code"] for example in media_examples(media) if example["code"] not in codes]
            if not named or wrong:
                found.append(f"{service}: {name}: {status}: {wrong or 'names no code'}")
    assert not found, source_tree.report("problems that errors.yaml does not have so", found)


def test_each_error_named_in_code_exists():
    codes, found = error_codes(), []
    for path in source_tree.under("services", "platform", "app", suffixes=(".cpp", ".hpp")):
        named = set(re.findall(r"(?<!std::)\berrc::([a-z_]+)\b(?!::)", source_tree.text(path)))
        found += [f"{path}: {code}" for code in sorted(named - set(codes))]
    assert not found, source_tree.report("errors that errors.yaml does not have", found)


def test_asyncapi_is_valid():
    asyncapi3.AsyncAPI3.model_validate(contract_document.load(CONTRACTS / "asyncapi.yaml"))


def test_asyncapi_examples_fit():
    whole = contract_document.load(CONTRACTS / "asyncapi.yaml")
    for name, message in whole["components"]["messages"].items():
        for example in message.get("examples", []):
            check(whole, message["headers"], example["headers"], f"{name} headers")
            check(whole, message["payload"], example["payload"], f"{name} payload")


def test_events_in_code_and_contract_are_the_same():
    messages = contract_document.load(CONTRACTS / "asyncapi.yaml")["components"]["messages"].values()
    described = {message["name"] for message in messages if re.search(r"\.v\d+$", message["name"])}
    published = set()
    for path in source_tree.under("services", suffixes=["/events.cpp", "events.hpp", "events.cpp"]):
        published.update(re.findall(r'"([a-z_]+\.[a-z_]+\.v\d+)"', source_tree.text(path)))
    assert described == published


def test_protos_compile(tmp_path):
    root = CONTRACTS / "proto"
    protos = [str(path) for path in sorted(root.rglob("*.proto"))]
    options = [f"-I{root}", f"--descriptor_set_out={tmp_path}/all.pb"]
    command = [sys.executable, "-m", "grpc_tools.protoc", *options, *protos]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert len(protos) >= len(SERVICES) and done.returncode == 0 and not done.stderr, done.stderr


def test_protos_explain_every_call_and_message():
    found = []
    for path in source_tree.under("contracts", suffixes=[".proto"]):
        lines = source_tree.text(path).splitlines()
        for before, line in zip(lines, lines[1:]):
            if re.match(r"\s*(rpc|service|enum) ", line) and not before.strip().startswith("//"):
                found.append(f"{path}: {line.strip()}")
    assert not found, source_tree.report("calls without an explanation", found)


@pytest.mark.parametrize("name", [path.name for path in sorted((CONTRACTS / "task_types").glob("*.json"))])
def test_task_types_are_valid_schemas(name):
    path = CONTRACTS / "task_types" / name
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for example in schema["examples"]:
        jsonschema.Draft202012Validator(schema).validate(example)


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "{format: json, csv: 'a\n1'}",
        "{format: csv, csv: a, rows: []}",
        "{format: json, rows: [[1]]}",
        "{format: json, rows: [], steps: [{op: drop}]}",
        "{format: json, rows: [], steps: [{op: filter, column: a, operator: in, value: 1}]}",
        "{format: json, rows: [], steps: [{op: filter, column: a, operator: contains, value: 1}]}",
        "{format: json, rows: [], steps: [{op: group, by: [a], aggregates: [{function: sum}]}]}",
        "{format: json, rows: [], steps: [{op: sort, by: []}]}",
        "{format: json, rows: [], steps: [{op: limit, count: -1}]}",
        "{source: {fileId: 1}}",
        "{source: {fileId: 1000, artifact: x}}",
        "{source: {fileId: 1000}, csv: 'a'}",
        "{source: {fileId: 1000}, format: json, delimiter: ';'}",
        "{format: ndjson, ndjson: '{}', delimiter: ';'}",
        "{format: csv, csv: a, steps: [{op: filter, where: 'a', column: a}]}",
        "{format: csv, csv: a, steps: [{op: map, columns: [{as: b}]}]}",
        "{format: csv, csv: a, steps: [{op: join, with: {format: csv}, on: [a]}]}",
        "{format: csv, csv: a, output: {format: csv, name: '../a'}}",
    ],
)
def test_data_processing_refuses(wrong):
    schema = json.loads((CONTRACTS / "task_types" / "data_processing.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(wrong))


IMAGE = "source: {fileId: 1000}, outputs: [{name: a"


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "{source: {fileId: 999}, outputs: [{name: a}]}",
        "{source: {fileId: 1000, artifact: a}, outputs: [{name: a}]}",
        "{source: {fileId: 1000}, outputs: []}",
        "{source: {fileId: 1000}, outputs: [{name: ../a}]}",
        f"{{{IMAGE}, quality: 5}}]}}",
        f"{{{IMAGE}, format: png, quality: 5}}]}}",
        f"{{{IMAGE}, format: webp, quality: 5, lossless: true}}]}}",
        f"{{{IMAGE}, format: jpeg, lossless: true}}]}}",
        f"{{{IMAGE}, background: red}}]}}",
        f"{{{IMAGE}, steps: [{{op: blur}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: resize}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: resize, width: 5, mode: fill}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: crop, width: 5, height: 5, left: 1}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: crop, width: 5, height: 5, left: 1, top: 1, position: centre}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: rotate, angle: 361}}]}}]}}",
        f"{{{IMAGE}, steps: [{{op: flip}}]}}]}}",
    ],
)
def test_image_processing_refuses(wrong):
    schema = json.loads((CONTRACTS / "task_types" / "image_processing.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(wrong))
