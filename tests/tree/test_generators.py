"""tools/generate: what the generators emit compiles and says what the inputs say; bad ones are refused."""

import pathlib
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATE = ROOT / "tools" / "generate" / "generate.py"

CONFIG = """
section: tasks
properties:
  - {name: db_url, type: string, default: "", secret: true, example: "postgresql://db/T", description: Where.}
  - {name: workers, type: int, default: 2, min: 1, max: 64, unit: threads, description: Threads.}
  - {name: lease_ms, type: duration_ms, default: 30000, min: 1000, description: How long a lease lasts.}
  - {name: body_max, type: size_bytes, default: 64KiB, max: 1MiB, description: Largest body.}
  - {name: enabled, type: bool, default: true, description: Whether tasks run here.}
  - {name: queues, type: string_list, default: [default, "a\\"b"], description: Queues worked on.}
"""
# What the architect's headers give the generated ones, reduced to what generated code touches.
PROPERTY_HPP = """#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
namespace esm::config {
enum class type { string, integer, boolean, duration_ms, size_bytes, string_list };
struct property { std::string_view section, name; config::type type; std::string_view default_value;
    std::optional<std::int64_t> minimum, maximum; std::string_view unit; bool secret;
    std::string_view example, description; };
struct values { std::string get_string(std::string_view) const { return "x"; }
    std::int64_t get_int(std::string_view) const { return 7; }
    bool get_bool(std::string_view) const { return false; }
    std::vector<std::string> get_list(std::string_view) const { return {}; } };
}
"""
STATEMENT_HPP = """#pragma once
#include <cstdint>
#include <string_view>
namespace esm::db {
struct statement { std::string_view name, postgres, sqlite; };
struct migration { std::int32_t version; std::string_view name, postgres, sqlite; };
}
"""


def generate(*arguments):
    return subprocess.run(
        [sys.executable, GENERATE, *map(str, arguments)], capture_output=True, text=True, timeout=30
    )


