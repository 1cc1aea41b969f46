"""Ways of adapting a model. A new one is a file here and its name in `FILES`."""

from importlib import import_module

from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.in_place import InPlace
from harness.methods.kinds.prompted import Prompted
from harness.methods.kinds.protocol import TrainingMethod
from harness.methods.kinds.student import Student
from harness.methods.peft.factory import PREFIX, any_peft, peft_names
from harness.schema.errors import one_of
from harness.schema.trial import BASE

AnyMethod = InPlace | Adapter | Student | Prompted

FILES = """
    zero_shot few_shot retrieval
    full top_layers bitfit norms embeddings
    lora rslora dora pissa olora lora_plus lora_fa
    adalora vera vblora randlora delora loha lokr miss oft boft hra fourierft waveft c3a road shira osf
    ia3 ln_tuning adaption_prompt
    prompt_tuning p_tuning prefix_tuning
    distill
"""
"""The files of the methods, in the order in which reports name them."""

METHODS: tuple[AnyMethod, ...] = tuple(import_module(f"{__name__}.{file}").METHOD for file in FILES.split())


def method_names() -> list[str]:
    """What `--methods` takes: the base arm and every method; beside these, `peft:NAME` for any type of PEFT's."""
    return [BASE, *(method.name for method in METHODS)]


def method_named(name: str) -> AnyMethod:
    """The method of that name.

    Raises:
        UserError: there is none.
    """
    if method := next((one for one in METHODS if one.name == name), None):
        return method
    if name.startswith(PREFIX):
        return any_peft(name)
    raise one_of("--methods: method", name, [*method_names(), f"{PREFIX}NAME"])


def training_method(name: str) -> TrainingMethod:
    """The same, for methods that train.

    Raises:
        UserError: there is none.
        TypeError: the method trains nothing.
    """
    method = method_named(name)
    if isinstance(method, Prompted):
        raise TypeError(f"{name} trains nothing")
    return method


def all_names() -> list[str]:
    """What `--methods all` means: every method, and `peft:NAME` for the types of PEFT's that none of them is."""
    named = {method.peft_type for method in METHODS if isinstance(method, Adapter)}
    return [*(method.name for method in METHODS), *(name for name in peft_names() if name not in named)]
