"""**Pure.** A topic for any request: sentences that hold for whatever one sets out to understand or to do.

The subject itself stands only in titles and after prepositions, where any noun phrase is right. A few
sentences are wordier than they need be: the reviewer finds them.
"""

from __future__ import annotations

import re

from sandbox.customgpt.topic import Part, Reference, Sentence, Topic

GLANCE = Part(
    "At a glance",
    ("Say in one sentence what the reader will gain", "Name the few ideas that carry the rest"),
    (
        Sentence("It pays to settle the basics first, due to the fact that everything else is built on them.", 1),
        Sentence("A handful of ideas carry most of the weight, and none of them is hard on its own."),
        Sentence("Most people need an afternoon for the essentials and a few weeks to feel at ease with them.", 2),
        Sentence("Nothing here asks for special tools or for a great deal of money."),
        Sentence("What matters more is a clear aim, a little patience, and the habit of looking closely."),
        Sentence("Read it once from end to end, then come back to the parts that you need."),
    ),
)
BEGIN = Part(
    "Where to begin",
    ("List what is needed", "Describe a first step that is small enough to take today"),
    (
        Sentence("In order to make a good start, write down what you want to reach and by when."),
        Sentence("Choose one small piece of it that you can finish this week, and leave the rest for later.", 1),
        Sentence("Ask somebody who has done it before: ten minutes of talk can replace a day of reading."),
        Sentence("Collect two or three sources that you trust, and note where they disagree.", 3),
        Sentence("Set a limit for the preparation, because it is easily mistaken for progress."),
        Sentence("The first attempt is there to learn from, and it may well be clumsy."),
    ),
)
STEPS = Part(
    "Step by step",
    ("Put the steps in order", "Say for each step how to see that it is done"),
    (
        Sentence("Prior to each step, ask what would tell you that it has worked.", 2),
        Sentence(
            "Take the steps one at a time, and change a single thing at once, so that you see what made a difference."
        ),
        Sentence("Keep short notes as you go: the date, what you did, and what came of it."),
        Sentence("When something goes well, repeat it until it needs no thought."),
        Sentence("When something goes badly, go back to the last point at which all was in order.", 3),
        Sentence("Rest between the steps is no waste of time, since much of the insight comes then."),
    ),
)
CARE = Part(
    "What to watch out for",
    ("Name the three commonest mistakes", "Say how each can be noticed early"),
    (
        Sentence("The majority of problems come from haste rather than from a lack of talent.", 3),
        Sentence("A common mistake is to copy a solution without asking whether the situation is the same."),
        Sentence("Another is to give up shortly before the effort begins to show."),
        Sentence("Be wary of advice that promises everything and costs nothing."),
        Sentence("If two sources contradict each other, look for the date and for who paid for the work.", 2),
        Sentence("Small doubts deserve an answer early, while they are still cheap to settle."),
    ),
)
PROOF = Part(
    "How to tell that it works",
    ("Choose two or three signs of progress", "Say when to look at them"),
    (
        Sentence("It is important to note that progress is easier to see in writing than in memory.", 1),
        Sentence("Pick two or three signs that you can check without effort, and look at them once a week."),
        Sentence("Compare with where you stood a month ago, not with what others show of themselves."),
        Sentence("A good sign is that you can explain the matter to a friend in a few plain sentences."),
        Sentence("A plateau is normal, and it often comes just before a change for the better.", 2),
        Sentence("If nothing has moved for a while, change the method before you change the aim."),
    ),
)
ONWARDS = Part(
    "Where to go from here",
    ("Suggest what to read and whom to ask", "Close with one thing to do today"),
    (
        Sentence("Once the basics sit well, make use of what you have learnt on something slightly harder.", 2),
        Sentence("Join a group, in person or online, in which beginners are welcome and mistakes are discussed."),
        Sentence("Teach what you know to somebody else, for it shows you at once where the gaps are.", 1),
        Sentence("Come back to your notes after half a year: the questions that are still open are the good ones."),
        Sentence("Then choose the next goal, and make it a little bolder than the last one."),
        Sentence("And do one thing today, however small, because it makes tomorrow's step lighter."),
    ),
)

