"""Reading: a short passage about four people, and a summary to complete for each. All four answers stand in it."""

import random
from dataclasses import dataclass

from harness.testbed.english.groups import Group, group

NAME = "passages"
_FILLINGS = 3
"""Passages of each scene."""

# fmt: off
_NAMES = (
    "Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Henry", "Julia", "Kevin", "Laura", "Mark",
    "Nora", "Oscar", "Paula", "Robert", "Sarah", "Tom", "Walter", "Alice",
)
# fmt: on


@dataclass(frozen=True)
class Scene:
    """A passage with places for four names `{a}` to `{d}` and four things `{w}` to `{z}`, one for each name.

    `summaries` say each of these again, up to the thing.
    """

    passage: str
    things: tuple[str, ...]
    summaries: tuple[str, str, str, str]


_SCENES = (
    Scene(
        "For the picnic {a} brought {w}, and {b} had made {x}. {c} came late with {y}, while {d} carried only {z}.",
        ("the bread", "the cheese", "the lemonade", "the salad", "the cake", "the grapes", "the sausages", "the pie"),
        ("{a} brought", "{b} had made", "{c} came with", "{d} carried"),
    ),
    Scene(
        "It rained all day, so everyone stayed in. {a} was busy with {w}, {b} with {x} and {c} with {y}. "
        "Only {d} sat in the attic, lost in {z}.",
        ("a puzzle", "a novel", "a model ship", "a letter", "an old film", "a crossword", "a sweater", "a jigsaw"),
        ("{a} was busy with", "{b} was busy with", "{c} was busy with", "{d} was lost in"),
    ),
    Scene(
        "The four cousins no longer live in one town. {a} moved to {w} years ago, and {b} found work in {x}. "
        "{c} studies in {y}. Last of all, {d} went to {z}.",
        ("Paris", "Chicago", "Berlin", "Toronto", "Madrid", "Sydney", "Boston", "Dublin"),
        ("{a} moved to", "{b} works in", "{c} studies in", "{d} went to"),
    ),
    Scene(
        "On the farm each child feeds an animal. {a} looks after {w}, {b} gets up early for {x}, {c} takes care of {y} "
        "and {d}, the youngest, is allowed to feed {z}.",
        ("the cows", "the hens", "the goat", "the pigs", "the pony", "the ducks", "the rabbits", "the sheep"),
        ("{a} looks after", "{b} gets up for", "{c} takes care of", "{d} is allowed to feed"),
    ),
    Scene(
        "After the storm the neighbors helped. {a} repaired {w} and {b} cleaned {x}. For two days {c} mended {y}, "
        "and {d} worked until dark on {z}.",
        ("the fence", "the roof", "the gate", "the well", "the barn", "the windows", "the bridge", "the chimney"),
        ("{a} repaired", "{b} cleaned", "{c} mended", "{d} worked on"),
    ),
    Scene(
        "At the market {a} sells {w} beside the fountain. Across from there {b} sells {x}. On the corner {c} "
        "has {y}, and in the last row {d} offers {z}.",
        ("flowers", "fish", "honey", "eggs", "mushrooms", "baskets", "candles", "apples"),
        ("{a} sells", "{b} sells", "{c} sells", "{d} sells"),
    ),
    Scene(
        "The orchestra of the school is small. {a} plays {w}, {b} has taken up {x}, and {c} practises {y} every night. "
        "{d} hopes to play {z} one day.",
        ("the violin", "the flute", "the drums", "the trumpet", "the cello", "the piano", "the harp", "the clarinet"),
        ("{a} plays", "{b} has taken up", "{c} practises", "{d} hopes to play"),
    ),
    Scene(
        "When they grew up, {a} became {w}. {b} always wanted to be {x}, and so it came. {c} is {y} today, "
        "and {d} earns a living as {z}.",
        ("a doctor", "a pilot", "a teacher", "a baker", "a lawyer", "a farmer", "a painter", "a dentist"),
        ("{a} became", "{b} became", "{c} is", "{d} works as"),
    ),
    Scene(
        "Nobody wanted the same dinner. {a} asked for {w}, {b} ordered {x}, {c} could not decide and took {y}, "
        "and {d} was happy with {z}.",
        ("soup", "pizza", "rice", "fish", "pancakes", "salad", "noodles", "chicken"),
        ("{a} asked for", "{b} ordered", "{c} took", "{d} was happy with"),
    ),
    Scene(
        "In the museum they soon lost one another. {a} stood in front of {w}, {b} was looking at {x}, and {c} drew {y} "
        "in a notebook. In the end {d} was found asleep under {z}.",
        (
            "the old map",
            "the statue",
            "the mummy",
            "the dinosaur",
            "the golden crown",
            "the ship",
            "the clock",
            "the vase",
        ),
        ("{a} stood in front of", "{b} was looking at", "{c} drew", "{d} was asleep under"),
    ),
    Scene(
        "The house has four rooms upstairs. {a} sleeps in the {w} one and {b} in the {x} one. {c} has the {y} one, and "
        "{d} has the {z} one, which is the smallest.",
        ("red", "blue", "green", "yellow", "white", "brown", "gray", "pink"),
        ("{a} sleeps in the", "{b} sleeps in the", "{c} has the", "{d} has the"),
    ),
    Scene(
        "They all travel differently. {a} comes to work by {w}, while {b} prefers to go by {x}. {c} takes a {y} every "
        "morning, and {d} has had a {z} for a year.",
        ("bus", "train", "bicycle", "boat", "taxi", "scooter", "tram", "motorcycle"),
        ("{a} comes by", "{b} goes by", "{c} takes a", "{d} has a"),
    ),
    Scene(
        "The teacher asked when they were born. {a} said {w}, {b} answered {x}, and {c} whispered {y}. "
        "Only {d} shouted {z}.",
        ("January", "March", "April", "May", "July", "August", "October", "December"),
        ("{a} was born in", "{b} was born in", "{c} was born in", "{d} was born in"),
    ),
    Scene(
        "Grandmother hid a present for each of them. The one for {a} was behind {w}, and {b} found one under {x}. "
        "{c} looked for an hour before seeing it next to {y}. At last {d} came upon one beside {z}.",
        ("the sofa", "the piano", "the oven", "the bed", "the bookshelf", "the stairs", "the mirror", "the basket"),
        ("the one for {a} was behind", "{b} found one under", "{c} found one next to", "{d} found one beside"),
    ),
    Scene(
        "Every player wears a number. {a} has had number {w} from the start, {b} got number {x}, and {c} asked for "
        "number {y}. That left number {z} for {d}.",
        ("three", "five", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        ("{a} has number", "{b} got number", "{c} asked for number", "{d} got number"),
    ),
    Scene(
        "On the beach {a} was building a castle of sand near the {w}. {b} lay by the {x}, reading. {c} swam out to the "
        "{y}, and {d} was waiting at the {z}.",
        ("lighthouse", "rocks", "harbor", "cafe", "boats", "stairs", "tent", "bridge"),
        ("{a} was near the", "{b} lay by the", "{c} swam out to the", "{d} was waiting at the"),
    ),
    Scene(
        "The four friends share the work of the house. Since Monday {a} has been washing {w} and {b} has been sweeping "
        "{x}. {c} must see to {y}, and {d} to {z}.",
        (
            "the dishes",
            "the floor",
            "the laundry",
            "the garden",
            "the windows",
            "the stairs",
            "the kitchen",
            "the yard",
        ),
        ("{a} washes", "{b} sweeps", "{c} sees to", "{d} sees to"),
    ),
    Scene(
        "Something was stolen from all of them. {a} could not find {w}, {b} was missing {x}, {c} had lost {y}, "
        "and the thief had taken from {d}, as it turned out, {z}.",
        ("a ring", "a watch", "a wallet", "a camera", "a coat", "a phone", "a radio", "a necklace"),
        ("{a} could not find", "{b} was missing", "{c} had lost", "{d} had lost"),
    ),
)


def groups() -> list[Group]:
    """Some passages of every scene; each is a group and a cluster."""
    return [
        _passage(scene, f"scene {number}, passage {filling + 1}", random.Random(f"{NAME}-{number}-{filling}"))
        for number, scene in enumerate(_SCENES, 1)
        for filling in range(_FILLINGS)
    ]


def _passage(scene: Scene, cluster: str, rng: random.Random) -> Group:
    names, things = rng.sample(_NAMES, 4), rng.sample(scene.things, 4)
    places = dict(zip("abcdwxyz", [*names, *things], strict=True))
    told = scene.passage.format(**places)
    asked = [f"{told} In short, {summary.format(**places)}" for summary in scene.summaries]
    return group(cluster, zip(asked, things, strict=True))
