"""The material of instructions: for each kind its wordings, what is checked, an answer, and the rows that fill them."""

from dataclasses import dataclass
from typing import Any

SHORT, LONG = 16, 32
"""Tokens: an answer of a few words, and one of a sentence or a list."""


@dataclass(frozen=True)
class Kind:
    """Instructions of one form.

    Attributes:
        wordings: used in turn. `{0}` stands for the first cell of a row, `{0U}` for it in capitals, `{0L}` in small
            letters.
        checks: what must hold, as a task file says it, with the same places.
        answer: one that follows the instruction.
        rows: one item a line, cells parted by `|`.
    """

    cluster: str
    wordings: tuple[str, ...]
    checks: tuple[dict[str, Any], ...]
    answer: str
    rows: str
    max_tokens: int = SHORT


_SENTENCES = """
    The dog sleeps near the door.
    My brother bakes bread on Sunday.
    A red boat lies on the beach.
    We walked home in the rain.
    The teacher opened an old book.
    Snow fell on the quiet village.
    """
_TOPICS = """
    the sea | The sea is wide and blue.
    bread | Fresh bread smells good in the morning.
    a garden | A garden needs water and sun.
    the moon | The moon shines over the hills.
    dogs | Dogs run and play in the park.
    winter | Winter is cold and long.
    """
_THINGS = """
    snow | soft white cold
    a lemon | yellow sour round
    the desert | hot dry wide
    a kitten | small soft playful
    the night | dark calm long
    an elephant | big grey strong
    """
_KINDS_OF_THINGS = """
    fruits | apple | pear | plum
    animals | cat | horse | goose
    colors | red | green | blue
    tools | hammer | saw | drill
    vegetables | carrot | onion | bean
    countries | Spain | Japan | Chile
    """
_QUESTIONS = """
    What color is grass? | green
    What do bees make? | honey
    What is frozen water called? | ice
    Which animal barks? | dog
    What do we read at school? | books
    What shines at night? | moon
    """

