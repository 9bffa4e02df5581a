"""**Pure.** What the stand-in's agents answer: plausible, and the same for the same prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from sandbox.customgpt.drafting import draft_of, outline_of
from sandbox.customgpt.length import NUMBERS, wanted
from sandbox.customgpt.reviewing import review_of
from sandbox.customgpt.sections import Brief, read
from sandbox.customgpt.topic import Part, Reference, Topic
from sandbox.customgpt.topics import topic_of

FIRST_PAGE_ID = 10_000_000
PAGE_IDS = 80_000_000
MOST_QUOTED = 120
LINES_OUTLINE = ["**The lines**: one thought for each, in the order in which it happens, ending on a high note."]
TASKS = ("Cite the sources by their numbers.", "Leave out what the research could not settle.")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that an agent can cite."""

    id: int
    title: str | None
    url: str | None
    description: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent answers, and the pages it leans on."""

    text: str
    pages: tuple[Page, ...] = ()


def answer(role: str, prompt: str) -> Answer:
    """The answer of the agent that plays `role` (research, plan, build, review; any other researches)."""
    brief = read(prompt)
    topic = topic_of(brief)
    return ROLES.get(role, _research)(brief, topic)


def page_of(reference: Reference) -> Page:
    """The page behind a reference; its id follows from its title."""
    digest = int.from_bytes(sha256(reference.title.encode()).digest()[:6])
    number = FIRST_PAGE_ID + digest % PAGE_IDS
    if reference.preview:
        return Page(number, reference.title, f"https://app.customgpt.ai/api/v1/preview/{number}")
    url = f"https://example.com/{reference.path}"
    return Page(number, reference.title, url, reference.description, "https://example.com/cover.png")


def _research(brief: Brief, topic: Topic) -> Answer:
    points = "\n".join(f"- {finding.text}" for finding in topic.findings)
    sources = "\n".join(f"- *{reference.title}*. {reference.description}" for reference in topic.references)
    blocks = (
        f"## Research: {topic.title}",
        topic.summary,
        _follow_up(brief),
        f"### What is known\n\n{points}",
        f"### Where it comes from\n\n{sources}",
        f"### For the writer\n\n{_for_the_writer(brief)}",
    )
    text = "\n\n".join(block for block in blocks if block)
    return Answer(text, tuple(page_of(reference) for reference in topic.references))


def _follow_up(brief: Brief) -> str:
    if not brief.last_prompt:
        return ""
    return f"This follows up on the last exchange, which began with “{_shortened(brief.last_prompt)}”."


def _for_the_writer(brief: Brief) -> str:
    wishes = [f"{key} {value}" for key, value in brief.context.items()]
    asked = f"The request, in the user's words: “{_shortened(brief.request)}”."
    return f"{asked} Wishes: {', '.join(wishes)}." if wishes else asked


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_QUOTED else line[: MOST_QUOTED - 1].rstrip() + "…"


def _plan(brief: Brief, topic: Topic) -> Answer:
    length = wanted(brief)
    lines = length.shape == "lines"
    outline = LINES_OUTLINE if lines else [_outlined(part) for part in outline_of(topic, length)]
    numbered = "\n".join(f"{number}. {line}" for number, line in enumerate(outline, start=1))
    size = _counted(max(1, length.count), "line") if lines else f"about {length.words} words"
    tasks = "\n".join(f"- {task}" for task in (f"Write {size}.", *_wishes(brief), *TASKS))
    return Answer(f"# {topic.title}\n\n## Outline\n\n{numbered}\n\n## Tasks\n\n{tasks}")


def _outlined(part: Part) -> str:
    return f"**{part.title}**: {'; '.join(task[:1].lower() + task[1:] for task in part.tasks)}."


def _wishes(brief: Brief) -> list[str]:
    tone, audience = brief.context.get("tone"), brief.context.get("audience")
    return [*([f"Keep the tone {tone}."] if tone else []), *([f"Write for {audience}."] if audience else [])]


def _counted(count: int, noun: str) -> str:
    number = NUMBERS[count - 1] if count <= len(NUMBERS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def _build(brief: Brief, topic: Topic) -> Answer:
    return Answer(draft_of(brief, topic))


def _review(brief: Brief, topic: Topic) -> Answer:
    return Answer(review_of(brief, topic))


ROLES: Mapping[str, Callable[[Brief, Topic], Answer]] = {
    "research": _research,
    "plan": _plan,
    "build": _build,
    "review": _review,
}
