"""The tokenizer: byte-level BPE of 1,024 entries, one token per digit, with a chat template."""

import random
import re
from collections.abc import Iterator

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from harness.testbed.abilities.agreement import REFLEXIVES, VERBS
from harness.testbed.abilities.stories import CAUSES
from harness.testbed.corpus import corpus
from harness.testbed.lexicon import DAYS, KINDS, LETTERS, MONTHS, NAMES

VOCABULARY = 1024
CONTEXT = 512
PAD, BOS, EOS, UNK = "<pad>", "<bos>", "<eos>", "<unk>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
SPECIAL = (PAD, BOS, EOS, UNK, *ROLES)
SAMPLE_DOCUMENTS = 30_000

# A word, a mark run or a single digit, each with at most one space before it: a continuation that
# begins with a space begins a piece of its own, so joint and separate tokenization agree.
PIECES = r" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ ' ' + message['content'] + '<|end|>' }}"
    "{% endgeneration %}{% else %}{{ ' ' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def _sample(seed: int) -> Iterator[str]:
    """Corpus text without special tokens, which would waste merges, and the words that choices consist of."""
    stream = corpus(random.Random(f"tokenizer-{seed}"))
    marks = re.compile("|".join(map(re.escape, SPECIAL)))
    for _ in range(SAMPLE_DOCUMENTS):
        yield marks.sub("\n", next(stream).text)
    yield from ["".join(f" {w}" for w in _choice_words())] * 400


def _choice_words() -> list[str]:
    """The words that items choose between: as single tokens they are scored in one forward pass."""
    words = [*NAMES, *DAYS, *MONTHS, *LETTERS, *map(str.lower, LETTERS), *"0123456789"]
    words += [w for kind in KINDS.values() for w in kind]
    words += [w for pair in (*VERBS, *CAUSES) for w in pair]
    return [*words, *sorted(set(REFLEXIVES.values())), "themselves"]


def train_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """A tokenizer trained on a sample of the corpus; the same seed gives the same tokenizer."""
    core = Tokenizer(models.BPE(unk_token=None))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    core.train_from_iterator(_sample(seed), trainer)
    core.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, core.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNK,
        additional_special_tokens=list(ROLES),
        model_max_length=CONTEXT,
        padding_side="right",
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )
