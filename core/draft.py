"""**Pure.** The work so far: what the stages have left for those after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from core.turn import Citation, Exchange, Finding, Review, Source, TurnRequest


@dataclass(frozen=True, slots=True)
class Draft:
    """What the pipeline holds. `limit`: characters that one prompt may have; `text`: the answer as it stands."""

    turn: TurnRequest
    limit: int
    last: Exchange | None = None
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
        """Citations become sources, numbered on; what is listed already, by address or else by id, is not again."""
        sources = list(self.sources)
        known = {_key(source) for source in sources}
        for citation in citations:
            if _key(citation) not in known:
                known.add(_key(citation))
                sources.append(_source(len(sources) + 1, citation))
        return replace(self, sources=tuple(sources))


def _key(of: Citation | Source) -> str | int | None:
    return of.url or of.id


def _source(n: int, citation: Citation) -> Source:
    title = citation.title or citation.url or f"Source {citation.id}"
    return Source(n, citation.id, title, citation.url, citation.needs_login)
