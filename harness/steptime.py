"""One training step of a trial as a function to be timed: same batch, same model, nothing else in it."""

from collections.abc import Callable

from harness.engines import Job
from harness.engines.worker import quiet_libraries
from harness.methods import method_named
from harness.models import load_model
from harness.objectives import collate
from harness.run import cached_sequences, cached_tokenizer, seed_everything
from harness.train import training_loss


def training_step(job: Job) -> Callable[[], float]:
    """Loads and adapts the trial's model; the function it returns runs forward, backward and AdamW once."""
    import torch

    trial = job.trial
    quiet_libraries(trial.platform.threads)
    seed_everything(trial.seed or 0)
    model = method_named(trial.method).adapt(load_model(trial, job.inputs.base), trial).train()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=trial.learning_rate or 0.0)
    sequences = cached_sequences(job.inputs.base, job.inputs.target, trial.recipe.max_length)
    pad_id = cached_tokenizer(job.inputs.base).pad_token_id
    batch = collate(sequences[: trial.recipe.batch_size], pad_id)
    inputs = {name: tensor.to(parameters[0].device) for name, tensor in batch.items()}

    def step() -> float:
        loss = training_loss(model, inputs, trial.recipe.dtype)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())  # waits for the device

    return step