def generated(output, *arguments):
    done = generate(*arguments)
    assert done.returncode == 0, done.stderr
    return output.read_text()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def compiles(folder, source):
    """Compiles and runs the source, whose static_asserts and exit code are the check."""
    write(folder / "main.cpp", source)
    flags = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{folder}", f"-I{ROOT}"]
    sources = [str(path) for path in sorted(folder.glob("*.cpp"))]
    command = ["clang++-19", *flags, *sources, "-o", str(folder / "main")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([folder / "main"], timeout=10).returncode == 0


def test_errors_header_compiles_and_maps_statuses(tmp_path):
    out = tmp_path / "errors.hpp"
    generated(out, "errors", ROOT / "contracts" / "errors.yaml", out)
    compiles(
        tmp_path,
        """#include "errors.hpp"
        static_assert(esm::info(esm::errc::not_found).http_status == 404);
        static_assert(esm::info(esm::errc::not_found).grpc_status == 5);
        static_assert(esm::info(esm::errc::storage_full).name == "storage_full");
        static_assert(esm::info(esm::errc::rate_limited).retry == esm::retry_hint::after);
        int main() {}""",
    )


@pytest.mark.parametrize(
    "entry, rule",
    [
        ("{code: x, title: X, http: 200, grpc: INTERNAL, retry: never}", "http"),
        ("{code: x, title: X, http: 400, grpc: NOPE, retry: never}", "gRPC"),
        ("{code: x, title: X, http: 400, grpc: INTERNAL, retry: maybe}", "retry"),
        ("{code: class, title: X, http: 400, grpc: INTERNAL, retry: never}", "identifier"),
        ("{code: x, title: X, http: 400, grpc: INTERNAL}", "exactly"),
    ],
)
def test_errors_refuses(tmp_path, entry, rule):
    done = generate("errors", write(tmp_path / "errors.yaml", f"- {entry}\n"), tmp_path / "out.hpp")
    assert done.returncode == 1 and rule in done.stderr and not (tmp_path / "out.hpp").exists()


def test_sql_header_holds_both_dialects(tmp_path):
    write(tmp_path / "platform" / "db" / "statement.hpp", STATEMENT_HPP)
    store = tmp_path / "jobs"
    write(store / "sql" / "insert_job.sql", "-- Why it is so.\n\ninsert into job values ($1);\n")
    write(store / "sql" / "claim_job.sql", "select 1 for update skip locked;\n")
    write(store / "sql" / "claim_job.sqlite.sql", "-- no locks there\nselect 1;\n")
    write(store / "sql" / "page.frame.sql", "-- A page.\nselect id\n:rows\nlimit 5\n")
    write(store / "sql" / "list_jobs.sql", "-- frame: page\n-- Of all.\nfrom job;\n")
    write(store / "migrations" / "0001_jobs.sql", "create table job (id bigint);\n")
    write(store / "migrations" / "0002_more.sql", "alter table job add column a jsonb;\n")
    write(store / "migrations" / "0002_more.sqlite.sql", "alter table job add column a text;\n")
    out = tmp_path / "jobs_sql.hpp"
    text = generated(out, "sql", store, "esm::jobs", out)
    assert str(tmp_path) not in text
    compiles(
        tmp_path,
        """#include "jobs_sql.hpp"
        namespace sql = esm::jobs::sql;
        static_assert(sql::insert_job.name == "jobs.insert_job");
        static_assert(sql::insert_job.sqlite == "insert into job values ($1)");
        static_assert(sql::claim_job.postgres == "select 1 for update skip locked");
        static_assert(sql::claim_job.sqlite == "select 1");
        static_assert(sql::list_jobs.postgres == "select id\\nfrom job\\nlimit 5");
        static_assert(sql::all_statements.size() == 3 && sql::all_statements[0] == &sql::claim_job);
        static_assert(esm::jobs::migrations.size() == 2 && esm::jobs::migrations[1].name == "more");
        static_assert(esm::jobs::migrations[1].sqlite == "alter table job add column a text;");
        int main() {}""",
    )


def test_sql_header_of_an_empty_folder(tmp_path):
    write(tmp_path / "platform" / "db" / "statement.hpp", STATEMENT_HPP)
    (tmp_path / "none").mkdir()
    out = tmp_path / "none_sql.hpp"
    generated(out, "sql", tmp_path / "none", "esm::none", out)
    compiles(
        tmp_path,
        """#include "none_sql.hpp"
        static_assert(esm::none::migrations.empty() && esm::none::sql::all_statements.empty());
        int main() {}""",
    )


@pytest.mark.parametrize(
    "file, text, rule",
    [
        ("sql/a.sqlite.sql", "select 1", "overrides no"),
        ("sql/a.sql", "-- nothing\n", "no statement"),
        ("sql/a.sql", "-- frame: page\nfrom job", "there is no page.frame.sql"),
        ("sql/Bad-Name.sql", "select 1", "identifier"),
        ("migrations/0002_late.sql", "select 1", "0001"),
        ("migrations/first.sql", "select 1", "NNNN_name"),
    ],
)
def test_sql_refuses(tmp_path, file, text, rule):
    write(tmp_path / "jobs" / file, text)
    done = generate("sql", tmp_path / "jobs", "esm::jobs", tmp_path / "out.hpp")
    assert done.returncode == 1 and rule in done.stderr


def test_config_header_reads_every_type(tmp_path):
    write(tmp_path / "platform" / "config" / "property.hpp", PROPERTY_HPP)
    write(tmp_path / "platform" / "config" / "values.hpp", "#pragma once\n")
    out = tmp_path / "config.hpp"
    one_key = CONFIG.split("  - {name: w")[0].replace("section: tasks", "section: more")
    other = write(tmp_path / "other.yaml", one_key.replace("db_url", "more_url"))
    files = [write(tmp_path / "config.yaml", CONFIG), other]
    generated(out, "config", *files, "--namespace", "esm::tasks", out)
    compiles(
        tmp_path,
        """#include "config.hpp"
        static_assert(esm::tasks::properties.size() == 7 && esm::tasks::properties[0].secret);
        static_assert(esm::tasks::properties[1].maximum == 64);
        static_assert(esm::tasks::properties[2].maximum == std::nullopt);
        static_assert(esm::tasks::properties[3].maximum == 1048576);
        static_assert(esm::tasks::properties[3].default_value == "64KiB");
        static_assert(esm::tasks::properties[5].default_value == "default,a\\"b");
        int main() {
            const esm::tasks::config defaults;
            const auto read = esm::tasks::read({});
            const bool ok = defaults.workers == 2 && defaults.body_max == 65536 &&
                defaults.queues.size() == 2 && defaults.enabled &&
                read.db_url == "x" && read.lease_ms == 7 && !read.enabled && read.queues.empty();
            return ok ? 0 : 1;
        }""",
    )


@pytest.mark.parametrize(
    "entry, rule",
    [
        ("{name: a, type: int, description: A.}", "needs a default"),
        ("{name: a, type: int, default: 9, max: 8, description: A.}", "out of bounds"),
        ("{name: a, type: duration_ms, default: 9, description: A.}", "end the name in _ms"),
        ("{name: a, type: duration_ms, default: 9 parsecs, description: A.}", "of type duration_ms"),
        ("{name: a, type: duration_ms, default: 1m, max: 59s, description: A.}", "out of bounds"),
        ("{name: a, type: bool, default: 1, description: A.}", "of type bool"),
        ("{name: a, type: float, default: 1, description: A.}", "type must be"),
        ("{name: a, type: string, maximum: 1, description: A.}", "may have"),
        ("{name: a, type: string, description: A.}, {name: a, type: string, description: A.}", "twice"),
    ],
)
def test_config_refuses(tmp_path, entry, rule):
    file = write(tmp_path / "config.yaml", f"section: tasks\nproperties: [{entry}]\n")
    done = generate("config", file, tmp_path / "out.hpp", "--namespace", "esm::tasks")
    assert done.returncode == 1 and rule in done.stderr


def test_config_page_has_a_row_a_key(tmp_path):
    out = tmp_path / "configuration.md"
    text = generated(out, "config-docs", write(tmp_path / "config.yaml", CONFIG), out)
    assert "| `tasks.db_url` | `--tasks.db-url` | `ESM_TASKS_DB_URL` | string |" in text
    assert "int, threads | `2` | 1–64 |" in text and "**Secret**" in text


def test_embed_keeps_texts_as_they_are(tmp_path):
    long_text = write(tmp_path / "long.txt", 'a "quoted" \\line\n' * 8000)
    write(tmp_path / "short.txt", "x")
    out = tmp_path / "texts.cpp"
    pairs = [f"long_text={long_text}", f"short_text={tmp_path / 'short.txt'}"]
    generated(out, "embed", *pairs, out, "--namespace", "esm::texts")
    generated(tmp_path / "inline.hpp", "embed", *pairs, tmp_path / "inline.hpp")
    compiles(
        tmp_path,
        f"""#include "texts.hpp"
        #include "inline.hpp"
        static_assert(esm::embedded::long_text.size() == {long_text.stat().st_size});
        int main() {{ return esm::texts::long_text == esm::embedded::long_text &&
            esm::texts::short_text == "x" ? 0 : 1; }}""",
    )


def test_openapi_routes(tmp_path):
    document = """
openapi: 3.1.0
paths:
  /a/{id}:
    parameters: []
    get: {operationId: getA, security: [{bearer: [a:read]}]}
    put: {operationId: putA, security: []}
    post: {operationId: postA, security: [{bearer: []}]}
"""
    out = tmp_path / "routes.hpp"
    generated(out, "openapi", write(tmp_path / "a.yaml", document), out, "--namespace", "esm::a")
    compiles(
        tmp_path,
        """#include "routes.hpp"
        static_assert(esm::a::contract_routes.size() == 3);
        static_assert(esm::a::contract_routes[0].method == "GET");
        static_assert(esm::a::contract_routes[0].path == "/a/{id}");
        static_assert(esm::a::contract_routes[0].scope == "a:read");
        static_assert(esm::a::contract_routes[1].scope.empty());
        static_assert(esm::a::contract_routes[2].scope == "*");
        static_assert(esm::a::contract_routes[1].operation_id == "putA");
        int main() {}""",
    )


@pytest.mark.parametrize("security", ["", "security: [{bearer: [a, b]}]", "security: [{other: []}]"])
def test_openapi_refuses_an_unclear_security(tmp_path, security):
    document = f"{{openapi: 3.1.0, paths: {{/a: {{get: {{operationId: getA, {security}}}}}}}}}"
    file = write(tmp_path / "a.yaml", document)
    done = generate("openapi", file, tmp_path / "out.hpp", "--namespace", "esm::a")
    assert done.returncode == 1 and "security" in done.stderr


def test_unchanged_output_keeps_its_time(tmp_path):
    out = tmp_path / "errors.hpp"
    generated(out, "errors", ROOT / "contracts" / "errors.yaml", out)
    before = out.stat().st_mtime_ns
    generated(out, "errors", ROOT / "contracts" / "errors.yaml", out)
    assert out.stat().st_mtime_ns == before


def test_bundle_brings_in_what_other_files_hold(tmp_path):
    shared = """
components:
  schemas:
    id: {type: integer}
    pair: {type: array, items: {$ref: "#/components/schemas/id"}}
  pathItems:
    health: {get: {operationId: getHealth, security: [], responses: {"200": {description: Well.}}}}
"""
    document = """
openapi: 3.1.0
paths: {/health: {$ref: "common.yaml#/components/pathItems/health"}}
components:
  schemas:
    pair: {$ref: "common.yaml#/components/schemas/pair"}
    work: {$ref: "work.json"}
    own: {$ref: "#/components/schemas/pair"}
"""
    write(tmp_path / "common.yaml", shared)
    work = '{"items": {"$ref": "#/$defs/cell"}, "$defs": {"cell": {"type": "string"}}}'
    write(tmp_path / "work.json", work)
    out = tmp_path / "whole.yaml"
    whole = yaml.safe_load(generated(out, "bundle", write(tmp_path / "a.yaml", document), out))
    assert whole["paths"]["/health"]["get"]["operationId"] == "getHealth"
    schemas = whole["components"]["schemas"]
    assert schemas["pair"]["items"] == {"$ref": "#/components/schemas/id"}
    assert schemas["id"] == {"type": "integer"}
    assert schemas["work"]["items"] == {"$ref": "#/components/schemas/work/$defs/cell"}
    assert schemas["own"] == {"$ref": "#/components/schemas/pair"}


def test_bundle_refuses_a_reference_to_nothing(tmp_path):
    write(tmp_path / "common.yaml", "components: {}")
    document = 'openapi: 3.1.0\ncomponents: {schemas: {a: {$ref: "common.yaml#/components/schemas/b"}}}'
    done = generate("bundle", write(tmp_path / "a.yaml", document), tmp_path / "out.yaml")
    assert done.returncode == 1 and "there is no" in done.stderr
