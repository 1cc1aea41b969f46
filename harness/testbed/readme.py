"""The model card as prose: a pure function of card.json, so that the two cannot disagree."""

from collections.abc import Mapping
from typing import Any

_HEADER = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
language: en
tags: [testbed, tiny, synthetic]
---
"""
_WHAT = """
# The embedded base model

A Llama of {parameters:,} parameters ({layers} layers, hidden 128, vocabulary 1,024), pre-trained from scratch
on a generated corpus about a made-up world. What it knows is therefore known exactly, and every test item is
a problem that its corpus never held. It exists to show that a measurement works; which way of fine-tuning
wins on it says nothing about real models.

## What it can do

Accuracy by log-likelihood of the choices, on the items of `fixtures/tasks/general`:

| ability | accuracy | chance | items |
| --- | --- | --- | --- |
{rows}

Perplexity on held-out text of the corpus's mixture: {perplexity:.3f} per token.

## How it was made

{tokens:,} tokens in {steps:,} steps of {batch_rows} x {row_tokens}, from generator version {generator} and
seed {seed}; Muon at {muon} for the hidden matrices, AdamW at {adamw} for embeddings and norms, {warmup} steps of
warm-up and a cosine to zero; bf16 autocast over fp32 weights. The weights are those of step {best_step}, the best
on validation items that are not the ones above. It took {minutes:.0f} minutes on {threads} thread(s) of
{cpu} ({cores} cores), with torch {torch}. `python -m harness.testbed build` makes it again: tokenizer and tasks
byte for byte, weights up to the rounding of the machine.

## Limits

It speaks the corpus's few hundred words and nothing else, takes at most 512 tokens, and was trained on rows of
{row_tokens}. Every ability that scores above .97 is at its ceiling: a method cannot improve it, only forget it.
Held-out operands of a sum may stand in the corpus the other way round. Every fact is invented.
"""


def render(card: Mapping[str, Any], layers: int = 5) -> str:
    """README.md for a card as `new_card` makes it."""
    recipe, hardware = card["recipe"], card["hardware"]
    rows = "\n".join(
        f"| {s['ability']} | {s['accuracy']:.3f} | {s['chance']:.2f} | {s['items']} |" for s in card["scores"]
    )
    return _HEADER + _WHAT.format(
        parameters=card["parameters"],
        layers=layers,
        rows=rows,
        perplexity=card["perplexity"],
        tokens=card["tokens"],
        steps=recipe["steps"],
        batch_rows=recipe["rows"],
        row_tokens=recipe["row_tokens"],
        generator=card["generator_version"],
        seed=card["seed"],
        muon=recipe["muon_learning_rate"],
        adamw=recipe["learning_rate"],
        warmup=recipe["warmup_steps"],
        best_step=card["best_step"],
        minutes=card["train_s"] / 60,
        threads=hardware["threads"],
        cpu=hardware["cpu"],
        cores=hardware["cores"],
        torch=card["versions"]["torch"],
    )
