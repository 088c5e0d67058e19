"""Finds the functions of a source file and their lengths: Python by its parser, the rest by braces."""

import ast
import re

TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/                      # comments
    |R"(?P<mark>[^()\s"]*)\(.*?\)(?P=mark)"     # raw literals
    |(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'        # characters, not digit separators
    |"(?:\\.|[^"\\\n])*"                        # texts
    |^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*             # preprocessor lines""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
CONTAINER = re.compile(
    r"(?:(?:inline|export|default|abstract|declare|const)\s+)*"
    r"(?:namespace|class|struct|union|enum|interface|extern)\b"
)
PREFIX = re.compile(r"\s*(?:(?:public|private|protected)\s*:(?!:)\s*|\[\[[^\]]*\]\]\s*)*")


def blanked(source):
    """The source with comments and literals as blanks; the lines stay where they are."""
    return TOKENS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def without_template(head):
    """The head after its `template <…>`."""
    if not head.startswith("template"):
        return head
    depth = 0
    for position, character in enumerate(head):
        depth += (character == "<") - (character == ">")
        if character == ">" and depth == 0:
            return head[position + 1 :].lstrip()
    return head


def opening(code, first, last):
    """(first position, name, kind) of what the text before a brace declares."""
    head = code[first:last]
    skipped = PREFIX.match(head).end()
    declared = without_template(head[skipped:])
    if CONTAINER.match(declared):
        return first + skipped, "", "container"
    names = re.findall(r"([~\w:]+)\s*\(", declared)
    # Braces without a parameter list hold data; their length is the data's.
    return first + skipped, names[0] if names else "", "function" if "(" in declared else "data"


def braced_functions(source):
    """[(name, first line, lines)] of the functions that stand in no other function."""
    code = blanked(source)
    found, kinds, head, current = [], [], 0, None
    for match in re.finditer(r"[{};]", code):
        position, sign = match.start(), match[0]
        if sign == "{":
            if current is None:
                first, name, kind = opening(code, head, position)
                current = None if kind == "container" else (len(kinds), first, name, kind)
            kinds.append(sign)
        elif sign == "}" and kinds:
            kinds.pop()
            # A brace of a constructor's initialisers is followed by the next one or by the body.
            goes_on = code[position + 1 :].lstrip().startswith((",", "{"))
            if current and len(kinds) == current[0] and not goes_on:
                line = code.count("\n", 0, current[1]) + 1
                if current[3] == "function":
                    found.append((current[2], line, code.count("\n", 0, position) + 2 - line))
                current = None
        if current is None:
            head = position + 1
    return found


def python_functions(source):
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (node.name, node.lineno, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, nodes)
    ]


def functions(path, source):
    braced = path.suffix in (".cpp", ".hpp", ".ts", ".tsx")
    return braced_functions(source) if braced else python_functions(source)
