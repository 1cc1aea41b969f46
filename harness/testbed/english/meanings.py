"""Word meaning: definitions, opposites, words that mean the same, and kinds. Four answers, each right once."""

from harness.testbed.english.groups import Group, tables

NAME = "meanings"

_TABLES = {
    "people": (
        "Someone who {} is called a",
        """
        bakes bread: baker; flies planes: pilot; teaches children: teacher; catches fish: fisherman
        cuts hair: barber; writes novels: novelist; paints pictures: painter; puts out fires: firefighter
        digs for coal: miner; sells meat: butcher; cares for sick people: nurse; brings the mail: postman
        repairs cars: mechanic; defends people in court: lawyer; makes furniture: carpenter; grows crops: farmer
        steals things: thief; serves food in a restaurant: waiter; plays the piano: pianist; rules a country: king
        does not eat meat: vegetarian; never drives fast: careful driver; \
is no longer a child: grown-up; studies at a college: student
        tells lies: liar; fears everything: coward; has lost her husband: widow; lives next door: neighbor
        """,
    ),
    "opposites": (
        "The opposite of {} is",
        """
        hot: cold; big: small; old: young; happy: sad
        dark: bright; heavy: light; wet: dry; rich: poor
        early: late; easy: difficult; empty: full; strong: weak
        up: down; left: right; inside: outside; before: after
        love: hate; war: peace; success: failure; truth: lies
        accept: refuse; arrive: depart; begin: end; buy: sell
        victory: defeat; enemy: friend; question: answer; birth: death
        increase: decrease; remember: forget; win: lose; build: destroy
        ancient: modern; generous: selfish; polite: rude; brave: cowardly
        expand: shrink; attack: defend; include: exclude; praise: blame
        """,
    ),
    "synonyms": (
        "Another word for {} is",
        """
        big: large; quick: fast; smart: clever; scared: afraid
        begin: start; finish: complete; choose: select; repair: fix
        angry: mad; tired: exhausted; rich: wealthy; strange: odd
        silent: quiet; ill: sick; correct: right; simple: easy
        help: assist; buy: purchase; show: display; answer: reply
        error: mistake; goal: aim; trip: journey; present: gift
        brave: courageous; funny: amusing; dangerous: risky; famous: well known
        permit: allow; forbid: ban; demand: require; gather: collect
        stone: rock; forest: woods; road: street; ocean: sea
        sofa: couch; doctor: physician; movie: film; child: kid
        harvest: reap; wander: roam; weep: cry; vanish: disappear
        """,
    ),
    "kinds": (
        "The {} is a kind of",
        """
        rose: flower; oak: tree; trout: fish; hawk: bird
        carrot: vegetable; apple: fruit; hammer: tool; violin: instrument
        beetle: insect; chair: furniture; copper: metal; wheat: grain
        sandal: shoe; piano: instrument; whale: mammal; tulip: flower
        sedan: car; canoe: boat; bungalow: house; raincoat: garment
        waltz: dance; sonnet: poem; diamond: gem; hurricane: storm
        whisky: drink; cobra: snake; cheddar: cheese; terrier: dog
        mushroom: fungus; rifle: weapon; measles: disease; dollar: currency
        """,
    ),
    "verbs": (
        "{}",
        """
        to look at words and understand them is to: read; to move through water is to: swim; \
to make food hot in a pan is to: cook; to shut your eyes at night is to: sleep
        to speak very softly is to: whisper; to walk with a bad leg is to: limp; to go up a mountain is to: climb; \
to close the teeth on food is to: bite
        to take something that is not yours is to: steal; to give money back is to: repay; \
to ask God for something is to: pray; to say what is not true is to: lie
        to make a hole in the ground is to: dig; to cut hair from the face is to: shave; \
to send air out of the nose with a noise is to: sneeze; to take off your clothes is to: undress
        to make something bigger is to: enlarge; to make something weaker is to: weaken; \
to make something clean is to: wash; to make something known to all is to: publish
        """,
    ),
    "things": (
        "{}",
        """
        a room where meals are made is a: kitchen; a room where people sleep is a: bedroom; \
a place where cars are kept is a: garage; a building where things are manufactured is a: factory
        a piece of furniture to sleep on is a: bed; a piece of furniture to sit on is a: chair; \
a tool for cutting bread is a: knife; a vehicle with two wheels and pedals is a: bicycle
        a book that explains words is called: a dictionary; a book of maps is called: an atlas; \
a book that somebody writes about his own life is called: a memoir; a book for the events of each day is called: a diary
        land with water on all sides is called: an island; a very high hill is called: a mountain; \
land where almost no rain falls is called: a desert; water that falls over a cliff is called: a waterfall
        a period of ten years is a: decade; a period of a hundred years is a: century; \
a period of seven days is a: week; a period of sixty seconds is a: minute
        the meal in the morning is: breakfast; the meal in the middle of the day is: lunch; \
the meal in the evening is: dinner; something sweet after the meal is: dessert
        a doctor for teeth is a: dentist; a doctor for animals is a: veterinarian; \
a doctor for children is a: pediatrician; a doctor who operates is a: surgeon
        the brother of your mother is your: uncle; the sister of your father is your: aunt; \
the mother of your mother is your: grandmother; the son of your sister is your: nephew
        water falling from clouds is called: rain; white flakes that fall in winter are called: snow; \
moving air is called: wind; a cloud that touches the ground is called: fog
        a group of wolves is a: pack; a group of sheep is a: flock; a group of bees is a: swarm; \
a group of cows is a: herd
        a shape with three sides is a: triangle; a shape with four equal sides is a: square; \
a perfectly round shape is a: circle; a shape with five sides is a: pentagon
        a fear of heights is called: acrophobia; a fear of spiders is called: arachnophobia; \
a fear of narrow rooms is called: claustrophobia; a fear of strangers is called: xenophobia
        """,
    ),
    "feelings": (
        "{}",
        """
        a person who has won a prize feels: proud; a person who hears a strange noise at night feels: afraid; \
a person who has been insulted feels: angry; a person who has nothing to do feels: bored
        a person who has not eaten feels: hungry; a person who has not slept feels: tired; \
a person who has not drunk anything feels: thirsty; a person who has no friends feels: lonely
        """,
    ),
    "parts": (
        "A {} is part of a",
        """
        wheel: car; petal: flower; page: book; key: piano
        sleeve: shirt; branch: tree; screen: computer; roof: house
        sail: boat; wing: bird; handle: door; string: guitar
        """,
    ),
}


def groups() -> list[Group]:
    """Every group; nothing is drawn."""
    return tables(_TABLES)
