"""Exact match: whether an answer is the right one, letter by letter, as `evaluate`'s metric of that name defines it.

`evaluate.load` reads the imports of this file line by line: one import a line.
"""

from typing import Any

import datasets
import evaluate


class ExactMatch(evaluate.Metric):
    """`each`: 1 for every prediction that equals its reference, else 0; `exact_match`: their mean."""

    def _info(self) -> Any:
        texts = {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
        return evaluate.MetricInfo(
            description="The share of answers that equal the right one.",
            citation="",
            inputs_description="predictions and references: lists of texts.",
            features=datasets.Features(texts),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, Any]:
        each = [float(prediction == reference) for prediction, reference in zip(predictions, references, strict=True)]
        return {"exact_match": sum(each) / len(each), "each": each}
