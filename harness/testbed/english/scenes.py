"""Scenes for prose: a line is a sentence of the scene, in two or three versions; any version follows any."""

# ruff: noqa: E501 (a line is a sentence in all its versions)

SCENES = {
    "the harbor": """
        The harbor was quiet when the fishing boats came back. | Long before sunrise the boats began to return to the harbor. | By the time the fog lifted, most of the boats had tied up.
        Gulls circled above the nets and quarrelled over every scrap. | On the pier an old woman sorted crabs into baskets without looking up. | Two boys waited on the steps, hoping that somebody would need help with the ropes.
        The catch had been poor since the spring, and nobody felt like talking. | There was more herring than the men had seen in years, and even the captain smiled. | A storm had kept them out for three nights, which showed in their faces.
        Ice was shovelled over the fish, and the first trucks left for the city. | Within an hour the whole load had been weighed, written down and sold.
        After that the men went home to sleep, and the harbor belonged to the cats. | Then the tide went out, and the boats settled slowly in the mud.
    """,
    "the bakery": """
        The bakery on the corner opens at six, but the light in the back goes on at two. | My grandfather started the bakery with one oven and a borrowed table. | Everybody in our street knows the bakery by its smell.
        The dough has to rest, and nothing can hurry it. | While the town sleeps, forty loaves are shaped by hand and set aside to rise. | Flour hangs in the air and settles on shoulders, lamps and the radio.
        Twice a year the baker tries a new recipe, usually something with nuts. | People have asked for white rolls and sweeter cakes, and in the end they got both. | The recipe for the dark bread is written nowhere, since everyone who needs it knows it.
        What is left in the evening goes to the shelter behind the church. | On Saturdays the line reaches around the corner, and strangers begin to talk.
        I have lived in three cities since then, and I have not found bread like it. | When the shop closes for two weeks in summer, the whole street complains.
    """,
    "a lost dog": """
        The dog had been missing for four days when somebody called. | On Thursday a small brown dog slipped out through the garden gate. | Nobody had noticed that the gate was open until it was too late.
        Posters hung on every lamp post between the school and the river. | My sister rode her bicycle up and down the same streets, calling his name. | We left his blanket outside, because a neighbor had read that it might help.
        A man from the railway thought that he had seen him near the tracks. | There were many calls, and most of them were about other dogs. | At night we sat in the kitchen and listened for scratching at the door.
        In the end he was found asleep in a garden shed, thin and perfectly calm. | It turned out that a widow had taken him in and was feeding him ham.
        He has never gone near the gate again. | Since then there has been a new lock, which he looks at now and then.
    """,
    "the library": """
        The town library occupies a building that was once a bank. | Before it became a library, the house had belonged to a merchant. | For many years the library consisted of two rooms above the fire station.
        The vault in the cellar, with its steel door, now holds the picture books. | Its reading room has tall windows and chairs that nobody would call comfortable. | Children are allowed to whisper, and the older readers pretend not to hear.
        Fewer books are borrowed than ten years ago, yet more people come. | Some visitors read the newspapers from front to back, others only want to be warm. | Students arrive after lunch and stay until the lights are dimmed.
        The librarian can find a book by the colour of its spine if she has to. | A volunteer repairs torn pages with thin paper and a great deal of patience.
        When the council wanted to close it, six hundred people signed a letter. | It is one of the few places left where one may sit all day without buying anything.
    """,
    "learning to swim": """
        I learned to swim when I was thirty, which is late. | As a child I had been afraid of water and had hidden it well. | Nobody in my family could swim, and nobody spoke about it.
        The teacher was younger than I was and never once laughed. | We began in water that reached my hips, holding on to the edge. | For the first three lessons I did nothing but breathe out under water.
        It is strange to find that the water carries you if you let it. | My legs knew what to do on land and forgot it as soon as they got wet. | Again and again I swallowed water, coughed, and was told that this was normal.
        One morning I reached the other side and did not notice until I touched the wall. | In June I swam across the lake, slowly, with my brother in a boat beside me.
        I still do not like deep water, but I no longer cross the street to avoid it. | My daughter, who learned it at four, thinks that this story is very funny.
    """,
    "the night train": """
        The night train to the coast has only two sleeping cars left. | Somebody had given up a ticket, and so I took the night train after all. | We missed the plane, and the only way home was the night train.
        In my compartment sat a soldier, a nurse and a man with a cello. | The beds were narrow, the blankets rough, and the window would not close. | A conductor with a gray beard collected the tickets and promised to wake us.
        Nobody slept much, and around midnight someone passed around a bag of cherries. | Outside, small stations went by with their lamps lit and not a soul on the platform. | For an hour we stood in the dark between two fields, and no reason was given.
        Toward morning the land became flat, and the first canals appeared. | When I woke, the cello was gone, and the sun lay on the empty seat.
        I have flown many times since, and I remember none of those journeys. | We arrived two hours late, and it did not matter in the least.
    """,
    "bees": """
        A hive in summer may hold fifty thousand bees. | My neighbor has kept bees behind his garage for twenty years. | Anyone who wants to keep bees should first spend a season with someone who does.
        Most of them are workers, and each has a task that changes with her age. | The youngest clean the cells, the older ones build, and the oldest fly out for food. | A worker in July lives about six weeks, while one born in autumn survives the winter.
        They tell one another where flowers are by a kind of dance. | On warm evenings they gather at the entrance and beat their wings to cool the hive. | Smoke makes them calm, or at least it makes them busy with other things.
        Honey is taken in late summer, and enough must be left for the cold months. | A good year brings thirty jars from one hive, and a wet one hardly any.
        He has been stung so often that he no longer mentions it. | What they need most are flowers from March to October and someone who leaves them in peace.
    """,
    "the old bridge": """
        The stone bridge below the mill is older than any house in the valley. | Nobody knows who built the bridge, although there are three stories about it. | Until the highway was finished, every cart and car had to cross the old bridge.
        It is so narrow that two cars cannot pass, which leads to long discussions. | In the middle there is a small niche, where a lamp used to burn. | Its four arches have survived floods that carried away whole barns.
        During the war it was to be blown up, but the order came too late. | Every spring a man from the city climbs under it with a hammer and listens. | A crack appeared some years ago, and for a summer only walkers were allowed.
        Children jump from it into the deep pool, though this is forbidden. | In the evening people lean on the wall and watch the trout.
        There are plans for a new one made of steel, and there have been for forty years. | If you put your hand on the stones in August, they are warm until midnight.
    """,
    "moving house": """
        We moved in the middle of winter, which no sensible person does. | After eleven years we had to leave the flat on the third floor. | The letter came in May, and by September the house was empty.
        It is surprising how many things one owns that one has never used. | Half of the boxes were labelled, and the labels were wrong. | My aunt wrapped every cup in newspaper and read the news while she did it.
        The piano was the worst, because the stairs turn twice. | Three friends had promised to help, and one of them came. | On the last evening we ate soup from the pot, since the plates were gone.
        When the rooms were bare, our voices sounded like those of other people. | I found a drawing on the wall behind the wardrobe, signed by my brother at six.
        The new place has a garden, and it took us a year to stop calling it the new place. | We still find things that we had believed to be lost.
    """,
    "the clock maker": """
        There is one clock maker left in our town, and he is seventy-eight. | In a shop no wider than a corridor, a man repairs clocks. | The sign above the door says that clocks are bought, sold and mended.
        Behind him tick a hundred clocks, and no two of them agree. | He works with a lens in one eye and talks without looking up. | His tools were made by his father, and some of them have no name.
        Most of what people bring him is worth less than the repair. | A woman once brought him a watch that had stopped when her husband died. | He refuses to touch anything that has a battery.
        Sometimes he keeps a clock for months, because he likes its sound. | What he charges seems to depend on whether he likes the owner.
        He says that a clock wants to run, and that one only has to find out what prevents it. | When he closes the shop, there will be nobody to take over the drawers full of springs.
    """,
    "a storm": """
        The storm had been announced for the evening, but it arrived at noon. | All day the air had been heavy, and the birds were silent. | First the wind stopped, and that was worse than the wind.
        Within minutes the sky turned the colour of slate. | Chairs flew across the terrace, and somebody ran after an umbrella. | Hail the size of cherries beat on the roofs of the cars.
        The power failed, and in the sudden dark the children cheered. | Water came down the hill in streams and took the gravel of the paths with it. | A tree that had stood in front of the school for a century lay across the road.
        When it was over, people stepped out of their doors and looked at one another. | It lasted for twenty minutes, and the cleaning took twenty days.
        The next morning was as clear as glass, as if nothing had happened. | In the meadow lay a garden gate that nobody has ever claimed.
    """,
    "coffee": """
        Coffee grows on shrubs whose berries are red when they are ripe. | According to an old tale, a goatherd was the first to notice what coffee does. | A cup of coffee in the morning is the result of a long chain of work.
        The berries are picked by hand, because they do not ripen at the same time. | Each of them holds two seeds, which are washed, dried and sorted. | On steep slopes, where no machine can go, families bring in the harvest.
        Green beans keep for a year, while roasted ones begin to lose their taste within weeks. | In the roaster they crack, swell and take on the smell that everybody knows. | A darker roast is stronger in taste but not in its effect.
        Some people boil it with sugar, others let the water drip through paper. | How fine it should be ground depends on how long the water stays with it.
        Farmers see little of what is paid for it at the counter. | Whether it is healthy has been asked for four centuries and answered in every way.
    """,
    "the marathon": """
        He had not planned to run a marathon; it had been a bet. | At the start of the race it was raining, and everybody wore plastic bags. | For half a year she had run before work, mostly in the dark.
        The first ten miles were easy, and that was the mistake. | People stood along the road with bells, pots and signs painted by children. | A man dressed as a banana overtook her, and then another one did.
        At mile twenty the legs simply refused. | Somewhere near the stadium the crowd became thin, and with it the courage. | Someone handed out slices of orange, which tasted better than any meal before.
        The last mile took as long as the four before it. | Nobody who saw the finish could have said who was laughing and who was crying.
        The medal hangs in the bathroom, where it cannot be overlooked. | On the following day the stairs had to be taken backwards.
    """,
    "the garden": """
        The garden behind the house had not been touched for ten years. | When she bought the house, she had not given the garden a thought. | A garden teaches patience to people who did not ask for it.
        Under the nettles there was a path, and along the path there were roses. | The soil is heavy and full of stones, each of which has to be carried away. | In the first year she only watched what would come up by itself.
        Snails ate the beans, and the frost took the tomatoes. | The old pear tree carried so much fruit that its branches had to be propped. | Her neighbor leaned over the fence and gave advice, some of which was good.
        She learned to water in the evening and to plant when the moon did not matter. | By now there are vegetables for half of the year and flowers for all of it.
        On summer nights she sits on the bench with a glass of wine and does nothing. | It will never be finished, and she has come to see this as its best quality.
    """,
    "the first snow": """
        The first snow fell in the last week of October. | Nobody in the class had ever seen so much snow. | Overnight the snow had covered everything that had been ugly.
        Cars stood at strange angles in the street, and their owners argued. | The plow did not come until noon, so the school stayed closed. | It was so quiet that one could hear a door being shut at the other end of the village.
        Old men who never spoke to one another were shovelling side by side. | With trays, bags and one real sled the children took over the hill. | The dog jumped into it, disappeared, and came up again with a white nose.
        By evening there were eleven snowmen, one of them with a tie. | At four it began to get dark, and the lamps made yellow circles.
        A few days later there was only mud, and a hat that nobody wanted back. | My grandmother stood at the window and said that it used to be deeper.
    """,
    "the orchestra": """
        An orchestra that tunes sounds like an animal waking up. | She has played second violin in the same orchestra for nineteen years. | Before the concert the musicians sit in the cellar and eat sandwiches.
        The oboe gives the note, and everyone else follows. | From where she sits she sees the conductor's left hand and somebody's hair. | The man with the triangle waits for forty minutes and then must not be late.
        They have played the piece so often that mistakes come as a surprise. | A string broke in the slow movement, and a violin was passed forward from row to row. | In the third row a man was asleep, and he clapped louder than the rest.
        What the audience hears as one sound is the work of eighty people who do not all like each other. | Conductors come and go, while the players stay.
        After the last note there was a silence that nobody wanted to end. | On the bus home she still hears it, though a beat too fast.
    """,
    "the lighthouse": """
        The lighthouse has had no keeper since 1988. | On the last rock before the open sea stands a lighthouse. | My great-uncle was the keeper of a lighthouse for thirty-one winters.
        Two hundred and four steps lead to the lamp. | The walls are six feet thick at the bottom and still shake in a storm. | Supplies came by boat once in two weeks, if the sea allowed it.
        He wrote down the weather every three hours and little else. | In thick fog a horn was sounded, and sleep was out of the question. | From the gallery one sees ships that are still below the horizon for everyone else.
        Today a computer in the city switches the lamp on and off. | Biologists spend the summer there and count birds.
        People think that such a life must be lonely, but he said that he was lonely only on land. | The light can be seen for twenty miles, and it has never failed for a whole night.
    """,
    "the market": """
        On Wednesdays and Saturdays there is a market in front of the town hall. | The market begins before most people are awake. | If you want to know a town, go to its market.
        The man with the potatoes has stood in the same place since he was a boy. | There is cheese from the mountains, honey from the next village and fish from far away. | Somebody is always playing the accordion, and not always well.
        One must taste the cherries before buying them, and then one must buy them. | Prices are written on slate, and at noon they are wiped off and written lower. | An elderly couple compares every head of lettuce and then takes the first one.
        News is exchanged here that the paper prints on the following day. | By two o'clock only leaves, crates and pigeons are left.
        I spend more there than in the store, and I have never regretted it. | The supermarket is cheaper, but it knows nobody by name.
    """,
    "a school play": """
        The school play that year was about a king who could not sleep. | Every winter the fifth grade puts on a play. | Nobody wanted to be the villain in the play, so the teacher had to do it.
        The costumes were sewn from curtains, and some still had hooks. | Paul had four lines and practised them for six weeks. | The moon was a lamp in a cardboard box, held by a girl with strong arms.
        In the second act the door of the castle fell over, and behind it stood the cook. | Someone forgot his words, and three others said them for him at once. | A father filmed the whole thing and had his thumb in front of the lens.
        The applause went on until the principal turned on the light. | Afterwards there was cake, and the king ate it with his crown on.
        Years later, none of them could remember the ending, but all remembered the door. | It was not good, and it was wonderful.
    """,
    "rivers": """
        A river is never the same for two days in a row. | Seen from above, the river looks like a rope that someone dropped. | People have settled on the river for as long as there have been people.
        In its upper course it is fast and cold, and it carries stones. | Where the land is flat, it bends to and fro and cannot decide. | The bends move by a few feet each year, and fences fall in.
        In the last century it was forced into a straight bed so that ships could pass. | Every flood leaves fine mud on the fields, which farmers used to welcome. | Downstream from the factories nobody bathed for fifty years.
        Now the banks are being opened again, at great cost. | Salmon, which had been gone for generations, have been seen at the weir.
        What was gained in safety upstream was lost by the towns below. | Whoever has lived beside it can tell from its sound how high it stands.
    """,
    "the hospital": """
        At night a hospital is louder than one would expect. | She has worked night shifts in the hospital since her children left home. | He spent eleven days in the hospital and learned the names of all the nurses.
        Machines hum, shoes squeak, and somewhere a bell is ringing. | The man in the next bed told the same story every evening, each time with another ending. | Between two and four nothing happens, or everything does.
        A nurse on this floor looks after fourteen patients. | Some of them want water, others only want to hear that somebody is there. | Breakfast comes at half past six, whether one has slept or not.
        A doctor of twenty-eight decides things that nobody should have to decide. | Visitors bring flowers, newspapers and advice.
        When he was allowed to go, he did not know how to say thank you and said it to the elevator. | In the morning she cycles home against the stream of people who are going to work.
    """,
    "the map": """
        As a boy I could spend an afternoon with a map. | The oldest map of the island shows mountains where there are none. | Before there were satellites, a map was made on foot.
        A surveyor carried his instruments up every hill and drew what he saw. | Where nothing was known, the artist put a whale or a ship. | Roads were shown in red, paths in black, and water in a blue that is no longer made.
        Some publishers put in a village that did not exist, so as to catch those who copied. | Every map leaves something out, and one should ask what it is. | A straight border usually means that those who drew it had never been there.
        Today a voice tells us where to turn, and we arrive without knowing where we are. | My mother could not fold one, and the glove compartment was full of crumpled countries.
        I still keep one in the car, for the day on which the battery is empty. | On mine, somebody had marked a spring with a pencil, and it was there.
    """,
    "the chess club": """
        The chess club meets on Tuesdays above the butcher's shop. | There are nine members in our chess club, and the youngest is eleven. | For a long time the chess club had one good player and many polite ones.
        Nobody speaks, except for the clocks. | The boards are old, and one of the black knights has been replaced by a cork. | Someone always makes tea, and it is always forgotten.
        An engineer, a widow and a taxi driver have played each other for thirty years. | The boy plays fast and looks out of the window while his opponents think. | In winter the heating fails, and they play in their coats.
        Losing is not pleasant, but one gets used to it, as one does to rain. | The worst are the games in which one was winning.
        Last spring they won against the city and had no idea how to celebrate. | When a member dies, his chair stays empty for a month.
    """,
    "the desert": """
        In the desert it can be freezing an hour after sunset. | People who imagine the desert as sand have not seen much of it. | Some parts of the desert get no rain for years at a time.
        Most of it consists of gravel, rock and dry riverbeds. | Plants wait as seeds until there is water, and then they are in a hurry. | Small animals spend the day under ground, where it is cool and damp.
        When it rains, it rains too much, and the valleys turn into torrents. | A well may be the work of many generations, and its owner is respected. | The wind moves the dunes by a few yards a year, over roads and gardens.
        Those who live there travel at night and rest when the sun is high. | A traveler is given tea three times, and it would be rude to leave after the second.
        What one remembers afterwards is not the heat but the silence. | The stars are so many that the familiar ones are hard to find.
    """,
    "the letter": """
        The letter had been on its way for thirty years. | Among the papers of my grandfather there was one letter that had never been opened. | She wrote the letter three times and sent none of the versions.
        It was only two pages long, in a small and careful hand. | The stamp showed a queen, and the ink had turned brown. | It began with the weather, as such letters do.
        In the middle there was a question that could have changed everything. | He described his room, the noise of the street and the food, and said nothing about himself. | Whole lines had been crossed out so thoroughly that the paper was torn.
        I read it in the kitchen, standing up, with my coat on. | The sender had been dead for a long time, and so had the person to whom it was addressed.
        We put it back where it had been. | My mother keeps it in a drawer and says that it is none of our business.
    """,
    "glass": """
        Glass is made from sand, soda and lime. | The island has been famous for its glass for seven hundred years. | For most of history, glass was as precious as silver.
        In the furnace the mixture becomes a glowing syrup. | The master gathers some of it on a long pipe and blows, turning it all the time. | There are only minutes before it becomes too stiff to be shaped.
        Colours come from metals: cobalt makes it blue, and gold makes it red. | If it cools too fast, it bursts, sometimes days afterwards. | An apprentice sweeps, carries and watches for two years before he touches the pipe.
        Windows were small at first, because nobody could make large sheets. | Broken pieces are melted down again, and nothing is lost.
        A good vase looks as if it had cost no effort. | He has burn marks on both arms and cannot imagine any other work.
    """,
    "the ferry": """
        The ferry crosses the river every twenty minutes, or when the ferryman feels like it. | Before the bridge was built, everyone depended on the ferry. | We reached the landing just as the ferry pulled away.
        It carries six cars, or four cars and a tractor. | A cable on the river bed keeps it from drifting downstream. | There was room for one more car, but a cow was standing there.
        The passage takes five minutes, which is long enough for a conversation. | In spring, when the water is high, the way around takes an hour. | He knows everybody who crosses and most of the reasons.
        Tourists take pictures, while the farmers turn off the engine and shut their eyes. | A bell hangs on the other side, and whoever wants to cross has to ring it.
        They say that it will be replaced by a bridge, and he laughs when he hears it. | In the middle of the river, for a moment, one belongs to neither side.
    """,
    "cooking": """
        My father learned to cook when my mother went back to work. | The best cook in our family never owned a recipe. | Cooking for one person is harder than cooking for ten.
        At first there were noodles, then noodles with something on them. | The secret of a good soup is time, and time is what nobody has. | She tasted with a wooden spoon and frowned until it was right.
        He burnt the onions so often that we thought they had to be black. | Salt can be added, she used to say, but it cannot be taken back. | In the oven something was always rising, cooling or being kept warm.
        On Sundays everybody had to peel something. | Guests who offered to help were given the beans.
        Today he makes a roast for which people drive two hours. | I have tried to make it as she did, with the same pot, and it is not the same.
    """,
    "the factory": """
        The factory closed in the year when I started school. | For a century the factory decided when the town got up. | Half of the people in our street worked in the factory.
        A siren called the workers in at six and let them out at two. | They made zippers there, for the whole continent, it was said. | The noise was so great that the women talked with their hands.
        When orders fell, first the night shift went and then the second one. | My mother could tell by the smoke what was being dyed that day. | There was a choir, a soccer team and a doctor, all paid by the company.
        For years the halls stood empty, and birch trees grew on the roof. | Now there are studios and a cafe in it, and the rents have doubled.
        The old ones still set their clocks by a siren that no longer sounds. | A single machine has been kept and is shown to school classes.
    """,
    "whales": """
        A blue whale is longer than three buses and eats animals the size of a thumb. | For two hours we saw nothing, and then a whale came up beside the boat. | Whales are mammals whose ancestors walked on land.
        Their songs travel through the water for hundreds of miles. | One hears the breath before one sees the back. | A calf grows by the weight of a grown man every day.
        In summer they feed in cold seas, and in winter they starve in warm ones. | The engine had been switched off, and nobody on deck said a word. | They were hunted for their oil until hardly any were left.
        Since the hunt was forbidden, some kinds have become more numerous. | Scientists tell them apart by the marks on their tails.
        What they have to say to one another is not known. | When it dived, the tail stood above the water for a moment like a tree.
    """,
    "an interview": """
        The interview was to begin at nine, and at ten past nine I was in the wrong building. | She had prepared for the interview as if for an exam. | Nobody had told him that the interview would take place in a canteen.
        Three people sat behind a table and smiled at the same time. | The first question was whether the journey had been pleasant. | A plant stood between us, so that I had to lean to one side.
        They asked about weaknesses, and I named one that sounded like a strength. | There was a long pause, in which somebody's stomach could be heard. | She said openly that she did not know, and one of them wrote it down.
        The man on the left only wanted to know what she read. | At the end they asked whether there were any questions, and I had forgotten all of mine.
        Two days later the phone rang while I was in the shower. | She got the job, and years afterwards she learned that she had been the only one to admit it.
    """,
    "the cat": """
        The cat came with the house. | Nobody had invited the cat, but she behaved as if we had. | For the first weeks the cat lived behind the washing machine.
        She is gray, with one white foot, and of uncertain age. | In the morning she sits on the newspaper, on exactly the page that is being read. | Doors make her angry, whether they are open or closed.
        The neighbors across the street feed her, too, and call her Albert. | She brings us mice and seems disappointed by our manners. | A basket was bought for her, and she sleeps in the box it came in.
        The vet, who has scars, says that she is in excellent health. | Once she was away for a week and came back smelling of perfume.
        We do not know where she goes at night, and it is probably better so. | When I am ill, she lies on my feet and does not move until I am well.
    """,
    "the mountain hut": """
        The hut stands on a saddle between two peaks, four hours from the road. | We reached the hut in fog and heard it before we saw it. | A young couple has run the mountain hut for six summers.
        Everything that is eaten there has been carried up or flown in once a year. | Boots stood in rows beside the stove, and it smelled of wet wool. | There is no shower, and after two days nobody notices.
        At six there is soup, and at nine somebody puts out the lamp. | Forty people slept side by side, and each of them said that the others had snored. | The weather for the next day was written on a board, followed by a question mark.
        At four in the morning the first climbers were tying their laces by candlelight. | In September, after the last guests, the shutters are nailed up.
        From the door one sees three countries and not a single house. | On the way down we were silent, because the valley looked so loud.
    """,
    "money": """
        Before there were coins, people paid with shells, salt and cattle. | Money is a promise that works as long as everybody believes in it. | The first paper money was printed in China.
        A coin was worth the metal in it, and so people scraped at the edges. | Merchants got tired of carrying silver and carried letters instead. | To stop this, the edges were given a pattern that is still there today.
        Kings who needed more of it mixed in copper and hoped that nobody would notice. | When too much is printed, prices rise until a loaf costs a suitcase full. | A banknote is made of cotton, and it survives the washing machine.
        Nowadays most of it exists only as numbers in computers. | Children learn early that a card can be empty, though it looks the same.
        It is easy to say what it does and hard to say what it is. | In some villages people still write down who owes whom an afternoon of work.
    """,
    "the painter": """
        The painter lived for eleven years in a house without a mirror. | He began to paint after he had retired from the post office. | During her lifetime she sold four paintings, two of them to her brother.
        He painted the same hill in every kind of weather. | Her colours were mixed from earth and oil, and the blue was so expensive that she used it last. | Most of the pictures are no larger than a book.
        The critics of the time found them clumsy, if they found them at all. | Visitors were asked to sit by the window and not to talk. | On the back of each he noted the hour and what he had eaten.
        After the fire only those were left that had been given away. | A student discovered them in an attic and wrote about nothing else for years.
        Today people stand in line for them in the rain. | Whether this would have pleased the one who made them, nobody can say.
    """,
}
