"""Retrieval: the k training passages most relevant to the question, found by BM25, before every question."""

from collections.abc import Callable, Sequence

from harness.data.readers.examples import Example
from harness.methods.kinds.prompted import Prompted
from harness.schema.trial import Trial


def _most_relevant(train: Sequence[Example], trial: Trial) -> Callable[[Example], list[Example]]:
    import bm25s

    def words(texts: list[str]) -> list[list[str]]:
        # By default words of one character are dropped, and with them most of arithmetic.
        found: list[list[str]] = bm25s.tokenize(
            texts, token_pattern=r"(?u)\w+", stopwords=None, return_ids=False, show_progress=False
        )
        return found

    passages = words([one.question + " " + one.answer for one in train])
    if not any(passages):  # nothing but signs
        return lambda example: []
    index = bm25s.BM25()
    index.index(passages, show_progress=False)
    count = min(int(trial.rank or 0), len(train))

    def pick(example: Example) -> list[Example]:
        query = words([example.question])
        if not query[0]:
            return []
        found, _ = index.retrieve(query, k=count, show_progress=False)
        return [train[number] for number in reversed(found[0].tolist())]

    return pick


METHOD = Prompted(
    name="retrieval",
    summary="the k most relevant training passages before every question, nothing trained; k is its rank",
    source="Lewis et al. 2020, arXiv:2005.11401; BM25 by bm25s, Lù 2024, arXiv:2407.03618",
    choose=_most_relevant,
    keeps=lambda train, trial: list(train),
    seeded=False,
)
