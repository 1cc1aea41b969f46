"""Ways of adapting a model. A new one is a file here and a line in `METHODS`."""

from harness.errors import one_of
from harness.methods import full, lora, prompt_tuning, top_layers
from harness.methods.contract import Method
from harness.trial import BASE

METHODS: tuple[Method, ...] = (
    full.METHOD,
    top_layers.METHOD,
    lora.METHOD,
    prompt_tuning.METHOD,
)


def method_names() -> list[str]:
    """What `--methods` takes: the base arm and every method."""
    return [BASE, *(method.name for method in METHODS)]


def method_named(name: str) -> Method:
    """The method of that name.

    Raises:
        UserError: there is none.
    """
    for method in METHODS:
        if method.name == name:
            return method
    raise one_of("--methods: method", name, method_names())
