"""The words that the corpus is made of: few enough for each to be one token of 1,024."""


def words(text: str) -> tuple[str, ...]:
    """The words of a line."""
    return tuple(text.split())


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a line, two by two."""
    return tuple(zip(text.split()[::2], text.split()[1::2], strict=True))


NAMES = words("Ann Ben Cal Dee Eli Fay Gus Ivy Jon Kit Liv Max Nan Pam Rex Zoe")
ANIMALS = words("dog cat fox hen goat duck frog bear wolf horse mouse snake crow deer lamb pig")
FOODS = words("bread soup rice cake fish beans cheese honey pears corn plums nuts eggs figs jam pie")
JOBS = words(
    "baker doctor farmer pilot sailor teacher painter singer cook miner tailor nurse judge guard writer hunter"
)
TOWNS = words("Velm Oster Tarn Brask Norin Sulto Pemby Drav Kesh Hoben Mirt Yarro Zell Fenn Grall Ulva")
OBJECTS = words("cup key hat book lamp box coin ring rope bell drum map knife spoon ball kite")
PLACES = words("kitchen garden barn attic hall shed cellar forest river market tower cave")
COLORS = words("red blue green black white brown pink gray gold yellow")
DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = words("January February March April May June July August September October November December")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NUMBER_WORDS = words("one two three four five six seven eight nine ten")

KINDS: dict[str, tuple[str, ...]] = {
    "animal": ANIMALS,
    "food": FOODS,
    "job": JOBS,
    "town": TOWNS,
    "thing": OBJECTS,
    "place": PLACES,
    "color": COLORS,
}
CONTENT_WORDS = ANIMALS + FOODS + JOBS + OBJECTS + PLACES + COLORS
