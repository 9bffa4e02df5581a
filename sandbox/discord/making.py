"""**Pure.** Servers, people, channels, roles: made before, or while, a bot runs."""

from __future__ import annotations

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.floor import GUILDS, Floor
from sandbox.discord.permissions import USUAL, mask
from sandbox.discord.state import DM, TEXT, VOICE, Channel, Guild, Role, User, World

KINDS = {"text": TEXT, "voice": VOICE, "news": 5, "forum": 15}


class Making:
    """The first server is there from the beginning, and our bot is in it."""

    def __init__(self, world: World, floor: Floor) -> None:
        self.world = world
        self._floor = floor
        self.guild = self.another_guild("bees")

    def another_guild(self, name: str) -> Guild:
        """A server that the bot has been invited to."""
        id_, owner = self.world.ids.new(), User(self.world.ids.new(), f"{name}-owner")
        self.world.users[owner.id] = owner
        made = Guild(id_, name, owner.id, {id_: Role(id_, "@everyone", USUAL)}, {owner.id: set()})
        ours = Role(self.world.ids.new(), self.world.me.name, 0, managed=True)
        made.roles[ours.id] = ours
        made.members[self.world.me.id] = {ours.id}
        self.invite(made)
        return made

    def invite(self, guild: Guild) -> None:
        """It lets our bot in. Only of those that were there before is said whether they are available."""
        self.world.guilds[guild.id] = guild
        said = {key: value for key, value in payloads.guild(self.world, guild).items() if key != "unavailable"}
        self._floor.tell("GUILD_CREATE", lambda intents: said, bit=GUILDS)

    def change_command(self, name: str, **changes: Any) -> None:
        """Somebody changes a command that is for everywhere, past the bot."""
        (one,) = (one for one in self.world.commands[""] if one["name"] == name)
        one.update({**changes, "version": self.world.ids.new()})

    def person(
        self, name: str, *, guild: Guild | None = None, roles: tuple[Role, ...] = (), admin: bool = False
    ) -> User:
        """Somebody in a server."""
        place = guild or self.guild
        one = User(self.world.ids.new(), name)
        self.world.users[one.id] = one
        given = {role.id for role in roles} | (
            {self.role("admins", "administrator", guild=place).id} if admin else set()
        )
        place.members[one.id] = given
        return one

    def role(self, name: str, *permissions: str, guild: Guild | None = None) -> Role:
        place = guild or self.guild
        known = next((role for role in place.roles.values() if role.name == name), None)
        made = known or Role(self.world.ids.new(), name, mask(*permissions))
        place.roles[made.id] = made
        said = {"guild_id": place.id, "role": payloads.role(self.world, place, made.id)}
        self._floor.tell("GUILD_ROLE_CREATE", lambda intents: said, bit=GUILDS)
        return made

    def channel(self, name: str, kind: str = "text", *, guild: Guild | None = None) -> Channel:
        made = Channel(self.world.ids.new(), KINDS[kind], name, (guild or self.guild).id)
        self.world.channels[made.id] = made
        self._floor.tell("CHANNEL_CREATE", lambda intents: payloads.channel(self.world, made), bit=GUILDS)
        return made

    def dm(self, person: User) -> Channel:
        """The direct messages between somebody and the bot."""
        known = (one for one in self.world.channels.values() if one.kind == DM and one.recipient == person.id)
        made = next(known, None) or Channel(self.world.ids.new(), DM, recipient=person.id)
        self.world.channels[made.id] = made
        return made

    def deny(self, channel: Channel, *permissions: str) -> None:
        """Our bot may not do that there."""
        self._overwrite(channel, 0, mask(*permissions))

    def allow(self, channel: Channel, *permissions: str) -> None:
        self._overwrite(channel, mask(*permissions), 0)

    def _overwrite(self, channel: Channel, allowed: int, denied: int) -> None:
        before = channel.overwrites.get(self.world.me.id, (0, 0))
        channel.overwrites[self.world.me.id] = ((before[0] | allowed) & ~denied, (before[1] | denied) & ~allowed)
        self._floor.tell("CHANNEL_UPDATE", lambda intents: payloads.channel(self.world, channel), bit=GUILDS)
