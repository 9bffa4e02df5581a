"""**Pure.** How a honeybee swarm chooses its nest: the topic of the demo.

The facts are from the swarm research of Martin Lindauer, Thomas D. Seeley and P. Kirk Visscher, as told in
Seeley's "Honeybee Democracy" (2010). The addresses are examples.
"""

from __future__ import annotations

from sandbox.customgpt.topic import Change, Part, Reference, Sentence, Topic

REFERENCES = (
    Reference(
        "Thomas D. Seeley: Honeybee Democracy",
        "library/honeybee-democracy",
        "The book on how a swarm debates and decides, for the general reader.",
    ),
    Reference(
        "Group Decision Making in Honey Bee Swarms",
        "american-scientist/group-decision-making",
        "Seeley, Visscher and Passino in American Scientist, 2006.",
    ),
    Reference(
        "Quorum sensing during nest-site selection by honeybee swarms",
        "behavioral-ecology/quorum-sensing",
        "Seeley and Visscher in Behavioral Ecology and Sociobiology, 2004.",
    ),
    Reference(
        "Stop signals in collective decision-making by honeybee swarms",
        "science/stop-signals",
        "Seeley and others in Science, 2012.",
    ),
    Reference("Field notes from a swarm watch (PDF)", "field-notes.pdf", "An uploaded file.", preview=True),
)

SEARCH = Part(
    "The house hunt begins",
    ("Set the scene: why and when a colony leaves", "Say what scouts look for in a cavity"),
    (
        Sentence(
            "When a hive gets crowded, half the bees leave with their old queen and send out scouts in "
            "order to find "
            "a new home.",
            1,
        ),
        Sentence("The dream home is a dry hollow with a small door, high up."),
        Sentence(
            "Only a few hundred bees, the most experienced of all, do the searching, while some ten "
            "thousand hang "
            "still and save their strength.",
            2,
        ),
        Sentence(
            "The favourite is a cavity of about forty litres: smaller ones cannot hold the honey that a "
            "colony "
            "needs for the winter.",
            1,
        ),
        Sentence("A small opening near the floor is easy to defend and keeps the warmth in."),
        Sentence("All of this happens in late spring, within a few days, and often in the rain.", 5),
    ),
)
DANCE = Part(
    "A debate in dance",
    ("Explain the waggle dance", "Show how good sites gather support and weak ones fade"),
    (
        Sentence(
            "A scout who likes a place comes back and performs a waggle dance that tells the others the "
            "direction "
            "and the distance.",
            2,
        ),
        Sentence("The better the site, the longer she dances for it."),
        Sentence("The longer she dances, the more bees fly over and see the place for themselves."),
        Sentence("No scout copies an opinion: each one inspects the site before she dances for it."),
        Sentence("After every visit a scout dances a little less, so that support for weak sites melts away.", 1),
        Sentence(
            "Scouts for rival sites also butt each other with a short beep, a stop signal that keeps two "
            "good "
            "sites from ending in a draw.",
            4,
        ),
        Sentence("The debate can take a few hours or a few days, with a dozen sites or more in play."),
    ),
)
DECISION = Part(
    "The moment of decision",
    ("Explain the quorum", "Describe the take-off and the flight"),
    (
        Sentence(
            "Nobody counts votes: as soon as the number of scouts at one site has reached a quorum of "
            "about twenty, "
            "the choice is made.",
            3,
        ),
        Sentence("Then off they all go."),
        Sentence("In flight, the scouts that know the way streak through the cloud to point it out."),
        Sentence("A few minutes later the first bees are fanning a scent at the door of their new home."),
        Sentence(
            "The quorum is a bargain between speed and care: a smaller one would be hasty, and a larger one "
            "would leave the swarm out in the weather.",
            3,
        ),
        Sentence(
            "Taking off needs some preparation: scouts run through the cluster and pipe, a call that tells "
            "everyone to warm their flight muscles to about thirty-five degrees.",
            1,
        ),
    ),
)
JUDGING = Part(
    "How a scout judges a home",
    ("Follow one scout through an inspection", "Name what she measures"),
    (
        Sentence(
            "An inspection lasts up to forty minutes, and the scout spends it walking the dark walls from end to end.",
            1,
        ),
        Sentence("In between she flies around the tree, as if she were looking at the house from the street."),
        Sentence("From the length of her walks she gathers how much room there is."),
        Sentence("She notes how dry the hollow is, where the door lies, and whether old comb has been left behind."),
        Sentence("Her report is honest, and this is what the whole method rests on."),
        Sentence("She comes back several times, since a site that is cool at dawn may be an oven at noon."),
    ),
)
LESSON = Part(
    "What it can teach us",
    ("Tell how often the swarm is right", "Draw the lesson for people"),
    (
        Sentence(
            "In an experiment with five nest boxes, of which only one was ideal, four swarms out of five "
            "moved into "
            "the best one.",
            1,
        ),
        Sentence("They manage this without a leader, as the queen takes no part in the choice."),
        Sentence(
            "What works for them works in meetings: many independent looks, open debate, and a clear quorum.",
            1,
        ),
        Sentence("It helps that all of them want the same thing, a home that will see them through the winter."),
        Sentence("A good idea may come from anyone, and it is tested before it is believed."),
        Sentence("Disagreement is welcome early on, and it ends by itself when the evidence is in.", 2),
    ),
)

