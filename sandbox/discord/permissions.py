"""**Pure.** Who may do what in a channel. <https://docs.discord.com/developers/topics/permissions>"""

from __future__ import annotations

from sandbox.discord.state import DM, THREADS, Channel, World

BITS = {
    "administrator": 1 << 3,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
}
ALL = (1 << 50) - 1
USUAL = sum(
    bit
    for name, bit in BITS.items()
    if name not in ("administrator", "manage_messages", "manage_threads", "mention_everyone")
)


def mask(*names: str) -> int:
    return sum(BITS[name] for name in names)


def of_server(world: World, guild: str, user: str) -> int:
    server = world.guilds[guild]
    if user == server.owner:
        return ALL
    given = server.roles[guild].permissions
    for role in server.members.get(user, ()):
        given |= server.roles[role].permissions
    return ALL if given & BITS["administrator"] else given


def granted(world: World, channel: Channel, user: str) -> int:
    """In a thread those of its channel."""
    if channel.kind == DM:
        return ALL
    given = of_server(world, channel.guild, user)
    if given == ALL:
        return ALL
    place = world.channels[channel.parent] if channel.kind in THREADS else channel
    server = world.guilds[channel.guild]
    roles = [channel.guild, *server.members.get(user, ())]
    for who in ([channel.guild], [role for role in roles if role != channel.guild], [user]):
        denied = allowed = 0
        for one in who:
            more, less = place.overwrites.get(one, (0, 0))
            allowed, denied = allowed | more, denied | less
        given = (given & ~denied) | allowed
    return given if given & BITS["view_channel"] else 0


def may(world: World, channel: Channel, user: str, *names: str) -> bool:
    bits = mask(*names)
    return granted(world, channel, user) & bits == bits
