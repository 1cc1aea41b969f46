"""The invented words of the new language; a file of its own, so that the corpus can avoid them."""

from harness.testbed.lexicon import pairs

NOUNS = dict(pairs("dog zumok  cat pelif  horse gravo  bear tushe  cup onkil  key wirep  book dabux  ball fogin"))
ADJECTIVES = {"red": "yalm", "blue": "skiv", "old": "hudro", "small": "qeto"}
VERBS = {"sees": "mavli", "likes": "chusa", "finds": "blorn", "wants": "trepo"}
NOT = "nuxa"
OBJECT_ENDING = "ek"

INVENTED_WORDS = frozenset(
    [*NOUNS.values(), *ADJECTIVES.values(), *VERBS.values(), NOT, *(w + OBJECT_ENDING for w in NOUNS.values())]
)
