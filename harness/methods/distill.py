"""Distillation: a smaller student learns from the logits of the base, or of the base fine-tuned first.

The teacher is fully fine-tuned on the target with the trial's own recipe and rate (`teacher` =
"fine-tuned"), or is the base as it is ("base"). `layers` and `width` size the student (0: half the blocks,
the base's width), `temperature` softens both sides, and `mix` is the teacher's part of the loss.
"""

from harness.methods.kinds.student import Student

METHOD = Student(
    name="distill",
    summary="a smaller student learns from the outputs of the (fine-tuned) base",
    source="Hinton et al. 2015, arXiv:1503.02531; Sanh et al. 2019, arXiv:1910.01108",
    untuned_learning_rate=1e-4,
    settings={"layers": 0, "width": 0, "temperature": 2.0, "mix": 0.5, "teacher": "fine-tuned"},
)
