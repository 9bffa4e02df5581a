"""**Pure.** What the CustomGPT stand-in remembers: agents, conversations, messages, pages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from sandbox.customgpt.answers import Page
from sandbox.customgpt.faults import Account, Endpoint, Fault, Pace

USER_ID = 35
TEAM_ID = 12
FIRST_CONVERSATION = 9001
FIRST_MESSAGE = 10_631_255


@dataclass(slots=True)
class Switchboard:
    """Which fault the next request gets: the next of the script, else the standing one, if there is any."""

    always: Fault | None = None
    _script: deque[Fault] = field(default_factory=deque)

    def script(self, *faults: Fault) -> None:
        """One for each of the next requests, after those that are already waiting."""
        self._script.extend(faults)

    def next(self) -> Fault | None:
        return self._script.popleft() if self._script else self.always

    @property
    def waiting(self) -> int:
        """How many entries of the script are left."""
        return len(self._script)


@dataclass(slots=True)
class Agent:
    """An agent. `always` is how it behaves where no script says otherwise; `role` decides what it answers."""

    id: int
    role: str
    name: str
    pace: Pace
    always: Fault = field(default_factory=Fault)
    messages: Switchboard = field(default_factory=Switchboard)

    def script(self, *faults: Fault) -> None:
        """The whole behaviour of each of its next messages, in order."""
        self.messages.script(*faults)

    def next(self) -> Fault:
        """The behaviour of the message that has just come."""
        return self.messages.next() or self.always


@dataclass(slots=True)
class Message:
    """One question and its answer, readable from `visible_at` on, once so many lists have lacked it."""

    id: int
    conversation_id: int
    prompt: str
    text: str
    pages: tuple[Page, ...]
    fault: Fault
    created: datetime
    external_id: str | None = None
    user_agent: str = ""
    reaction: str | None = "neutral"
    visible_at: float = 0.0
    hidden_lists: int = 0


@dataclass(slots=True)
class Conversation:
    """A conversation with one agent; `messages` oldest first."""

    id: int
    session_id: str
    agent_id: int
    name: str
    created: datetime
    messages: list[Message] = field(default_factory=list)

    def listed(self, now: float) -> list[Message]:
        """The messages that a list shows now, oldest first. Counts as one list."""
        shown = [message for message in self.messages if _readable(message, now)]
        for message in self.messages:
            message.hidden_lists = max(0, message.hidden_lists - 1)
        return shown

    def message(self, message_id: int, now: float) -> Message | None:
        return next((m for m in self.messages if m.id == message_id and _readable(m, now)), None)


def _readable(message: Message, now: float) -> bool:
    return message.visible_at <= now and message.hidden_lists == 0


@dataclass(slots=True)
class Platform:
    """All of it, in memory."""

    agents: dict[int, Agent]
    account: Account = field(default_factory=Account)
    conversations: dict[tuple[int, str], Conversation] = field(default_factory=dict)
    pages: dict[tuple[int, int], Page] = field(default_factory=dict)
    endpoints: dict[Endpoint, Switchboard] = field(
        default_factory=lambda: {endpoint: Switchboard() for endpoint in Endpoint}
    )
    _conversation_ids: count[int] = field(default_factory=lambda: count(FIRST_CONVERSATION))
    _message_ids: count[int] = field(default_factory=lambda: count(FIRST_MESSAGE))

    def open(self, agent: Agent, session_id: str, name: str, now: datetime) -> Conversation:
        """Open a conversation."""
        opened = Conversation(next(self._conversation_ids), session_id, agent.id, name, now)
        self.conversations[agent.id, session_id] = opened
        return opened

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def count_query(self) -> None:
        """One message more was accepted for processing."""
        self.account = replace(self.account, current_queries=self.account.current_queries + 1)

    def know(self, agent: Agent, *pages: Page) -> None:
        """Let the citation look-up of this agent find the pages."""
        self.pages |= {(agent.id, page.id): page for page in pages}

    def of_agent(self, agent: Agent) -> list[Conversation]:
        return [one for (agent_id, _), one in self.conversations.items() if agent_id == agent.id]
