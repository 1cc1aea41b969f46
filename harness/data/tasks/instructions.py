"""Was an instruction followed? Its form is checked by code: each check looks at an answer, and knows no right one.

An empty answer meets no check. White space around an answer is no part of it.
"""

import json
import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from harness.schema.codec import problem
from harness.schema.errors import UserError, one_of
from harness.schema.typed import Many, Table, Whole
from harness.schema.wording import kind_of

WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
"""`don't` and `well-known` are one word each."""
SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
MOST = 10_000
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Letter = Annotated[str, Field(pattern=r"^[^\W\d_]$")]


class Form(Table):
    """One thing that must be so about an answer."""

    def holds(self, answer: str) -> bool:
        """Whether it is so; `answer` is not empty, and has no white space around it."""
        raise NotImplementedError


class Number(Form):
    """A form that is counted."""

    exactly: Annotated[int, Whole(1, MOST)] | None = None
    at_least: Annotated[int, Whole(1, MOST)] | None = None
    at_most: Annotated[int, Whole(1, MOST)] | None = None

    @model_validator(mode="after")
    def _says_how_many(self) -> Self:
        bounds = self.at_least is not None or self.at_most is not None
        if (self.exactly is not None) == bounds:
            raise ValueError(": give exactly, or at_least and at_most or one of the two.")
        if (self.at_least or 0) > (self.at_most or MOST):
            raise ValueError(f": at_least {self.at_least} is above at_most {self.at_most}.")
        return self

    def fits(self, count: int) -> bool:
        if self.exactly is not None:
            return count == self.exactly
        return (self.at_least or 0) <= count <= (self.at_most or MOST)


class UpperCase(Form):
    """Has letters, all of them capitals."""

    kind: Literal["upper_case"]

    def holds(self, answer: str) -> bool:
        return answer.isupper()


class LowerCase(Form):
    """Has letters, none of them a capital."""

    kind: Literal["lower_case"]

    def holds(self, answer: str) -> bool:
        return answer.islower()


class TitleCase(Form):
    """Every word begins with a capital."""

    kind: Literal["title_case"]

    def holds(self, answer: str) -> bool:
        words = WORD.findall(answer)
        return bool(words) and all(word[0].isupper() for word in words)


class Words(Number):
    """So many words."""

    kind: Literal["words"]

    def holds(self, answer: str) -> bool:
        return self.fits(len(WORD.findall(answer)))


class Sentences(Number):
    """So many sentences, the last of which ends too."""

    kind: Literal["sentences"]

    def holds(self, answer: str) -> bool:
        *ended, rest = SENTENCE_END.split(answer)
        return not rest.strip() and self.fits(sum(bool(WORD.search(one)) for one in ended))


class Lines(Number):
    """So many lines, blank ones left out."""

    kind: Literal["lines"]

    def holds(self, answer: str) -> bool:
        return self.fits(len(_lines(answer)))


class Items(Number):
    """A list of so many items, one a line, and nothing else: each behind the mark, or numbered from 1."""

    kind: Literal["items"]
    mark: Literal["-", "*", "1."] = "-"

    def holds(self, answer: str) -> bool:
        lines = _lines(answer)
        marks = [f"{place}." if self.mark == "1." else self.mark for place in range(1, len(lines) + 1)]
        listed = all(line.startswith(f"{mark} ") for line, mark in zip(lines, marks, strict=True))
        return listed and self.fits(len(lines))


class Parts(Number):
    """So many parts with this between them; none is empty."""

    kind: Literal["parts"]
    between: Text

    def holds(self, answer: str) -> bool:
        parts = answer.split(self.between)
        return all(WORD.search(part) for part in parts) and self.fits(len(parts))


class Characters(Number):
    """So many characters."""

    kind: Literal["characters"]

    def holds(self, answer: str) -> bool:
        return self.fits(len(answer))


class StartsWith(Form):
    """Begins with this text."""

    kind: Literal["starts_with"]
    text: Text

    def holds(self, answer: str) -> bool:
        return answer.startswith(self.text)


class EndsWith(Form):
    """Ends in this text."""

    kind: Literal["ends_with"]
    text: Text

    def holds(self, answer: str) -> bool:
        return answer.endswith(self.text)


class Contains(Form):
    """Holds this text, in capitals or not; where `times` is given, exactly so often."""

    kind: Literal["contains"]
    text: Text
    times: Annotated[int, Whole(1, MOST)] | None = None

    def holds(self, answer: str) -> bool:
        count = answer.lower().count(self.text.lower())
        return count > 0 if self.times is None else count == self.times


