"""What does a conversation say? Its turns, whoever's names they carry, and which of the assistant's are learned."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from harness.data.readers.fields import Fields, a_text, is_nothing, key_name, not_empty
from harness.schema.errors import UserError, shown
from harness.schema.wording import kind_of

ROLES = ("system", "user", "assistant")

ROLE_OF: dict[str, str] = {
    **{role: role for role in ROLES},
    "developer": "system",
    "human": "user",
    **dict.fromkeys(("gpt", "chatgpt", "bard", "bing", "bot", "model"), "assistant"),
}
"""What OpenAI, Bedrock, ShareGPT and their like call who speaks."""

TOOL_ROLES = {"tool", "function", "function_call", "function_response", "tool_call", "tool_response", "observation"}
TOOL_KEYS = ("tools", "tool_calls", "functions", "function_call")
NO_TOOLS = ("[]", "{}", "null")
"""What a column of JSON texts says where there are none."""
WITHOUT_TOOLS = (
    "Calls of tools are not read, since every chat template writes them in its own way. Write each call and each "
    "result as the model is to see it into the content of a turn, the assistant's and the user's, or remove the row."
)

TEXT_PARTS = ("text", "input_text", "output_text")
TEXT_ALONE = "Text alone can be learned: remove the part, or the row."
BEDROCK = "bedrock-conversation-2024"


class Turn(NamedTuple):
    role: str
    content: str
    learned: bool


class Conversation(NamedTuple):
    """(role, content) pairs, the last the assistant's and learned; `unlearned` as in `Example`."""

    messages: tuple[tuple[str, str], ...]
    unlearned: tuple[int, ...] = ()


def exchange(fields: Fields) -> Conversation:
    """`{"user", "assistant"}`, with a `system` text where there is one."""
    _no_tools(fields)
    system = system_text(fields)
    asked, answered = fields.text("user"), fields.text("assistant")
    not_empty(answered, "the assistant's answer", fields.where)
    own = (("user", asked), ("assistant", answered))
    return Conversation((("system", system), *own) if system else own)


def messages(fields: Fields) -> Conversation:
    """`{"messages"}`, of OpenAI's, Anthropic's or Bedrock's kind."""
    version = fields.take("schemaVersion")
    if version not in (None, BEDROCK):
        raise UserError(f"{fields.where}: schemaVersion is {shown(version)}. Allowed: {BEDROCK}.")
    return _conversation(fields, _turns(fields, "messages"))


def conversations(fields: Fields) -> Conversation:
    """ShareGPT's `{"conversations"}`: many end in a turn of the user's, which teaches nothing."""
    turns = _turns(fields, "conversations")
    while turns and turns[-1].role != "assistant":
        turns.pop()
        fields.ignore("a last turn that nobody answers")
    return _conversation(fields, turns)


def system_text(fields: Fields) -> str:
    """The text under `system`, which may be a list of parts; empty where there is none."""
    return _content(fields, "system", "system") if fields.has("system") else ""


def _conversation(fields: Fields, turns: list[Turn]) -> Conversation:
    """The turns down to the last that is learned, after the system text of the row."""
    _no_tools(fields)
    where, system = fields.where, system_text(fields)
    if not turns or turns[-1].role != "assistant":
        last = f"not the {turns[-1].role}'s" if turns else "and there is none of the assistant's"
        raise UserError(f"{where}: the last message must be the assistant's, {last}.")
    if system:
        turns = _after(system, turns, where)
    learned = [at for at, turn in enumerate(turns) if turn.learned]
    if not learned:
        raise UserError(
            f"{where}: every message of the assistant's has weight 0; there is nothing to learn. Remove the row."
        )
    if turns[learned[-1] + 1 :]:
        fields.ignore("turns after the last that is learned")
    kept = turns[: learned[-1] + 1]
    if len(kept) < 2:
        raise UserError(f"{where}: a conversation needs something before the assistant's answer.")
    context = (at for at, turn in enumerate(kept) if turn.role == "assistant" and not turn.learned)
    return Conversation(tuple((turn.role, turn.content) for turn in kept), tuple(context))


