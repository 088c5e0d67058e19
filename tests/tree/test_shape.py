"""Rule 10 of the style: functions, lines and files have a limit. Nothing is unfinished or of one machine."""

import re

import functions
import source_tree

FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 110
FILE_LINES_MAX = 400


def code_files():
    return [path for path in source_tree.files() if source_tree.is_code(path)]


def test_files_are_short():
    found = []
    for path in code_files():
        lines = source_tree.text(path).count("\n")
        if lines > FILE_LINES_MAX:
            found.append(f"{path}: {lines}")
    assert not found, source_tree.report(f"files of more than {FILE_LINES_MAX} lines", found)


def test_lines_are_short():
    found = []
    for path in code_files():
        for number, line in enumerate(source_tree.text(path).splitlines(), start=1):
            if len(line) > LINE_COLUMNS_MAX:
                found.append(f"{path}:{number}: {len(line)}")
    assert not found, source_tree.report(f"lines of more than {LINE_COLUMNS_MAX} columns", found)


def test_functions_are_short():
    found = []
    for path in code_files():
        for name, first, lines in functions.functions(path, source_tree.text(path)):
            if lines > FUNCTION_LINES_MAX:
                found.append(f"{path}:{first}: {name} has {lines}")
    assert not found, source_tree.report(f"functions of more than {FUNCTION_LINES_MAX} lines", found)


SCANNED = """
namespace a {
// one {
class b : public other<int> {
public:
    explicit b(int x)
        : x_{x},
          y_{} {
        use(x);
    }
    int c() const { return '{'; }
    enum class kind { one, two };

private:
    int x_{3};
};
template <class T, class U = std::vector<T>>
auto e(T x)
    -> int {
    if (x) { return 1'000; }
    return [&] { return 2; }();
}
constexpr auto text = R"({{)";
constexpr int table[] = {
    1,
    2,
};
}  // namespace a
"""


def test_the_brace_scanner_finds_functions():
    assert functions.braced_functions(SCANNED) == [("b", 6, 5), ("c", 11, 1), ("e", 17, 6)]


def test_code_opens_with_what_it_is_for():
    found = []
    for path in code_files():
        text = source_tree.text(path).removeprefix("\ufeff")
        if path.suffix not in (".cpp", ".hpp", ".ts", ".tsx"):
            text = re.sub(r"^#!.*\n", "", text)
        if text.strip() and not text.lstrip().startswith(("//", "/*", '"""', "#")):
            found.append(str(path))
    assert not found, source_tree.report("files without an opening comment", found)


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
    found = []
    for path in source_tree.files():
        for number, line in enumerate(source_tree.text(path).splitlines(), start=1):
            if marks.search(line):
                found.append(f"{path}:{number}: {line.strip()[:80]}")
    assert not found, source_tree.report("marks of unfinished work", found)


def test_no_machine_shows():
    places = re.compile(r"/work" r"/(?:main|shared)|/tmp" r"/esm\b|/home/\w+/|/root" r"/")
    found = []
    for path in source_tree.files():
        for number, line in enumerate(source_tree.text(path).splitlines(), start=1):
            if places.search(line):
                found.append(f"{path}:{number}: {line.strip()[:80]}")
    assert not found, source_tree.report("paths of one machine", found)
