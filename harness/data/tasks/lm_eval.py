"""Which of lm-evaluation-harness's tasks are meant, and what do they hold? Its tasks become general tasks of a run.

`lm-eval:hellaswag,arc_easy` names tasks, groups or tags that ship with lm-eval; `lm-eval:DIR` all tasks of a directory
of its YAML files, `lm-eval:DIR/NAME` one of them. lm-eval reads data and words prompts; this project scores the items,
with the model in memory, like those of any general task.
"""

import difflib
import hashlib
import json
import logging
import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from harness.data.readers.remote import NOT_REACHED, brief, hub_asked_once
from harness.data.tasks.general import ENGLISH, KINDS, GeneralTask, shipped_general_tasks
from harness.data.tasks.lm_eval_items import MAKE, items_of
from harness.schema.edge import reading
from harness.schema.errors import UserError, one_of, shown

PREFIX = "lm-eval:"
SAID = "--general-tasks: lm-eval's task"
NAMING = re.compile(r"""^\{?["']?(task|group)["']?\s*:""", re.MULTILINE)
"""What a file of a task says, and one that others include does not."""
SEED, NUMPY_SEED, SHOTS_SEED = 0, 1234, 1234
"""lm-eval's own, by default: of Python, of NumPy, and of the examples that a prompt shows."""


def spelled_out(names: Iterable[str]) -> list[str]:
    """The names with the prefix on each that is meant by it: what follows such a name and is no shipped task, file or
    directory goes on with lm-eval's."""
    found: list[str] = []
    for name in names:
        goes_on = any(one.startswith(PREFIX) for one in found) and not name.startswith(PREFIX)
        found.append(PREFIX + name if goes_on and not _is_ours(name) else name)
    return found


def _is_ours(name: str) -> bool:
    with reading(f"--general-tasks {shown(name)}"):
        return name in (*shipped_general_tasks(), ENGLISH) or Path(name).exists()


@cache
def lm_eval_tasks(names: tuple[str, ...]) -> tuple[GeneralTask, ...]:
    """The tasks that these names mean, each once. Kept: they are asked for anew with every plan of a run.

    Args:
        names: each with the prefix.

    Raises:
        UserError: lm-eval is not installed, a name is not known, a task's data cannot be had, or it is of no kind that
            can be scored here.
    """
    _check_installed()
    with _quietly(), _seeded():
        made = [_general(task) for name in names for task in _tasks(name)]
    return tuple({(task.name, task.sha256): task for task in made}.values())


def _check_installed() -> None:
    try:
        import lm_eval.tasks  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"--general-tasks {PREFIX}... needs lm-eval, which cannot be imported ({brief(error)}). Install it: "
            "pip install 'lm-eval>=0.4.13', which is this project's extra lm-eval."
        ) from None


@contextmanager
def _quietly() -> Iterator[None]:
    """Without lm-eval's warnings on defaults and the bars of `datasets`."""
    import datasets

    logger, bars = logging.getLogger("lm_eval"), datasets.is_progress_bar_enabled()
    before = logger.level
    logger.setLevel(logging.ERROR)
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(before)
        if bars:
            datasets.enable_progress_bars()


def _tasks(name: str) -> list[Any]:
    """lm-eval's own objects for one name, with their data."""
    wanted = name.removeprefix(PREFIX).strip()
    if not wanted:
        raise UserError(
            f"--general-tasks {PREFIX} names nothing. Give names of lm-eval's tasks behind it, or a directory of them."
        )
    path = Path(wanted)
    with reading(f"--general-tasks {shown(name)}"):
        if path.is_dir():
            return _all_of(path)
        if "/" not in wanted:
            return _shipped(wanted)
        if path.parent.is_dir():
            return _one_of(path)
    raise UserError(f"--general-tasks {shown(name)}: there is no directory {str(path.parent)!r}. Check the path.")


def _all_of(directory: Path) -> list[Any]:
    """Every task of a directory and of those below it."""
    manager, where = _manager(directory), f"--general-tasks: the directory {str(directory)!r}"
    known = {entry.yaml_path for entry in manager.task_index.values()}
    for file in sorted(directory.glob("**/*.yaml")):
        if file not in known and NAMING.search(file.read_text(encoding="utf-8")):
            _load(manager, str(file), file.stem)  # says why it is none, where that can be said
            raise UserError(f"{where} has the task of {file.name!r} in another file too. Rename one of the tasks.")
    if not manager.all_subtasks:
        raise UserError(f"{where} holds no task of lm-eval: no .yaml file in it names a task.")
    return [task for name in manager.all_subtasks for task in _load(manager, name, name)]


def _one_of(path: Path) -> list[Any]:
    """A task, a group or a tag of a directory, by its name; or what one of its files holds."""
    manager = _manager(path.parent)
    if path.is_file():
        name = next((name for name, entry in manager.task_index.items() if entry.yaml_path == path), str(path))
        return _load(manager, name, path.stem)
    if path.name not in manager.all_tasks:
        raise one_of(f"--general-tasks: lm-eval's task in {str(path.parent)!r}", path.name, manager.all_tasks)
    return _load(manager, path.name, path.name)


