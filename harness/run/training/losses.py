"""What one optimizer step minimises: the data's cross-entropy, and what may be added against forgetting.

A loss takes the model and a batch of sequences, and returns a scalar in nats. Of a part of a batch it returns what
that part adds to the loss of the whole, so that the parts' gradients add up to the batch's.
"""

from collections.abc import Callable
from typing import Any, Protocol

from harness.data.objectives import IGNORED, Sequence, collate
from harness.run.cost.probes import virtual_tokens


class Loss(Protocol):
    """What one optimizer step minimises."""

    def __call__(self, model: Any, batch: list[Sequence], whole: list[Sequence] | None = None) -> Any:
        """The loss of a batch, or what it adds to that of the `whole` batch that it is a part of."""


Logits = Callable[[Any, dict[str, Any]], Any]
"""Takes the model in training and collated inputs; returns another model's logits `(batch, tokens, vocabulary)`."""


def on_device(model: Any, batch: list[Sequence], pad_id: int) -> dict[str, Any]:
    """The collated batch where the model is."""
    device = next(model.parameters()).device
    return {name: tensor.to(device) for name, tensor in collate(batch, pad_id).items()}


def share(model: Any, batch: list[Sequence], whole: list[Sequence] | None, ignored: bool = False) -> float:
    """Of the tokens that a mean over the whole batch is taken over, the part that lies in this one.

    Args:
        ignored: whether every token counts, or those alone whose prediction is learned.
    """
    if whole is None:
        return 1.0
    # The first token is predicted where a soft prompt stands before it.
    first = 0 if ignored or virtual_tokens(model) else 1
    own, all_of_it = (
        sum(ignored or label != IGNORED for one in side for label in one.labels[first:]) for side in (batch, whole)
    )
    return own / all_of_it if own else 0.0


def cross_entropy(pad_id: int, dtype: str) -> Loss:
    """Mean over the supervised tokens of the batch; the model shifts the labels itself."""

    def loss(model: Any, batch: list[Sequence], whole: list[Sequence] | None = None) -> Any:
        inputs = on_device(model, batch, pad_id)
        with autocast(inputs, dtype):
            return model(**inputs).loss * share(model, batch, whole)

    return loss


def autocast(inputs: dict[str, Any], dtype: str) -> Any:
    """`bfloat16` computes in it over float32 weights; `float32` changes nothing."""
    import torch

    return torch.autocast(inputs["input_ids"].device.type, torch.bfloat16, enabled=dtype == "bfloat16")


def divergence(reference: Any, logits: Any, mask: Any) -> Any:
    """Mean over the marked positions of KL(reference || model), in nats.

    Args:
        reference, logits: `(batch, tokens, vocabulary)`.
        mask: `(batch, tokens)`, 1 where a position counts.
    """
    import torch

    aim = torch.log_softmax(reference.float(), dim=-1)
    own = torch.log_softmax(logits.float(), dim=-1)
    each = torch.nn.functional.kl_div(own, aim, reduction="none", log_target=True).sum(dim=-1)
    return (each * mask).sum() / mask.sum()


def held_to_base(base_logits: Logits, weight: float, pad_id: int, dtype: str) -> Loss:
    """Cross-entropy plus `weight` times the divergence from the base, over every token of the batch."""
    import torch

    def loss(model: Any, batch: list[Sequence], whole: list[Sequence] | None = None) -> Any:
        inputs = on_device(model, batch, pad_id)
        mask = inputs["attention_mask"]
        with autocast(inputs, dtype):
            with torch.no_grad():
                reference = base_logits(model, inputs)
            output = model(**inputs)
        moved = divergence(reference, output.logits[:, -mask.shape[1] :], mask)
        return output.loss * share(model, batch, whole) + weight * moved * share(model, batch, whole, ignored=True)

    return loss


def distilled(teacher_logits: Logits, temperature: float, mix: float, pad_id: int, dtype: str) -> Loss:
    """Hinton's mixture: `mix` parts of the teacher's softened distribution, the rest the data's answers.

    The soft part is KL(teacher || student) at the temperature, times its square, over the positions that
    predict a supervised token.
    """
    import torch

    def loss(model: Any, batch: list[Sequence], whole: list[Sequence] | None = None) -> Any:
        inputs = on_device(model, batch, pad_id)
        labels = inputs["labels"]
        predicts = torch.zeros_like(labels)
        predicts[:, :-1] = labels[:, 1:] != IGNORED
        with autocast(inputs, dtype):
            with torch.no_grad():
                reference = teacher_logits(model, inputs)
            output = model(**inputs)
        soft = divergence(reference / temperature, output.logits / temperature, predicts) * temperature**2
        return (mix * soft + (1 - mix) * output.loss) * share(model, batch, whole)

    return loss


def with_replay(loss: Loss, part: float) -> Loss:
    """The loss on the batch's own sequences and on the replayed ones, weighed by the part, not by their lengths."""

    def mixed(model: Any, batch: list[Sequence], whole: list[Sequence] | None = None) -> Any:
        sides = [(1 - part, *_of_kind(batch, whole, False)), (part, *_of_kind(batch, whole, True))]
        # A part of a batch may hold one kind alone.
        return sum(weight * loss(model, own, all_of_it) for weight, own, all_of_it in sides if own)

    return mixed


def _of_kind(
    batch: list[Sequence], whole: list[Sequence] | None, replayed: bool
) -> tuple[list[Sequence], list[Sequence] | None]:
    own, all_of_it = (
        None if side is None else [one for one in side if one.replayed is replayed] for side in (batch, whole)
    )
    return own or [], all_of_it
