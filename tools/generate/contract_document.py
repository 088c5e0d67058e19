"""`bundle`: an OpenAPI or AsyncAPI document made whole: what its $refs name in other files is brought in, so
that it stands alone. `embed` and `openapi` read contracts through it."""

import json
import pathlib

import yaml

import cpp


class Bundler:
    """One document being made whole. Parts of other files land under the same name in its components; a whole
    file lands in components/schemas under its stem."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.files = {}
        self.document = self.read(self.path)
        self.brought = {}

    def read(self, path):
        if path not in self.files:
            text = cpp.read_text(path)
            try:
                self.files[path] = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
            except (ValueError, yaml.YAMLError) as error:
                raise cpp.InputError(f"{cpp.display_path(path)}: {error}") from error
        return self.files[path]

    def find(self, path, pointer):
        part = self.read(path)
        for key in filter(None, pointer.split("/")):
            key = key.replace("~1", "/").replace("~0", "~")
            if not isinstance(part, dict) or key not in part:
                raise cpp.InputError(f"{cpp.display_path(path)}: there is no #{pointer}")
            part = part[key]
        return part

    def bring(self, path, pointer):
        """Brings one part of another file into the document; returns the reference to it there."""
        if path.suffix == ".json":
            self.place(path, "", ["schemas", path.stem])
            return f"#/components/schemas/{path.stem}{pointer}"
        steps = pointer.removeprefix("/").split("/")
        if len(steps) != 3 or steps[0] != "components":
            raise cpp.InputError(f"{cpp.display_path(path)}#{pointer}: only components can be referred to")
        self.place(path, pointer, steps[1:])
        return f"#{pointer}"

    def place(self, path, pointer, steps):
        kind, name = steps
        if (kind, name) not in self.brought:
            section = self.document.setdefault("components", {}).setdefault(kind, {})
            self.brought[kind, name] = path
            if name in section:
                raise cpp.InputError(f"{kind}/{name}: stands in {path.name} and {self.path.name}")
            section[name] = self.whole(self.find(path, pointer), path)
        elif self.brought[kind, name] != path:
            raise cpp.InputError(f"{kind}/{name}: stands in two files")

    def whole(self, part, path):
        """A copy of part, written in path, whose references all point into the document."""
        if isinstance(part, list):
            return [self.whole(item, path) for item in part]
        if not isinstance(part, dict):
            return part
        copy = {}
        for key, value in part.items():
            copy[key] = self.reference(value, path) if key == "$ref" else self.whole(value, path)
        return copy

    def reference(self, value, path):
        if not isinstance(value, str):
            return self.whole(value, path)
        file, _, pointer = value.partition("#")
        target = (path.parent / file).resolve() if file else path
        if target == self.path:
            self.find(target, pointer)
            return f"#{pointer}"
        return self.bring(target, pointer)

    def path_item(self, item):
        """A path given by reference stands in its place: fewer tools follow references there."""
        if "$ref" not in item:
            return self.whole(item, self.path)
        file, _, pointer = item["$ref"].partition("#")
        target = (self.path.parent / file).resolve()
        return self.whole(self.find(target, pointer), target)

    def run(self):
        own = dict(self.document)
        components, paths = own.pop("components", {}), own.pop("paths", {})
        self.document = {"components": {}}
        whole = {key: self.whole(value, self.path) for key, value in own.items()}
        if paths:
            whole["paths"] = {name: self.path_item(item) for name, item in paths.items()}
        for kind, section in components.items():
            for name, part in section.items():
                copy = self.whole(part, self.path)
                # A reference to the shared part of the same name has just brought it to this place.
                if copy == {"$ref": f"#/components/{kind}/{name}"}:
                    continue
                if (kind, name) in self.brought:
                    raise cpp.InputError(f"{kind}/{name}: stands in two files")
                self.document["components"].setdefault(kind, {})[name] = copy
        return whole | self.document


def load(path):
    """The whole document."""
    document = Bundler(path).run()
    if not str(document.get("openapi", "")).startswith("3.1.") and document.get("asyncapi") != "3.0.0":
        raise cpp.InputError(f"{cpp.display_path(path)}: is no OpenAPI 3.1 or AsyncAPI 3.0 document")
    return document


class Dumper(yaml.SafeDumper):
    """Writes shared parts out each time: anchors confuse readers more than repetition does."""

    def ignore_aliases(self, data):
        return True


def render(path):
    return yaml.dump(
        load(path), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )


def add_arguments(parser):
    parser.add_argument("input", help="OpenAPI or AsyncAPI document")
    parser.add_argument("output", help="document to write")


def run(args):
    cpp.write_if_changed(args.output, render(args.input))