BEES = Topic(
    title="How bees choose a new home",
    about="how bees choose a new home",
    openings={
        "friendly": "Picture a cluster of bees on a branch, homeless, with one big decision to make.",
        "formal": "A honeybee swarm selects its nest site by a collective process that is among the best "
        "understood "
        "in animal behaviour.",
        "playful": "Ten thousand flatmates, no estate agent, and not a single committee: welcome to the "
        "best-run "
        "house hunt on earth!",
        "plain": "A swarm of honeybees chooses its new nest by a debate among its scouts, and it usually chooses well.",
    },
    closings={
        "friendly": "So when you next see a swarm, smile: you are watching a house hunt.",
        "formal": "The result is a sound decision, reached without any central authority.",
        "playful": "All that, and nobody had to take the minutes.",
        "plain": "The method is simple: look, report honestly, and move when enough have agreed.",
    },
    parts=(SEARCH, DANCE, DECISION, JUDGING, LESSON),
    references=REFERENCES,
    summary="Honeybee swarms find a new nest by a debate among scout bees. The process has been observed "
    "bee by bee "
    "since the 1950s, and its steps are well supported.",
    findings=(
        Sentence("A swarm is the old queen with roughly ten thousand workers; a few hundred of them scout.", 1),
        Sentence("Scouts prefer a dry cavity of about forty litres with a small, high entrance.", 2),
        Sentence("The waggle dance tells direction and distance; better sites are danced for longer.", 2),
        Sentence("A site wins when about twenty scouts, a quorum, are there at the same time.", 3),
        Sentence("Stop signals between rival dancers keep the debate from ending in a draw.", 4),
    ),
    aloud=(
        "When a bee family gets too big, half of it moves out, and scout bees fly off to find a cosy hollow tree.",
        "Each scout comes home and does a wiggly dance to show the way, and the better the tree, the "
        "longer she "
        "dances!",
        "When about twenty scouts meet in the same tree, they all agree, and whoosh, the whole swarm "
        "moves in "
        "together!",
        "The queen does not choose: she comes along for the ride.",
        "And when the bees are home, they start to build their honeycombs at once.",
    ),
    changes=(
        Change("in order to find a new home", "to find a new home", "Three words fewer, and nothing is lost."),
        Change(
            "tells the others the direction and the distance",
            "shows the others where to fly and how far",
            "Plainer words for the same thing.",
        ),
        Change(
            "as soon as the number of scouts at one site has reached a quorum of about twenty",
            "once a quorum of about twenty scouts meets at one site",
            "Shorter, and the quorum is easier to picture.",
        ),
        Change(
            "does a wiggly dance to show the way",
            "shows the way with a wiggly dance",
            "Easier to read aloud.",
        ),
        Change("they all agree, and whoosh", "the choice is made, and whoosh", "A quorum decides, not every bee."),
    ),
    score=92,
    words=frozenset(
        [
            "bee",
            "bees",
            "honeybee",
            "honeybees",
            "swarm",
            "swarms",
            "hive",
            "hives",
            "nest",
            "nests",
            "scout",
            "scouts",
            "waggle",
            "quorum",
            "queen",
        ]
    ),
)
