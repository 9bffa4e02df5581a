"""**Pure.** Answers that are no method: posts to a response_url, and what comes with an acknowledgement."""

from __future__ import annotations

from sandbox.slack.content import Content, content_of, posted_text
from sandbox.slack.floor import Args, Floor
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import BOT_ID, Channel, Ephemeral, Message, ResponseUrl, State


class Answering:
    """Shows an answer where it was asked for."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._world = floor.world

    def address(self, channel: str, user: str, team: str, message_ts: str = "") -> str:
        """A new response_url."""
        key = self._world.new_id("r")
        self._world.response_urls[key] = ResponseUrl(channel, user, team, self._world.clock(), message_ts)
        return f"{self._floor.payloads.base}/response/{key}"

    def post(self, key: str, body: Json) -> None:
        """A post to a response_url. Raises `expired_url`, `used_url`, and what a message may be refused for."""
        url = self._world.response_urls.get(key)
        limits = self._floor.limits
        if url is None or self._world.clock() - url.at > limits.response_url:
            raise Refusal("expired_url")
        if url.posts >= limits.response_posts:
            raise Refusal("used_url")
        self.show(url, body, "response_url")
        url.posts += 1

    def show(self, url: ResponseUrl, body: Json, source: str) -> None:
        """Ephemeral unless it says `in_channel`; `replace_original` and `delete_original` change what is there."""
        args, channel = Args(body), self._world.channels[url.channel]
        if args.flag("delete_original"):
            self._delete(url, channel)
            return
        content = content_of(args, lambda: self._world.new_id("b"))
        text = posted_text(content)
        if args.flag("replace_original"):
            self._replace(url, channel, text, content)
        elif args.text("response_type", "ephemeral") == "in_channel":
            self._say(url, channel, text, content, args.text("thread_ts"))
        else:
            thread = args.text("thread_ts")
            self._whisper(url, text, content, source, thread)

    def _say(self, url: ResponseUrl, channel: Channel, text: str, content: Content, thread: str) -> None:
        state = State(self._world.clock(), text, content.blocks or [], content.attachments or [])
        bot, ts = self._world.bot_user(url.team), self._world.new_ts()
        self._floor.add(channel, Message(channel.id, ts, bot, url.team, [state], bot_id=BOT_ID, thread_ts=thread))

    def _whisper(self, url: ResponseUrl, text: str, content: Content, source: str, thread: str) -> None:
        ts, at = self._world.new_ts(), self._world.clock()
        hidden = Ephemeral(url.channel, ts, url.user, text, content.blocks or [], source, at, thread)
        self._world.ephemerals.append(hidden)

    def _replace(self, url: ResponseUrl, channel: Channel, text: str, content: Content) -> None:
        original = self._original(url, channel)
        if isinstance(original, Ephemeral):
            original.text, original.blocks = text, content.blocks or []
        else:
            state = State(self._world.clock(), text, content.blocks or [], [], original.metadata)
            self._floor.change(channel, original, state, by=original.user)

    def _delete(self, url: ResponseUrl, channel: Channel) -> None:
        original = self._original(url, channel)
        if isinstance(original, Ephemeral):
            original.deleted = True
        else:
            self._floor.remove(channel, original, by=original.user)

    def _original(self, url: ResponseUrl, channel: Channel) -> Message | Ephemeral:
        hidden = (one for one in self._world.ephemerals if one.ts == url.message_ts and not one.deleted)
        found = next(hidden, None) or channel.find(url.message_ts)
        if found is None:
            raise Refusal("message_not_found")
        return found
