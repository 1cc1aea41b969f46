"""World knowledge: things that anybody who has read English knows. Four answers of one kind, each right once."""

from harness.testbed.english.groups import Group, tables

NAME = "world"

_TABLES = {
    "capitals": (
        "The capital of {} is the city of",
        """
        France: Paris; Japan: Tokyo; Egypt: Cairo; Russia: Moscow
        Spain: Madrid; Italy: Rome; Greece: Athens; Portugal: Lisbon
        Austria: Vienna; Hungary: Budapest; Poland: Warsaw; Sweden: Stockholm
        Peru: Lima; Cuba: Havana; Chile: Santiago; Venezuela: Caracas
        Kenya: Nairobi; Norway: Oslo; Finland: Helsinki; Ireland: Dublin
        Thailand: Bangkok; South Korea: Seoul; Iraq: Baghdad; Iran: Tehran
        """,
    ),
    "cities": (
        "{} is a large city in",
        """
        Munich: Germany; Barcelona: Spain; Milan: Italy; Marseille: France
        Shanghai: China; Mumbai: India; Osaka: Japan; Melbourne: Australia
        Toronto: Canada; Manchester: England; Rotterdam: the Netherlands; Istanbul: Turkey
        """,
    ),
    "continents": (
        "{} is a country in",
        """
        Nigeria: Africa; Vietnam: Asia; Germany: Europe; Brazil: South America
        Bolivia: South America; Ghana: Africa; Nepal: Asia; Denmark: Europe
        Belgium: Europe; Mongolia: Asia; Ecuador: South America; Zambia: Africa
        """,
    ),
    "languages": (
        "Most people in {} speak",
        """
        Austria: German; Brazil: Portuguese; Mexico: Spanish; Egypt: Arabic
        Australia: English; Argentina: Spanish; Iraq: Arabic; Switzerland: German
        """,
    ),
    "rivers": (
        "The river that flows through {} is the",
        """
        London: Thames; Paris: Seine; Rome: Tiber; Cairo: Nile
        Vienna: Danube; Cologne: Rhine; New Orleans: Mississippi; Hamburg: Elbe
        """,
    ),
    "sights": (
        "Visitors who want to see {} travel to",
        """
        the Eiffel Tower: Paris; Big Ben: London; the Colosseum: Rome; the Statue of Liberty: New York
        the Great Wall: China; the Taj Mahal: India; the pyramids: Egypt; the Grand Canyon: Arizona
        the Brandenburg Gate: Berlin; the Kremlin: Moscow; the Acropolis: Athens; the Golden Gate Bridge: San Francisco
        """,
    ),
    "young animals": (
        "A young {} is called a",
        """
        dog: puppy; cat: kitten; cow: calf; sheep: lamb
        horse: foal; bear: cub; frog: tadpole; pig: piglet
        """,
    ),
    "animals": (
        "The animal that is known for {} is the",
        """
        its long neck: giraffe; its trunk: elephant; its black and white stripes: zebra; its mane: lion
        carrying its young in a pouch: kangaroo; building dams: beaver; spinning webs: spider; its hump: camel
        eating bamboo: panda; hopping on long hind legs: rabbit; its bushy tail and its nuts: squirrel; its howl: wolf
        changing its colour: chameleon; its hard shell: turtle; its eight arms: octopus; hanging upside down: bat
        """,
    ),
    "animal kinds": (
        "The {} belongs to the",
        """
        eagle: birds; salmon: fish; ant: insects; snake: reptiles
        penguin: birds; shark: fish; butterfly: insects; crocodile: reptiles
        """,
    ),
    "where animals live": (
        "A wild {} is most likely to be found in the",
        """
        camel: desert; polar bear: Arctic; monkey: jungle; whale: ocean
        parrot: jungle; scorpion: desert; dolphin: ocean; reindeer: Arctic
        """,
    ),
    "animal goods": (
        "We get {} from",
        """
        milk: cows; wool: sheep; eggs: chickens; honey: bees
        ham: pigs; silk: worms; paper: trees; salt: the sea
        """,
    ),
    "materials": (
        "{} made of",
        """
        windows are: glass; tires are: rubber; books are: paper; bricks are: clay
        nails are: steel; candles are: wax; T-shirts are: cotton; belts are: leather
        wedding rings are: gold; electric wires are: copper; sweaters are: wool; shopping bags are: plastic
        """,
    ),
    "tools": (
        "The tool that is used to {} is a",
        """
        drive nails into wood: hammer; cut wood: saw; turn screws: screwdriver; dig holes: shovel
        sweep the floor: broom; eat soup: spoon; open a locked door: key; reach a high roof: ladder
        measure the temperature: thermometer; look at the stars: telescope; tell the time: clock; find north: compass
        look at tiny things: microscope; weigh flour: scale; comb out tangles: brush; sew on a button: needle
        """,
    ),
    "senses": (
        "People {} with their",
        """
        hear: ears; see: eyes; smell: nose; walk: feet
        chew: teeth; breathe: lungs; think: brain; wave: hands
        """,
    ),
    "planets": (
        "{} is",
        """
        the planet closest to the sun: Mercury; the planet with the famous rings: Saturn; the largest planet: Jupiter; \
the red planet: Mars
        """,
    ),
    "science": (
        "{}",
        """
        the gas that people need to breathe is: oxygen; frozen water is called: ice; \
the force that makes things fall is: gravity; the star at the centre of our solar system is: the sun
        plants get their energy from: sunlight; a magnet attracts: iron; lungs fill with: air; fish live in: water
        the lightest of all gases is: hydrogen; the liquid metal in old thermometers is: mercury; \
the gas that plants take in is: carbon dioxide; the metal in most cans of soda is: aluminum
        the organ that pumps blood is the: heart; the organ that digests food is the: stomach; \
the largest organ of the body is the: skin; the organ that thinks is the: brain
        the study of living things is called: biology; the study of the stars is called: astronomy; \
the study of numbers is called: mathematics; the study of the past is called: history
        the study of rocks is called: geology; the study of matter and its reactions is called: chemistry; \
the study of the mind is called: psychology; the study of plants is called: botany
        """,
    ),
    "symbols": (
        "The chemical symbol of {} is",
        """
        gold: Au; iron: Fe; oxygen: O; sodium: Na
        silver: Ag; hydrogen: H; carbon: C; lead: Pb
        """,
    ),
    "inventors": (
        "{} by",
        """
        the telephone was invented: Alexander Graham Bell; the light bulb was made practical: Thomas Edison; \
the printing press was invented: Johannes Gutenberg; dynamite was invented: Alfred Nobel
        the theory of relativity was proposed: Einstein; the law of gravity was found: Newton; \
the theory of evolution was proposed: Darwin; radium was discovered: Marie Curie
        """,
    ),
    "authors": (
        "{} was written by",
        """
        Hamlet: William Shakespeare; War and Peace: Leo Tolstoy; Oliver Twist: Charles Dickens; \
Don Quixote: Miguel de Cervantes
        Pride and Prejudice: Jane Austen; Tom Sawyer: Mark Twain; the Odyssey: Homer; Faust: Goethe
        """,
    ),
    "artists": (
        "{} by",
        """
        the Mona Lisa was painted: Leonardo da Vinci; The Starry Night was painted: Vincent van Gogh; \
Guernica was painted: Pablo Picasso; The Night Watch was painted: Rembrandt
        The Magic Flute was composed: Mozart; the Moonlight Sonata was composed: Beethoven; \
The Four Seasons was composed: Vivaldi; the Brandenburg Concertos were composed: Bach
        """,
    ),
    "history": (
        "{}",
        """
        the first president of the United States was: George Washington; the man who led India to independence was: \
Mahatma Gandhi; the first man on the moon was: Neil Armstrong; the emperor of France who lost at Waterloo was: Napoleon
        the sailor who reached America in 1492 was: Columbus; the Roman general who was murdered in March was: \
Julius Caesar; the president who ended slavery in America was: Lincoln; the last queen of ancient Egypt was: Cleopatra
        the pyramids were built by the ancient: Egyptians; the Colosseum was built by the ancient: Romans; \
democracy began with the ancient: Greeks; Machu Picchu was built by the: Incas
        """,
    ),
    "food": (
        "{} made from",
        """
        wine is: grapes; cheese is: milk; bread is: flour; french fries are: potatoes
        chocolate is: cocoa; ketchup is: tomatoes; popcorn is: corn; omelettes are: eggs
        """,
    ),
    "dishes": (
        "{} comes from",
        """
        pizza: Italy; sushi: Japan; paella: Spain; the taco: Mexico
        the croissant: France; curry: India; borscht: Ukraine; haggis: Scotland
        """,
    ),
    "colours": (
        "The colour of {} is",
        """
        grass: green; snow: white; coal: black; a ripe strawberry: red
        the sky on a clear day: blue; a lemon: yellow; chocolate: brown; an elephant: gray
        """,
    ),
    "holidays": (
        "{} in the month of",
        """
        Christmas is: December; Halloween is: October; Valentine's Day is: February; American independence \
is celebrated: July
        """,
    ),
    "counts": (
        "The number of {} is",
        """
        legs of a spider: eight; legs of an insect: six; wheels of a car: four; wheels of a bicycle: two
        days in a week: seven; months in a year: twelve; sides of a triangle: three; fingers on both hands: ten
        """,
    ),
    "sports": (
        "{} is played with a",
        """
        tennis: racket; baseball: bat; ice hockey: puck; golf: club
        """,
    ),
    "places": (
        "If you want to {}, you go to a",
        """
        borrow a book: library; see paintings: museum; catch a train: station; have a tooth pulled: dentist
        watch a film: cinema; buy medicine: pharmacy; see a lion: zoo; board a plane: airport
        buy bread: bakery; sleep away from home: hotel; pray: church; deposit money: bank
        """,
    ),
}


def groups() -> list[Group]:
    """Every group; nothing is drawn."""
    return tables(_TABLES)
