"""The model card as prose: a pure function of card.json, so that the two cannot disagree."""

# ruff: noqa: E501 (lines break where those of README.md do)

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

A Llama of {card[parameters]:,} parameters ({layers} layers, hidden 128, vocabulary 1,024), pre-trained from scratch
on a generated corpus about a made-up world. What it knows is therefore known exactly, and every test item is
a problem that its corpus never held. It exists to show that a measurement works; which way of fine-tuning
wins on it says nothing about real models.

## What it can do

Accuracy by log-likelihood of the choices, on the items of `fixtures/tasks/general`:

| ability | accuracy | chance | items |
| --- | --- | --- | --- |
{rows}

Perplexity on held-out text of the corpus's mixture: {card[perplexity]:.3f} per token.

## How it was made

{card[tokens]:,} tokens in {recipe[steps]:,} steps of {recipe[rows]} x {recipe[row_tokens]}, from generator version {card[generator_version]} and
seed {card[seed]}; Muon at {recipe[muon_learning_rate]} for the hidden matrices, AdamW at {recipe[learning_rate]} for embeddings and norms, {recipe[warmup_steps]} steps of
warm-up and a cosine to zero; bf16 autocast over fp32 weights. The weights are those of step {card[best_step]}, the best
on validation items that are not the ones above. It took {minutes:.0f} minutes on {hardware[threads]} thread(s) of
{hardware[cpu]} ({hardware[cores]} cores), with torch {card[versions][torch]}. `python -m harness.testbed build` makes it again: tokenizer and tasks
byte for byte, weights up to the rounding of the machine.

## Limits

It speaks the corpus's few hundred words and nothing else, takes at most 512 tokens, and was trained on rows of
{recipe[row_tokens]}. Every ability that scores above .97 is at its ceiling: a method cannot improve it, only forget it.
Held-out operands of a sum may stand in the corpus the other way round. Every fact is invented.
"""


def render(card: Mapping[str, Any], layers: int = 5) -> str:
    """README.md for a card as `new_card` makes it."""
    rows = "\n".join(
        f"| {s['ability']} | {s['accuracy']:.3f} | {s['chance']:.2f} | {s['items']} |" for s in card["scores"]
    )
    named = {"layers": layers, "rows": rows, "minutes": card["train_s"] / 60}
    return _HEADER + _WHAT.format(card=card, recipe=card["recipe"], hardware=card["hardware"], **named)
