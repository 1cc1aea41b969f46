"""The words of the report."""

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("Trial", "One training under one specification; each has a section of its own."),
    ("Arm", "Method, rank and quantization together: what is compared, over its seeds."),
    ("Method", "The way of adapting: full fine-tuning changes every weight, an adapter adds a few and freezes the "
     "rest."),
    ("Rank", "The width of a low-rank adapter, or what stands for it: virtual tokens, examples shown, block size."),
    ("No training", "Only the question changes: zero-shot asks it bare, few-shot and retrieval put examples before it. "
     "The weights stay the base's, so nothing can be forgotten."),
    ("Quantization", "How the frozen base is stored while it is adapted: none (float32), bf16, int8, fp4, nf4 or "
     "nf4-dq."),
    ("Target task", "What the trial is meant to learn."),
    ("General task", "A held-out ability that the base already has; only ever evaluated."),
    ("Gain", "Change on the target's test split against the base as it is, which is what a user has. Up is better."),
    ("Forgetting", "Drop in accuracy over the general tasks, item by item against that same base; each task counts "
     "alike."),
    ("By storing, by training", "The two parts of both, where the base is stored in fewer bits: what storing it did "
     "before any training, and what training did from there. They add up; arms are ranked by the sum."),
    ("Retention", "Share of an ability that training left, corrected for chance: 100 % is all that the base, stored as "
     "the arm stores it, had; 0 % is guessing."),
    ("NLL rise", "Rise in the negative log-likelihood of the right answers, in nats per item: forgetting, seen finer."),
    ("KL to the base", "How far the model's next-token probabilities are from the base's on general text, in nats per "
     "token: 0 is none. It sees changes that no right or wrong answer shows."),
    ("Perplexity, bits per byte", "How surprised the model is by general text, per token or word, and per byte, which "
     "no tokenizer sways."),
    ("Point", "One hundredth of a score between 0 and 1."),
    ("95 % interval", "Over seeds and items together, with the few degrees of freedom that few seeds or few groups of "
     "items leave. Two that overlap do not settle an order, and may not leave it open either: paired comparisons do. "
     "It holds for the learning rate that was chosen."),
    ("Pareto front", "Arms that no other arm beats in both figures at once; which of them to take depends on what you "
     "care about."),
    ("Equal gain", "The interval of the difference in gain lies within the margin."),
    ("Ceiling", "Both arms have next to all that the metric can give: gains that it cuts off are not equal gains."),
    ("Matched gain", "What each arm had forgotten when it first reached the same gain, read from scores taken while "
     "training; only there is forgetting compared."),
    ("Not settled", "An arm reaches the gain to be matched by one group of items alone, or not under every seed."),
    ("Scaled back", "Base weights plus a part of the update: 0 is the base, 1 the trained model. One training gives a "
     "whole curve."),
    ("Student, teacher", "A smaller model trained on another one's outputs, and that other one. Agreement: both find "
     "the same token likeliest."),
    ("Domain shift", "Targets further and further from what the base knows, with full fine-tuning and LoRA on each."),
    ("Serving", "What an answer costs after training: tokens read before it, and operations per token of a forward "
     "pass."),
    ("Unsupported", "A method that this model or this quantization does not allow, such as training biases that are "
     "not there."),
    ("Promise", "What must hold for every trial whatever its score, such as base weights untouched by an adapter."),
    ("Baseline", "A run whose records were accepted as they are; later runs are compared with it, trial by trial and "
     "item by item."),
    ("Gate", "One figure of one arm that may not get worse. It fails where the bound of the difference lies beyond the "
     "margin, and passes where it lies inside."),
    ("Margin", "How much worse is still accepted, set before the figures were known: a loss in points or nats, or a "
     "ratio of costs."),
    ("Inconclusive", "The interval holds the margin: the figure may be worse by more than that, or may not. Neither a "
     "pass nor a failure."),
    ("Settle", "To decide what is inconclusive by more seeds or items; how many is estimated as if the difference "
     "stayed."),
)  # fmt: skip
