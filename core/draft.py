"""**Pure.** The work so far: what the stages have left for those after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.review import Finding, Review
from core.surroundings import NO_BACKGROUND, Background
from core.turn import Citation, Exchange, Source, TurnRequest

MOST_SOURCES = 50
"""Of one turn. What is cited beyond them has no number."""

_JOINERS = "\u200c\u200d"
"""They shape letters and emoji, and are no more than that."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the pipeline holds. `limit`: characters that one prompt may have; `text`: the answer as it stands."""

    turn: TurnRequest
    limit: int
    last: Exchange | None = None
    background: Background = NO_BACKGROUND
    outputs: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()
    review: Review | None = None

    def output(self, stage: str) -> str:
        """What a stage answered; empty where it has not."""
        return self.outputs.get(stage, "")

    def with_output(self, stage: str, text: str) -> Draft:
        return replace(self, outputs={**self.outputs, stage: text})

    def with_citations(self, citations: Iterable[Citation]) -> Draft:
        """Citations become sources, numbered on; one that is listed already may complete what is known of it."""
        sources = list(self.sources)
        for citation in citations:
            at = _place(sources, citation)
            if at is not None:
                sources[at] = _completed(sources[at], citation)
            elif len(sources) < MOST_SOURCES:
                sources.append(_source(len(sources) + 1, citation))
        return replace(self, sources=tuple(sources))


def one_line(text: str) -> str:
    """A foreign title on one line: no control characters, none that change the direction of writing."""
    return " ".join("".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in text).split())


def _place(sources: Sequence[Source], citation: Citation) -> int | None:
    """Where a citation is listed: by its address, or else by its id, unless the address is another."""
    for at, source in enumerate(sources):
        if citation.url is not None and source.url == citation.url:
            return at
    for at, source in enumerate(sources):
        if citation.id is not None and source.id == citation.id and None in (source.url, citation.url):
            return at
    return None


def _source(n: int, citation: Citation) -> Source:
    title = one_line(citation.title or "") or citation.url or f"Source {citation.id}"
    return Source(n, citation.id, title, citation.url, citation.needs_login)


def _completed(source: Source, citation: Citation) -> Source:
    """The source with what only the citation knows."""
    named = source.title not in (source.url, f"Source {source.id}")
    merged = Citation(
        id=citation.id if source.id is None else source.id,
        title=source.title if named else citation.title,
        url=source.url or citation.url,
        needs_login=source.needs_login if source.url else citation.needs_login,
    )
    return _source(source.n, merged)
