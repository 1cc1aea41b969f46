"""What does a row mean? A table of the forms that rows come in, told by their keys, and the example that each makes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.data.readers.conversations import Conversation, conversations, exchange, messages, system_text
from harness.data.readers.examples import Example, content_hash
from harness.data.readers.fields import Fields, Ignored, key_names, not_empty
from harness.data.readers.renaming import renaming
from harness.schema.errors import UserError


class Pair(NamedTuple):
    """A prompt and its completion; a plain text is a completion without a prompt."""

    prompt: str
    completion: str


@dataclass(frozen=True)
class Form:
    """One way to write a row.

    Attributes:
        needs: the keys that tell it.
        shown: all its keys, for messages.
        read: takes the keys, and says what is to learn.
    """

    objective: str
    needs: tuple[str, ...]
    shown: str
    read: Callable[[Fields], Pair | Conversation]


def _asked(shown: str, answer: str, parts: Mapping[str, str], end: str = "") -> Form:
    """What is asked, and its answer.

    Args:
        answer: the key whose text is learned.
        parts: what the prompt says of each key, `{}` for its text; the first is needed, others may be empty.
        end: what stands between them and the answer.
    """
    first, *rest = parts

    def read(fields: Fields) -> Pair:
        system = system_text(fields)
        said = [parts[first].format(fields.text(first))]
        said += [parts[key].format(text) for key in rest if fields.has(key) and (text := fields.text(key)).strip()]
        completion = not_empty(fields.text(answer), f"the {answer}", fields.where)
        return Pair("".join([f"{system}\n\n" * bool(system), *said, end]), completion)

    return Form("instruction", (first, answer), shown, read)


def _plain(key: str) -> Form:
    """A text that is learned whole."""

    def read(fields: Fields) -> Pair:
        return Pair("", not_empty(fields.text(key), f"the {key}", fields.where))

    return Form("pretrain", (key,), f'{{"{key}"}}', read)


TASK, DATA, ANSWER = "### Instruction:\n{}\n\n", "### Input:\n{}\n\n", "### Response:\n"
"""Stanford Alpaca's headings (Taori et al. 2023), without the sentence before them."""

FORMS = (
    Form("chat", ("messages",), '{"messages": [{"role", "content"}, ...]}', messages),
    _asked('{"prompt", "completion"}', "completion", {"prompt": "{}"}),
    Form("chat", ("user", "assistant"), '{"user", "assistant"}', exchange),
    _plain("text"),
    _plain("input"),
    Form("chat", ("conversations",), '{"conversations": [{"from", "value"}, ...]}', conversations),
    _asked('{"instruction", "input", "output"}', "output", {"instruction": TASK, "input": DATA}, ANSWER),
    _asked('{"instruction", "context", "response"}', "response", {"instruction": TASK, "context": DATA}, ANSWER),
    _asked('{"question", "answer"}', "answer", {"question": "Question: {}\n"}, "Answer: "),
    _asked('{"query", "response"}', "response", {"query": "Query: {}\n"}, "Response: "),
    _asked('{"input", "output"}', "output", {"input": "Input: {}\n"}, "Output: "),
)
"""In the order in which they are looked for: a row with the keys of two is of the first."""

PLAIN = tuple(form.needs[0] for form in FORMS if form.objective == "pretrain")
BESIDE = {"id", "cluster"}

FORMATS: dict[str, str] = {
    objective: f"{', '.join(form.shown for form in FORMS if form.objective == objective)}{more}"
    for objective, more in (("instruction", ""), ("chat", ""), ("pretrain", " alone"))
}
"""Objectives that data can have, and the keys that a row of each needs. `id` and `cluster` may stand in any, `system`
in the first two."""


class Read(NamedTuple):
    """All rows of some data: its format, an example of each, and what was ignored, a line for each file."""

    objective: str
    examples: list[Example]
    ignored: tuple[str, ...]


def format_of(row: Mapping[str, Any], where: str) -> str:
    """Which of `FORMATS` the row's keys are.

    Raises:
        UserError: none of them.
    """
    return form_of(row, where).objective


def form_of(row: Mapping[str, Any], where: str, objective: str | None = None) -> Form:
    """The first form, of the stated objective where there is one, whose keys the row has.

    Raises:
        UserError: there is none.
    """
    for form in FORMS:
        alone = objective is not None or form.objective != "pretrain" or len(row.keys() - BESIDE) == 1
        if form.objective == (objective or form.objective) and alone and row.keys() >= set(form.needs):
            return form
    if objective is not None:
        raise UserError(
            f"{where}: the stated objective, {objective}, does not fit. "
            f"The row has the keys {key_names(row)}; it needs {FORMATS[objective]}."
        )
    plain = next((name for name in PLAIN if name in row), None)
    hint = f" To train on `{plain}` and leave the rest out, say --objective pretrain." if plain else f" {renaming(row)}"
    raise UserError(
        f"{where}: the keys {key_names(row)} fit no known format. Allowed: {'; '.join(FORMATS.values())}.{hint}"
    )


def examples_from_rows(rows: Iterable[tuple[str, dict[str, Any]]], objective: str | None = None) -> Read:
    """The format of all rows, and their examples in order.

    Args:
        rows: place and object of each; at least one.
        objective: the format as stated; recognised from the first row where None.

    Raises:
        UserError: a row fits no format, not the stated one, or another than the first row.
    """
    examples: list[Example] = []
    found, ignored = objective, Ignored()
    for where, row in rows:
        own = objective or format_of(row, where)
        found = found or own
        if own != found:
            raise UserError(
                f"{where}: the keys {key_names(row)} are of the format {own}, but {examples[0].where} is of the "
                f"format {found}. Use one format in all rows."
            )
        fields = Fields(row, where)
        examples.append(_example(fields, form_of(row, where, objective)))
        ignored.add(fields)
    if found is None:
        raise ValueError("no rows")
    return Read(found, examples, ignored.lines())


def example_from_row(row: dict[str, Any], where: str, objective: str | None = None) -> Example:
    """A row in one of `FORMS`, with optional `id` and `cluster`.

    Args:
        objective: the format as stated; recognised from the row's keys where None. Keys that it does not
            need are left out.

    Raises:
        UserError: the format does not fit the row, or a value is of the wrong type or empty.
    """
    return _example(Fields(row, where), form_of(row, where, objective))


def _example(fields: Fields, form: Form) -> Example:
    found = form.read(fields)
    if isinstance(found, Pair):
        item, cluster = _identity(fields, "\0".join(found))
        return Example(item, cluster, found.prompt, found.completion, where=fields.where)
    context = found.unlearned
    item, cluster = _identity(fields, json.dumps([found.messages, context] if context else found.messages))
    return Example(item, cluster, messages=found.messages, unlearned=context, where=fields.where)


def _identity(fields: Fields, content: str) -> tuple[str, str]:
    item = fields.name("id") or content_hash(content)[:12]
    return item, fields.name("cluster") or item
