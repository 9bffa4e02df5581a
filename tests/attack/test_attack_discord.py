"""What people may say in Discord, as discord.py hands it on; and what stands in custom_ids."""

from __future__ import annotations

from typing import Any

import discord
from hypothesis import example, given
from hypothesis import strategies as st

from bot.discord.metadata import Posted, posted, pressed
from bot.discord.parse import Ask, Command, FollowUp, Ignored, Kind, Place, Said, parse
from bot.discord.payload import ours_in, place_of, said_in
from bot.discord.people import person
from core.actions import Pressed
from core.attached import MOST_FILES
from core.text.budget import check_ids
from tests.attack.hostile import attacked, is_whole, scraps, texts, within

IDS = st.integers(1, 2**64 - 1).map(str)
KINDS = st.sampled_from(Kind)


def ada(**more: Any) -> dict[str, Any]:
    return {"id": "3", "username": "ada", "discriminator": "0", "avatar": None, **more}


class Library:
    """discord.py, logged in as nobody, connected to nothing."""

    def __init__(self) -> None:
        state: Any = discord.Client(intents=discord.Intents.none())._connection
        self.state = state
        self.me = state.user = discord.ClientUser(state=state, data=ada(id="7", username="bot"))  # type: ignore[arg-type]

    def message(self, **fields: Any) -> discord.Message:
        data = {
            "id": "1",
            "channel_id": "5",
            "author": ada(),
            "content": "",
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "components": [],
            **fields,
        }
        channel = discord.PartialMessageable(state=self.state, id=5)
        return discord.Message(state=self.state, channel=channel, data=data)  # type: ignore[arg-type]


LIBRARY = Library()

people = st.builds(lambda id, name: ada(id=id, username=name, global_name=name), IDS, texts)
files = st.builds(
    lambda id, name, kind, size: {
        "id": id,
        "filename": name,
        "size": size,
        "url": name,
        "proxy_url": name,
        "content_type": kind,
    },
    IDS,
    texts,
    texts | st.none(),
    st.integers(0, 2**53),
)


@attacked
@given(
    texts,
    st.lists(people, max_size=3),
    st.lists(files, max_size=MOST_FILES + 3),
    people,
    st.sampled_from([0, 6, 7, 18, 19, 20, 21, 999]),
)
def test_any_message_becomes_values_and_is_asked_or_ignored(
    text: str, mentioned: list[Any], attached: list[Any], author: Any, kind: int
) -> None:
    message = LIBRARY.message(content=text, mentions=mentioned, attachments=attached, author=author, type=kind)
    with within():
        said = said_in(message, LIBRARY.me)
        place = place_of(message.channel, None, message.author.id)
        parsed = parse(said, ours=ours_in(message, LIBRARY.me), now=1.0)

    assert place == said.place
    assert len(said.files) <= MOST_FILES
    assert isinstance(parsed, Ask | FollowUp | Command | Ignored)


OURS = ("<@7>", "<@!7>", "<@&8>")
names = st.dictionaries(st.sampled_from(["<@1>", "<#2>", "<@&3>", ""]) | texts, texts, max_size=4)


@attacked
@given(texts, KINDS, names, st.booleans(), st.booleans(), st.booleans())
@example("<@7>" * 5_000, Kind.THREAD, {}, True, False, False)
@example("<@7> " + " ," * 5_000, Kind.THREAD, {}, True, False, False)
@example("<a:" * 5_000, Kind.DIRECT, {}, False, False, False)
def test_any_words_are_a_question_a_command_or_ignored(
    text: str, kind: Kind, names: dict[str, str], mentions_us: bool, mentions_others: bool, answers_us: bool
) -> None:
    said = Said(
        id="9",
        place=Place("1", "2", kind, "3"),
        text=text,
        mentions_us=mentions_us,
        mentions_others=mentions_others,
        answers_us=answers_us,
        names=names,
    )
    with within():
        parsed = parse(said, ours=OURS, now=1.0)

    assert isinstance(parsed, Ask | FollowUp | Command | Ignored)
    if isinstance(parsed, Ask | FollowUp):
        one = parsed.request
        check_ids(identity=one.identity, conversation_id=one.conversation_id, asker=one.asker)
        assert is_whole(one.prompt) or not is_whole(text) or not all(map(is_whole, names.values()))


WORDS = ("turn", "part", "retry", "stop", "a" * 24, "1", "0", "-1", "\u0663", "9" * 9, "")
custom_ids = st.one_of(
    texts,
    st.builds(
        ":".join,
        st.lists(st.sampled_from(WORDS) | texts),
    ),
)


@attacked
@given(st.lists(custom_ids, max_size=4), st.lists(texts, max_size=2))
def test_any_custom_id_is_one_of_ours_or_nothing(ids: list[str], values: list[str]) -> None:
    with within():
        found = posted(ids)
        presses = [pressed(one, values) for one in ids]

    assert found is None or isinstance(found, Posted)
    assert all(one is None or isinstance(one, Pressed) for one in presses)


@attacked
@given(people)
@example(ada(global_name="A\ud800\0"))
def test_any_name_can_be_kept(author: Any) -> None:
    name = person(LIBRARY.message(author=author).author, ()).name

    assert is_whole(name)
    assert "\0" not in name


@attacked
@given(scraps)
def test_a_place_that_is_no_channel_is_one_without_threads(channel: Any) -> None:
    with within():
        assert Kind.OTHER is place_of(channel, None, 3).kind