def _after(system: str, turns: list[Turn], where: str) -> list[Turn]:
    """The turns after the row's own system text, which may stand among them already."""
    among = {turn.content for turn in turns if turn.role == "system"}
    if among - {system}:
        raise UserError(f"{where}: `system` and a system message of the conversation differ. Keep one of them.")
    return turns if among else [Turn("system", system, False), *turns]


def _turns(fields: Fields, key: str) -> list[Turn]:
    value = fields.take(key)
    if not isinstance(value, list) or not value:
        raise UserError(f"{fields.where}: `{key}` must be a list that is not empty.")
    return [_turn(fields, key, message, number) for number, message in enumerate(value, 1)]


def _turn(fields: Fields, key: str, message: Any, number: int) -> Turn:
    who, what = ("from", "value") if isinstance(message, dict) and "role" not in message else ("role", "content")
    if not isinstance(message, dict) or not {who, what} <= message.keys():
        needed = "role and content" if key == "messages" else "from and value (or role and content)"
        calls = isinstance(message, dict) and any(name in message for name in TOOL_KEYS)
        raise UserError(f"{fields.where}: message {number} needs the keys {needed}.{f' {WITHOUT_TOOLS}' * calls}")
    own = fields.beneath(message, key)
    _no_tools(own, f"message {number} ")
    role = _role(own, who, number)
    content = _content(own, what, what)
    if role == "assistant":
        not_empty(content, f"message {number}, the assistant's,", own.where)
    return Turn(role, content, role == "assistant" and _is_learned(own, number))


def _role(fields: Fields, key: str, number: int) -> str:
    role = fields.take(key)
    if not isinstance(role, str) or role not in ROLE_OF:
        tools = f" {WITHOUT_TOOLS}" if isinstance(role, str) and role in TOOL_ROLES else ""
        allowed = f"{', '.join(ROLES)} (also {', '.join(name for name in ROLE_OF if name not in ROLES)})"
        raise UserError(f"{fields.where}: message {number} has the role {shown(role)}. Allowed: {allowed}.{tools}")
    return ROLE_OF[role]


def _is_learned(fields: Fields, number: int) -> bool:
    """By OpenAI's `weight`: 0 makes a turn of the assistant's mere context."""
    weight = fields.take("weight")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        raise UserError(
            f"{fields.where}: message {number} has the weight {shown(weight)}. "
            "Allowed: 0 (context alone) and 1 (learned)."
        )
    return weight != 0


def _no_tools(fields: Fields, which: str = "") -> None:
    for key in TOOL_KEYS:
        value = fields.take(key)
        if not is_nothing(value) and value not in NO_TOOLS:
            raise UserError(f"{fields.where}: {which}has {key}. {WITHOUT_TOOLS}")


def _content(fields: Fields, key: str, name: str) -> str:
    """A text, or the texts of a list of parts, a line break between them."""
    value = fields.take(key)
    if not isinstance(value, list):
        return a_text(value, name, fields.where)
    if not value:
        raise UserError(f"{fields.where}: {name} is a list without parts. Give a text, or parts of text.")
    return "\n".join(_part(fields, key, part, name) for part in value)


def _part(fields: Fields, key: str, part: Any, name: str) -> str:
    if not isinstance(part, Mapping):
        raise UserError(
            f'{fields.where}: {name} holds a part that is no object but {kind_of(part)}. Give {{"text": "..."}}.'
        )
    own = fields.beneath(part, key)
    kind = own.take("type")
    if kind not in (None, *TEXT_PARTS):
        raise UserError(f"{fields.where}: {name} holds a part of the kind {shown(kind)}. {TEXT_ALONE}")
    if part.get("text") is None:
        found = ", ".join(key_name(one) for one in part if one != "type" and own.has(one)) or "nothing"
        raise UserError(f"{fields.where}: {name} holds a part without text, but {found}. {TEXT_ALONE}")
    return own.text("text")
