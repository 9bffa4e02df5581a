"""**Pure.** The build agent: a draft on the plan's headings, in the tone and at the length wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from sandbox.customgpt.general import PARTS, plan_of_weeks
from sandbox.customgpt.length import Length, wanted
from sandbox.customgpt.sections import Brief, headings
from sandbox.customgpt.topic import Part, Sentence, Tone, Topic

TONES: tuple[tuple[Tone, str], ...] = (
    ("friendly", "friendly warm casual informal conversational relaxed kind approachable personal chatty"),
    ("playful", "playful funny humorous witty enthusiastic excited cheerful light fun lively"),
    ("formal", "formal academic serious professional business official scientific authoritative legal"),
)
SHORT_FORMS = (("do not", "don't"), ("does not", "doesn't"), ("is not", "isn't"), ("are not", "aren't"))
OUTLINED = re.compile(r"^ {0,3}\d+[.)] +(?:\*\*)?(.+?)(?:\*\*)?(?::.*)?$", re.MULTILINE)
WORDS_A_PART = 45
BARE_BELOW = 75  # words: no room for headings
UNTITLED_BELOW = 40
SENTENCES_A_PARAGRAPH = 3
ENGLISH = ("", "en", "english", "en-us", "en-gb")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round the parts: lines before them, and a last sentence."""

    head: tuple[str, ...]
    close: str


def tone_of(text: str) -> Tone:
    """The tone that comes nearest to what a person wrote."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return next((tone for tone, names in TONES if words & set(names.split())), "plain")


def draft_of(brief: Brief, topic: Topic) -> str:
    """The draft: sections, paragraphs or lines, as long as wanted (within 15 % from 40 words up)."""
    length = wanted(brief)
    if length.shape == "lines":
        return _lines(topic, max(1, min(length.count, 20)))
    tone = tone_of(brief.context.get("tone", ""))
    parts = [_fitted(part, brief, topic, tone) for part in _outline(brief, topic, length)]
    frame = _frame(brief, topic, tone, length)
    chosen = _chosen(parts, frame, length)
    if length.shape == "paragraphs":
        return _in_paragraphs(frame, chosen, length.count)
    return _in_sections(frame, chosen, bullets=_wants_bullets(brief), bare=length.words < BARE_BELOW)


def part_count(length: Length, available: int) -> int:
    """How many parts a text of this length has."""
    return max(1, min(available, length.words // WORDS_A_PART))


def outline_of(topic: Topic, length: Length) -> tuple[Part, ...]:
    """The topic's parts that such a length has room for."""
    return topic.parts[: part_count(length, len(topic.parts))]


def _outline(brief: Brief, topic: Topic, length: Length) -> list[Part]:
    """The plan's headings over the parts that they name; then whatever more a long text needs."""
    known = {part.title: part for part in topic.parts}
    titles = _titles(brief.plan)[: part_count(length, 40)]
    spare = iter([part for part in topic.parts if part.title not in titles])
    named = [known.get(title) or _renamed(next(spare, None), title) for title in titles]
    parts = [part for part in named if part] or list(outline_of(topic, length))
    return [*parts, *_more(parts, topic, length)]


def _titles(plan: str) -> Sequence[str]:
    """The sections of a plan: its numbered lines up to the first colon, or else the headings below the first."""
    return OUTLINED.findall(plan) or headings(plan)[1:]


def _renamed(part: Part | None, title: str) -> Part | None:
    return part and replace(part, title=title)


def _more(parts: Sequence[Part], topic: Topic, length: Length) -> list[Part]:
    """Parts beyond the plan, for as long as what there is cannot fill the length."""
    extra: list[Part] = []
    for part in (*topic.parts, *PARTS, plan_of_weeks()):
        if _words(s.text for p in (*parts, *extra) for s in p.sentences) > length.words * 0.9:
            break
        if all(set(part.sentences) != set(other.sentences) for other in (*parts, *extra)):
            extra.append(part)
    return extra


def _fitted(part: Part, brief: Brief, topic: Topic, tone: Tone) -> Part:
    numbers = _numbers(brief.sources, topic)
    return replace(part, sentences=tuple(Sentence(_spoken(s, numbers, tone)) for s in part.sentences))


def _numbers(sources: Mapping[int, str], topic: Topic) -> dict[int, int]:
    """Reference number → number in SOURCES: by title, else by place."""
    by_title = {title: n for n, title in sources.items()}
    found = {at: by_title.get(reference.title, at) for at, reference in enumerate(topic.references, start=1)}
    return {at: n for at, n in found.items() if n in sources}


