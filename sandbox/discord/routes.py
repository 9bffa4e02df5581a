"""**Pure.** Every address of the REST API that there is."""

from __future__ import annotations

from sandbox.discord.application import Application
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import Messages
from sandbox.discord.record import Json
from sandbox.discord.rest import Route
from sandbox.discord.threads import Threads


def routes(
    app: Application, messages: Messages, threads: Threads, interactions: Interactions, gateway: Json
) -> list[Route]:
    """`gateway` is filled in when it is known."""
    channel, message = "/channels/{channel}", "/channels/{channel}/messages/{message}"
    emoji = f"{message}/reactions/{{emoji}}/@me"
    ours, guild = "/applications/{application}/commands", "/applications/{application}/guilds/{guild}/commands"

    def bot(path: Json, body: Json, up: object) -> Json:
        limits = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
        return {"url": gateway["url"], "shards": gateway.get("shards", 1), "session_start_limit": limits}

    return [
        Route("gateway", "GET", "/gateway", lambda path, body, up: {"url": gateway["url"]}, open_to_all=True),
        Route("gateway.bot", "GET", "/gateway/bot", bot),
        Route("users.me", "GET", "/users/@me", lambda path, body, up: app.me()),
        Route("users.guilds", "GET", "/users/@me/guilds", lambda path, body, up: app.guilds()),
        Route("users.dm", "POST", "/users/@me/channels", lambda path, body, up: threads.direct(body)),
        Route("applications.me", "GET", "/applications/@me", lambda path, body, up: app.about()),
        Route("applications.me", "GET", "/oauth2/applications/@me", lambda path, body, up: app.about()),
        Route("guilds.get", "GET", "/guilds/{guild}", lambda path, body, up: app.guild(path)),
        Route("members.get", "GET", "/guilds/{guild}/members/{member}", lambda path, body, up: app.member(path)),
        Route("commands.list", "GET", ours, lambda path, body, up: app.commands(path)),
        Route("commands.put", "PUT", ours, lambda path, body, up: app.put_commands(path, body)),
        Route("commands.list", "GET", guild, lambda path, body, up: app.commands(path)),
        Route("commands.put", "PUT", guild, lambda path, body, up: app.put_commands(path, body)),
        Route("channels.get", "GET", channel, lambda path, body, up: threads.get(path)),
        Route("channels.update", "PATCH", channel, lambda path, body, up: threads.update(path, body)),
        Route("channels.delete", "DELETE", channel, lambda path, body, up: threads.delete(path)),
        Route("threads.create", "POST", f"{message}/threads", lambda path, body, up: threads.on_message(path, body)),
        Route("messages.list", "GET", f"{channel}/messages", lambda path, body, up: messages.page(path, body)),
        Route("messages.create", "POST", f"{channel}/messages", messages.create),
        Route("messages.get", "GET", message, lambda path, body, up: messages.get(path)),
        Route("messages.update", "PATCH", message, messages.update),
        Route("messages.delete", "DELETE", message, lambda path, body, up: messages.delete(path)),
        Route("reactions.add", "PUT", emoji, lambda path, body, up: messages.react(path, add=True)),
        Route("reactions.remove", "DELETE", emoji, lambda path, body, up: messages.react(path, add=False)),
        *_of_commands(interactions),
    ]  # fmt: skip


def _of_commands(interactions: Interactions) -> list[Route]:
    """By a command's token, whoever has it."""
    hook = "/webhooks/{application}/{token}"
    answer, message = "/interactions/{interaction}/{token}/callback", f"{hook}/messages/{{message}}"

    def get(path: Json, body: Json, up: object) -> Json:
        return interactions.original(path)

    def delete(path: Json, body: Json, up: object) -> None:
        interactions.delete(path)

    return [
        Route("interactions.callback", "POST", answer, interactions.callback, open_to_all=True),
        Route("original.get", "GET", message, get, open_to_all=True),
        Route("original.update", "PATCH", message, interactions.update, open_to_all=True),
        Route("original.delete", "DELETE", message, delete, open_to_all=True),
        Route("webhooks.create", "POST", hook, interactions.follow, open_to_all=True),
    ]
