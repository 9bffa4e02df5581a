"""**I/O edge.** Socket Mode by the real client: acknowledgements, redelivery, faults of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from sandbox.slack import Channel, Delivery, EventFault, SlackStandIn, User
from tests.sandbox.slack.conftest import client_of, close, connect


@dataclass
class Inbox:
    """A real socket that keeps what comes; it acknowledges unless `deaf`."""

    client: SocketModeClient
    deaf: bool = False
    came: list[SocketModeRequest] = field(default_factory=list)

    async def take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.came.append(request)
        if not self.deaf:
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    @property
    def texts(self) -> list[str]:
        return [request.payload["event"]["text"] for request in self.came]

    @property
    def retries(self) -> list[tuple[int | None, str | None]]:
        return [(request.retry_attempt, request.retry_reason) for request in self.came]


async def opened(slack: SlackStandIn) -> Inbox:
    client = SocketModeClient(app_token=slack.app_token, web_client=client_of(slack), ping_interval=0.1)
    inbox = Inbox(client)
    client.socket_mode_request_listeners.append(inbox.take)
    before = slack.connections
    await connect(client)
    await slack.until(lambda: slack.connections > before)
    return inbox


@pytest.fixture
async def inbox(slack: SlackStandIn) -> AsyncIterator[Inbox]:
    found = await opened(slack)
    yield found
    await close(found.client)


def outcomes(delivery: Delivery) -> list[str]:
    return [attempt.outcome for attempt in delivery.attempts]


async def test_an_event_is_delivered_and_acknowledged(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)
    [delivery] = slack.deliveries()

    assert inbox.texts == ["Hello"]
    assert inbox.retries == [(0, "")]
    assert (delivery.acked, outcomes(delivery)) == (True, ["acked"])
    assert not inbox.came[0].accepts_response_payload


async def test_what_is_not_acknowledged_comes_again_three_times(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    inbox.deaf = True
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)
    [delivery] = slack.deliveries()

    assert inbox.retries == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({request.payload["event_id"] for request in inbox.came}) == 1
    assert len({request.envelope_id for request in inbox.came}) == 4
    assert (delivery.failed, outcomes(delivery)) == ("retries_exhausted", ["timeout"] * 4)


async def test_a_retry_may_be_acknowledged_and_then_it_is_over(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    inbox.deaf = True
    slack.post(ada, general, "Hello")
    await slack.until(lambda: len(inbox.came) == 1)
    inbox.deaf = False
    await slack.until(lambda: slack.quiet)

    assert outcomes(slack.deliveries()[0]) == ["timeout", "acked"]


async def test_an_acknowledgement_that_is_too_late_does_not_count(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    inbox.deaf = True
    slack.post(ada, general, "Hello")
    await slack.until(lambda: len(inbox.came) == 2)
    late = SocketModeResponse(envelope_id=inbox.came[0].envelope_id)
    await inbox.client.send_socket_mode_response(late)
    await slack.until(lambda: "too_late" in outcomes(slack.deliveries()[0]))
    await slack.until(lambda: slack.quiet)

    assert outcomes(slack.deliveries()[0]) == ["too_late", "timeout", "timeout", "timeout"]


async def test_what_was_on_a_socket_that_dropped_comes_again_on_the_next(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    inbox.deaf = True
    slack.limits = replace(slack.limits, ack=60.0)
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.deliveries()[0].attempts)
    slack.cut_sockets()
    inbox.deaf = False
    await slack.until(lambda: slack.quiet)

    assert outcomes(slack.deliveries()[0]) == ["http_error", "acked"]
    assert slack.connections == 2


async def test_events_wait_in_order_while_no_socket_is_open(slack: SlackStandIn, general: Channel, ada: User) -> None:
    for number in range(5):
        slack.post(ada, general, str(number))
    inbox = await opened(slack)
    await slack.until(lambda: slack.quiet)
    await close(inbox.client)

    assert inbox.texts == ["0", "1", "2", "3", "4"]


async def test_each_event_goes_to_one_of_the_open_sockets(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    other = await opened(slack)
    for number in range(6):
        slack.post(ada, general, str(number))
    await slack.until(lambda: slack.quiet)
    await close(other.client)

    assert sorted(inbox.texts + other.texts) == ["0", "1", "2", "3", "4", "5"]
    assert len(inbox.texts) == len(other.texts) == 3


async def test_a_duplicate_has_the_same_event_id(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    slack.script_events(EventFault(copies=2))
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)

    assert inbox.retries == [(0, "")] * 3
    assert len({request.payload["event_id"] for request in inbox.came}) == 1
    assert [one.copy for one in slack.deliveries()] == [False, True, True]


async def test_an_event_may_come_after_the_next(slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User) -> None:
    slack.script_events(EventFault(swap=True))
    for text in ("one", "two", "three"):
        slack.post(ada, general, text)
    await slack.until(lambda: slack.quiet)

    assert inbox.texts == ["two", "one", "three"]


async def test_an_event_may_be_late(slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User) -> None:
    slack.script_events(EventFault(delay=0.05))
    for text in ("one", "two"):
        slack.post(ada, general, text)
    await slack.until(lambda: slack.quiet)

    assert inbox.texts == ["two", "one"]


async def test_the_first_delivery_may_get_lost(slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User) -> None:
    slack.script_events(EventFault(drop=True))
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)

    assert inbox.retries == [(1, "timeout")]


async def test_an_acknowledgement_may_get_lost(slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User) -> None:
    slack.script_events(EventFault(lost_acks=1))
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)

    assert inbox.retries == [(0, ""), (1, "timeout")]


async def test_one_is_told_when_an_event_is_sent_and_when_it_is_acknowledged(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    seen: list[str] = []
    slack.script_events(EventFault(sent=lambda one: seen.append("sent"), acked=lambda one: seen.append("acked")))
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)

    assert seen == ["sent", "acked"]


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"envelope_id": "nothing"}'])
async def test_a_frame_that_acknowledges_nothing_does_no_harm(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User, text: str
) -> None:
    await inbox.client.send_message(text)
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)

    assert slack.deliveries()[0].acked


async def test_waiting_ends_at_its_time(slack: SlackStandIn) -> None:
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, seconds=0.01)


async def test_several_may_wait_for_different_things(slack: SlackStandIn, general: Channel, ada: User) -> None:
    async def sent(count: int) -> None:
        await slack.until(lambda: len(slack.deliveries()) >= count)

    waiting = [asyncio.ensure_future(sent(count)) for count in (1, 2)]
    await asyncio.sleep(0)
    slack.post(ada, general, "one")
    await waiting[0]
    before = waiting[1].done()
    slack.post(ada, general, "two")
    await waiting[1]

    assert not before


async def test_a_question_that_breaks_breaks_its_own_waiting_alone(
    slack: SlackStandIn, inbox: Inbox, general: Channel, ada: User
) -> None:
    broken = asyncio.ensure_future(slack.until(lambda: slack.deliveries() and [][0]))
    await asyncio.sleep(0)
    slack.post(ada, general, "Hello")
    await slack.until(lambda: slack.quiet)
    with pytest.raises(IndexError):
        await broken

    assert inbox.texts == ["Hello"]
