"""Grammar: two sentences that begin almost alike, and two words or endings, each of which fits one of them."""

from harness.testbed.english.groups import Group, group

NAME = "grammar"
_TOGETHER = 3
"""So many rows of a form are a cluster."""

_FORMS = {
    "subject and verb": (
        "Every morning the {0} > {2} {4}. | Every morning the {1} > {3} {4}.",
        """
        farmer/farmers/feeds/feed/the cows
        child/children/goes/go/to school
        baker/bakers/opens/open/the shop
        woman/women/reads/read/the newspaper
        soldier/soldiers/cleans/clean/the floor
        bird/birds/sings/sing/in the garden
        """,
    ),
    "a noun between": (
        "The {0} next to the {3} > is {4}. | The {1} next to the {2} > are {4}.",
        """
        key/keys/door/doors/rusty
        boy/boys/girl/girls/hungry
        letter/letters/book/books/old
        house/houses/church/churches/empty
        chair/chairs/table/tables/broken
        picture/pictures/window/windows/beautiful
        """,
    ),
    "a clause between": (
        "The {0} that the {3} {4} > was {5}. | The {1} that the {2} {4} > were {5}.",
        """
        dog/dogs/hunter/hunters/saw/black
        cake/cakes/guest/guests/liked/sweet
        film/films/critic/critics/hated/long
        bridge/bridges/worker/workers/built/safe
        song/songs/singer/singers/chose/sad
        car/cars/thief/thieves/wanted/expensive
        """,
    ),
    "did and past": (
        "{3} did not > {0} {2}. | Last week {3} > {1} {2}.",
        """
        walk/walked/home alone/the boy
        write/wrote/a letter/Anna
        sell/sold/the old car/my uncle
        find/found/her keys/she
        drink/drank/the tea/our guests
        come/came/to the party/they
        """,
    ),
    "perfect and past": (
        "{3} has already > {0} {2}. | Two days ago {3} > {1} {2}.",
        """
        eaten/ate/the apple/Tom
        seen/saw/the film/everybody
        taken/took/the medicine/the patient
        written/wrote/the report/she
        broken/broke/the window/the ball
        given/gave/her the ring/he
        """,
    ),
    "reflexives": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        The boy saw/The girl saw/himself/herself/in the mirror
        My father blamed/My mother blamed/himself/herself/for the accident
        The king asked/The queen asked/himself/herself/what to do
        I taught/We taught/myself/ourselves/to cook
        The dog hurt/The dogs hurt/itself/themselves/on the fence
        You should all help/He should help/yourselves/himself/to some cake
        """,
    ),
    "this and these": (
        "{4} {0} > {2} {5}. | {4} {1} > {3} {5}.",
        """
        this/these/book/books/She gave me/yesterday
        that/those/house/houses/They want to sell/soon
        this/these/flower/flowers/He planted/in spring
        each/all/student/students/The teacher spoke to/in turn
        one/several/mistake/mistakes/We found/in the text
        another/three/ticket/tickets/I bought/at the station
        """,
    ),
    "a and an": (
        "{2} an > {0} {3}. | {2} a > {1} {3}.",
        """
        apple/banana/She ate/after lunch
        old/young/He met/man on the bridge
        umbrella/raincoat/They bought/for the trip
        hour/year/We waited/for an answer
        engineer/doctor/She became/in the end
        honest/useful/She gave/answer to the question
        """,
    ),
    "than and as": (
        "{0} > than {2}. | {1} > as {2}.",
        """
        A horse is faster/A horse is not as fast/a train
        My brother is taller/My brother is as tall/my father
        The book was better/The book was as good/the film
        The winter here is colder/The winter here is just as cold/in Norway
        She works harder/She works as hard/anyone I know
        This bag is more expensive/This bag is twice as expensive/the other one
        """,
    ),
    "much and many": (
        "{2} many > {0} {3} | {2} much > {1} {3}",
        """
        books/water/How/do you need?
        friends/fun/At school we had so/in those years.
        eggs/flour/For this cake we need twice as/as for the other one.
        cookies/soup/Please do not eat too/before dinner.
        days/time/Tell me how/you spent there.
        coins/gold/The thief took as/as he could carry.
        """,
    ),
    "ing and to": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        She enjoys/She wants/swimming/to swim/in the lake
        He finished/He promised/cleaning/to clean/the kitchen
        They avoid/They hope/meeting/to meet/the new neighbors
        I am used to/I used/working/to work/at night
        We look forward to/We decided/seeing/to see/the mountains
        He kept/He tried/asking/to ask/the same question
        """,
    ),
    "ever and already": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        Nobody here has/Somebody here has/ever/already/been to the moon
        I do not have/I have/any/some/money with me
        He never helps/He always helps/anybody/somebody/in the kitchen
        She does not smoke/She still smokes/anymore/sometimes/after dinner
        He hardly knows/He surely knows/anyone/someone/in this town
        I have not met her/I have met her/yet/already/this year
        """,
    ),
    "who and which": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        The man/The stone/who/which/stood in front of the house was gray
        I know a woman/I know a shop/who/which/sells old clocks
        The reason/The city/why/where/he worked so hard is not known
        I know the boy/I know the year/whose/when/father was born in Rome
        This is the teacher/This is the bus/who/which/takes us to the museum
        She told us the day/She told us about/when/how/they met
        """,
    ),
    "question tags": (
        "{0}, > {2}? | {1}, > {3}?",
        """
        She is tired/They are tired/isn't she/aren't they
        You like fish/He likes fish/don't you/doesn't he
        It was cold/We were cold/wasn't it/weren't we
        He can swim/He could swim/can't he/couldn't he
        You know her/She knows you/don't you/doesn't she
        They will come/They would come/won't they/wouldn't they
        """,
    ),
    "he and him": (
        "{0} > {2} | {1} > {3}",
        """
        My sister waited for/My sister hopes that/him/he
        The whole class is proud of/The whole class believes that/her/she
        The letter was sent to/The letter says that/them/they
        Nobody has spoken with/Nobody knows whether/us/we
        The dog ran after/The dog barks because/me/I
        The picture was painted by/The painter was young when/him/he
        """,
    ),
    "if": (
        "{0} > would {2}. | {1} > will {2}.",
        """
        If I were rich, I/If I am rich one day, I/buy a house by the sea
        If she had more time, she/If she has more time, she/learn Spanish
        If it rained, we/If it rains, we/stay at home
        If you asked him, he/If you ask him, he/help you
        If they lived nearby, they/If they live nearby, they/come by bike
        If the store were open, he/If the store is open, he/buy some milk
        """,
    ),
    "for and since": (
        "{0} for > {1}. | {0} since > {2}.",
        """
        We have lived here/three years/last summer
        He has been ill/several days/Monday
        She has worked there/a long time/the war
        The shop has been closed/two weeks/Christmas
        I have not eaten/ten hours/yesterday
        They have known each other/many years/their childhood
        """,
    ),
    "order in questions": (
        "{0} > {2}? | {1} > {3}?",
        """
        Where/Can you tell me where/does he live/he lives
        What/Do you know what/did she say/she said
        When/Could you tell me when/does the train leave/the train leaves
        Why/Does anyone know why/are they late/they are late
        How/Did you hear how/did it happen/it happened
        Which film/Did they say which film/do they like/they like
        """,
    ),
    "there is and there are": (
        "{0} is > {1} {3}. | {0} are > {2} {3}.",
        """
        There/a cat/two cats/on the roof
        In this drawer there/a spoon/three spoons/for the soup
        At the end of the road there/an old church/some old houses/to see
        Behind the hill there/a small lake/many small lakes/with clear water
        I think there/a mistake/a few mistakes/in your letter
        Next to the station there/a good hotel/several good hotels/for tourists
        """,
    ),
    "adverbs": (
        "{0} > {2} | {1} > {3}",
        """
        The old man walked very/The old man was very/slowly./slow.
        She answered the question/Her answer to the question was/correctly./correct.
        He drives his car too/His driving is too/carefully./careful.
        The children played/The children were/quietly./quiet.
        They solved the problem/The problem was/easily./easy.
        The rain fell/The rain was/heavily./heavy.
        """,
    ),
    "both, either, neither": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        Neither my mother/Either my mother/nor/or/my father will come
        Both the red shirt/Either the red shirt/and/or/the blue one would do
        He is not only clever/He is both clever/but also/and/kind
        She likes neither tea/She likes both tea/nor/and/coffee
        You can have either cake/You can have both cake/or/and/ice cream
        He came neither by train/He came not by train/nor/but/by bus
        """,
    ),
    "passive": (
        "{0} > {2} {4}. | {1} > {3} {4}.",
        """
        The thief was/The police have/caught by/caught/the two men on the bridge
        The window was/The boys have/broken by/broken/the old bench
        The cake was/She has/eaten by/eaten/the small fish
        The letter was/He has/written by/written/the speech
        The house was/They have/built by/built/the new school
        The song was/The choir has/sung by/sung/the hymn
        """,
    ),
}


def groups() -> list[Group]:
    """A group per row; three rows of a form are a cluster."""
    return [
        _filled(f"{name} {number // _TOGETHER + 1}", sentences, row.strip().split("/"))
        for name, (sentences, rows) in _FORMS.items()
        for number, row in enumerate(rows.strip().splitlines())
    ]


def _filled(cluster: str, sentences: str, words: list[str]) -> Group:
    pairs = [pair.split(" > ") for pair in sentences.format(*words).split(" | ")]
    return group(cluster, [(_begun(context), answer) for context, answer in pairs])


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