class Without(Form):
    """Does not hold this text, in capitals or not."""

    kind: Literal["without"]
    text: Text

    def holds(self, answer: str) -> bool:
        return self.text.lower() not in answer.lower()


class WithoutLetter(Form):
    """Has letters, and this one, capital or not, is none of them."""

    kind: Literal["without_letter"]
    letter: Letter

    def holds(self, answer: str) -> bool:
        return any(one.isalpha() for one in answer) and self.letter.lower() not in answer.lower()


class WordsBeginWith(Form):
    """Every word begins with this letter, capital or not."""

    kind: Literal["words_begin_with"]
    letter: Letter

    def holds(self, answer: str) -> bool:
        words = WORD.findall(answer)
        return bool(words) and all(word[0].lower() == self.letter.lower() for word in words)


class Alphabetical(Form):
    """At least two words, each behind the one before it in the alphabet."""

    kind: Literal["alphabetical"]

    def holds(self, answer: str) -> bool:
        words = [word.lower() for word in WORD.findall(answer)]
        return len(words) > 1 and words == sorted(words)


class NoPunctuation(Form):
    """Words and white space alone."""

    kind: Literal["no_punctuation"]

    def holds(self, answer: str) -> bool:
        return not re.search(r"[^\w\s]|_", answer)


class OneOf(Form):
    """Is one of these texts, to the letter."""

    kind: Literal["one_of"]
    texts: Annotated[Many[Text], Field(min_length=1)]

    def holds(self, answer: str) -> bool:
        return answer in self.texts


class WholeNumber(Form):
    """Is a whole number in digits, from `low` to `high` where they are given."""

    kind: Literal["whole_number"]
    low: int | None = None
    high: int | None = None

    def holds(self, answer: str) -> bool:
        if not re.fullmatch(r"-?[0-9]{1,18}", answer):
            return False
        above = self.low is None or int(answer) >= self.low
        return above and (self.high is None or int(answer) <= self.high)


class JsonKey(Form):
    """Is a JSON object with this key, and under it this value where one is given; `only` where it has no other key."""

    kind: Literal["json_key"]
    key: Text
    value: str | int | float | bool | None = None
    only: bool = False

    def holds(self, answer: str) -> bool:
        found = _json(answer)
        if not isinstance(found, dict) or self.key not in found or (self.only and len(found) > 1):
            return False
        return self.value is None or (type(found[self.key]), found[self.key]) == (type(self.value), self.value)


class JsonList(Number):
    """Is a JSON list of so many entries."""

    kind: Literal["json_list"]

    def holds(self, answer: str) -> bool:
        found = _json(answer)
        return isinstance(found, list) and self.fits(len(found))


Check = (
    UpperCase | LowerCase | TitleCase | Words | Sentences | Lines | Items | Parts | Characters | StartsWith | EndsWith
    | Contains | Without | WithoutLetter | WordsBeginWith | Alphabetical | NoPunctuation | OneOf | WholeNumber | JsonKey
    | JsonList
)  # fmt: skip
_CHECK: TypeAdapter[Check] = TypeAdapter(Annotated[Check, Field(discriminator="kind")])


def kinds() -> list[str]:
    """Names of all checks."""
    return [str(one.model_fields["kind"].annotation.__args__[0]) for one in Check.__args__]


def checks_of(given: Any, where: str) -> tuple[Check, ...]:
    """The checks of a row.

    Args:
        where: file and line, for messages.

    Raises:
        UserError: it is no list of checks, one is not known, or says something that it cannot.
    """
    if not isinstance(given, list) or not given:
        raise UserError(f'{where}: checks must be a list of at least one, such as [{{"kind": "words", "exactly": 3}}].')
    return tuple(_check(one, f"{where}: checks[{place}]") for place, one in enumerate(given, 1))


def obeys(checks: tuple[Check, ...], answer: str) -> bool:
    """Whether the answer is not empty, and every check holds."""
    answer = answer.strip()
    return bool(answer) and all(check.holds(answer) for check in checks)


def _check(given: Any, where: str) -> Check:
    if not isinstance(given, dict):
        raise UserError(f'{where} must be an object with a "kind", not {kind_of(given)}.')
    if given.get("kind") not in kinds():
        raise one_of(f"{where}.kind", given.get("kind"), kinds())
    try:
        return _CHECK.validate_python(given)
    except ValidationError as error:
        raise UserError(f"{where}: {problem(error)}") from None


def _lines(answer: str) -> list[str]:
    return [line.strip() for line in answer.splitlines() if line.strip()]


def _json(answer: str) -> Any:
    """What the answer says as JSON; None where it is none."""
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None
