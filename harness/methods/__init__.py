"""Ways of adapting a model. A new one is a file here and a line in `METHODS`."""

from harness.methods import (
    adalora,
    adaption_prompt,
    bitfit,
    boft,
    c3a,
    delora,
    distill,
    dora,
    embeddings,
    few_shot,
    fourierft,
    full,
    hra,
    ia3,
    ln_tuning,
    loha,
    lokr,
    lora,
    lora_fa,
    lora_plus,
    miss,
    norms,
    oft,
    olora,
    osf,
    p_tuning,
    pissa,
    prefix_tuning,
    prompt_tuning,
    randlora,
    retrieval,
    road,
    rslora,
    shira,
    top_layers,
    vblora,
    vera,
    waveft,
    zero_shot,
)
from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.in_place import InPlace
from harness.methods.kinds.prompted import Prompted
from harness.methods.kinds.protocol import Training
from harness.methods.kinds.student import Student
from harness.methods.peft.factory import PREFIX, any_peft, peft_names
from harness.schema.errors import one_of
from harness.schema.trial import BASE

AnyMethod = InPlace | Adapter | Student | Prompted

METHODS: tuple[AnyMethod, ...] = (
    zero_shot.METHOD,
    few_shot.METHOD,
    retrieval.METHOD,
    full.METHOD,
    top_layers.METHOD,
    bitfit.METHOD,
    norms.METHOD,
    embeddings.METHOD,
    lora.METHOD,
    rslora.METHOD,
    dora.METHOD,
    pissa.METHOD,
    olora.METHOD,
    lora_plus.METHOD,
    lora_fa.METHOD,
    adalora.METHOD,
    vera.METHOD,
    vblora.METHOD,
    randlora.METHOD,
    delora.METHOD,
    loha.METHOD,
    lokr.METHOD,
    miss.METHOD,
    oft.METHOD,
    boft.METHOD,
    hra.METHOD,
    fourierft.METHOD,
    waveft.METHOD,
    c3a.METHOD,
    road.METHOD,
    shira.METHOD,
    osf.METHOD,
    ia3.METHOD,
    ln_tuning.METHOD,
    adaption_prompt.METHOD,
    prompt_tuning.METHOD,
    p_tuning.METHOD,
    prefix_tuning.METHOD,
    distill.METHOD,
)


def method_names() -> list[str]:
    """What `--methods` takes: the base arm and every method; beside these, `peft:NAME` for any type of PEFT's."""
    return [BASE, *(method.name for method in METHODS)]


def method_named(name: str) -> AnyMethod:
    """The method of that name.

    Raises:
        UserError: there is none.
    """
    for method in METHODS:
        if method.name == name:
            return method
    if name.startswith(PREFIX):
        return any_peft(name)
    raise one_of("--methods: method", name, [*method_names(), f"{PREFIX}NAME"])


def training_method(name: str) -> Training:
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
