"""Adapters of any PEFT type: a named method with a few settings, or `peft:NAME` with all of PEFT's own."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.methods.kinds.adapter import Adapter
from harness.methods.kinds.protocol import Model
from harness.methods.peft.target_modules import TARGET_SETTINGS, chosen_modules
from harness.methods.peft.types import default_settings, peft_type, rank_of
from harness.schema.errors import one_of
from harness.schema.trial import Setting, Trial

PREFIX = "peft:"
NOT_SETTABLE = {
    "auto_mapping",
    "base_model_name_or_path",
    "inference_mode",
    "layers_pattern",
    "layers_to_transform",
    "peft_type",
    "peft_version",
    "revision",
    "runtime_config",
    "task_type",
}
"""Fields that PEFT keeps for itself, and those that the setting `layers` is for."""


def adapter(
    name: str,
    kind: str,
    *,
    summary: str,
    source: str,
    untuned_learning_rate: float,
    fields: Mapping[str, Any] | None = None,
    settings: Mapping[str, Setting] | None = None,
    **changes: Any,
) -> Adapter:
    """A method of PEFT type `kind`.

    Args:
        fields: config fields that make this method what it is.
        settings: config fields that a user may set, by PEFT's own names, with defaults; `targets` and `layers`
            are added for types that go beside linear layers.
        changes: attributes of `Adapter` that differ from what the type says.
    """
    about = peft_type(kind)
    open_fields = dict(settings or {})
    common = {
        "rank_means": about.rank_means,
        "starts_as_base": about.starts_as_base,
        "why_unmergeable": about.why_unmergeable,
        "why_not_unfolded": about.why_not_unfolded,
        "why_alone": about.why_alone,
        "not_on": about.not_on,
        "impossible": about.impossible,
        "ready": about.ready,
        "on_step": about.on_step,
        "default_rank": about.default_rank,
        "own_names": about.own_names,
    }

    def config(trial: Trial, model: Model) -> Any:
        return _config(kind, trial, model, dict(fields or {}), open_fields)

    return Adapter(
        name=name,
        summary=summary,
        source=source,
        untuned_learning_rate=untuned_learning_rate,
        settings={**(TARGET_SETTINGS if about.linear else {}), **open_fields},
        **{"peft_type": PREFIX + kind.lower(), "config": config, **common, **changes},
    )


def _config(kind: str, trial: Trial, model: Model, fields: dict[str, Any], open_fields: Mapping[str, Setting]) -> Any:
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

    about, given = peft_type(kind), dict(trial.settings)
    values: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    if about.linear:
        targets, layers = (str(given.get(name, TARGET_SETTINGS[name])) for name in TARGET_SETTINGS)
        values["target_modules"] = chosen_modules(model, targets, layers)
    if about.rank:
        values[about.rank] = rank_of(trial)
    values |= about.needs(trial, model) | fields
    values |= {name: _plain(given.get(name, default)) for name, default in open_fields.items() if name in given}
    values |= {name: default for name, default in open_fields.items() if name not in given and name not in values}
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
    known = set(NOT_SETTABLE) | ({"target_modules"} if peft_type(kind).linear else set())
    settings = {field: value for field, value in default_settings(kind).items() if field not in known}
    settings.pop(peft_type(kind).rank or "", None)
    return adapter(
        name.lower(),
        kind,
        summary=f"PEFT's type {kind}, by name",
        source="the documentation of PEFT",
        untuned_learning_rate=1e-3,
        settings=settings,
    )
