"""Configuration is declared once: each key is read somewhere, and the page says what is declared."""

import re
import subprocess
import sys

import source_tree

sys.path.insert(0, str(source_tree.ROOT / "tools" / "generate"))
import config_page  # noqa: E402
import properties  # noqa: E402

PAGE = "docs/configuration.md"


def declarations():
    """Every config.yaml, in the order of the page: the app, the platform, the services."""
    order = ("app", "platform", "services")
    paths = [path for path in source_tree.under(*order) if path.name == "config.yaml"]
    return sorted(paths, key=lambda path: (order.index(path.parts[0]), path))


def test_each_key_is_read():
    sources = source_tree.under("app", "platform", "services", suffixes=(".cpp", ".hpp"))
    words = set()
    for path in sources:
        words.update(re.findall(r"\w+", source_tree.text(path)))
    entries = properties.load([source_tree.ROOT / path for path in declarations()])
    found = [entry.key for entry in entries if entry.name not in words]
    assert entries and not found, source_tree.report("keys that no code reads", found)


def test_each_key_is_declared_once():
    keys = [entry.key for entry in properties.load([source_tree.ROOT / path for path in declarations()])]
    assert len(keys) == len(set(keys))


def test_the_reference_page_is_up_to_date():
    page = source_tree.ROOT / PAGE
    paths = [str(path) for path in declarations()]
    command = f"tools/generate/generate.py config-docs {' '.join(paths)} {PAGE}"
    expected = config_page.render([source_tree.ROOT / path for path in paths])
    assert page.is_file() and page.read_text(encoding="utf-8") == expected, f"run {command}"


def test_the_page_is_made_by_its_command(tmp_path):
    generate = source_tree.ROOT / "tools" / "generate" / "generate.py"
    out = tmp_path / "configuration.md"
    paths = [source_tree.ROOT / path for path in declarations()]
    subprocess.run([sys.executable, generate, "config-docs", *paths, out], check=True, timeout=30)
    assert out.read_text(encoding="utf-8") == config_page.render(paths)
