"""Which of lm-evaluation-harness's tasks are meant, and what do they hold? Its tasks become general tasks of a run.

`lm-eval:hellaswag,arc_easy` names tasks, groups or tags that ship with lm-eval; `lm-eval:DIR` all tasks of a directory of
its YAML files, `lm-eval:DIR/NAME` one of them. lm-eval reads data and words prompts; this project scores the items, with
every model in memory, as any general task's.
"""

import difflib
import hashlib
import json
import logging
import random
import re
from collections.abc import Iterable, Iterator, Sequence
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
        UserError: lm-eval is not installed; a name is not known; a task's data cannot be had; its output is none that can
            be scored here.
    """
    _check_installed()
    with _quietly():
        tasks = {task.task_name: task for name in names for task in _tasks(name)}
        return tuple(_general(task) for task in tasks.values())


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


def _tasks(name: str) -> Iterator[Any]:
    """lm-eval's own objects for one name, with their data."""
    wanted = name.removeprefix(PREFIX).strip()
    if not wanted:
        raise UserError(
            f"--general-tasks {PREFIX} names nothing. Give names of lm-eval's tasks, or a directory of them."
        )
    path = Path(wanted)
    with reading(f"--general-tasks {shown(name)}"):
        if path.is_dir():
            yield from _all_of(path)
        elif "/" in wanted and path.parent.is_dir():
            yield from _one_of(path)
        else:
            yield from _shipped(wanted)


def _all_of(directory: Path) -> Iterator[Any]:
    """Every task of a directory and those below it."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=str(directory))
    known = {entry.yaml_path for entry in manager.task_index.values()}
    for file in sorted(directory.glob("**/*.yaml")):
        if file not in known and re.search(r"^(task|group)\s*:", file.read_text(encoding="utf-8"), re.MULTILINE):
            _load(manager, str(file), file.stem)  # says why, where it can
            raise UserError(
                f"--general-tasks: another file of {str(directory)!r} has the task of {file.name!r} already."
            )
    if not manager.all_subtasks:
        raise UserError(
            f"--general-tasks: the directory {str(directory)!r} holds no task of lm-eval: no .yaml file with task:"
        )
    for name in manager.all_subtasks:
        yield from _load(manager, name, name)


def _one_of(path: Path) -> Iterator[Any]:
    """A task of a directory, by its name or its file's."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=str(path.parent))
    if path.is_file():
        names = [name for name, entry in manager.task_index.items() if entry.yaml_path == path]
        yield from _load(manager, *(names * 2 or [str(path), path.stem])[:2])
    elif path.name in manager.all_tasks:
        yield from _load(manager, path.name, path.name)
    else:
        raise one_of(f"--general-tasks: in {str(path.parent)!r}, lm-eval's task", path.name, manager.all_tasks)


@cache
def _defaults() -> Any:
    """All that ships with lm-eval; indexing its 14,000 files takes several seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager()


def _shipped(name: str) -> Iterator[Any]:
    manager = _defaults()
    if name not in manager.task_index:
        near = difflib.get_close_matches(name, [*manager.all_tasks, *shipped_general_tasks()], n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise UserError(
            f"{SAID} {name!r} is not known, nor is there such a file or directory here.{guess} Its names: lm-eval ls tasks"
        )
    yield from _load(manager, name, name)


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
            f"{SAID} {name!r} needs data of the hub, and there is none ({NOT_REACHED}). Run it once with a network, after "
            f"which the cache has them; or name a directory of task files over data that lie here: {PREFIX}DIR."
        ) from None
    for task in tasks:
        _check_supported({**task.config.to_dict(), "class": not hasattr(task, "multiple_input")})
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
    if entry is None:
        return
    said, parts = entry.cfg or {}, sorted(entry.tags)
    if "group" in said:
        listed = said.get("task")
        parts = (
            [one.get("task", "") if isinstance(one, dict) else one for one in listed or ()] if listed != name else []
        )
    elif said:
        yield {"output_type": "generate_until", **said}
        return
    for part in parts:
        if isinstance(part, str) and part != name:
            yield from _leaves(index, part)


def _on_the_hub(said: dict[str, Any]) -> str:
    """The data set of the hub that a task reads; empty where it reads files."""
    path, more = said.get("dataset_path"), said.get("dataset_kwargs") or {}
    local = not isinstance(path, str) or "data_files" in more or "custom_dataset" in said or Path(path).exists()
    return "" if local else str(path)


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
            f"{SAID} {name!r} {why}, which is not supported. Supported output types: {', '.join(MAKE)}. Leave it out."
        )


def _general(task: Any) -> GeneralTask:
    """Its items, and what of it is not taken."""
    name = str(task.task_name)
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


def _notes(task: Any, name: str) -> Sequence[str]:
    if task.config.process_results:
        return [f"lm-eval's {name}: bytes and words are those of the scored text; its own process_results is not run"]
    metrics = [str(metric) for metric in (task.config.metric_list and task._metric_fn_list) or ()]
    if "acc" in metrics or task.OUTPUT_TYPE == "loglikelihood_rolling":
        return []
    return (
        [f"lm-eval's {name}: scored by accuracy; its own metrics are not taken ({', '.join(metrics)})"]
        if metrics
        else []
    )
