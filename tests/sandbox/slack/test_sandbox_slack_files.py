"""**I/O edge.** Files: uploaded in three steps, downloaded with the token, deleted."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, SlackStandIn, User
from tests.sandbox.slack.conftest import error_of

CONTENT = "# Antwort: Bienen 🐝\n"


async def fetched(url: str, token: str) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, response.content_type, await response.read()


async def test_the_real_client_uploads_into_a_thread(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    await client.files_upload_v2(
        filename="answer.md", content=CONTENT, title="The answer", channel=general.id, thread_ts=asked.ts
    )
    [reply] = slack.thread(asked)
    [file] = slack.files(reply)

    assert (file.name, file.title, file.content) == ("answer.md", "The answer", CONTENT.encode())
    assert reply.subtype == "file_share"


async def test_a_file_is_read_with_the_token_alone(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Read this", files=[("notes.txt", b"some notes")])
    [told] = (await client.conversations_history(channel=general.id))["messages"][0]["files"]

    assert (told["name"], told["mimetype"], told["size"]) == ("notes.txt", "text/plain", 10)
    assert slack.files(asked)[0].content == b"some notes"
    for address in (told["url_private"], told["url_private_download"]):
        assert await fetched(address, slack.bot_token) == (200, "application/octet-stream", b"some notes")
        status, kind, page = await fetched(address, "xoxb-wrong")
        assert (status, kind, b"Sign in" in page) == (200, "text/html", True)


async def test_without_the_scope_a_download_leads_to_a_page_for_people(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    slack.post(ada, general, "Read this", files=[("notes.txt", b"some notes")])
    [told] = (await client.conversations_history(channel=general.id))["messages"][0]["files"]
    slack.scopes = ["channels:history"]

    assert (await fetched(told["url_private"], slack.bot_token))[1] == "text/html"


async def test_a_deleted_file_takes_its_empty_message_with_it(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    alone = await client.files_upload_v2(filename="a.md", content="a", channel=general.id)
    await client.files_upload_v2(filename="b.md", content="b", channel=general.id, initial_comment="See b")
    for message in slack.said(general):
        await client.files_delete(file=message.files[0])

    assert [message.text for message in slack.said(general)] == ["See b"]
    assert await error_of(client.files_info(file=alone["files"][0]["id"])) == "file_deleted"
    assert await error_of(client.files_delete(file="F404")) == "file_not_found"


async def test_only_an_own_file_is_deleted(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Read this", files=[("notes.txt", b"some notes")])

    assert (await client.files_info(file=asked.files[0]))["file"]["user"] == ada.id
    assert await error_of(client.files_delete(file=asked.files[0])) == "cant_delete_file"


async def test_an_upload_is_as_long_as_was_said_and_comes_once(slack: SlackStandIn, client: AsyncWebClient) -> None:
    given = await client.files_getUploadURLExternal(filename="a.md", length=3)
    async with aiohttp.ClientSession() as session:

        async def put(content: bytes) -> int:
            async with session.post(given["upload_url"], data=content) as response:
                return response.status

        assert [await put(content) for content in (b"four", b"abc", b"abc")] == [400, 200, 404]


@pytest.mark.parametrize("field", ["file", "filename"])
async def test_an_upload_may_be_a_form(slack: SlackStandIn, client: AsyncWebClient, field: str) -> None:
    given = await client.files_getUploadURLExternal(filename="a.md", length=3)
    form = aiohttp.FormData()
    form.add_field(field, b"abc", filename="a.md")
    async with aiohttp.ClientSession() as session, session.post(given["upload_url"], data=form) as response:
        text = await response.text()

    assert text == "OK - 3"
    assert slack.world.files[given["file_id"]].content == b"abc"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"files": [{"id": "F404"}]}, "file_not_found"),
        ({"files": []}, "invalid_arguments"),
        ({"channel_id": "C404"}, "channel_not_found"),
        ({"thread_ts": "1.0"}, "thread_not_found"),
    ],
)
async def test_an_upload_that_leads_nowhere_is_refused(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, arguments: dict[str, Any], error: str
) -> None:
    given = await client.files_getUploadURLExternal(filename="a.md", length=1)
    async with aiohttp.ClientSession() as session, session.post(given["upload_url"], data=b"a"):
        wanted = {"files": [{"id": given["file_id"]}], "channel_id": general.id, **arguments}

    assert await error_of(client.api_call("files.completeUploadExternal", json=wanted)) == error
    assert general.messages == {}


async def test_what_was_not_uploaded_is_not_shared(client: AsyncWebClient, general: Channel) -> None:
    given = await client.files_getUploadURLExternal(filename="a.md", length=1)
    shared = client.files_completeUploadExternal(files=[{"id": given["file_id"], "title": "a"}], channel_id=general.id)

    assert await error_of(shared) == "file_not_found"


async def test_an_empty_file_gets_no_address(client: AsyncWebClient) -> None:
    empty = client.files_getUploadURLExternal(filename="a.md", length=0)

    assert await error_of(empty) == "invalid_arguments"
