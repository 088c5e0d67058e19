"""Who may know whom: services know the platform, themselves and generated contracts; the platform knows no
service; SQL stands in .sql files alone, each of them used."""

import re

import source_tree

SOURCES = (".cpp", ".hpp")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
LITERAL = re.compile(
    r'R"(?P<mark>[^()\s"]*)\((?P<raw>.*?)\)(?P=mark)"|"(?P<plain>(?:\\.|[^"\\\n])*)"', re.DOTALL
)
SQL = re.compile(
    r"\bselect\b.+\bfrom\b|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\s+\w+\s+set\b"
    r"|\bcreate\s+(table|index)\b",
    re.IGNORECASE | re.DOTALL,
)


def includes(path):
    return INCLUDE.findall(source_tree.text(path))


def test_services_know_only_the_platform_and_themselves():
    found = []
    for path in source_tree.under("services", suffixes=SOURCES):
        own = "/".join(path.parts[:2]) + "/"
        for name in includes(path):
            if not name.startswith(("platform/", own, "contracts/", "eventstreammonitor/")):
                found.append(f"{path}: {name}")
    assert not found, source_tree.report("services that include what is not theirs", found)


def test_the_platform_knows_no_service():
    found = []
    for path in source_tree.under("platform", suffixes=SOURCES):
        found += [f"{path}: {name}" for name in includes(path) if name.startswith(("services/", "app/"))]
    assert not found, source_tree.report("platform files that include a service or the app", found)


def test_sql_stands_in_sql_files():
    found = []
    for path in source_tree.under("services", "app", suffixes=SOURCES):
        for literal in LITERAL.finditer(source_tree.text(path)):
            if SQL.search(literal["raw"] or literal["plain"] or ""):
                line = source_tree.text(path).count("\n", 0, literal.start()) + 1
                found.append(f"{path}:{line}: {literal[0][:60]!r}")
    assert not found, source_tree.report("SQL in code", found)


def test_each_statement_has_a_user():
    found = []
    for path in source_tree.under("services", "platform", "app", suffixes=[".sql"]):
        if path.parent.name != "sql" or path.name.endswith(".sqlite.sql"):
            continue
        folder = path.parent.parent
        frame = path.name.endswith(".frame.sql")
        name = path.name.removesuffix(".frame.sql") if frame else path.stem
        suffixes = [".sql"] if frame else SOURCES
        users = [other for other in source_tree.under(suffixes=suffixes) if other.is_relative_to(folder)]
        use = re.compile(rf"^-- frame: {name}\n" if frame else rf"\bsql::{name}\b")
        if not any(use.search(source_tree.text(other)) for other in users):
            found.append(str(path))
    assert not found, source_tree.report("statements that nothing runs", found)


def test_each_statement_file_says_one_thing():
    found = []
    for path in source_tree.under("services", "platform", "app", suffixes=[".sql"]):
        if path.parent.name == "sql":
            code = re.sub(r"--[^\n]*|'[^']*'", "", source_tree.text(path)).rstrip().removesuffix(";")
            if ";" in code:
                found.append(str(path))
    assert not found, source_tree.report("files of more than one statement", found)


def test_each_grpc_method_says_who_may_call_it():
    """Every method runs its work through what asks the gate first: unary or server_stream."""
    found, methods = [], 0
    for path in source_tree.under("services", "app", suffixes=[".cpp", ".hpp"]):
        text = source_tree.text(path)
        if "::CallbackService" not in text:
            continue
        for method in re.split(r"\boverride\b", text)[1:]:
            methods += 1
            body = re.split(r"\n    }\n", method, maxsplit=1)[0]
            if not re.search(r"grpc_server::(unary|server_stream)\b", body):
                found.append(f"{path}: {body.strip()[:60]}")
    assert methods and not found, source_tree.report("gRPC methods without a gate", found)
