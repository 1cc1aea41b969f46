"""Would every command that README, CONTRIBUTING and docs/ show be understood? Nothing is trained."""

import configparser
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.__main__ import main
from harness.commands import COMMANDS
from harness.data.tasks.lm_eval import PREFIX, spelled_out
from harness.plan.expand import expand
from harness.plan.profile import Profile
from harness.plugin.options import OPTIONS, read_choices, read_gate_choices
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.testbed import __main__ as testbed
from harness.tests.builders import PLATFORM
from harness.tests.docs.shown import DOCS, PAGES, README, SHELL, Shown, blocks, commands, spans

PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9/|_]*")
"""What a reader fills in: DIR, OWNER/NAME."""
OLD_NAMES = {"--target", "--general", "--settle", "bless"}
"""They still work, but no page asks anybody to type them."""
TAKES_ANYTHING = ("git", "cat", "lm_eval", "inspect")
ADDED = "gralora"
"""The method that docs/add-a-method.md adds."""
WITH = {
    "--objective": ["--data", "train.jsonl"],
    "--difference": ["--plan"],
    **{flag: ["--baseline", "main"] for flag in ("--max-seeds", "--gates", "--allow")},
}
"""Options that are understood beside others only."""
OF_OTHER_PROGRAMS = {"--junitxml", "--no-deps", "--log_samples"}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z_-]+")

EXPANDED: set[str] = set()
"""Profiles that were found possible: many commands lead to the same."""

Parse = Callable[[list[str]], dict[str, Any]]


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for command in COMMANDS.values():
        monkeypatch.setattr(command, "run", lambda arguments: ExitCode.HELD)
    for name in ("_build", "_check"):
        monkeypatch.setattr(testbed, name, lambda given: ExitCode.HELD)


def check(words: list[str], parse: Parse) -> None:
    """Fails where the command would not be understood."""
    program, *rest = words
    if program == "pytest":
        check_pytest(rest, parse)
    elif (program, *rest[:1]) == ("python", "-m"):
        check_module(rest[1], rest[2:], parse)
    elif program == "tox":
        check_tox(rest, parse)
    elif program == "pip":
        check_pip(rest)
    else:
        assert program in TAKES_ANYTHING, f"{program}: no command that this test knows"


def check_pytest(words: list[str], parse: Parse) -> None:
    given = parse(words)
    paths = [Path(path) for path in given["file_or_dir"]]
    assert paths
    assert all(path.exists() for path in paths)
    if paths[0].parts[0] == "suites":
        check_options(given)


def check_options(given: dict[str, Any]) -> None:
    """Values that are no placeholders are allowed, and the names in them known."""
    values = {option.flag: given[option.name] for option in OPTIONS}
    values = {flag: None if filled_in(value) else as_added(value) for flag, value in values.items()}
    if values["--methods"] in ("help", "all"):
        return
    profile = read_choices(values.__getitem__).profile
    read_gate_choices(values.__getitem__, profile)
    profile = shipped(profile)
    if repr(profile) not in EXPANDED:
        expand(profile, PLATFORM, [])
        EXPANDED.add(repr(profile))


def filled_in(value: Any) -> bool:
    return isinstance(value, str) and bool(PLACEHOLDER.fullmatch(value))


def as_added(value: Any) -> Any:
    """With the added method as `--methods` knows it before."""
    return re.sub(rf"\b(?<!:){ADDED}\b", f"peft:{ADDED}", value) if isinstance(value, str) else value


def shipped(profile: Profile) -> Profile:
    """The profile with what ships in place of a reader's own model and files."""
    return replace(
        profile,
        base_model="embedded",
        data=None,
        candidate=None,
        replay=None,
        targets=profile.targets or ("new-facts",),
        seeds=profile.seeds[:1],
        general=tuple(name for name in spelled_out(profile.general) if not re.search(f"[./]|^{PREFIX}", name)),
    )


def check_module(name: str, words: list[str], parse: Parse) -> None:
    if name == "harness" and words[:1] == ["plan"]:
        check_pytest(["suites/", *words[1:]], parse)
    if name == "harness":
        assert main(words) == ExitCode.HELD
    elif name == "harness.testbed":
        assert testbed.main(words) == ExitCode.HELD
    else:
        assert (name, len(words)) in (("harness.schema", 0), ("harness.schema", 1))