def _spoken(sentence: Sentence, numbers: Mapping[int, int], tone: Tone) -> str:
    text = _with_short_forms(sentence.text) if tone in ("friendly", "playful") else sentence.text
    if sentence.source not in numbers:
        return text
    return f"{text[:-1]} [{numbers[sentence.source]}]{text[-1]}"


def _with_short_forms(text: str) -> str:
    for long, short in SHORT_FORMS:
        text = re.sub(rf"\b{long}\b", short, text)
    return text


def _frame(brief: Brief, topic: Topic, tone: Tone, length: Length) -> Frame:
    if length.words < UNTITLED_BELOW:
        return Frame((), "")
    notes = tuple(note for note in (_framing(brief), _language(brief)) if note)
    return Frame((f"# {topic.title}", *notes, topic.openings[tone]), topic.closings[tone])


def _framing(brief: Brief) -> str:
    audience, form = brief.context.get("audience", ""), brief.context.get("format", "")
    said = [f"For {audience}"] if audience else []
    return f"*{' · '.join([*said, *([form] if form else [])])}*" if audience or form else ""


def _language(brief: Brief) -> str:
    language = brief.context.get("language", "")
    if language.lower() in ENGLISH:
        return ""
    return f"*The stand-in writes English only; your agent would answer in {language}.*"


def _wants_bullets(brief: Brief) -> bool:
    return bool(re.search(r"\b(bullets?|list|bulleted|checklist)\b", brief.context.get("format", ""), re.IGNORECASE))


def _chosen(parts: list[Part], frame: Frame, length: Length) -> list[tuple[str, list[str]]]:
    """Sentences for each part, the first of every part first, until the length is met as nearly as may be."""
    if length.words < BARE_BELOW:
        return [("", _nearest(parts, length.words - _words((*frame.head, frame.close))))]
    titled = length.shape == "sections"
    goal = length.words - _words((*frame.head, frame.close))
    taken: list[list[int]] = [[] for _ in parts]
    for row in range(max(len(part.sentences) for part in parts)):
        for at, part in enumerate(parts):
            if row >= len(part.sentences):
                continue
            cost = _words((part.sentences[row].text,)) + (_heading_cost(part) if titled and not taken[at] else 0)
            if abs(goal - cost) < abs(goal):
                taken[at].append(row)
                goal -= cost
    return [
        (part.title, [part.sentences[row].text for row in rows])
        for part, rows in zip(parts, taken, strict=True)
        if rows
    ]


def _nearest(parts: Iterable[Part], goal: int) -> list[str]:
    """Up to four sentences that come nearest to so many words in all; few and early ones if several do."""
    texts = [sentence.text for part in parts for sentence in part.sentences][:12]
    choices = (choice for count in range(5) for choice in combinations(texts, count))
    return list(min(choices, key=lambda choice: abs(goal - _words(choice))))


def _heading_cost(part: Part) -> int:
    return 1 + len(part.title.split())


def _in_sections(frame: Frame, chosen: Iterable[tuple[str, list[str]]], *, bullets: bool, bare: bool) -> str:
    blocks = list(frame.head)
    for title, sentences in chosen:
        blocks += [] if bare else [f"## {title}"]
        blocks += ["\n".join(f"- {sentence}" for sentence in sentences)] if bullets else _paragraphs(sentences)
    return "\n\n".join(filter(None, [*blocks, frame.close]))


def _in_paragraphs(frame: Frame, chosen: Iterable[tuple[str, list[str]]], count: int) -> str:
    """The opening begins the first paragraph, the closing ends the last."""
    head, opening = frame.head[:-1], frame.head[-1:]
    sentences = [*opening, *(sentence for _, part in chosen for sentence in part), frame.close]
    size, longer = divmod(len(sentences), count)
    starts = [at * size + min(at, longer) for at in range(count + 1)]
    paragraphs = [" ".join(sentences[a:b]) for a, b in pairwise(starts)]
    return "\n\n".join([*head, *filter(None, paragraphs)])


def _paragraphs(sentences: Sequence[str]) -> list[str]:
    step = SENTENCES_A_PARAGRAPH
    return [" ".join(sentences[at : at + step]) for at in range(0, len(sentences), step)]


def _lines(topic: Topic, count: int) -> str:
    spare = [sentence.text for part in topic.parts for sentence in part.sentences]
    return "\n\n".join([*topic.aloud, *spare][:count])


def _words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)
