"""What one optimizer step minimises: the data's cross-entropy, and what may be added against forgetting.

A loss takes the model and a batch of sequences, and returns a scalar in nats.
"""

from collections.abc import Callable
from typing import Any

from harness.data.objectives import IGNORED, Sequence, collate

Loss = Callable[[Any, list[Sequence]], Any]
Logits = Callable[[Any, dict[str, Any]], Any]
"""Takes the model in training and collated inputs; returns another model's logits `(batch, tokens, vocabulary)`."""


def on_device(model: Any, batch: list[Sequence], pad_id: int) -> dict[str, Any]:
    """The collated batch where the model is."""
    device = next(model.parameters()).device
    return {name: tensor.to(device) for name, tensor in collate(batch, pad_id).items()}


def cross_entropy(pad_id: int, dtype: str) -> Loss:
    """Mean over the supervised tokens of the batch; the model shifts the labels itself."""

    def loss(model: Any, batch: list[Sequence]) -> Any:
        inputs = on_device(model, batch, pad_id)
        with autocast(inputs, dtype):
            return model(**inputs).loss

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

    def loss(model: Any, batch: list[Sequence]) -> Any:
        inputs = on_device(model, batch, pad_id)
        mask = inputs["attention_mask"]
        with autocast(inputs, dtype):
            with torch.no_grad():
                reference = base_logits(model, inputs)
            output = model(**inputs)
        return output.loss + weight * divergence(reference, output.logits[:, -mask.shape[1] :], mask)

    return loss


def distilled(teacher_logits: Logits, temperature: float, mix: float, pad_id: int, dtype: str) -> Loss:
    """Hinton's mixture: `mix` parts of the teacher's softened distribution, the rest the data's answers.

    The soft part is KL(teacher || student) at the temperature, times its square, over the positions that
    predict a supervised token.
    """
    import torch

    def loss(model: Any, batch: list[Sequence]) -> Any:
        inputs = on_device(model, batch, pad_id)
        labels = inputs["labels"]
        predicts = torch.zeros_like(labels)
        predicts[:, :-1] = labels[:, 1:] != IGNORED
        with autocast(inputs, dtype):
            with torch.no_grad():
                reference = teacher_logits(model, inputs)
            output = model(**inputs)
        soft = divergence(reference / temperature, output.logits / temperature, predicts) * temperature**2
        return mix * soft + (1 - mix) * output.loss

    return loss


def with_replay(loss: Loss, share: float) -> Loss:
    """The loss on the batch's own sequences and on the replayed ones, weighed by the share, not by their lengths."""

    def mixed(model: Any, batch: list[Sequence]) -> Any:
        own = [sequence for sequence in batch if not sequence.replayed]
        replayed = [sequence for sequence in batch if sequence.replayed]
        return (1 - share) * loss(model, own) + share * loss(model, replayed)

    return mixed