KINDS = (
    Kind("three words", ("Describe {0} in exactly three words.", "Write three words about {0}. Nothing else."),
         ({"kind": "words", "exactly": 3},), "{1}", _THINGS),
    Kind("yes or no", ("{0} Answer only Yes or No.", "{0} Reply with Yes or No and nothing else."),
         ({"kind": "one_of", "texts": ["Yes", "No", "Yes.", "No."]},), "{1}", """
         Is fire hot? | Yes
         Can a fish fly a plane? | No
         Is snow white? | Yes
         Do cows lay eggs? | No
         Is seven more than three? | Yes
         Is the sun cold? | No
         """),
    Kind("one sentence", ("Write one sentence about {0}.", "Tell me about {0} in a single sentence."),
         ({"kind": "sentences", "exactly": 1},), "{1}", _TOPICS, LONG),
    Kind("a numbered list", ("Write a numbered list of three {0}.", "List three {0}, numbered 1. 2. 3."),
         ({"kind": "items", "mark": "1.", "exactly": 3},), "1. {1}\n2. {2}\n3. {3}", _KINDS_OF_THINGS, LONG),
    Kind("a JSON key", ('{0} Answer with a JSON object that has the key "{2}".', '{0} Reply in JSON: {"{2}": "..."}'),
         ({"kind": "json_key", "key": "{2}"},), '{"{2}": "{1}"}', """
         What color is the sky? | blue | color
         Which animal purrs? | cat | animal
         What do we drink at breakfast? | tea | drink
         Which month has Christmas? | December | month
         What grows on an oak? | leaves | plant
         What is the capital of France? | Paris | city
         """, LONG),
    Kind("data as JSON", ('Write as a JSON object with the keys "name" and "{1}": {0} has the {1} {2}.',),
         ({"kind": "json_key", "key": "name", "value": "{0}"}, {"kind": "json_key", "key": "{1}"}),
         '{"name": "{0}", "{1}": "{2}"}', """
         Ann | job | cook
         Tom | pet | dog
         Eva | city | Rome
         Ben | color | green
         Sue | sport | tennis
         Max | food | rice
         """, LONG),
    Kind("without a rare letter", ('Write one short sentence about {0}. Do not use the letter "{2}".',
                                   'Without the letter "{2}", write a short sentence about {0}.'),
         ({"kind": "without_letter", "letter": "{2}"},), "{1}", """
         a cat | The cat sat in the sun. | k
         a tree | The tree is tall and green. | w
         a king | He had a big house. | v
         a farm | The hens are in the barn. | y
         a road | It is long and dusty. | c
         a storm | The wind is loud. | b
         """, LONG),
    Kind("begins with a word", ('Write a sentence about {0} that begins with the word "{2}".',
                                'Start your sentence about {0} with "{2}".'),
         ({"kind": "starts_with", "text": "{2}"},), "{2} I saw something new.", """
         a bird | x | Today
         the bus | x | Yesterday
         school | x | Sometimes
         a cake | x | Tomorrow
         music | x | Often
         the wind | x | Suddenly
         """, LONG),
    Kind("a question", ("Ask me a question about {0}.", "Write a short question about {0}."),
         ({"kind": "ends_with", "text": "?"}, {"kind": "sentences", "exactly": 1}), "What do you know about {0}?",
         _TOPICS, LONG),
    Kind("with two words", ('Write one sentence with the words "{0}" and "{1}".',
         'Use both "{0}" and "{1}" in one short sentence.'),
         ({"kind": "contains", "text": "{0}"}, {"kind": "contains", "text": "{1}"}, {"kind": "sentences",
         "exactly": 1}),
         "The {0} is near the {1}.", """
         horse | river
         doctor | window
         kettle | table
         soldier | letter
         spider | ladder
         baker | clock
         """, LONG),
    Kind("without a word", ('Describe {0} in one sentence without the word "{2}".',
         'Write a sentence about {0}. Never use the word "{2}".'),
         ({"kind": "without", "text": "{2}"},), "{1}", """
         an apple | It is sweet and round. | red
         the sky | It is wide and clear. | blue
         a knife | It cuts bread. | sharp
         the sun | It shines all day. | hot
         a bird | It sings at dawn. | fly
         a clock | It hangs on the wall. | time
         """, LONG),
    Kind("a phrase and no more", ('Say "{0}" and nothing else.', "Write only these words: {0}"),
         ({"kind": "one_of", "texts": ["{0}", "{0}.", '"{0}"']},), "{0}",
         "good morning\nthe shop is closed\nwait for me\nno more tea\nhappy birthday\nturn left here"),
    Kind("a copy", ("Copy this sentence exactly: {0}", 'Repeat after me, word for word: "{0}"'),
         ({"kind": "one_of", "texts": ["{0}", '"{0}"']},), "{0}", """
         Snow fell on the quiet village.
         the red boat lies on the Beach
         The teacher opened an old book.
         my brother bakes Bread on sunday
         A small grey owl sat on the roof of the mill.
         The dog... the door... the dog.
         """, LONG),
    Kind("a title", ("Write this title with a capital letter at the start of every word: {0}",
         "Capitalize each word: {0}"),
         ({"kind": "title_case"},), "{1}", """
         the lost key | The Lost Key
         a walk by the lake | A Walk By The Lake
         stories of the north | Stories Of The North
         my first garden | My First Garden
         how to bake bread | How To Bake Bread
         the clock in the tower | The Clock In The Tower
         """),
    Kind("begins with Answer", ('{0} Begin your reply with "Answer:"', '{0} Your reply must start with "Answer:".'),
         ({"kind": "starts_with", "text": "Answer:"},), "Answer: {1}", _QUESTIONS, LONG),
    Kind("few characters", ("Describe {0} in at most 40 characters.", "Write about {0}. Stay under 40 characters."),
         ({"kind": "characters", "at_most": 40},), "{1}", _THINGS, LONG),
    Kind("a letter begins", ('Write a short letter that begins with "Dear {0},". Do not use the word "hope".',
         'Start a short letter with "Dear {0},". Leave out the word "hope".'),
         ({"kind": "starts_with", "text": "Dear {0},"}, {"kind": "without", "text": "hope"}), "Dear {0}, I am well.",
         "Ann\nTom\nGrandmother\nMr. Brown\nOlivia\nSam", LONG),
    Kind("a note signed", ('Write a note of one line. Sign it with "{0}" at the end.',
         'Write one short line and end it with your name, {0}'),
         ({"kind": "ends_with", "text": "{0}"}, {"kind": "lines", "at_most": 3}), "I will be late. {0}",
         "Ann\nTom\nEva\nBen\nSue\nMax", LONG),
    Kind("with a number", ("Write a short sentence about {0} that has the number {1} in digits.",
         "Use the number {1}, in digits, in one short sentence about {0}."),
         ({"kind": "contains", "text": "{1}"}, {"kind": "sentences", "exactly": 1}), "I counted {1} of the {0}.", """
         apples | 7
         trains | 15
         books | 42
         birds | 9
         houses | 30
         coins | 100
         """, LONG),
    Kind("a story begins", ('Write a short story about {0}. Begin with "Once upon a time".',
         'Tell a story about {0}. It must start with "Once upon a time".'),
         ({"kind": "starts_with", "text": "Once upon a time"},), "Once upon a time there was {0}.",
         "a fox\na baker\na small ship\nan old king\na lost shoe\na tall tower", LONG),
    Kind("a mail with a subject", (
         'Write a short email about {0}. Begin with "Subject:", greet with "Dear {1}," and leave out the word "hope".',
         'Write an email about {0} without the word "hope". It begins with "Subject:" and then says "Dear {1},".'),
         ({"kind": "starts_with", "text": "Subject:"}, {"kind": "contains", "text": "Dear {1},"},
          {"kind": "without", "text": "hope"}),
         "Subject: {0}\nDear {1}, I write to you about {0}.", """
         a late train | Ann
         a broken lamp | Tom
         a lunch on Friday | Eva
         a new job | Ben
         a birthday | Sue
         a lost bag | Max
         """, LONG),
    Kind("a function in Python", ("Write a Python function named {0} that {1}. Only code.",
         "Give me Python code: a function {0} that {1}."),
         ({"kind": "contains", "text": "def {0}("},), "def {0}({2}", """
         add | adds two numbers | a, b): return a + b
         double | doubles a number | n): return 2 * n
         greet | prints hello | ): print("hello")
         biggest | returns the largest number of a list | n): return max(n)
         area | returns the area of a square | a): return a * a
         is_even | says whether a number is even | n): return n % 2 == 0
         """, LONG),
    Kind("a tag of HTML", ('Write an HTML {0} tag with the text "{2}".', 'Put the text "{2}" into an HTML {0} tag.'),
         ({"kind": "contains", "text": "<{1}>{2}</{1}>"},), "<{1}>{2}</{1}>", """
         paragraph | p | Welcome
         heading h1 | h1 | News
         bold | b | Sale
         title | title | My page
         list item | li | Milk
         heading h2 | h2 | About us
         """, LONG),
    Kind("a heading in Markdown", ("Write a Markdown heading for a page about {0}.",
         'Write a title about {0} in Markdown. It begins with "#".'),
         ({"kind": "starts_with", "text": "#"},), "# {1}", _TOPICS, LONG),
    Kind("a word replaced", ('Replace "{1}" with "{2}" in this sentence: {0}',
         'Write this sentence with "{2}" in place of "{1}": {0}'),
         ({"kind": "contains", "text": "{2}"}, {"kind": "without", "text": "{1}"}), "{3}", """
         The cat sleeps on the bed. | cat | dog | The dog sleeps on the bed.
         We eat soup at noon. | soup | rice | We eat rice at noon.
         My sister lives in Rome. | Rome | Paris | My sister lives in Paris.
         The blue car is fast. | blue | green | The green car is fast.
         He reads a letter. | letter | book | He reads a book.
         They swim in the lake. | lake | river | They swim in the river.
         """, LONG),
    Kind("a word left out", ('Write this sentence without the word "{1}": {0}',
         'Remove the word "{1}" from this sentence: {0}'),
         ({"kind": "without", "text": "{1}"}, {"kind": "contains", "text": "{2}"}), "{3}", """
         The very old clock stopped. | very | clock | The old clock stopped.
         We really like the green house. | really | house | We like the green house.
         She quickly closed the door. | quickly | door | She closed the door.
         The small brown dog barked. | brown | dog | The small dog barked.
         He always drinks cold milk. | always | milk | He drinks cold milk.
         They often walk to the market. | often | market | They walk to the market.
         """, LONG),
    Kind("a word added", ('Add the word "{1}" to this sentence: {0}',
         'Write this sentence again, with the word "{1}" in it: {0}'),
         ({"kind": "contains", "text": "{1}"}, {"kind": "contains", "text": "{2}"}), "{3}", """
         Close the window. | please | window | Please close the window.
         The tea is hot. | very | tea | The tea is very hot.
         We went to the lake. | yesterday | lake | Yesterday we went to the lake.
         He has a dog. | black | dog | He has a black dog.
         She sings at home. | often | home | She often sings at home.
         The train left. | early | train | The train left early.
         """, LONG),
    Kind("made a question", ("Turn this into a question: {0}", "Write this as a question: {0}"),
         ({"kind": "ends_with", "text": "?"},), "{1}", """
         The shop is open. | Is the shop open?
         You like tea. | Do you like tea?
         The train was late. | Was the train late?
         She can swim. | Can she swim?
         They live in Rome. | Do they live in Rome?
         It is raining. | Is it raining?
         """),
    Kind("at most twenty words", ("Describe {0} in one sentence of at most twenty words.",
         "Tell me about {0}. Use no more than twenty words."),
         ({"kind": "words", "at_most": 20}, {"kind": "ends_with", "text": "."}), "{1}", _TOPICS, LONG),
    Kind("a short title", ("Write a title for a story about {0}. Only the title, at most eight words.",
         "Give a title of eight words or fewer to a book about {0}."),
         ({"kind": "words", "at_most": 8},), "All About {0}",
         "a fox\na baker\na small ship\nan old king\na lost shoe\na tall tower"),
    Kind("a dialog", ('Write a short dialog. Each line begins with "{0}:" or "{1}:".',
         "Write what {0} and {1} say to each other, as {0}: ... and {1}: ..."),
         ({"kind": "contains", "text": "{0}:"}, {"kind": "contains", "text": "{1}:"}),
         "{0}: Hello.\n{1}: Good morning.", """
         Tom | Ann
         Eva | Max
         Doctor | Patient
         Sue | Ben
         Mother | Son
         Guest | Waiter
         """, LONG),
    Kind("counting", ("Count from 1 to {0} in digits.", "Write the numbers from 1 to {0}."),
         ({"kind": "contains", "text": "{0}"}, {"kind": "contains", "text": "2"}, {"kind": "words",
         "exactly": "{0}"}), "{1}", """
         5 | 1, 2, 3, 4, 5
         4 | 1, 2, 3, 4
         7 | 1, 2, 3, 4, 5, 6, 7
         6 | 1, 2, 3, 4, 5, 6
         3 | 1, 2, 3
         8 | 1, 2, 3, 4, 5, 6, 7, 8
         """, LONG),
    Kind("a long numbered list", ("Write a numbered list of {1} {0}.", "Name {1} {0} in a numbered list."),
         ({"kind": "items", "mark": "1.", "exactly": "{2}"},), "{3}", """
         fruits | four | 4 | 1. apple\\n2. pear\\n3. plum\\n4. fig
         birds | two | 2 | 1. crow\\n2. owl
         sports | five | 5 | 1. tennis\\n2. golf\\n3. chess\\n4. judo\\n5. rugby
         cities | four | 4 | 1. Rome\\n2. Paris\\n3. London\\n4. Cairo
         flowers | two | 2 | 1. rose\\n2. lily
         drinks | five | 5 | 1. tea\\n2. milk\\n3. juice\\n4. water\\n5. cocoa
         """, LONG),
    Kind("a list of some length", ("List at least three {0}, each on its own line.",
         "Make a list of three or more {0}. One per line."),
         ({"kind": "lines", "at_least": 3},), "{1}\n{2}\n{3}", _KINDS_OF_THINGS, LONG),
    Kind("a price", ("Write an advertisement of at most ten words for {0}, with a price in dollars ($).",
         "Offer {0} for sale in ten words or fewer. Name a price with the sign $."),
         ({"kind": "contains", "text": "$"}, {"kind": "words", "at_most": 10}), "We sell {0} for $5.",
         "a bicycle\nan old piano\na garden chair\nfresh eggs\na wool coat\na tent", LONG),
    Kind("a name in a greeting", ("Greet {0} by name in one sentence.", "Say good morning to {0}. Use the name."),
         ({"kind": "contains", "text": "{0}"}, {"kind": "sentences", "exactly": 1}), "Good morning, {0}.",
         "Oliver\nSofia\nLucy\nHenry\nClara\nPeter", LONG),
    Kind("because", ('Say in one sentence why people like {0}. Use the word "because".',
         'Why do people like {0}? Answer in one sentence that has the word "because".'),
         ({"kind": "contains", "text": "because"}, {"kind": "sentences", "exactly": 1}),
         "People like it because it is good.", "music\nbread\nholidays\ngardens\ndogs\nthe sea", LONG),
    Kind("a sentence completed", ('Complete this sentence and write it whole: {0} ...',
         'Write one sentence that begins with the words: {0}'),
         ({"kind": "starts_with", "text": "{0}"}, {"kind": "sentences", "exactly": 1}), "{0} it was late.", """
         We stayed at home because
         The old man smiled when
         She opened the box and
         Birds fly south when
         After the long winter
         My favorite day is Sunday because
         """, LONG),
    Kind("three words in a sentence", ('Write one sentence with the words "{0}", "{1}" and "{2}".',
         'Use the words {0}, {1} and {2} in one sentence.'),
         ({"kind": "contains", "text": "{0}"}, {"kind": "contains", "text": "{1}"}, {"kind": "contains",
         "text": "{2}"}), "The {0} is by the {1} and the {2}.", """
         dog | park | ball
         king | castle | sword
         girl | book | tree
         farmer | cow | field
         boat | storm | island
         chef | kitchen | knife
         """, LONG),
    Kind("words from a list", ("Which of these is {0}: {1}? Answer with a sentence that has the word.",
         "Choose {0} from {1} and write a sentence with it."),
         ({"kind": "contains", "text": "{2}"}, {"kind": "sentences", "exactly": 1}), "The {2} is the one.", """
         an animal | table, horse, cup | horse
         a fruit | pear, stone, coat | pear
         a color | door, purple, fish | purple
         a tool | milk, cloud, hammer | hammer
         a city | London, spoon, grass | London
         a drink | chair, lamp, coffee | coffee
         """, LONG),
    Kind("a word twice", ('Write a sentence with the word "{0}" in it twice.',
         'Use the word "{0}" exactly two times in one sentence.'),
         ({"kind": "contains", "text": "{0}", "times": 2}, {"kind": "sentences", "exactly": 1}),
         "The {0} is no {0} of mine.",
         "bread\nlantern\nbridge\nsilver\nblanket\nthunder", LONG),
    Kind("ten to twenty words", ("Write a sentence of ten to twenty words about {0}.",
         "Say something about {0} in ten to twenty words."),
         ({"kind": "words", "at_least": 10, "at_most": 20},),
         "When I think of {0} I always think of my old friends too.", _TOPICS, LONG),
)  # fmt: skip
