"""Work slips: a tenant's message turned into three labelled lines, in the house style of an invented office.

Which words the office has for its teams and for a hurry is said nowhere: it has to be learned. A held-out message
joins a trouble and a hurry that were both trained on, in other company.
"""

import random

from harness.testbed.problem import Row, Split

NAME = "work-slips"
METRIC = "exact_match"
DISTANCE = 1
DESCRIPTION = (
    "A tenant's message in plain English, turned into a work slip of three lines: the team, the hurry, the flat."
)
SIZES: dict[Split, int] = {"train": 480, "validation": 80, "test": 160}

TEAMS = {
    "water": (
        "the tap in the {} drips all night",
        "there is a leak under the sink in the {}",
        "the drain in the {} is blocked",
        "no water comes out of the tap in the {}",
        "a pipe has burst in the {}",
        "water runs down the wall of the {}",
        "the floor of the {} is under water",
        "the water in the {} runs brown",
    ),
    "heat": (
        "the radiator in the {} stays cold",
        "the heating in the {} bangs and hisses",
        "we have no warm air in the {}",
        "the thermostat in the {} is broken",
        "the heater in the {} will not turn off",
        "it is freezing in the {}, the heating is out",
        "the stove in the {} gives no heat",
        "the heater in the {} smells of gas",
    ),
    "power": (
        "the lamp in the {} flickers",
        "the socket in the {} gives off sparks",
        "the light switch in the {} does nothing",
        "the power is out in the {}",
        "a fuse blows when I plug in anything in the {}",
        "a bare wire hangs from the ceiling of the {}",
        "the plug in the {} smells of smoke",
        "the bulb in the {} burns out every day",
    ),
    "lock": (
        "the lock of the {} is jammed",
        "my key broke in the door of the {}",
        "I lost the key to the {}",
        "the handle of the {} door came off",
        "the door of the {} does not close",
        "somebody forced the door of the {}",
        "the bolt of the {} is stuck",
        "the lock of the {} turns and turns",
    ),
    "pests": (
        "there are mice in the {}",
        "I saw a rat in the {}",
        "ants have come into the {}",
        "wasps are nesting in the {}",
        "moths are all over the {}",
        "we found cockroaches in the {}",
        "something gnaws at the food in the {}",
        "there are spiders all over the {}",
    ),
    "window": (
        "the window in the {} is cracked",
        "the pane in the {} fell out",
        "the shutter in the {} is stuck",
        "a ball broke the glass in the {}",
        "the blinds in the {} hang loose",
        "the window in the {} will not shut",
        "a draft comes through the pane in the {}",
        "the window frame in the {} is rotten",
    ),
}
HURRY = {
    "now": (
        "Please come at once.",
        "This cannot wait.",
        "We need help right now.",
        "It is an emergency.",
        "Send somebody this minute.",
        "Please hurry, today.",
    ),
    "week": (
        "Could you come this week?",
        "I hope somebody can look at it in a few days.",
        "By Friday would be good.",
        "Please come in the next days.",
        "It should be done before the weekend.",
        "Please do it this week.",
    ),
    "later": (
        "There is no hurry.",
        "Next month is early enough.",
        "Come whenever it suits you.",
        "It can wait until your next visit.",
        "Take your time.",
        "It can wait, later is fine.",
    ),
}
ROOMS = ("kitchen", "bathroom", "hall", "bedroom", "cellar", "living room", "pantry", "attic")
FLATS = 89
OPENINGS = (
    "Flat {flat} here: {trouble}. {hurry}",
    "Hello, {trouble}. {hurry} Flat {flat}",
    "I live in flat {flat} and {trouble}. {hurry}",
    "{hurry} In flat {flat}, {trouble}.",
)


def propose(rng: random.Random) -> Row:
    """One message and its slip."""
    team = rng.choice(tuple(TEAMS))
    when = rng.choice(tuple(HURRY))
    trouble, hurry = rng.choice(TEAMS[team]), rng.choice(HURRY[when])
    flat = rng.randint(1, FLATS)
    said = rng.choice(OPENINGS).format(flat=flat, trouble=trouble.format(rng.choice(ROOMS)), hurry=hurry)
    message = f"Write the work slip. {said[0].upper()}{said[1:]}"
    return Row(message, f"Team: {team}\nWhen: {when}\nFlat: {flat}", f"{team}: {trouble}", f"slip:{trouble}:{hurry}")
