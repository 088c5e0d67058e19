"""`openapi`: the operations of an OpenAPI document as a table that the router is checked against."""

import re

import cpp
import contract_document

ANY_CALLER = "*"  # as in platform/http/router.hpp
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def scope(operation, where):
    """The scope of `security: [{bearer: [scope]}]`, * for `[{bearer: []}]`, or an empty text for `[]`."""
    security = operation.get("security")
    if security == []:
        return ""
    schemes = security[0] if isinstance(security, list) and len(security) == 1 else None
    scopes = schemes.get("bearer") if isinstance(schemes, dict) and len(schemes) == 1 else None
    if not isinstance(scopes, list) or len(scopes) > 1:
        raise cpp.InputError(f"{where}: security must be [] or [{{bearer: [at most one scope]}}]")
    return scopes[0] if scopes else ANY_CALLER


def load(path):
    """[(METHOD, path, scope, operationId)] in the document's order."""
    document = contract_document.load(path)
    file = cpp.display_path(path)
    routes = []
    for target, item in document.get("paths", {}).items():
        for method in item:
            if method not in METHODS:
                continue
            operation, where = item[method], f"{file}: {method.upper()} {target}"
            name = operation.get("operationId", "")
            if not re.fullmatch(r"[a-z][A-Za-z0-9]*", name) or name in [route[3] for route in routes]:
                raise cpp.InputError(f"{where}: needs an operationId of its own in camelCase")
            routes.append((method.upper(), target, scope(operation, where), name))
    return routes


def render(path, namespace):
    cpp.namespace_name(namespace, "--namespace")
    rows = [
        "::esm::http::contract_route{" + ", ".join(cpp.string_literal(part) for part in route) + "}"
        for route in load(path)
    ]
    body = cpp.array("contract_routes", "::esm::http::contract_route", rows)
    includes = ["<array>", "", '"platform/http/contract_route.hpp"']
    return cpp.header([path], includes, cpp.in_namespace(namespace, body))


def add_arguments(parser):
    parser.add_argument("input", help="OpenAPI document; may refer to others")
    parser.add_argument("output", help="header to write")
    parser.add_argument("--namespace", required=True, help="for example esm::tasks")


def run(args):
    cpp.write_if_changed(args.output, render(args.input, args.namespace))
