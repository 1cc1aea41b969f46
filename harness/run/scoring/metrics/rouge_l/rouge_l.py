"""ROUGE-L: the longest common subsequence of words of an answer and the right one, as an F measure (Lin 2004).

`evaluate.load` reads the imports of this file line by line: one import a line.
"""

import re
from typing import Any

import datasets
import evaluate
from rouge_score import rouge_scorer

WORD = re.compile(r"[^\W_]+")


class Words:
    """Words in lower case, without stemming: of ASCII text exactly those of `rouge_score`, of other text its own."""

    def tokenize(self, text: str) -> list[str]:
        return WORD.findall(text.lower())


class RougeL(evaluate.Metric):
    """`each`: F of every prediction; `rouge_l`: their mean."""

    def _info(self) -> Any:
        texts = {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
        return evaluate.MetricInfo(
            description="ROUGE-L F measure, per answer and as a mean.",
            citation="Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries",
            inputs_description="predictions and references: lists of texts.",
            features=datasets.Features(texts),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, Any]:
        scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Words())
        each = [
            float(scorer.score(reference, prediction)["rougeL"].fmeasure)
            for prediction, reference in zip(predictions, references, strict=True)
        ]
        return {"rouge_l": sum(each) / len(each), "each": each}
