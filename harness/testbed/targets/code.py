"""Code: an instruction in English turned into a program of a small invented language."""

import random

from harness.testbed.problem import Row

NAME = "code"
METRIC = "exact_match"
DISTANCE = 4
DESCRIPTION = "An English instruction turned into a program of a small language with registers and one test."
REGISTERS = ("a", "b", "k", "x")
OPERATIONS = (
    ("add {n}", "{r} += {n}"),
    ("take away {n}", "{r} -= {n}"),
    ("double it", "{r} *= 2"),
    ("times {n}", "{r} *= {n}"),
    ("turn it round", "{r} = -{r}"),
)
ENDS = (("show it", "show {r}"), ("show it if it is over {m}", "if {r} > {m} {{ show {r} }}"))


def propose(rng: random.Random) -> Row:
    """Two or three statements: a start, one or two operations, an end with or without a test."""
    register, start = rng.choice(REGISTERS), rng.randint(1, 9)
    words, lines = [f"Set {register} to {start}"], [f"{register} = {start}"]
    for _ in range(rng.randint(1, 2)):
        said, done = rng.choice(OPERATIONS)
        n = rng.randint(2, 9)
        words.append(said.format(n=n))
        lines.append(done.format(r=register, n=n))
    said, done = rng.choice(ENDS)
    m = rng.randint(1, 9)
    words.append(said.format(m=m))
    lines.append(done.format(r=register, m=m))
    instruction = ", ".join(words[:-1]) + f" and {words[-1]}."
    shape = f"{len(lines)}:{register}:{words[1].split()[0]}"
    return Row(f"Task: {instruction}\nAnswer:", " " + " ; ".join(lines), shape, f"code:{instruction}")
