"""Do imports go one way, and does each file stay small enough to read?"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from harness.schema.paths import ROOT

LAYERS: tuple[tuple[str, ...], ...] = (
    ("trial", "errors", "paths", "exit_codes", "memory"),
    ("record", "stats", "environment"),
    ("measured", "budgets"),
    ("comparisons", "between", "store", "flips", "repeat"),
    ("matched",),
    ("results", "gate", "baselines"),
    ("report", "calibration"),
    ("formats",),
    ("tasks",),
    ("quantization", "encoding", "metrics", "excerpts", "control"),
    ("models",),
    ("objectives",),
    ("methods", "losses", "interpolation"),
    ("train", "evaluate", "candidate"),
    ("cost", "fitting"),
    ("lesson", "setup"),
    ("promises",),
    ("artifacts", "prompting"),
    ("adaptation", "adoption"),
    ("run",),
    ("engines",),
    ("profile", "learning_rates"),
    ("stored_runs",),
    ("plan", "steptime"),
    ("sweep",),
    ("plugin",),
    ("commands",),
    ("__main__",),
)
"""Rooms of `harness/`, leaves first. A room imports rooms of the layers above its own line, and itself."""

APART = ("testbed", "tests")
"""What makes the fixtures and what tests the harness: the rooms above import neither."""

JUDGES = (
    "trial",
    "record",
    "stats",
    "measured",
    "comparisons",
    "between",
    "matched",
    "calibration",
    "flips",
    "repeat",
    "results",
    "gate",
    "baselines",
    "stored_runs",
    "learning_rates",
    "store",
    "report",
)
HEAVY = ("torch", "transformers", "peft", "bitsandbytes")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60

RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
FILES = sorted((ROOT / "harness").rglob("*.py"))
SUITES = sorted((ROOT / "suites").glob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


MODULES = {module_of(path): path for path in FILES}
ROOMS = sorted({room_of(module) for module in MODULES} - {"", *APART})


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


def test_every_room_has_a_layer() -> None:
    assert [room for room in ROOMS if room not in RANK] == [], "give the new room its place in LAYERS"


@pytest.mark.parametrize("room", [room for room in ROOMS if room in RANK])
def test_room_imports_only_rooms_above(room: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if room_of(module) == room
        for name in imported(path)
        if (other := room_of(name)) != room and name.startswith("harness.") and not RANK.get(other, 99) < RANK[room]
    ]
    assert wrong == []


def test_modules_import_each_other_without_cycles() -> None:
    graph = {module: (imported(path) & set(MODULES)) - {module} for module, path in MODULES.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


def test_no_relative_imports() -> None:
    """`imported` above would not see where they point to."""
    nodes = [(path.name, node) for path in FILES for node in ast.walk(ast.parse(path.read_text()))]
    assert [name for name, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


def test_what_judges_names_no_heavy_library() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if room_of(module) in JUDGES
        for name in imported(path)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_what_judges_loads_no_heavy_library() -> None:
    """Transitively: in a fresh interpreter, after importing every judging module."""
    judging = [module for module in MODULES if room_of(module) in JUDGES]
    code = f"import sys, {', '.join(judging)}; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_suites_leave_the_training_to_the_harness() -> None:
    wrong = [f"{path.name} imports {name}" for path in SUITES for name in imported(path) if name.split(".")[0] in HEAVY]
    assert SUITES
    assert wrong == []


def test_no_file_is_a_drawer_for_everything() -> None:
    assert [path.name for path in [*FILES, *SUITES] if path.stem in FORBIDDEN_NAMES] == []


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in [*FILES, *SUITES]}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_functions_fit_on_a_screen() -> None:
    found = [
        f"{path.name}: {node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for path in [*FILES, *SUITES]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert found == []
