"""**I/O edge.** What an agent leaned on, looked up: never in the way of an answer."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from core.customgpt.client import CustomGPT, Place
from core.errors import AgentError
from core.turn import Citation

log = logging.getLogger(__name__)

MOST_LOOKED_UP = 20
"""Of one reply: there is no batch call, so each costs a request."""

MOST_SECONDS = 5.0
"""For all of a reply's: what has not come by then stays without title and link."""

MOST_REMEMBERED = 1_000


class Citations:
    """Looks citations up, and remembers what it found."""

    def __init__(
        self,
        client: CustomGPT,
        *,
        most: int = MOST_LOOKED_UP,
        seconds: float = MOST_SECONDS,
        remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._client = client
        self._most = most
        self._seconds = seconds
        self._remembered = remembered
        self._found: OrderedDict[tuple[int, int], Citation] = OrderedDict()

    async def look_up(self, project: int, citations: Sequence[Citation], *, seniority: float) -> tuple[Citation, ...]:
        """The same citations in the same order, completed as far as that works. Never raises."""
        unknown = [id for c in citations if (id := _unknown(c)) and (project, id) not in self._found]
        try:
            async with asyncio.timeout(self._seconds), asyncio.TaskGroup() as group:
                for citation in unknown[: self._most]:
                    group.create_task(self._ask(project, citation, Place(seniority)))
        except TimeoutError:
            log.info("citations of agent %d took longer than %g s", project, self._seconds)
        return tuple(self._completed(project, citation) for citation in citations)

    async def _ask(self, project: int, citation: int, place: Place) -> None:
        try:
            found = await self._client.citation(project, citation, place)
        except AgentError as error:
            log.info("citation %d of agent %d: %s", citation, project, error)
            return
        self._found[project, citation] = found
        if len(self._found) > self._remembered:
            self._found.popitem(last=False)

    def _completed(self, project: int, citation: Citation) -> Citation:
        if citation.id is None or (found := self._found.get((project, citation.id))) is None:
            return citation
        self._found.move_to_end((project, citation.id))
        return Citation(
            citation.id,
            citation.title or found.title,
            citation.url or found.url,
            citation.needs_login if citation.url else found.needs_login,
        )


def _unknown(citation: Citation) -> int | None:
    """The id by which the rest can be asked for."""
    return None if citation.title and citation.url else citation.id
