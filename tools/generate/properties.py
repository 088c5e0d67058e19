"""Configuration properties as declared in config.yaml files, checked; for the header and for the page."""

import dataclasses

import yaml

import cpp

TYPES = ("string", "int", "bool", "duration_ms", "size_bytes", "string_list")
NUMBERS = ("int", "duration_ms", "size_bytes")
FIELDS = {"name", "type", "default", "min", "max", "unit", "secret", "example", "description"}
DEFAULTS = {"string": "", "bool": False, "string_list": []}
UNIT_SUFFIXES = {"duration_ms": "_ms", "size_bytes": "_bytes"}
UNITS = {"duration_ms": "ms", "size_bytes": "bytes"}


@dataclasses.dataclass(frozen=True)
class Property:
    section: str
    name: str
    type: str
    default: object
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

    @property
    def default_text(self):
        return value_text(self.default)


def value_text(value):
    """A value as it is written in a flag or an environment variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def refuse(where, rule):
    raise cpp.InputError(f"{where}: {rule}")


def check_default(where, kind, value, low, high):
    expected = {"string": str, "bool": bool, "string_list": list}.get(kind, int)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        refuse(where, f"default must be of type {kind}")
    if kind == "string_list" and not all(isinstance(item, str) and "," not in item for item in value):
        refuse(where, "list items must be strings without commas")
    if kind in NUMBERS and not (low is None or low <= value) & (high is None or value <= high):
        refuse(where, "default is out of bounds")


def parse(section, entry, file):
    where = f"{file}: {entry.get('name') if isinstance(entry, dict) else entry}"
    if not isinstance(entry, dict) or not {"name", "type", "description"} <= set(entry) <= FIELDS:
        refuse(where, f"a property needs name, type, description and may have {', '.join(sorted(FIELDS))}")
    kind, name = entry["type"], cpp.identifier(entry["name"], file)
    if kind not in TYPES:
        refuse(where, f"type must be one of {', '.join(TYPES)}")
    if not name.endswith(UNIT_SUFFIXES.get(kind, "")):
        refuse(where, f"the name of a {kind} ends in {UNIT_SUFFIXES.get(kind)}")
    if kind in NUMBERS and "default" not in entry:
        refuse(where, "a number needs a default")
    if kind not in NUMBERS and ("min" in entry or "max" in entry):
        refuse(where, "only numbers have bounds")
    default = entry.get("default", DEFAULTS.get(kind))
    check_default(where, kind, default, entry.get("min"), entry.get("max"))
    return Property(
        section=section,
        name=name,
        type=kind,
        default=default,
        minimum=entry.get("min"),
        maximum=entry.get("max"),
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
