"""Adapters of any PEFT type: a named method with a few settings, or `peft:NAME` with all of PEFT's own."""

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.methods.kinds.adapter import Adapter, Traits
from harness.methods.kinds.protocol import Model
from harness.methods.peft.patterns import require_quick
from harness.methods.peft.target_modules import TARGET_SETTINGS, chosen_modules
from harness.methods.peft.types import default_settings, peft_type, rank_of
from harness.models import loading
from harness.schema.errors import one_of, shown
from harness.schema.trial import Setting, Trial

PREFIX = "peft:"
NOT_SETTABLE = """
    auto_mapping base_model_name_or_path inference_mode layers_pattern layers_to_transform peft_type peft_version
    revision runtime_config task_type
"""
"""Fields that PEFT keeps for itself, and those that the setting `layers` is for."""
TOKENIZER = "tokenizer_name_or_path"


def adapter(
    name: str, *, fields: Mapping[str, Any] | None = None, settings: Mapping[str, Setting] | None = None, **about: Any
) -> Adapter:
    """A method of the PEFT type that its name names.

    Args:
        fields: config fields that make this method what it is.
        settings: config fields that a user may set, by PEFT's own names, with defaults; `targets` and `layers`
            are added for types that go beside linear layers.
        about: attributes of `Adapter`: summary, source, and what differs from what the type says.
    """
    kind, open_fields = name.removeprefix(PREFIX).upper().replace("-", "_"), settings or {}
    traits = {one.name: getattr(peft_type(kind), one.name) for one in dataclasses.fields(Traits)}

    def config(trial: Trial, model: Model) -> Any:
        return _config(kind, trial, model, fields or {}, open_fields)

    return Adapter(
        name=name,
        settings={**(TARGET_SETTINGS if peft_type(kind).linear else {}), **open_fields},
        **{"peft_type": PREFIX + kind.lower(), "config": config, **traits, **about},
    )


def _config(
    kind: str, trial: Trial, model: Model, fields: Mapping[str, Any], open_fields: Mapping[str, Setting]
) -> Any:
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

    about, given = peft_type(kind), dict(trial.settings)
    values: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    if about.linear:
        targets, layers = (str(given.get(name, TARGET_SETTINGS[name])) for name in TARGET_SETTINGS)
        values["target_modules"] = chosen_modules(model, targets, layers)
    if about.rank:
        values[about.rank] = rank_of(trial)
    chosen = {name: _plain(value) for name, value in given.items() if name in open_fields}
    require_quick(chosen, [one for one, _ in model.named_modules()], f"{PREFIX}{kind.lower()}")
    if path := chosen.get(TOKENIZER):
        # PEFT loads it without saying that its code must not be run.
        loading.tokenizer(str(path), f"{PREFIX}{kind.lower()}: {TOKENIZER} {shown(path)} cannot be loaded")
    values = {**open_fields, **values, **about.needs(trial, model), **fields, **chosen}
    return PEFT_TYPE_TO_CONFIG_MAPPING[kind](**{name: value for name, value in values.items() if value is not None})


def _plain(value: Setting) -> Any:
    return list(value) if isinstance(value, tuple) else value


def peft_names() -> list[str]:
    """Every type that the installed PEFT registers, as `peft:NAME` in lower case."""
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

    return sorted(PREFIX + str(getattr(kind, "value", kind)).lower() for kind in PEFT_TYPE_TO_CONFIG_MAPPING)


@cache
def any_peft(name: str) -> Adapter:
    """The method `peft:NAME`; its settings are the fields of PEFT's configuration.

    Raises:
        UserError: the installed PEFT has no such type.
    """
    if name.lower() not in peft_names():
        raise one_of("--methods: method", name, peft_names())
    kind = name.removeprefix(PREFIX).upper()
    known = {*NOT_SETTABLE.split(), peft_type(kind).rank, "target_modules" if peft_type(kind).linear else None}
    settings = {field: value for field, value in default_settings(kind).items() if field not in known}
    return adapter(
        name.lower(), summary=f"PEFT's type {kind}, by name", source="the documentation of PEFT", settings=settings
    )