def check_tox(words: list[str], parse: Parse) -> None:
    """Environments are there; what follows `--` is given to pytest."""
    own, posargs = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    assert own[:1] == ["-e"]
    environments = configparser.ConfigParser()
    environments.read(ROOT / "tox.ini")
    assert {f"testenv:{name}" for name in own[1].split(",")} <= set(environments.sections())
    if posargs:
        check_pytest(["suites/" if own[1] == "suites" else "harness/tests", *posargs], parse)


def check_pip(words: list[str]) -> None:
    assert words[0] in ("install", "wheel")
    assert all((ROOT / words[at + 1]).is_file() for at, word in enumerate(words) if word == "-c")
    extras = re.findall(r"\[(\w+)\]", " ".join(words))
    assert set(extras) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


ALL = [command for page in PAGES for command in commands(page)]


@pytest.mark.parametrize("command", ALL, ids=str)
def test_command_is_understood(command: Shown, parse: Parse) -> None:
    check(shlex.split(command.text, comments=True), parse)


@pytest.mark.parametrize("command", ALL, ids=str)
def test_command_uses_names_of_today(command: Shown) -> None:
    assert not OLD_NAMES & set(re.split(r"[\s=]", command.text))


OURS = {flag for option in OPTIONS for flag in (option.flag, *option.aliases)}
SPANS = [span for page in PAGES for span in spans(page) if "..." not in span.text]
IN_TEXT = [span for span in SPANS if re.match(r"(pytest suites/|python -m harness|tox -e|pip install) ?\S", span.text)]
OPTIONS_IN_TEXT = [span for span in SPANS if span.text.split(" ")[0] in OURS and " " in span.text]


@pytest.mark.parametrize("span", IN_TEXT, ids=str)
def test_command_in_running_text_is_understood(span: Shown, parse: Parse) -> None:
    check(shlex.split(span.text), parse)


@pytest.mark.parametrize("span", OPTIONS_IN_TEXT, ids=str)
def test_option_in_running_text_is_understood(span: Shown, parse: Parse) -> None:
    words = shlex.split(span.text)
    check_options(parse(["suites/", *words, *(more for word in words for more in WITH.get(word, []))]))


def test_no_page_names_an_option_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        main([name, "--help"])
    known = {*OF_OTHER_PROGRAMS, *FLAG.findall(capsys.readouterr().out)}
    assert [str(span) for span in SPANS if set(FLAG.findall(span.text)) - known - OURS] == []


def test_commands_stand_where_they_are_looked_for() -> None:
    """In a block that says it is a shell's, not in one of output."""
    lines = [line for page in PAGES for one in blocks(page) if one.kind not in SHELL for line in one.text.splitlines()]
    assert [line for line in lines if re.match(r"(pytest|python -m|tox|pip) ", line)] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pytest suites/ --modles x", id="unknown option"),
        pytest.param("pytest suites/ --seeds none", id="value that is not allowed"),
        pytest.param("pytest suites/ --methods lorra", id="unknown method"),
        pytest.param("pytest suites/ --methods lora[alhpa=1]", id="unknown setting"),
        pytest.param("pytest suites/ --targets poem", id="unknown target"),
        pytest.param("pytest suites/test_none.py", id="no such file"),
        pytest.param("pytest suites/ --max-seeds 16", id="seeds without a baseline"),
        pytest.param("python -m harness lock", id="unknown command"),
        pytest.param("python -m harness compare A", id="missing argument"),
        pytest.param("python -m harness plan --modles x", id="unknown option of a plan"),
        pytest.param("python -m harness.tesbed check", id="unknown module"),
        pytest.param("python -m harness.testbed test", id="unknown command of a module"),
        pytest.param("tox -e suite", id="unknown environment"),
        pytest.param("tox -e suites -- --modles x", id="unknown option behind tox"),
        pytest.param("pip install -c constraint.txt -e .", id="no such constraints"),
        pytest.param("pip install -e .[smollm3]", id="unknown extra"),
        pytest.param("make all", id="unknown program"),
    ],
)
def test_a_wrong_command_would_be_found(text: str, parse: Parse) -> None:
    with pytest.raises((AssertionError, UserError, pytest.UsageError, SystemExit)):
        check(shlex.split(text), parse)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.flag)
def test_option_is_explained(option: Any) -> None:
    told = (DOCS / "choose-what-runs.md").read_text(encoding="utf-8")
    assert all(f"`{flag}" in told for flag in (option.flag, *option.aliases))


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_shown(name: str) -> None:
    assert any(f"python -m harness {name}" in page.read_text(encoding="utf-8") for page in PAGES)


def test_readme_shows_the_two_commands_of_a_fresh_clone() -> None:
    assert [one.text for one in commands(README)][:2] == ["pip install tox", "tox -e suites"]
