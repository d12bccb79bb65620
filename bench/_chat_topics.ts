// SPDX-License-Identifier: Apache-2.0

/**
 * What the people of the made-up chats talk about. `{v}` stands for what is to be remembered, `{o}` for
 * the name of the other person.
 */
export interface Topic {
  /** What is to be remembered: one of these. */
  readonly values: readonly string[];
  /** How it is told unasked. */
  readonly tells: readonly string[];
  /** How the other person asks for it, and how it is answered then. */
  readonly asked: readonly (readonly [ask: string, answer: string])[];
  /** How it is put right later; absent when it cannot change. */
  readonly corrections?: readonly string[];
  /** What the teller adds to it. */
  readonly details: readonly string[];
  /** What the other person says to it. */
  readonly reactions: readonly string[];
  /** What either says of the matter at other times, without telling it. */
  readonly mentions: readonly string[];
  /** What is asked of the whole chat; `{p}` is the one who told it. */
  readonly questions: readonly string[];
}

/** The topics. */
export const TOPICS: readonly Topic[] = [
  {
    values: ["cello", "accordion", "harp", "banjo", "oboe"],
    tells: [
      "Guess what, I finally bought a second-hand {v} and practise every evening.",
      "My first {v} lesson was tonight, my fingers hurt but I loved it.",
    ],
    asked: [
      [
        "So which one did you pick in the end?",
        "The {v}. It was love at first sound.",
      ],
      [
        "Didn't you want to start music lessons?",
        "I did, on the {v}! Twice a week now.",
      ],
    ],
    reactions: [
      "You always had a good ear.",
      "Your neighbours will be thrilled.",
    ],
    details: [
      "Music was always missing in my life.",
      "The instrument is older than I am.",
      "I play until the neighbours knock.",
    ],
    mentions: [
      "I heard a street musician playing the violin today, it made my day.",
      "Still practising scales, still terrible.",
      "The music teacher says I should relax my wrist.",
    ],
    questions: [
      "What instrument did {p} buy and learn to play?",
      "Which instrument did {p} have lessons on?",
      "What instrument does {p} play?",
      "Which musical instrument did {p} take up?",
    ],
  },
  {
    values: ["Biscuit", "Pepper", "Waffles", "Juno", "Mango", "Clementine"],
    tells: [
      "We adopted a puppy from the shelter and called her {v}.",
      "The new dog is called {v}, by popular vote.",
    ],
    asked: [
      [
        "What did you name the puppy?",
        "We settled on {v} after a long family meeting.",
      ],
      [
        "And does the little one have a name yet?",
        "{v}! She already listens to it.",
      ],
    ],
    reactions: ["I can't wait to meet her.", "Send a picture at once."],
    details: [
      "She sleeps on my feet already.",
      "The dog at the shelter looked at us and that was that.",
      "A good name for a small dog, I think.",
    ],
    mentions: [
      "The dog chewed another shoe last night.",
      "I took her to the vet for her shots.",
      "Walking at six in the morning is not for me.",
    ],
    questions: [
      "What did {p} name the puppy?",
      "What name did {p} give the new dog?",
      "What is the name of {p}'s dog?",
      "What is {p}'s pet called?",
    ],
  },
  {
    values: [
      "Tuesday at nine",
      "Thursday at four",
      "Friday at noon",
      "Monday at eight",
    ],
    tells: [
      "My dentist appointment is on {v}, wish me luck.",
      "I have to be at the dentist's {v}.",
    ],
    asked: [["When do they pull that tooth?", "{v}, and I'm already nervous."]],
    corrections: [
      "They rang me up: the dentist moved me, it's {v} now.",
      "Small change, the tooth thing got shifted and is now {v}.",
    ],
    reactions: ["You'll be fine.", "Eat ice cream afterwards."],
    details: [
      "The dentist was very kind about it on the phone.",
      "It's only one tooth, but still.",
    ],
    mentions: [
      "My jaw aches when I drink anything cold.",
      "I hate that drilling noise.",
    ],
    questions: [
      "When is {p}'s dentist appointment?",
      "When will {p} be at the dentist because of the tooth?",
      "When does {p} have to see the dentist?",
      "What time is {p}'s dental appointment?",
    ],
  },
  {
    values: [
      "Lisbon",
      "Tallinn",
      "Kyoto",
      "Reykjavik",
      "Marrakesh",
      "Ljubljana",
    ],
    tells: [
      "We spent the holiday in {v} and walked until our feet gave up.",
      "Just back from {v}, I have a thousand photos to sort.",
    ],
    asked: [
      ["Where did you two go in the end?", "{v}. A week was not enough."],
      [
        "How was the trip? Where were you again?",
        "It was {v}, and it was wonderful.",
      ],
    ],
    reactions: ["I'm so jealous.", "I want to see every photo."],
    details: [
      "We want to travel there again.",
      "The city is best before breakfast.",
      "The best trip since we were students.",
    ],
    mentions: [
      "I should renew my passport before summer.",
      "Flights are so expensive this year.",
      "Packing light is an art I never learned.",
    ],
    questions: [
      "Where did {p} go on the trip?",
      "In which city did {p} spend the holiday?",
      "Where did {p} travel on vacation?",
      "Which city did {p} visit on holiday?",
    ],
  },
  {
    values: ["peanuts", "shellfish", "kiwi", "sesame", "lactose"],
    tells: [
      "The test came back: I'm allergic to {v}, of all things.",
      "No more {v} for me, the doctor says my body can't stand it.",
    ],
    asked: [[
      "What did the allergy test say?",
      "It's {v}. At least now I know.",
    ]],
    reactions: [
      "Good to know before I cook for you.",
      "That explains the rash.",
    ],
    details: [
      "So no more eating out without asking.",
      "The allergy explains a lot.",
      "The doctor gave me a list of food.",
    ],
    mentions: [
      "My nose runs all spring, it's the pollen.",
      "I read every label in the shop now.",
    ],
    questions: [
      "What allergy did the doctor find with {p}?",
      "What did {p}'s allergy test show?",
      "What food can {p} not eat?",
      "What is {p} allergic to?",
    ],
  },
  {
    values: [
      "a librarian at the city library",
      "a nurse in the children's ward",
      "a baker on Mill Street",
      "a surveyor for the railway",
      "a translator at the court",
    ],
    tells: [
      "Big news: I start as {v} next month.",
      "I got the job! From the first on I'm {v}.",
    ],
    asked: [[
      "So what will you be doing exactly?",
      "I'll be {v}. The contract is signed.",
    ]],
    corrections: ["Plot twist, I quit that place. I'm {v} now."],
    reactions: [
      "Congratulations, you earned it.",
      "They are lucky to have you.",
    ],
    details: [
      "A new job at my age!",
      "The work is close to home too.",
      "I hand in my notice tomorrow.",
    ],
    mentions: [
      "My boss wants the report by the end of the week.",
      "Work has been mad lately, I hardly see daylight.",
      "The commute is the worst part of the day.",
    ],
    questions: [
      "What is {p}'s new job?",
      "Which work will {p} start?",
      "What does {p} do for a living?",
      "What is {p}'s profession?",
    ],
  },
  {
    values: [
      "under the blue flower pot",
      "behind the third brick",
      "in the old teapot",
      "with Mrs. Abbott next door",
    ],
    tells: [
      "In case you arrive before me, the spare key is {v}.",
      "I leave the extra key {v} from now on.",
    ],
    asked: [[
      "How do I get in if you're late?",
      "Look {v}, that's where I keep the spare.",
    ]],
    corrections: ["I moved the key for the flat, it's {v} these days."],
    reactions: ["Got it, I won't tell a soul.", "Good hiding place."],
    details: [
      "The door sticks, so push.",
      "Please put the key back afterwards.",
    ],
    mentions: [
      "I locked myself out again, don't laugh.",
      "The lock on the back door sticks in winter.",
    ],
    questions: [
      "Where does {p} keep the spare key?",
      "Where is the key for {p}'s door?",
      "Where is {p}'s spare key hidden?",
      "Where can the extra key to {p}'s home be found?",
    ],
  },
  {
    values: [
      "a vegetable lasagne",
      "a lamb tagine",
      "a mushroom risotto",
      "a fish pie",
      "a pumpkin curry",
    ],
    tells: [
      "I cooked {v} for eight people on Saturday and nobody complained.",
      "Dinner was {v}, and for once I didn't burn it.",
    ],
    asked: [[
      "What did you make for the guests?",
      "{v}, with far too much garlic.",
    ]],
    reactions: ["Save me a plate next time.", "I need the recipe."],
    details: [
      "The guests asked for more.",
      "The recipe is from my aunt.",
      "I started cooking at noon.",
    ],
    mentions: [
      "The oven timer broke again.",
      "I bought a new pan, my old one was all scratches.",
      "We ordered pizza, I was too tired to cook.",
    ],
    questions: [
      "What did {p} cook for dinner?",
      "What did {p} make for the guests?",
      "What dish did {p} prepare for the guests?",
      "What did {p} serve at the dinner party?",
    ],
  },
  {
    values: [
      "The Salt Road",
      "Winter Orchard",
      "A House of Clocks",
      "The Quiet Cartographer",
    ],
    tells: [
      "I finished {v} last night and cried at the end.",
      "I can't put {v} down, it's the best novel in years.",
    ],
    asked: [[
      "What are you reading at the moment?",
      "{v}. I stay up far too late with it.",
    ]],
    reactions: ["I'll borrow it after you.", "No spoilers please."],
    details: [
      "The book was a present from a colleague.",
      "I read it on the train and missed my stop.",
    ],
    mentions: [
      "The library fines are adding up.",
      "I fell asleep over my magazine.",
      "Our reading group meets on the last Sunday.",
    ],
    questions: [
      "What book is {p} reading?",
      "Which novel could {p} not put down?",
      "Which book did {p} read?",
      "What is the title of the novel that {p} enjoyed?",
    ],
  },
  {
    values: [
      "a half marathon",
      "a triathlon",
      "a hundred-kilometre bike race",
      "a night run through the old town",
    ],
    tells: [
      "I signed up for {v}, there's no way back now.",
      "I did it, I paid the fee for {v}.",
    ],
    asked: [["What are you training for?", "For {v}, believe it or not."]],
    corrections: ["My knee says no, so I changed my entry to {v} instead."],
    reactions: [
      "You are out of your mind, in a good way.",
      "I'll cheer at the finish.",
    ],
    details: [
      "The race is in eight weeks.",
      "I train before work, in the dark.",
      "The registration was almost full.",
    ],
    mentions: [
      "My legs are like jelly after yesterday.",
      "New running shoes make all the difference.",
      "I stretched for once, you'd be proud.",
    ],
    questions: [
      "What race did {p} sign up for?",
      "What is {p} training for?",
      "What sports event did {p} register for?",
      "Which competition is {p} preparing for?",
    ],
  },
  {
    values: [
      "a red canoe",
      "an old sailing dinghy",
      "a camper van",
      "a cargo bike",
    ],
    tells: [
      "We blew our savings on {v}, and I regret nothing.",
      "There's {v} in our driveway since this morning, and it's ours.",
    ],
    asked: [[
      "What's the big purchase you hinted at?",
      "It's {v}! Come over and see.",
    ]],
    reactions: ["I want the first ride.", "Where will you keep it?"],
    details: [
      "We bought it from a retired teacher.",
      "It needs a little paint.",
    ],
    mentions: [
      "Parking in our street is a nightmare.",
      "The weather is too good to stay inside.",
    ],
    questions: [
      "What did {p} buy with the savings?",
      "What big purchase did {p} make?",
      "What vehicle did {p} buy?",
      "What did {p} spend the savings on?",
    ],
  },
  {
    values: [
      "in the third week of October",
      "on the ninth of September",
      "around the middle of June",
      "just before Christmas",
    ],
    tells: [
      "My sister is getting married {v}, I'm the witness.",
      "The wedding is set: {v}, in the village church.",
    ],
    asked: [["When is your sister's big day?", "They chose it at last: {v}."]],
    corrections: ["The wedding had to be put off, it will be {v} now."],
    reactions: ["How lovely, do you have a suit?", "I hope the sun shines."],
    details: [
      "A small wedding, only sixty guests.",
      "My sister is nervous already.",
    ],
    mentions: [
      "I have no idea what to wear to these things.",
      "My sister called for the fifth time about flowers.",
    ],
    questions: [
      "When is the wedding of {p}'s sister?",
      "When is {p}'s sister getting married?",
      "When will {p}'s sister marry?",
      "What date is the marriage of {p}'s sister?",
    ],
  },
  {
    values: ["Portuguese", "Finnish", "Korean", "sign language"],
    tells: [
      "I enrolled in an evening class for {v}.",
      "Every morning before breakfast I learn ten words of {v}.",
    ],
    asked: [[
      "What's that vocabulary on your fridge?",
      "{v}! I try to learn a little each day.",
    ]],
    reactions: ["Say something in it.", "You have more discipline than me."],
    details: [
      "A language needs patience.",
      "The class is full of nice people.",
      "I learn better in the morning.",
    ],
    mentions: [
      "Grammar was never my strength.",
      "I keep mixing up the words with what we had at school.",
    ],
    questions: [
      "Which language does {p} learn?",
      "What language class did {p} enroll in?",
      "Which language is {p} studying?",
      "What language does {p} want to speak?",
    ],
  },
  {
    values: [
      "Grandma Ruth",
      "Uncle Anton",
      "my cousin Lea",
      "my godmother Inge",
    ],
    tells: [
      "{v} moved into the care home by the river on Sunday.",
      "We helped {v} settle into the home by the river.",
    ],
    asked: [[
      "Who was it that moved to the home?",
      "{v}. It was time, the stairs got too steep.",
    ]],
    reactions: ["That must have been hard.", "I'm sure the nurses are kind."],
    details: [
      "The home has a garden and a piano.",
      "The family was all there to help.",
    ],
    mentions: [
      "I phoned my mother for two hours.",
      "Family dinners are always loud with us.",
    ],
    questions: [
      "Who in {p}'s family moved into the care home?",
      "Which relative of {p} moved to the home by the river?",
      "Which relative of {p} went to live in a nursing home?",
      "Who of {p}'s family moved into care?",
    ],
  },
  {
    values: [
      "tomatoes and runner beans",
      "six kinds of potatoes",
      "lavender and sage",
      "sunflowers along the fence",
    ],
    tells: [
      "I planted {v} this weekend, my back is broken.",
      "The allotment is coming along, I put in {v}.",
    ],
    asked: [["What are you growing this year?", "{v}, if the snails let me."]],
    reactions: ["I'll help with the harvest.", "You have green fingers."],
    details: ["The garden is my gym.", "I want to grow more of our own food."],
    mentions: [
      "The snails ate everything overnight.",
      "It finally rained, the soil was like dust.",
      "I need a better hose.",
    ],
    questions: [
      "What did {p} plant this year?",
      "What is growing in {p}'s garden?",
      "What did {p} plant in the garden?",
      "Which plants does {p} grow?",
    ],
  },
  {
    values: ["a migraine", "a sprained ankle", "the flu", "an ear infection"],
    tells: [
      "I stayed in bed for three days with {v}.",
      "Sorry for my silence, I was knocked out by {v}.",
    ],
    asked: [[
      "You didn't sound well, what was it?",
      "It was {v}, but I'm on my feet again.",
    ]],
    reactions: ["Poor you, drink plenty of tea.", "Take it slowly."],
    details: ["I was really ill.", "The doctor said to rest, so I rested."],
    mentions: [
      "I slept badly again.",
      "The pharmacy was closed, of course.",
      "The doctor's waiting room was packed.",
    ],
    questions: [
      "What was {p} ill with?",
      "Why did {p} stay in bed?",
      "What illness did {p} have?",
      "Why was {p} sick in bed?",
    ],
  },
  {
    values: [
      "to the coast",
      "to a farm in the hills",
      "to the fourth floor on Harbour Street",
      "to a houseboat",
    ],
    tells: [
      "It's official, we're moving {v} in spring.",
      "We signed the lease, we'll move {v}.",
    ],
    asked: [["Did you find a new place to live?", "We did! We're going {v}."]],
    corrections: ["The landlord backed out, so we'll move {v} instead."],
    reactions: [
      "I'll carry boxes if there's pizza.",
      "I'll miss having you round the corner.",
    ],
    details: [
      "The new place has a big kitchen.",
      "We move as soon as the painters are done.",
    ],
    mentions: [
      "Our rent went up again.",
      "I found a box I never unpacked from last time.",
      "The walls here are thin as paper.",
    ],
    questions: [
      "Where will {p} move?",
      "To what place is {p} moving?",
      "Where is {p} moving?",
      "Where will {p}'s new home be?",
    ],
  },
  {
    values: [
      "a kiln",
      "a loom",
      "a telescope",
      "a sewing machine from the fifties",
    ],
    tells: [
      "My birthday present was {v}, I didn't expect that.",
      "They gave me {v} when I turned forty.",
    ],
    asked: [[
      "What did you get for your birthday?",
      "I got {v}, and I can't stop smiling.",
    ]],
    reactions: ["What a thoughtful gift.", "Now you need a bigger flat."],
    details: [
      "The whole family chipped in for the present.",
      "The best birthday in years.",
    ],
    mentions: [
      "I never know what to give people.",
      "The cake had far too many candles.",
    ],
    questions: [
      "What did {p} get as a birthday present?",
      "What did {p}'s family give for the birthday?",
      "What present did {p} receive?",
      "What gift was {p} given?",
    ],
  },
  {
    values: [
      "a planet documentary",
      "that Danish detective series",
      "a silent film with live piano",
      "the new heist movie",
    ],
    tells: [
      "We watched {v} and talked about it until two.",
      "I was at the cinema for {v}, go and see it.",
    ],
    asked: [["Seen anything good lately?", "{v}, I was glued to the screen."]],
    reactions: ["On my list.", "I always fall asleep halfway."],
    details: [
      "The film of the year for me.",
      "I would watch it again tomorrow.",
    ],
    mentions: [
      "The remote control is gone again.",
      "Popcorn prices are a scandal.",
    ],
    questions: [
      "What did {p} watch lately?",
      "What did {p} see at the cinema?",
      "What did {p} watch?",
      "Which film or show did {p} recommend?",
    ],
  },
  {
    values: [
      "the animal shelter",
      "a food bank",
      "the lifeboat crew",
      "a repair café",
    ],
    tells: [
      "I volunteer at {v} on weekends now.",
      "Since last month I help out at {v}.",
    ],
    asked: [[
      "What keeps you so busy on weekends?",
      "I joined {v}, they need every hand.",
    ]],
    reactions: ["That's so good of you.", "Maybe I'll join you."],
    details: [
      "The people there do so much with so little.",
      "They look for more volunteers, by the way.",
    ],
    mentions: [
      "I promised to bring old towels.",
      "Weekends are never long enough.",
    ],
    questions: [
      "Where does {p} volunteer?",
      "Where does {p} help out on weekends?",
      "Where does {p} do voluntary work?",
      "Which charity does {p} support with free time?",
    ],
  },
];

