"""**Pure.** What there was in the Discord stand-in: calls, messages with all that they showed, whom they called."""

from __future__ import annotations

from sandbox.discord.acting import Acting
from sandbox.discord.floor import Floor
from sandbox.discord.gateway import Gateway
from sandbox.discord.record import Call, most_in_window
from sandbox.discord.state import Channel, Ephemeral, File, Message, User
from sandbox.discord.transcript import shown, transcript


class Seeing(Acting):
    """For tests, and for who looks on."""

    def __init__(self, floor: Floor, gateway: Gateway, calls: list[Call]) -> None:
        super().__init__(floor, gateway)
        self._calls = calls

    def calls(self, name: str | None = None) -> list[Call]:
        """The calls, oldest first."""
        return [call for call in self._calls if name in (None, call.name)]

    def most_in_window(self, name: str, *, seconds: float) -> int:
        """How many calls of a channel any window of that length held at most."""
        taken = [call for call in self.calls(name) if not call.limited]
        channels = {call.channel for call in taken}
        return max(
            (most_in_window([call.at for call in taken if call.channel == one], seconds) for one in channels), default=0
        )

    def message(self, channel: Channel | str, id_: str) -> Message:
        """With every state that it ever had, also if it is deleted. `KeyError` where there never was one."""
        return self.world.channels[channel if isinstance(channel, str) else channel.id].messages[id_]

    def thread(self, message: Message) -> Channel | None:
        """The one that was opened on a message."""
        return self.world.thread_of(message)

    def said(self, channel: Channel | None) -> list[Message]:
        """All that the bot has said in a place, oldest first."""
        return (
            [one for one in channel.standing() if one.author.id == self.world.me.id and one.kind != 18]
            if channel
            else []
        )

    def ephemerals(self, user: User | None = None) -> list[Ephemeral]:
        """What one person alone saw, oldest first."""
        return [one for one in self.world.ephemerals if user is None or one.user is user]

    def files(self, message: Message) -> list[File]:
        return [self.world.files[one] for one in message.now.files]

    def pings(self, message: Message) -> list[str]:
        """Whom any state of a message called."""
        return [ping for state in message.states for ping in state.pings]

    def text(self, message: Message, state: int = -1) -> str:
        """What a person reads."""
        return "\n".join(shown(self.world, message.states[state]))

    def transcript(self, channel: Channel) -> str:
        """What a person sees in the channel."""
        return transcript(self.world, channel)
