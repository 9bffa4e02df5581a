"""**Pure.** `chat.*`: what the bot posts, updates and deletes."""

from __future__ import annotations

from sandbox.slack.content import MOST_TEXT_UPDATED, Content, content_of, posted_text
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import BOT_ID, Channel, Ephemeral, Message, State
from sandbox.slack.wire import message_json, permalink


class Chat:
    """One function a method; `Refusal` is the method's error."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._world = floor.world

    def post(self, caller: Caller, args: Args) -> Json:
        channel = self.target(caller, args.need("channel"))
        content = self._content(args)
        text = posted_text(content)
        thread = self.thread(channel, args.text("thread_ts"))
        message = self.said(caller, channel, self._state(content, text), thread)
        if thread and args.flag("reply_broadcast"):
            message.subtype = "thread_broadcast"
        self._floor.add(channel, message)
        return self._answer(channel, message)

    def update(self, caller: Caller, args: Args) -> Json:
        channel = self._open(self._floor.seen(caller, args.need("channel")), "is_inactive")
        message = self._own(caller, channel, args.need("ts"), "cant_update_message")
        content = self._content(args)
        if content.empty:
            raise Refusal("no_text")
        if len(content.text or "") > MOST_TEXT_UPDATED and not args.has("markdown_text"):
            raise Refusal("msg_too_long")
        self._floor.change(channel, message, self._updated(message, content), by=caller.token.user)
        return {**self._answer(channel, message), "text": message.text}

    def delete(self, caller: Caller, args: Args) -> Json:
        channel = self._floor.seen(caller, args.need("channel"))
        message = self._own(caller, channel, args.need("ts"), "cant_delete_message")
        self._floor.remove(channel, message, by=caller.token.user)
        return {"ok": True, "channel": channel.id, "ts": message.ts}

    def ephemeral(self, caller: Caller, args: Args) -> Json:
        channel = self._open(self._floor.joined(caller, args.need("channel")))
        user = args.need("user")
        if user not in self._world.users:
            raise Refusal("user_not_found")
        if user not in channel.members:
            raise Refusal("user_not_in_channel")
        content = self._content(args)
        text, ts, at = posted_text(content), self._world.new_ts(), self._world.clock()
        thread = self.thread(channel, args.text("thread_ts"))
        hidden = Ephemeral(channel.id, ts, user, text, content.blocks or [], "chat.postEphemeral", at, thread)
        self._world.ephemerals.append(hidden)
        return {"ok": True, "message_ts": ts}

    def permalink(self, caller: Caller, args: Args) -> Json:
        channel = self._floor.seen(caller, args.need("channel"))
        message = self._there(channel, args.need("message_ts"))
        return {"ok": True, "channel": channel.id, "permalink": permalink(self._world, channel, message)}

    def target(self, caller: Caller, where: str) -> Channel:
        """Where to post: a channel by id or #name, or a person's DM. The bot must be in it, and it open."""
        if where in self._world.users:
            caller.need("im:write")
            return self._world.dm(caller.team.id, where)
        name = where.removeprefix("#")
        named = (c.id for c in self._world.channels.values() if c.name == name and caller.team.id in c.teams)
        return self._open(self._floor.joined(caller, next(named, where)))

    def thread(self, channel: Channel, ts: str) -> str:
        """The thread to reply in. Raises `thread_not_found`, and for a reply's ts `cannot_reply_to_message`."""
        if not ts:
            return ""
        parent = channel.find(ts)
        if parent is None:
            raise Refusal("thread_not_found")
        if parent.is_reply:
            raise Refusal("cannot_reply_to_message")
        return ts

    def said(self, caller: Caller, channel: Channel, state: State, thread: str) -> Message:
        """A message of the bot, not yet posted."""
        ts, user, team = self._world.new_ts(), caller.token.user, caller.team.id
        return Message(channel.id, ts, user, team, [state], bot_id=BOT_ID, thread_ts=thread)

    def _content(self, args: Args) -> Content:
        return content_of(args, lambda: self._world.new_id("b"))

    def _state(self, content: Content, text: str) -> State:
        said = content.blocks or [], content.attachments or [], content.metadata or None
        return State(self._world.clock(), text, *said)

    def _updated(self, message: Message, content: Content) -> State:
        """Text without blocks takes the blocks away; metadata stays unless it is said."""
        now, at = message.now, self._world.clock()
        text = now.text if content.text is None else content.text
        kept_blocks, kept_attachments = ([], []) if content.text is not None else (now.blocks, now.attachments)
        blocks = kept_blocks if content.blocks is None else content.blocks
        attachments = kept_attachments if content.attachments is None else content.attachments
        metadata = now.metadata if content.metadata is None else content.metadata or None
        return State(at, text, blocks, attachments, metadata, "" if content.blocks else message.user)

    def _own(self, caller: Caller, channel: Channel, ts: str, error: str) -> Message:
        message = self._there(channel, ts)
        if message.user != caller.token.user:
            raise Refusal(error)
        return message

    def _there(self, channel: Channel, ts: str) -> Message:
        message = channel.find(ts)
        if message is None:
            raise Refusal("message_not_found")
        return message

    def _open(self, channel: Channel, error: str = "is_archived") -> Channel:
        if channel.archived:
            raise Refusal(error)
        return channel

    def _answer(self, channel: Channel, message: Message) -> Json:
        told = message_json(self._world, channel, message, base=self._floor.payloads.base)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "message": told}