FOCUS = (
    "the basics",
    "the tools and materials",
    "the first real attempt",
    "the commonest mistakes",
    "speed and rhythm",
    "quality and care",
    "what others have found",
    "the difficult cases",
    "cost and effort",
    "teaching it to somebody",
    "the open questions",
    "a look back",
)
ACTIONS = (
    "Read for half an hour on two evenings and write down three things that surprised you.",
    "Set aside one hour without interruptions and work through a single example from start to finish.",
    "Talk to one person who has more experience and ask what they would do differently today.",
    "Go through your notes, strike out what turned out to be wrong, and keep the rest in one place.",
    "Repeat last week's exercise with one change, and compare the two results side by side.",
)
CHECKS = (
    "By Sunday you should be able to sum it up in a minute.",
    "You are done when you could show the result to a stranger.",
    "If it took far longer than planned, make the next goal smaller.",
    "Ask yourself whether you would do it the same way again.",
    "Note one thing that you are still unsure of, and begin with it next time.",
    "When all of it feels easy, move on without waiting for the end of the week.",
    "A short walk afterwards often brings the best idea.",
)
WEEKS = 60


def plan_of_weeks() -> Part:
    """As many weeks as a very long text can hold; no two are alike."""
    return Part(
        "A plan for the weeks ahead",
        ("Give each week one focus", "Give each focus one exercise and one check"),
        tuple(Sentence(_week(number)) for number in range(1, WEEKS + 1)),
    )


def _week(number: int) -> str:
    focus, action, check = (bank[(number - 1) % len(bank)] for bank in (FOCUS, ACTIONS, CHECKS))
    return f"Week {number} is for {focus}. {action} {check}"


PARTS = (GLANCE, BEGIN, STEPS, CARE, PROOF, ONWARDS)


def general(title: str, about: str) -> Topic:
    """The general topic, named. `about` is a noun phrase of any number and person."""
    return Topic(
        title=title,
        about=about,
        openings={
            "friendly": f"Good to have you here! Let us take a relaxed look at {about}, one step at a time.",
            "formal": f"This text gives a concise account of {about} and sets out how to proceed.",
            "playful": f"Ready for a small adventure? Here comes a brisk tour of {about}, no homework needed!",
            "plain": f"This is a short introduction to {about}: what matters, and what to do first.",
        },
        closings={
            "friendly": "Take your time, enjoy the small wins, and you will be fine.",
            "formal": "A careful start, regular checks and a modest pace have proved the surest way.",
            "playful": "Off you go, and have fun with it!",
            "plain": "Start small, check often, and build on what works.",
        },
        parts=PARTS,
        references=_references(title),
        summary=f"The material on {about} agrees on the essentials. Sources differ in the details, mostly "
        f"because they "
        "write for different readers.",
        findings=(
            Sentence("A few basic ideas carry most of the subject, and good introductions begin with them.", 1),
            Sentence("Practice in small steps works better than long preparation.", 2),
            Sentence("Most difficulties come from haste, and notes help to find them early.", 3),
            Sentence("Opinions differ on how much detail a beginner needs."),
        ),
        aloud=(
            "Big things are made of small steps, and the first one can be taken today.",
            "Try it, see what happens, and write down what you have learnt.",
            "Ask somebody who has done it before, for most people love to help.",
            "If it goes wrong, that is no disaster: now you know one way that does not work.",
            "And when you can explain it to a friend, you have really understood it.",
        ),
        score=84 + len(title) % 10,
    )


def _references(title: str) -> tuple[Reference, ...]:
    slug = "-".join(re.findall(r"[a-z0-9]+", title.lower())[:6]) or "subject"
    return (
        Reference(f"{title}: an introduction", f"library/{slug}/introduction", "Where most readers begin."),
        Reference(f"{title}: a practical handbook", f"library/{slug}/handbook", "Methods, step by step."),
        Reference(f"{title}: questions and answers", f"library/{slug}/questions", "What readers ask most."),
        Reference(f"{title}: notes (PDF)", f"library/{slug}/notes.pdf", "An uploaded file.", preview=True),
    )
