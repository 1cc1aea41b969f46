"""Does each file stay small enough to read, and is nothing heavy loaded before it is needed?

Which room may import which, is import-linter's to hold: `lint-imports`, with the contracts of pyproject.toml.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from harness.schema.paths import ROOT, SUITES

JUDGES = ("harness.schema.", "harness.store.", "harness.judge.", "harness.report.")
"""Rooms that read and judge records, and so must work where no model can be loaded."""
HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "accelerate")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60

SUITE_FILES = sorted(SUITES.glob("*.py"))
FILES = [*sorted((ROOT / "harness").rglob("*.py")), *SUITE_FILES]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def imported(path: Path) -> set[str]:
    """Absolute names of all modules imported anywhere in a file, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            inner = {f"{module}.{alias.name}" for alias in node.names} & set(MODULES)
            names |= inner or {module}
    return names


def test_modules_import_each_other_without_cycles() -> None:
    """Packages and their own modules included, which import-linter does not compare with each other."""
    graph = {module: (imported(path) & set(MODULES)) - {module} for module, path in MODULES.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


@pytest.mark.slow
def test_no_relative_imports() -> None:
    """`imported` above would not see where they point to."""
    nodes = [(path.name, node) for path in FILES for node in ast.walk(ast.parse(path.read_text()))]
    assert [name for name, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


@pytest.mark.slow
def test_what_judges_loads_no_heavy_library() -> None:
    """Not through a library either: in a fresh interpreter, after importing every judging module."""
    judging = [module for module in MODULES if module.startswith(JUDGES) and not module.endswith(".__main__")]
    code = f"import sys, {', '.join(judging)}; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_suites_leave_the_training_to_the_harness() -> None:
    """They are no package, so that import-linter does not see them."""
    wrong = [
        f"{path.name} imports {name}" for path in SUITE_FILES for name in imported(path) if name.split(".")[0] in HEAVY
    ]
    assert SUITE_FILES
    assert wrong == []


def test_no_file_is_a_drawer_for_everything() -> None:
    assert [path.name for path in FILES if path.stem in FORBIDDEN_NAMES] == []


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_functions_fit_on_a_screen() -> None:
    found = [
        f"{path.name}: {node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert found == []
