"""Zero-shot: the base answers the bare question. Beside trained arms it shows what was there without any work."""

from harness.methods.kinds.prompted import Prompted

METHOD = Prompted(
    name="zero-shot",
    summary="the base as it is, asked without examples",
    source="Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
    choose=lambda train, trial: lambda example: [],
    keeps=lambda train, trial: [],
    seeded=False,
    rank_means=None,
)
