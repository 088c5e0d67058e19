"""`config`: the properties of config.yaml files as a C++ struct, its reader, and a table of them."""

import cpp
import properties

CPP_TYPES = {"string": "std::string", "bool": "bool", "string_list": "std::vector<std::string>"}
GETTERS = {"string": "get_string", "bool": "get_bool", "string_list": "get_list"}
# `int` and `bool` are keywords, so the enumerators of esm::config::type spell them out.
ENUMERATORS = {"int": "integer", "bool": "boolean"}


def initializer(entry):
    if entry.type == "string_list":
        return "{" + ", ".join(cpp.string_literal(item) for item in entry.default) + "}"
    if entry.type == "string":
        return "{" + (cpp.string_literal(entry.default) if entry.default else "") + "}"
    return f" = {properties.value_text(entry.default)}"


def field(entry):
    unit = f"  // {entry.unit}" if entry.unit else ""
    return f"    {CPP_TYPES.get(entry.type, 'std::int64_t')} {entry.name}{initializer(entry)};{unit}\n"


def property_row(entry):
    low = "std::nullopt" if entry.minimum is None else entry.minimum
    high = "std::nullopt" if entry.maximum is None else entry.maximum
    values = [
        f".section = {cpp.string_literal(entry.section)}",
        f".name = {cpp.string_literal(entry.name)}",
        f".type = ::esm::config::type::{ENUMERATORS.get(entry.type, entry.type)}",
        f".default_value = {cpp.string_literal(entry.default_text)}",
        f".minimum = {low}",
        f".maximum = {high}",
        f".unit = {cpp.string_literal(entry.unit)}",
        f".secret = {'true' if entry.secret else 'false'}",
        f".example = {cpp.string_literal(entry.example)}",
        f".description = {cpp.string_literal(entry.description)}",
    ]
    joined = ",\n        ".join(values)
    return f"::esm::config::property{{\n        {joined},\n    }}"


def reader(entries):
    lines = ""
    for entry in entries:
        getter = GETTERS.get(entry.type, "get_int")
        lines += f"    read.{entry.name} = values.{getter}({cpp.string_literal(entry.key)});\n"
    unused = "" if entries else "[[maybe_unused]] "
    return (
        "// The effective values: defaults, file, environment and flags are already merged and checked.\n"
        f"inline config read({unused}const ::esm::config::values& values) {{\n    config read;\n{lines}"
        "    return read;\n}\n"
    )


def render(paths, namespace):
    cpp.namespace_name(namespace, "--namespace")
    if namespace == "esm":
        raise cpp.InputError("--namespace: esm::config is platform/config's namespace already")
    entries = properties.load(paths)
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise cpp.InputError(f"{name}: two sections of one struct have it; generate a header each")
    fields = "".join(field(entry) for entry in entries)
    body = (
        f"struct config {{\n{fields}}};\n\n"
        + cpp.array("properties", "::esm::config::property", [property_row(entry) for entry in entries])
        + f"\n{reader(entries)}"
    )
    includes = ["<array>", "<cstdint>", "<optional>", "<string>", "<vector>", ""]
    includes += ['"platform/config/property.hpp"', '"platform/config/values.hpp"']
    return cpp.header(paths, includes, cpp.in_namespace(namespace, body))


def add_arguments(parser):
    cpp.add_paths(parser, "config.yaml", "header to write")
    parser.add_argument("--namespace", required=True, help="for example esm::tasks")


def run(args):
    inputs, output = cpp.split_paths(args)
    cpp.write_if_changed(output, render(inputs, args.namespace))
