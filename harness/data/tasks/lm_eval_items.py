"""What would lm-eval ask of a model about each document of a task? The same as items of this project.

lm-eval words the prompt, with the description and the solved examples that the task's file asks for; what it would
score is scored here, so that accuracies and log-likelihoods equal its own, item by item.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from harness.data.tasks.general import ChoiceItem, ContinuationItem, GeneralItem, TextItem
from harness.schema.errors import UserError, shown


@dataclass(frozen=True)
class _Asked:
    """One document of a task, and the arguments of the requests that lm-eval makes of it.

    Attributes:
        task: lm-eval's own.
        id: the document's place, which is lm-eval's `doc_id` too.
        context: what stands before the answer; one for each choice where the choices are contexts.
        requests: context and continuation of each; of a text that is scored as a whole, the text.
    """

    task: Any
    doc: Any
    id: str
    context: str | list[str]
    requests: list[tuple[str, ...]]

    @property
    def where(self) -> str:
        return f"--general-tasks: lm-eval's task {self.task.config.task!r}, document {self.id}"

    @property
    def cluster(self) -> str:
        return f"{self.task.config.task}-{self.id}"

    def own(self, context: str) -> str:
        """The document's own part of the context; empty where it is all of it."""
        question = self.task.doc_to_text(self.doc)
        return question if isinstance(question, str) and question.strip() != context.strip() else ""


def items_of(task: Any) -> list[GeneralItem]:
    """Every document of the split that lm-eval evaluates, in its order.

    Args:
        task: a `ConfigurableTask` of lm-eval, of an output type in `MAKE`.

    Raises:
        UserError: a document has no right answer, several, or nothing to score.
    """
    return [MAKE[task.OUTPUT_TYPE](asked) for asked in _documents(task)]


def _documents(task: Any) -> Iterator[_Asked]:
    """As lm-eval's `build_all_requests` has them, without its cache and its progress bar."""
    shots = task.config.num_fewshot or 0
    for place, doc in task.doc_iterator():
        context = task.fewshot_context(doc, num_fewshot=shots, gen_prefix=task.doc_to_prefix(doc))
        made = task.construct_requests(doc=doc, ctx=context, metadata=(task.config.task, place, 1))
        requests = [one.args for one in (made if isinstance(made, list) else [made])]
        yield _Asked(task, doc, str(place), context, requests)


def _choice(asked: _Asked) -> ChoiceItem:
    choices = list(asked.task.doc_to_choice(asked.doc))
    if len(choices) < 2 or not all(choices):
        raise UserError(f"{asked.where}: its choices are {shown(choices)}; needed are at least two, none empty.")
    if asked.task.multiple_input:
        return _contexts(asked, choices)
    context, delimiter = str(asked.context), asked.task.config.target_delimiter
    if delimiter.isspace():  # scored alike on either side; here lm-eval's lengths of the choices stay theirs
        context += delimiter
    else:  # behind the choices' own stand those of a metric that is not taken
        choices = [continuation for _, continuation in asked.requests[: len(choices)]]
    gold = _gold(asked, asked.task.doc_to_target(asked.doc), asked.task.doc_to_choice(asked.doc))
    return ChoiceItem(asked.id, asked.cluster, context, tuple(choices), gold, asked.own(context))


def _contexts(asked: _Asked, choices: list[str]) -> ChoiceItem:
    """Where one and the same ending is scored behind each choice: the choices are the ends of the contexts."""
    before = [context.removesuffix(choice) for context, choice in zip(asked.context, choices, strict=True)]
    if len(set(before)) > 1 or before[0] + choices[0] != asked.context[0]:
        raise UserError(f"{asked.where}: its contexts do not end in its choices. Such tasks are not supported.")
    gold = _gold(asked, asked.task.doc_to_text(asked.doc), choices)
    nothing = " "  # is the item's own of what stands before the choices
    return ChoiceItem(asked.id, asked.cluster, before[0], tuple(choices), gold, nothing, asked.requests[0][1])


def _gold(asked: _Asked, given: Any, choices: list[str]) -> int:
    """The index of the right choice."""
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, list):
        raise UserError(f"{asked.where}: several choices are right, {shown(given)}. Such tasks are not supported.")
    if isinstance(given, str) and given in choices:
        return choices.index(given)
    if not isinstance(given, Integral) or not 0 <= int(given) < len(choices):
        raise UserError(
            f"{asked.where}: its right answer {shown(given)} is none of its {len(choices)} choices. Some splits keep "
            "their answers secret: name another as the task's test_split."
        )
    return int(given)


def _continuation(asked: _Asked) -> ContinuationItem:
    ((context, continuation),) = asked.requests
    if not isinstance(continuation, str) or not continuation.strip():
        raise UserError(f"{asked.where}: what should follow is {shown(continuation)}; there is nothing to score.")
    return ContinuationItem(asked.id, asked.cluster, context, continuation, asked.own(context))


def _text(asked: _Asked) -> TextItem:
    ((text,),) = asked.requests
    if not isinstance(text, str) or not text.strip():
        raise UserError(f"{asked.where}: its text is {shown(text)}; there is nothing to score.")
    return TextItem(asked.id, asked.cluster, text)


MAKE: dict[str, Callable[[_Asked], GeneralItem]] = {
    "multiple_choice": _choice,
    "loglikelihood": _continuation,
    "loglikelihood_rolling": _text,
}
"""By lm-eval's names of output types: those whose answers are read off log-likelihoods."""
