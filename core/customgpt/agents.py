"""**I/O edge.** The four agents: fills the port `Agents` with CustomGPT."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.customgpt.citations import Citations
from core.customgpt.client import CustomGPT, Outgoing, Place
from core.customgpt.conversations import Conversations, Session, Wanted, conversation_name
from core.customgpt.retry import Answer, Clock, Retry
from core.customgpt.wire import Message
from core.errors import AgentError, OrchestratorError, Trouble
from core.events import Emit, StageDelta, StageStarted, StageWaiting
from core.ports import Sessions
from core.turn import AgentReply, Opinion, Question, TurnRequest, session_slot

log = logging.getLogger(__name__)


def never(_: Question) -> bool:
    return False


class CustomGPTAgents:
    """Asks the agent of a stage, in the conversation that the thread has with it.

    `projects` maps a stage's name to its agent's project id. `reentered` says of a question whether it was on
    its way when the process died: then a kept answer is looked for before anything is sent.
    """

    def __init__(
        self,
        client: CustomGPT,
        *,
        projects: Mapping[str, int],
        sessions: Sessions,
        retry: Retry,
        citations: Citations | None = None,
        name: Callable[[str, str], str] = conversation_name,
        reentered: Callable[[Question], bool] = never,
    ) -> None:
        self._client = client
        self._projects = projects
        self._conversations = Conversations(client, sessions=sessions, name=name)
        self._retry = retry
        self._citations = citations or Citations(client)
        self._reentered = reentered
        self._preparing: set[asyncio.Task[None]] = set()

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Begin to open the thread's conversations, one by one. Failures are logged; `ask` tries again."""
        task = asyncio.get_running_loop().create_task(self._prepare(turn, stages))
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        """Ask one agent. Raises `AgentError`; a `StoreError` of `sessions` passes through."""
        project = self._project(question.stage)
        inquiry = _Inquiry(self._client, self._conversations, question, project, emit, self._retry.clock)
        answer = await self._answer(inquiry, reentered=self._reentered(question))
        return await self._reply(inquiry, answer)

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Give a reply's message its reaction; no turn that waits now waits for it. Raises `AgentError`.

        A reply whose message CustomGPT has not named is left as it is.
        """
        if reply.session_id is None or reply.message_id is None:
            log.info("%s: a reply without the id of its message: nobody can be told that it is %s", stage, opinion)
            return
        place = Place(self._retry.clock.now())
        await self._client.feedback(self._project(stage), reply.session_id, reply.message_id, opinion, place)

    async def queries_left(self) -> int | None:
        """Of this billing cycle; None: not said. No turn that waits now waits for it. Raises `AgentError`."""
        return (await self._client.usage(Place(self._retry.clock.now()))).left

    async def aclose(self) -> None:
        """End what is still being prepared."""
        tasks = list(self._preparing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _project(self, stage: str) -> int:
        project = self._projects.get(stage)
        if project is None:
            raise AgentError(Trouble.NO_AGENT, f"no agent is set for {stage}")
        return project

    async def _prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        for stage in stages:
            if (project := self._projects.get(stage)) is None:
                continue
            wanted = Wanted(turn.conversation_id, session_slot(stage, turn.chapter), project, Place(turn.accepted_at))
            try:
                await self._conversations.session(wanted)
            except OrchestratorError as error:
                log.warning("turn %s: no conversation for %s yet: %s", turn.turn_id, stage, error)
                if isinstance(error, AgentError) and error.trouble is Trouble.BAD_KEY:
                    return  # the others have the same key

    async def _answer(self, inquiry: _Inquiry, *, reentered: bool) -> Answer:
        # Without a stored session nothing was ever sent: there is nothing to look for.
        look = reentered and await inquiry.was_open()
        await inquiry.open()
        return await self._retry.answer(inquiry, reentered=look)

    async def _reply(self, inquiry: _Inquiry, answer: Answer) -> AgentReply:
        message, held = answer.message, inquiry.held or inquiry.instant()
        seconds = self._retry.clock.monotonic() - held.monotonic
        seniority = inquiry.question.accepted_at
        cited = await self._citations.look_up(inquiry.project, message.citations, seniority=seniority)
        return AgentReply(
            text=message.text,
            citations=cited,
            message_id=message.id,
            session_id=inquiry.session.id,
            asked_at=held.now,
            seconds=seconds,
            queries=answer.queries,
        )


@dataclass(frozen=True, slots=True)
class _Instant:
    """A moment on both clocks."""

    now: float
    monotonic: float


class _Inquiry:
    """One question on its way: what `Retry.answer` needs to know and to do."""

    def __init__(
        self,
        client: CustomGPT,
        conversations: Conversations,
        question: Question,
        project: int,
        emit: Emit,
        clock: Clock,
    ) -> None:
        self.question = question
        self.project = project
        self.held: _Instant | None = None
        self.session = Session("", stored=False)
        self._client = client
        self._conversations = conversations
        self._emit = emit
        self._clock = clock
        self._place = Place(question.accepted_at, self.waiting)

    @property
    def label(self) -> str:
        return f"turn {self.question.turn_id}, {self.question.slot}"

    async def was_open(self) -> bool:
        question = self.question
        return await self._conversations.stored(question.conversation_id, question.session_slot) is not None

    async def open(self) -> None:
        self.session = await self._conversations.session(self._wanted)

    async def reopen(self) -> bool:
        if not self.session.stored:
            return False
        gone = self.session.id
        self.session = await self._conversations.session(self._wanted, instead_of=gone)
        log.info("%s: session %s is gone, opened %s", self.label, gone, self.session.id)
        return True

    async def send(self, attempt: int) -> Message:
        question = self.question

        def on_held() -> None:
            self.held = self.held or self.instant()
            self._emit(StageStarted(question.stage, question.part, question.parts, attempt))

        def on_delta(text: str) -> None:
            self._emit(StageDelta(question.stage, text, question.part))

        return await self._client.stream(self._outgoing(attempt), self._place, on_held, on_delta)

    async def kept(self) -> Message | None:
        """Ours is among the newest, so the first page will do. A look that fails has found nothing."""
        try:
            page = await self._client.messages(self.project, self.session.id, self._place)
        except AgentError as error:
            log.info("%s: could not look for an answer: %s", self.label, error)
            return None
        return next((message for message in page.messages if self._is_ours(message)), None)

    async def out_of_credits(self) -> bool:
        try:
            return (await self._client.usage(self._place)).used_up
        except AgentError as error:
            log.info("%s: could not look at the account: %s", self.label, error)
            return False

    def waiting(self) -> None:
        self._emit(StageWaiting(self.question.stage))

    def instant(self) -> _Instant:
        return _Instant(self._clock.now(), self._clock.monotonic())

    @property
    def _wanted(self) -> Wanted:
        question = self.question
        return Wanted(question.conversation_id, question.session_slot, self.project, self._place)

    def _outgoing(self, attempt: int) -> Outgoing:
        return Outgoing(
            project=self.project,
            session=self.session.id,
            prompt=self.question.prompt,
            external_id=f"{self.question.external_id_prefix}{attempt}",
            language=self.question.language,
            fresh=self.question.fresh,
        )

    def _is_ours(self, message: Message) -> bool:
        ours = (message.external_id or "").startswith(self.question.external_id_prefix)
        return ours and bool(message.text.strip())