/** What people say that is about nothing. */
export const SMALL_TALK: readonly string[] = [
  "How was your day?",
  "Not bad, a bit long.",
  "The tram was late again.",
  "Did you see the moon last night?",
  "It rained all morning here.",
  "I made too much coffee, want some?",
  "I should really tidy up my desk.",
  "My phone battery dies by noon.",
  "The neighbours are drilling again.",
  "I could sleep for a week.",
  "That is so typical of us.",
  "Ha, tell me about it.",
  "I know exactly what you mean.",
  "Let's meet for a walk soon.",
  "Shall we say Saturday?",
  "Saturday sounds good to me.",
  "I'll let you know.",
  "My cousin asked about you the other day.",
  "Say hello to everyone.",
  "I have to run in a minute.",
  "The bakery changed its opening hours.",
  "I forgot my umbrella on the bus.",
  "Remember our old teacher? I met him at the market.",
  "He hasn't changed a bit.",
  "I started a list of things to do and lost it.",
  "The heating makes strange noises.",
  "My screen froze during the call.",
  "Time flies, it's almost the end of the month.",
  "I tried that new café on the corner.",
  "The soup there is better than it looks.",
  "Have you eaten yet?",
  "I'm on the train, the connection may break.",
  "Sorry, I was in a meeting.",
  "No worries at all.",
  "You always say that.",
  "I'm proud of us.",
  "What a week.",
  "Same here.",
  "The cat from upstairs sits on my balcony again.",
  "I'll call you later this week.",
];

/** How a chat begins and ends. */
export const GREETINGS: readonly (readonly [hello: string, reply: string])[] = [
  ["Hey {o}, are you there?", "Always. What's up?"],
  ["Good morning {o}!", "Morning! You're up early."],
  ["Do you have a minute?", "For you, two."],
  ["Long time no chat.", "Far too long!"],
];

/** How a chat ends. */
export const GOODBYES: readonly string[] = [
  "Talk soon!",
  "Good night.",
  "Take care of yourself.",
  "Bye for now!",
];

/** Names of people, which are no words. */
export const NAMES: readonly string[] = [
  "Marlene",
  "Tobias",
  "Ingrid",
  "Rafael",
  "Yasmin",
  "Oskar",
  "Beatriz",
  "Henrik",
  "Salome",
  "Kaito",
  "Nadia",
  "Emil",
];
