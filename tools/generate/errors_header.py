"""`errors`: the error codes of contracts/errors.yaml as a C++ enum with a table of statuses."""

import yaml

import cpp

GRPC_STATUSES = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE "
    "DATA_LOSS UNAUTHENTICATED"
).split()
RETRY_HINTS = ("never", "later", "after")
FIELDS = {"code", "title", "http", "grpc", "retry"}

TYPES = """
// never: the same request fails again; later: retry with backoff; after: wait as the Retry-After header says.
enum class retry_hint : std::uint8_t { never, later, after };

struct error_info {
    std::string_view name;
    std::string_view title;
    int http_status;
    int grpc_status;
    retry_hint retry;
};
"""

LOOKUP = """
constexpr const error_info& info(errc code) noexcept { return error_table[static_cast<std::size_t>(code)]; }
"""


def load(path):
    """The checked entries of an errors.yaml."""
    where = cpp.display_path(path)
    entries = yaml.safe_load(cpp.read_text(path))
    if not isinstance(entries, list) or not entries or len(entries) > 256:
        raise cpp.InputError(f"{where}: must be a list of 1 to 256 errors")
    seen = set()
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != FIELDS:
            raise cpp.InputError(f"{where}: each error has exactly {', '.join(sorted(FIELDS))}: {entry}")
        code = cpp.identifier(entry["code"], where)
        if code in seen:
            raise cpp.InputError(f"{where}: {code} stands twice")
        seen.add(code)
        if not isinstance(entry["http"], int) or not 400 <= entry["http"] <= 599:
            raise cpp.InputError(f"{where}: {code}: http must be 400 to 599")
        if entry["grpc"] not in GRPC_STATUSES[1:]:
            raise cpp.InputError(f"{where}: {code}: unknown gRPC status {entry['grpc']}")
        if entry["retry"] not in RETRY_HINTS:
            raise cpp.InputError(f"{where}: {code}: retry must be one of {', '.join(RETRY_HINTS)}")
    return entries


def row(entry):
    name, title = cpp.string_literal(entry["code"]), cpp.string_literal(entry["title"])
    grpc_status = GRPC_STATUSES.index(entry["grpc"])
    return f"error_info{{{name}, {title}, {entry['http']}, {grpc_status}, retry_hint::{entry['retry']}}}"


def render(path):
    entries = load(path)
    codes = "".join(f"    {entry['code']},\n" for entry in entries)
    rows = [row(entry) for entry in entries]
    body = (
        f"enum class errc : std::uint8_t {{\n{codes}}};\n{TYPES}\n"
        f"// In the order of errc.\n{cpp.array('error_table', 'error_info', rows)}{LOOKUP}"
    )
    includes = ["<array>", "<cstddef>", "<cstdint>", "<string_view>"]
    return cpp.header([path], includes, cpp.in_namespace("esm", body))


def add_arguments(parser):
    parser.add_argument("input", help="errors.yaml")
    parser.add_argument("output", help="header to write")


def run(args):
    cpp.write_if_changed(args.output, render(args.input))
