"""Results in which every text that a user, a model or a library could have written tries to act."""

from typing import Any

from harness.schema.results import Results
from harness.tests.synthetic import edited

TAGS = '</script><script>window.acted = true; alert(1)</script><img src=x onerror="window.acted = true; alert(2)">'
QUOTES = "\"' onmouseover='window.acted = true' ` ${window.acted = true} {{ 7 * 7 }} {% raw %} <!--"
CONTROLS = "\x00\x1b[31m\u202egnp.exe\u2066\ufeff\u2028\u2029\x85\ud800"
HOSTILE = f"{TAGS}{QUOTES}{CONTROLS}"
LONG = "w" * 20_000
"""A word that no line holds."""

OWN_FIELDS = (
    "status",
    "statuses",
    "metric",
    "kind",
    "direction",
    "learning_rate_source",
    "schedule",
    "role",
    "reference",
    "gain",
    "forgets",
    "forgets_at_matched_gain",
    "matched_on",
    "by",
    "verdict",
)
"""Fields whose texts are words of the harness, which its code asks for."""
OWN_TEXTS = ("base", "none", "")
"""The base, the level of quantization that is none, and nothing."""
NAMED_BY_OTHERS = ("environment", "settings", "versions", "general_sha256")
"""Fields whose inner names are texts of others too."""


class Poison:
    """The same text becomes the same hostile text wherever it stands, so that names still find what they name."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.lengthened: set[str] = set()

    def text(self, field: str, text: str) -> str:
        """Hostile; the first text of every field has 20,000 letters more."""
        if text not in self.known:
            self.known[text] = text + HOSTILE + ("" if field in self.lengthened else LONG)
            self.lengthened.add(field)
        return self.known[text]

    def content(self, content: Any, field: str = "") -> Any:
        """Everything that stands in `field`, hostile but for the words of the harness."""
        if isinstance(content, str):
            return content if field in OWN_FIELDS or content in OWN_TEXTS else self.text(field, content)
        if isinstance(content, dict):
            return {self._name(name, field): self.content(value, name) for name, value in content.items()}
        return [self.content(value, field) for value in content] if isinstance(content, list | tuple) else content

    def _name(self, name: str, field: str) -> str:
        return name + HOSTILE if field in NAMED_BY_OTHERS else name


def poisoned(results: Results) -> Results:
    """What is read where every text is hostile."""
    return edited(results, lambda content: content.update(Poison().content(content)))
