"""Everyday cause and effect: what came of it? Two continuations."""

from harness.testbed.english.groups import Group, group

NAME = "causes"

_PAIRS = """
the ice cream stood in the sun > it melted | the ice cream stood in the freezer > it stayed hard
he forgot his umbrella in the rain > he got wet | he forgot his coat in the snow > he got cold
she watered the plants every day > they grew tall | she never watered the plants > they dried up
the boy had not eaten all day > he was very hungry | the boy had eaten three large pizzas > he felt sick
the glass fell on the stone floor > it broke | the rubber ball fell on the stone floor > it bounced
the alarm clock did not ring > he came late to work | the alarm clock rang an hour early > he came early to work
the baby was tired > it fell asleep | the baby was hungry > it cried for milk
the battery was empty > the phone went dark | the battery was full > the phone worked all day
the bread stayed in the oven too long > it was burnt | the bread left the oven too soon > it was still raw inside
she studied hard for the test > she passed it | she did not study for the test > she failed it
the road was covered with ice > the car slid into the ditch | the road was closed for repairs > the car took another way
he drank a lot of coffee at night > he could not sleep | he took a sleeping pill > he slept until noon
the dog heard a stranger at the door > it barked | the dog saw its owner come home > it wagged its tail
the wind blew hard > the hat flew away | the sun shone hot > the hat was needed for shade
he put too much salt in the soup > it tasted terrible | he used fresh herbs for the soup > it tasted wonderful
she stepped on a nail > her foot was bleeding | she walked barefoot through the mud > her feet were dirty
the lamp was switched off > the room was dark | the heater was switched off > the room was cold
he lost his keys > he could not open the door | he lost his glasses > he could not read the letter
the team scored in the last minute > the fans cheered | the team lost the final > the fans went home sad
the river rose after the storm > the village was flooded | the river dried up in summer > the village had no water
the tire had a hole > the bicycle could not be ridden | the bicycle was new and light > the ride was fast
the cat smelled the fish > it came into the kitchen | the cat heard the vacuum cleaner > it ran out of the kitchen
the music was very loud > the neighbors complained | the music was beautiful > the neighbors applauded
he told a funny joke > everybody laughed | he told a sad story > everybody cried
the child touched the hot stove > she burned her hand | the child played in the cold snow > her hands were freezing
the milk was three weeks old > it tasted sour | the milk was mixed with sugar > it tasted sweet
she saved money for years > she bought a house | she lost all her money > she sold her house
the train was delayed > they missed their flight | the train was on time > they caught their flight
he ran up ten flights of stairs > he was out of breath | he sat still for ten hours > his back was stiff
the shirt was washed with a red sock > it turned pink | the shirt was left in the sun for months > its colour faded
the door was locked > nobody could come in | the door stood wide open > flies came in
the fire had no more wood > it went out | the fire was fed with dry wood > it burned brightly
it did not rain for months > the harvest was poor | the rain came at the right time > the harvest was rich
the printer ran out of ink > the page came out blank | the printer was repaired > the page came out perfect
he lifted a heavy box the wrong way > he hurt his back | he looked at a screen all day > his eyes hurt
the store lowered its prices > many customers came | the store raised its prices > the customers stayed away
her best friend moved away > she felt lonely | her best friend came to visit > she felt happy
the knife was dull > it did not cut the meat | the knife was sharp > it cut his finger
the teacher was sick > the lesson was cancelled | the teacher was in a good mood > there was no homework
the boat had a hole > it sank | the boat had a strong engine > it was fast
he was caught stealing > he was arrested | he saved a drowning child > he was praised as a hero
the bucket had a crack > the water leaked out | the bucket stood in the frost overnight > the water turned to ice
the mouse saw the cat > it ran away | the mouse smelled the cheese > it came out of its hole
the cake was delicious > nothing was left of it | the cake was as dry as dust > nobody wanted it
the street was full of cars > the drive took hours | the street was empty > the drive took minutes
she caught a cold > she was sneezing | she ate too much candy > she had a toothache
the bank was closed > he could not get any money | the bridge was closed > he could not cross the river
the sun went down > it grew dark | the sun came up > it grew light
the farmer left the gate open > the cows got out | the farmer rang the bell for food > the cows came in
the rope was old and thin > it snapped | the rope was new and thick > it held
the shoes were too small > her feet hurt | the shoes had holes > her feet got wet
the actor forgot his lines > the audience booed | the actor played brilliantly > the audience clapped
the paint was still wet > his hand turned blue | the pan was still hot > his hand got burnt
he exercised every morning > he became strong | he never left the couch > he became weak
she added sugar to the tea > it was sweet | she put ice cubes into the tea > it was cold
the power went out > the elevator stopped between two floors | the button was pressed > the elevator came down
the firemen came quickly > the house was saved | the firemen came too late > the house burned down
the baby bird fell from the nest > the girl put it back | the baby bird had learned to fly > it left the nest
he broke his leg > he walked on crutches | he won the lottery > he quit his job
the soup was too hot > she blew on it | the soup was cold > she heated it again
he put the water in the freezer > it turned to ice | he put the water on the stove > it began to boil
the girl dropped the egg > it broke | the girl blew up the balloon > it grew bigger
she turned on the radio > she could hear music | she turned on the light > she could see the room
he forgot to shave > he had a beard | he forgot to sleep > he was tired
the boy cut his finger > he needed a bandage | the boy got sand in his eye > he needed water to wash it out
the sun was very bright > she put on sunglasses | the rain was very heavy > she opened her umbrella
it was freezing outside > he put on a warm coat | it was hot outside > he took off his coat
the baby was born in the night > the parents were happy | the old man died in the night > the family was in mourning
she won the race > she got a gold medal | she broke the law > she got a fine
the plane landed > the passengers got off | the plane was about to start > the passengers fastened their seat belts
the cow was hungry > it ate grass | the cow was thirsty > it drank water from the river
her hair was too long > she went to the hairdresser | her tooth hurt > she went to the dentist
the car had no gas > it stopped | the car was dirty > it was washed
the ground was dry > he watered the garden | the grass was high > he mowed the lawn
the film was boring > she fell asleep | the film was scary > she screamed
he wanted to lose weight > he went on a diet | he wanted to lose no time > he hurried
the phone rang > she answered it | the doorbell rang > she opened the door
they heard the fire alarm > they left the building | they heard a good joke > they laughed out loud
the soup had no taste > he added salt | the coffee was bitter > he added sugar
the thief saw the police > he ran away | the child saw its mother > it ran toward her
the pencil was blunt > she sharpened it | the window was dirty > she cleaned it
he spilled red wine > the carpet was stained | he spilled the glue > the papers stuck together
the bird saw the cat > it flew away | the bird had eggs > it sat on its nest
she was very thirsty > she drank a glass of water | she was very hungry > she ate a sandwich
the room was cold > he lit a fire | the room was dark > he lit a candle
he missed the last bus > he walked home | he bought a bus ticket > he rode home
the child had a fever > the mother called the doctor | the child had a birthday > the mother baked a cake
the balloon touched a needle > it burst | the balloon lost its string > it flew up into the sky
the sailor fell into the sea > he had to swim | the climber fell from the cliff > he broke his bones
her glasses were broken > she could not read | her leg was broken > she could not walk
winter came > the trees lost their leaves | spring came > the trees grew new leaves
the shop was out of bread > she baked her own | the shop was having a sale > she bought three dresses
they planted seeds > flowers grew | they cut down the trees > the forest disappeared
the king died > his son was crowned | the king was angry > his servants trembled
the pupil talked all the time > the teacher scolded him | the pupil gave the right answer > the teacher praised him
he ate too much > his stomach hurt | he read too long > his eyes hurt
the house was for sale > a young family bought it | the house was on fire > the firemen came
her hands were dirty > she washed them | her hands were cold > she put on gloves
the computer crashed > his work was lost | the printer jammed > his letter could not be printed
the lake was frozen > the children went skating | the lake was warm > the children went swimming
the milk boiled over > the stove was a mess | the bath ran over > the floor was wet
the ship hit an iceberg > it sank | the ship reached the harbor > it dropped anchor
it was her wedding day > she wore a white dress | it was her first day at work > she met her new boss
the dog was thirsty > it drank from its bowl | the dog was happy > it wagged its tail
"""


def groups() -> list[Group]:
    """A group per line."""
    return [_told(number, line) for number, line in enumerate(_PAIRS.strip().splitlines(), 1)]


def _told(number: int, line: str) -> Group:
    pairs = [told.split(" > ") for told in line.split(" | ")]
    return group(f"causes {number}", [(f"{_begun(cause)}, so", f"{effect}.") for cause, effect in pairs])


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
