"""Configuration properties as declared in config.yaml files, checked; for the header and for the page."""

import dataclasses
import re

import yaml

import cpp

TYPES = ("string", "int", "bool", "duration_ms", "size_bytes", "string_list")
NUMBERS = ("int", "duration_ms", "size_bytes")
FIELDS = {"name", "type", "default", "min", "max", "unit", "secret", "example", "description"}
DEFAULTS = {"string": "", "bool": False, "string_list": []}
UNIT_SUFFIXES = {"duration_ms": "_ms", "size_bytes": "_bytes"}
# What people may write after a number, as platform/config reads it.
SCALES = {
    "duration_ms": {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000},
    "size_bytes": {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30},
}
UNITS = {"duration_ms": "ms", "size_bytes": "bytes"}


@dataclasses.dataclass(frozen=True)
class Property:
    section: str
    name: str
    type: str
    default: object
    default_text: str
    minimum: int | None
    maximum: int | None
    unit: str
    secret: bool
    example: str
    description: str

    @property
    def key(self):
        return f"{self.section}.{self.name}"

    @property
    def flag(self):
        return f"--{self.key.replace('_', '-')}"

    @property
    def environment(self):
        return f"ESM_{self.key.replace('.', '_').upper()}"

def value_text(value):
    """A value as it is written in a flag or an environment variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def refuse(where, rule):
    raise cpp.InputError(f"{where}: {rule}")


def number(where, kind, value):
    """A number as it is, or with a unit ("10s", "64KiB") in the type's own unit."""
    match = re.fullmatch(r"(\d+)([A-Za-z]+)", value) if isinstance(value, str) else None
    if match and match[2] in SCALES.get(kind, {}):
        return int(match[1]) * SCALES[kind][match[2]]
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(where, f"'{value}' must be of type {kind}")
    return value


def check_number(where, entry, low, high):
    kind, value = entry["type"], entry["default"]
    # A default with its unit says what it is; a bare one needs a name that does.
    if isinstance(value, int) and not entry["name"].endswith(UNIT_SUFFIXES.get(kind, "")):
        refuse(where, f"give the default a unit, or end the name in {UNIT_SUFFIXES.get(kind)}")
    if (low is not None and number(where, kind, value) < low) or (
        high is not None and number(where, kind, value) > high
    ):
        refuse(where, "default is out of bounds")


def check_default(where, kind, value):
    if not isinstance(value, {"string": str, "bool": bool, "string_list": list}[kind]):
        refuse(where, f"default must be of type {kind}")
    if kind == "string_list" and not all(isinstance(item, str) and "," not in item for item in value):
        refuse(where, "list items must be strings without commas")


def parse(section, entry, file):
    where = f"{file}: {entry.get('name') if isinstance(entry, dict) else entry}"
    if not isinstance(entry, dict) or not {"name", "type", "description"} <= set(entry) <= FIELDS:
        refuse(where, f"a property needs name, type, description and may have {', '.join(sorted(FIELDS))}")
    kind, name = entry["type"], cpp.identifier(entry["name"], file)
    if kind not in TYPES:
        refuse(where, f"type must be one of {', '.join(TYPES)}")
    if kind in NUMBERS and "default" not in entry:
        refuse(where, "a number needs a default")
    if kind not in NUMBERS and ("min" in entry or "max" in entry):
        refuse(where, "only numbers have bounds")
    default = entry.get("default", DEFAULTS.get(kind))
    bounds = [None if entry.get(key) is None else number(where, kind, entry[key]) for key in ("min", "max")]
    if kind in NUMBERS:
        check_number(where, entry, *bounds)
    else:
        check_default(where, kind, default)
    return Property(
        section=section,
        name=name,
        type=kind,
        default=number(where, kind, default) if kind in NUMBERS else default,
        default_text=value_text(default),
        minimum=bounds[0],
        maximum=bounds[1],
        unit=entry.get("unit", UNITS.get(kind, "")),
        secret=bool(entry.get("secret", False)),
        example=value_text(entry.get("example", "")),
        description=" ".join(entry["description"].split()),
    )


def load(paths):
    """The properties of all files, in their order; refuses a key that stands twice."""
    found = []
    for path in paths:
        file = cpp.display_path(path)
        document = yaml.safe_load(cpp.read_text(path))
        if not isinstance(document, dict) or set(document) != {"section", "properties"}:
            refuse(file, "must hold section and properties")
        section = cpp.identifier(document["section"], file)
        found += [parse(section, entry, file) for entry in document["properties"]]
    keys = [entry.key for entry in found]
    for key in keys:
        if keys.count(key) > 1:
            refuse(key, "is declared twice")
    return found
