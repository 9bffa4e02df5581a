"""**Pure.** Which topic a request is about: a written one, or the general one, named in its words."""

from __future__ import annotations

import re

from sandbox.customgpt.bees import BEES
from sandbox.customgpt.general import general
from sandbox.customgpt.sections import Brief, headings
from sandbox.customgpt.topic import Topic

WRITTEN = (BEES,)
ENOUGH = 2
MOST_WORDS = 12
MOST_READ = 300  # characters of a request that are looked at for its subject

POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|please|thanks|ok|okay|now|and|then|so|also|kindly)\b[\s,!.]*)+", re.IGNORECASE
)
ASKING = re.compile(
    r"^(?:(?:can|could|would|will) you (?:please )?|i(?:'d| would) (?:like|love)(?: you)? to (?:have )?|"
    r"i (?:need|want)(?: you to)? |help me (?:to )?|let us |let's )",
    re.IGNORECASE,
)
VERB = re.compile(
    r"^(?:write|draft|create|explain|describe|summari[sz]e|compare|give|tell|list|outline|plan|prepare|make|"
    r"compose|produce|discuss|analy[sz]e|show|teach|introduce|present|research|read|know|understand|build|develop|design)\b"
    r"(?:\s+(?:me|us|up|everyone|people))?\s*",
    re.IGNORECASE,
)
PIECE = re.compile(
    r"^(?:an?|the|some|my|our|one|\w+)?\s*(?:[\w-]+\s+){0,3}?"
    r"(?:guide|article|posts?|report|essay|overview|e-?mail|memo|list|summary|introduction|explanation|page|"
    r"notes?|letter|speech|tutorial|outline|text|story|poem|lines?|words|paragraphs?|tips|facts|ideas|checklist|"
    r"proposal|brief|manual|handout|lesson|talk)\s+"
    r"(?:(?:to|on|about|of|for|regarding|that explains|explaining|describing|which "
    r"explains)\s+|(?=how\b|why\b))",
    re.IGNORECASE,
)
YOURS = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
ABOUT = re.compile(r"^(?:about|on|regarding|to me|to us)\s+", re.IGNORECASE)
CLAUSE = re.compile(r"^(?:how|why|what|when|where|which|who|whether)\b", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:it|its|that|this|these|those|them|again|shorter|longer|simpler|instead|last|previous|above|more|"
    r"lines?|sentences?|bullets?)\b",
    re.IGNORECASE,
)


def topic_of(brief: Brief) -> Topic:
    """The topic of the request; of the last exchange where the request only points at it."""
    if written := _written(brief.request):
        return written
    if brief.last_prompt and _points_back(brief.request):
        last = " ".join((brief.last_prompt, brief.last_answer))
        return _written(last) or _named(next(iter(headings(brief.last_answer)), brief.last_prompt))
    return _named(brief.request)


def _written(text: str) -> Topic | None:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return next((topic for topic in WRITTEN if len(words & topic.words) >= ENOUGH), None)


def _points_back(request: str) -> bool:
    """Whether the request leans on what was said before: it points, or it says hardly anything."""
    return bool(POINTING.search(request)) or len(request.split()) < 4


def _named(request: str) -> Topic:
    line = _first_sentence(request)
    if line.endswith("?"):
        return general(_title(line), "a question that many people ask")
    subject = subject_of(line)
    if not subject:
        return general("A short answer", "this request")
    clause = CLAUSE.match(subject)
    return general(_title(subject), f"the question of {subject}" if clause else subject)


def subject_of(line: str) -> str:
    """What is left of a request without what asks for it: "Write a guide to composting" → "composting"."""
    rest = line.strip().rstrip(".!?:;, ")
    for pattern in (POLITE, ASKING, VERB, PIECE, PIECE, ABOUT):
        rest = pattern.sub("", rest, count=1)
    words = YOURS.sub("your", rest).split()
    if len(words) <= MOST_WORDS:
        return " ".join(words)
    return " ".join(words[:MOST_WORDS]).rstrip(".,;:") + " …"


def _first_sentence(text: str) -> str:
    plain = re.sub(r"[`*_#>|\[\]{}<]", "", text.strip()[:MOST_READ]).strip()
    match = re.match(r"[^\n]*?[.!?](?=\s|$)|[^\n]+", plain)
    return match[0].strip() if match else ""


def _title(subject: str) -> str:
    return subject[:1].upper() + subject[1:]
