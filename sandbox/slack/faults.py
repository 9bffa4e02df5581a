"""**Pure.** How the Slack stand-in misbehaves on demand, and the limits that it keeps.

A `Fault` is the whole behaviour of one call of a method, an `EventFault` that of one event. What is not said is
faithful.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from sandbox.slack.record import Call, Delivery

CallHook = Callable[[Call], Awaitable[None] | None]
DeliveryHook = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The whole behaviour of one call. Used up once the token is known and the rate limit is passed."""

    delay: float = 0.0
    """Seconds before anything is done."""
    delay_reply: float = 0.0
    """Seconds between the work and the reply."""
    drop: bool = False
    """Cut the connection instead of replying."""
    stored: bool | None = None
    """Do the work though the reply is another; None: only where nothing replaces the reply."""
    status: int | None = None
    """Reply with this HTTP status and `body`."""
    body: Literal["json", "html", "text", "empty"] = "json"
    """The body with `status`, or with 200 where only this is said."""
    retry_after: float | None = None
    """`Retry-After` in seconds; without a `status` it is 429 and `ratelimited`."""
    error: str | None = None
    """Any of Slack's error codes, in a 200."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside `error`."""
    before: CallHook | None = None
    """Called before anything is done: here a crash test kills the caller."""
    after: CallHook | None = None
    """Called when the work is done, before the reply."""

    @property
    def replaces(self) -> bool:
        """Whether the reply is another than that of the work."""
        said = (self.status, self.retry_after, self.error)
        return self.drop or self.body != "json" or any(one is not None for one in said)

    @property
    def works(self) -> bool:
        """Whether the work is done."""
        return self.stored if self.stored is not None else not self.replaces


REPLY_LOST = Fault(drop=True, stored=True)
NOT_STORED = Fault(drop=True)
HTML_ERROR = Fault(status=503, body="html")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFault:
    """The whole behaviour of one event, command or interaction."""

    copies: int = 0
    """So many duplicates go out after it: same event id, other envelope."""
    delay: float = 0.0
    """Seconds before it goes out."""
    swap: bool = False
    """It goes out after the next one."""
    drop: bool = False
    """The first delivery gets lost on its way; the stand-in thinks that it was sent."""
    lost_acks: int = 0
    """So many acknowledgements get lost on their way."""
    sent: DeliveryHook | None = None
    """Called when it has been handed to a socket."""
    acked: DeliveryHook | None = None
    """Called when it has been acknowledged."""


TIER_2, TIER_3, TIER_4 = 20, 50, 100
CALLS: Mapping[str, int] = MappingProxyType(
    {
        "apps.connections.open": 60,  # tier 1 is "1 and more"; reconnects must be possible
        "chat.postMessage": 300,  # a workspace-wide cap of several hundred
        "chat.update": TIER_3,
        "chat.delete": TIER_3,
        "chat.postEphemeral": TIER_4,
        "conversations.history": TIER_3,
        "conversations.info": TIER_3,
        "conversations.members": TIER_4,
        "conversations.open": TIER_3,
        "conversations.replies": TIER_3,
        "users.info": TIER_4,
        "bots.info": TIER_3,
        "reactions.add": TIER_3,
        "reactions.remove": TIER_2,
        "files.getUploadURLExternal": TIER_4,
        "files.completeUploadExternal": TIER_4,
        "files.info": TIER_4,
        "files.delete": TIER_3,
        "views.open": TIER_4,
        "views.update": TIER_4,
    }
)
"""Calls in a window, per workspace; a method that is not named has no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the stand-in allows, and for how long it waits; seconds. The defaults are Slack's own."""

    window: float = 60.0
    """The length of the sliding window that `calls` are counted in."""
    calls: Mapping[str, int] = field(default_factory=lambda: CALLS)
    post_interval: float = 1.0
    """Seconds that one message in a channel costs."""
    post_burst: int = 5
    """So many messages may come at once in a channel that was silent."""
    page_most: int = 999
    """Messages in a page; 15 for commercial apps outside the Marketplace."""
    ack: float = 3.0
    """Until a delivery counts as not acknowledged."""
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    """Before each further delivery of an event."""
    ping: float = 10.0
    sockets: int = 10
    """Connections at once."""
    trigger: float = 3.0
    """How long a trigger_id opens a view."""
    response_posts: int = 5
    response_url: float = 1800.0
    """How long a response_url may be used, `response_posts` times."""

    def allowing(self, **calls: int) -> dict[str, int]:
        """`calls` with some methods changed; `chat_update=45` says `chat.update`."""
        names = {name.replace(".", "_"): name for name in (*CALLS, *self.calls)}
        return {**self.calls, **{names[name]: most for name, most in calls.items()}}
