"""**Pure.** Making workspaces, people and channels for the Slack stand-in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sandbox.slack.floor import SLACKBOT
from sandbox.slack.state import BOT_ID, Channel, ChannelKind, Team, Token, User, World

BOT_TOKEN = "xoxb-sandbox-bot-token"  # noqa: S105 - good for the stand-in only
APP_TOKEN = "xapp-1-A0SANDBOX-sandbox-app-token"  # noqa: S105 - good for the stand-in only
TEAM_ID, BOT_USER, BOT_NAME = "T0SANDBOX", "U0SANDBOT", "orchestrator"
SCOPES = (
    *("app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history", "channels:read"),
    *("groups:read", "im:read", "im:write", "mpim:read", "chat:write", "commands", "users:read", "reactions:write"),
    *("files:read", "files:write"),
)
"""What the bot token is granted unless a test says otherwise."""


class Making:
    """What there is; the app is installed in the first workspace, with `bot_user` as its bot."""

    def __init__(self, world: World, *, bot_token: str, app_token: str, scopes: Sequence[str]) -> None:
        self.world = world
        self.bot_token, self.app_token = bot_token, app_token
        self.team = Team(TEAM_ID, "Sandbox", "sandbox", bot_token, BOT_USER)
        world.teams[TEAM_ID] = self.team
        world.users[BOT_USER] = User(BOT_USER, BOT_NAME, TEAM_ID, bot_id=BOT_ID)
        world.users[SLACKBOT] = User(SLACKBOT, "Slackbot", TEAM_ID)
        world.tokens[app_token] = Token("app", scopes=("connections:write",))
        world.tokens[bot_token] = Token("bot", TEAM_ID, BOT_USER, tuple(scopes))

    @property
    def bot_user(self) -> str:
        """The bot's user id in the first workspace."""
        return self.team.bot_user

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the first bot token is granted; may be set."""
        return self.world.tokens[self.bot_token].scopes

    @scopes.setter
    def scopes(self, scopes: Iterable[str]) -> None:
        token = self.world.tokens[self.bot_token]
        self.world.tokens[self.bot_token] = replace(token, scopes=tuple(scopes))

    @property
    def subscriptions(self) -> set[str]:
        """The bot events that the app has subscribed to; may be changed."""
        return self.world.subscriptions

    def revoke(self, token: str, error: str = "token_revoked") -> None:
        """Every call with this token is answered with the error from now on."""
        self.world.tokens[token] = replace(self.world.tokens[token], revoked=error)

    def shift_clock(self, seconds: float) -> None:
        """From now on Slack's clock is so far ahead of this machine's, or behind it."""
        wall = self.world.wall
        self.world.wall = lambda: wall() + seconds

    def workspace(self, name: str, *, installed: bool = False) -> Team:
        """Another workspace: where strangers come from, or, `installed`, one more that the app serves."""
        team = Team(self.world.new_id("T"), name, name.lower())
        self.world.teams[team.id] = team
        if installed:
            bot = self.person(BOT_NAME, team=team, bot_id=BOT_ID)
            team.bot_token, team.bot_user = f"{self.bot_token}-{team.id}", bot.id
            self.world.tokens[team.bot_token] = Token("bot", team.id, bot.id, self.scopes)
        return team

    def person(
        self,
        name: str,
        *,
        team: Team | None = None,
        admin: bool = False,
        owner: bool = False,
        restricted: bool = False,
        ultra_restricted: bool = False,
        bot_id: str = "",
    ) -> User:
        """Somebody: an admin, a guest, with a `team` of another workspace a stranger, with a `bot_id` another bot."""
        user = User(
            self.world.new_id("U"), name, (team or self.team).id, admin, owner, restricted, ultra_restricted, bot_id
        )
        self.world.users[user.id] = user
        return user

    def bot(self, name: str) -> User:
        """Another app's bot."""
        return self.person(name, bot_id=self.world.new_id("B"))

    def channel(
        self,
        name: str,
        members: Iterable[User] = (),
        *,
        private: bool = False,
        bot: bool = True,
        team: Team | None = None,
        shared_with: Iterable[Team] = (),
    ) -> Channel:
        """A channel, with the bot in it unless `bot` is false; shared over Slack Connect with other workspaces."""
        home = team or self.team
        kind: ChannelKind = "group" if private else "channel"
        inside = [*([home.bot_user] if bot and home.bot_user else []), *(user.id for user in members)]
        teams = [home.id, *(other.id for other in shared_with)]
        made = Channel(self.world.new_id("C"), name, kind, teams, inside)
        self.world.channels[made.id] = made
        return made

    def dm(self, user: User) -> Channel:
        """The DM of a person with the bot of their workspace, or, of a stranger, with that of the first."""
        home = user.team if self.world.bot_user(user.team) else self.team.id
        return self.world.dm(home, user.id)