def _manager(directory: Path) -> Any:
    """Of the tasks of this directory alone."""
    from lm_eval.tasks import TaskManager

    return TaskManager(include_defaults=False, include_path=str(directory))


@cache
def _defaults() -> Any:
    """All that ships with lm-eval; indexing its 14,000 files takes several seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager()


def _shipped(name: str) -> list[Any]:
    manager = _defaults()
    if name in manager.task_index:
        return _load(manager, name, name)
    near = difflib.get_close_matches(name, [*manager.all_tasks, *shipped_general_tasks()], n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UserError(
        f"{SAID} {name!r} is not known, nor is there such a file or directory here.{guess} All names: lm-eval ls tasks"
    )


def _load(manager: Any, spec: str, name: str) -> list[Any]:
    """A task, or those of a group or a tag.

    Args:
        spec: what the manager finds it by: a name, or a file.

    Raises:
        UserError: it cannot be loaded, or not be scored.
    """
    leaves = list(_leaves(manager.task_index, spec))
    for leaf in leaves:
        _check_supported(leaf)  # before anything is downloaded
    source = next((where for leaf in leaves if (where := _on_the_hub(leaf))), "")
    if not source:
        return _loaded(manager, spec, name, True)
    with hub_asked_once(source, f"{SAID} {name!r} has its data in {source!r}, of which the hub") as reached:
        return _loaded(manager, spec, name, reached)


def _loaded(manager: Any, spec: str, name: str, reached: bool) -> list[Any]:
    """What loads runs code of the task's own, and raises whatever that raises."""
    try:
        with _seeded():
            tasks = list(manager.load([spec])["tasks"].values())
    except Exception as error:
        if reached:
            raise UserError(
                f"{SAID} {name!r} cannot be loaded ({brief(error)}). Look into its file and its data."
            ) from None
        raise UserError(
            f"{SAID} {name!r} needs data of the hub: {NOT_REACHED} ({brief(error)}). Run it once with a network, which "
            f"fills the cache; or name a directory of task files over data that lie here, {PREFIX}DIR."
        ) from None
    for task in tasks:
        own = type(task).__name__ != "ConfigurableTask"
        _check_supported({**vars(task.config), "output_type": task.OUTPUT_TYPE, "class": own})
    return tasks


@contextmanager
def _seeded() -> Iterator[None]:
    """What shuffles without a seed of its own comes out as in lm-eval, and in every run; generators are as before."""
    import numpy as np

    python, numpy = random.getstate(), np.random.get_state()
    random.seed(SEED)
    np.random.seed(NUMPY_SEED)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _leaves(index: Any, name: str) -> Iterator[dict[str, Any]]:
    """What the files of the tasks say that a name means, as far as one can tell before they are loaded."""
    entry = index.get(name)
    said = (entry and entry.cfg) or {}
    if said and "group" not in said:
        yield {"output_type": "generate_until", **said}
    elif entry:
        listed = said.get("task") or sorted(entry.tags)
        for part in listed if isinstance(listed, list) else [listed]:
            within = part.get("task", part.get("group")) if isinstance(part, dict) else part
            if isinstance(within, str):
                yield from _leaves(index, within)


def _on_the_hub(said: dict[str, Any]) -> str:
    """The data set of the hub that a task reads; empty where it reads files."""
    path, more = said.get("dataset_path"), said.get("dataset_kwargs") or {}
    own = "custom_dataset" in said or "data_files" in more or "data_dir" in more
    return "" if own or not isinstance(path, str) or Path(path).exists() else path


def _check_supported(said: dict[str, Any]) -> None:
    """Raises UserError where what a task's file says cannot be scored here."""
    name, output = said.get("task"), said.get("output_type")
    why = ""
    if said.get("class"):
        why = "is a program of its own (class)"
    elif output not in MAKE:
        why = f"has the output type {output!r}"
    elif said.get("process_results") and output != "loglikelihood_rolling":
        why = "scores answers by code of its own (process_results)"
    elif said.get("doc_to_image") or said.get("doc_to_audio"):
        why = "shows images or plays sounds"
    if why:
        raise UserError(
            f"{SAID} {name!r} {why}, which is not supported. Supported: the output types {', '.join(MAKE)}, "
            "with lm-eval's own metrics. Leave it out."
        )


def _general(task: Any) -> GeneralTask:
    """Its items, and what of it is not taken."""
    name = str(task.config.task)
    task.set_fewshot_seed(SHOTS_SEED)
    try:
        with _seeded():
            items = tuple(items_of(task))
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{SAID} {name!r}: its prompts cannot be made ({brief(error)}). Look into its file.") from None
    content = json.dumps([name, str(task.VERSION), [asdict(one) for one in items]])
    sha256 = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return GeneralTask(name, KINDS[type(items[0])], items, sha256, tuple(_notes(task, name)))


def _notes(task: Any, name: str) -> Iterator[str]:
    metrics = list(task.aggregation())
    if task.OUTPUT_TYPE != "loglikelihood_rolling" and "acc" not in metrics:
        yield f"lm-eval's {name}: scored by accuracy, not by its own {', '.join(metrics)}"
    if task.config.process_results:
        yield f"lm-eval's {name}: bytes and words are those of the scored text; its process_results is not run"
