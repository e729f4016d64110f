"""Finds every sentence the dashboard may say: in templates by Jinja's parser, in Python by its syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import extract_from_ast

from dashboards.render import load_templates

ROOT = Path(__file__).parent.parent / "dashboards"
BY_NAME = {"login_form", "about_page", "View"}


def said_in_templates() -> set[str]:
    """Literal arguments of `_` and `n_` in every template."""
    env, found = load_templates(), set()
    for file in sorted((ROOT / "templates").glob("*.html")):
        tree = env.parse(file.read_text(encoding="utf-8"))
        for _, function, message in extract_from_ast(tree, ("_", "n_"), babel_style=False):
            parts = [m for m in message if m is not None]
            found.update(parts[1:2] if function == "n_" else parts[:1])
    return found


def said_in_python() -> set[str]:
    """Literal sentences given to the functions that say something."""
    files = [f for f in sorted(ROOT.rglob("*.py")) if "briefing" not in f.parts]
    return {text for file in files for text in said_in_file(file)}


def said_in_file(file: Path) -> Iterator[str]:
    """The sentences of one module: `say(...)`, plural forms, refusals, and form problems."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if is_text(node):
            yield node.value.value  # type: ignore[attr-defined]
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in {"say", "missing", "HTTPException"}:
            yield from literals[:1]
        elif name == "count":
            yield from literals[1:2]
        elif name in BY_NAME:
            yield from (text for text in literals if " " in text)


def is_text(node: ast.AST) -> bool:
    """True for `text = "..."`, a sentence that is said on the next line."""
    named = isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == ["text"]
    return named and isinstance(node.value, ast.Constant)  # type: ignore[attr-defined]
