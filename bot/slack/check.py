"""**I/O edge.** Is Slack set up? Asks Slack itself; each check says what it found and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.config import REQUIRED_EVENTS, REQUIRED_SCOPES, TOKENS_PAGE, SlackSettings, where_to_find
from bot.slack.web import OWN_TROUBLE, Answer, ask, connected, with_token
from core.check import LOCKED
from core.checks import CheckResult, CheckStatus, check_clock, roughly
from core.errors import StoreError, SurfaceInDoubt
from core.store import open_store
from core.text.redact import Redactor

OK, WARNING, FAILED = CheckStatus.OK, CheckStatus.WARNING, CheckStatus.FAILED
BOT, APP = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
NOTHING = Answer(0, {}, {})
"""Nothing was answered."""

MOST_PAGES = 5
"""That are read to count the channels; each has up to 200."""

FIRST_OF_ALL = frozenset({"app_mentions:read", "commands"})
"""Without these nobody ever gets an answer: who lacks them has not reinstalled the app with its manifest."""

_PAGE = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": "200"}
_ADDRESS = "Look at SLACK_API_URL (leave it out for Slack itself) and at the network."
_SOON = "Try again in a minute."
_REINSTALL = f"{TOKENS_PAGE} OAuth & Permissions → Reinstall to Workspace"
_GRANT = f"{TOKENS_PAGE} add them under OAuth & Permissions, or paste manifest.yml; then Reinstall to Workspace."
_SUBSCRIBE = (
    f"{TOKENS_PAGE} Event Subscriptions must be on, with the bot events {', '.join(REQUIRED_EVENTS)};"
    " then Reinstall to Workspace. Then mention the bot in a channel where it is, and check again."
)
_OF_A_TOKEN = {
    "invalid_auth": "is not accepted by Slack",
    "not_authed": "is not accepted by Slack",
    "account_inactive": "belongs to an app that was removed, or to a workspace that is gone",
    "token_revoked": "was revoked",
    "token_expired": "has expired",
    "not_allowed_token_type": "is a token of the wrong kind",
    "missing_scope": "lacks a scope",
}
_REMOVED = ("account_inactive", "token_revoked", "token_expired")


async def check_all(settings: SlackSettings, database_url: str) -> list[CheckResult]:
    """Every check that can be made without a socket, for a Slack that is switched on."""
    assert settings.slack_bot_token
    async with connected(settings.slack_bot_token.get_secret_value(), settings.slack_api_url) as client:
        found = await check_slack(client, settings)
    return [*found, *await _heard(database_url)]


async def check_slack(
    client: AsyncWebClient, settings: SlackSettings, *, now: Callable[[], float] = time.time
) -> list[CheckResult]:
    """Address, tokens, scopes, clock, channels; only the address where Slack is not there. `now` in unix seconds."""
    who = await _asked(client, "auth.test")
    found = [*_address(who, settings.slack_api_url), *check_clock("Slack", who.headers.get("date"), now())]
    if not _passing(who) and (who.ok or who.error):
        found += [_bot_token(who), await _app_token(client, settings)]
    if _is_bot(who):
        found += [_scopes(who), *await _channels(client, settings, str(who.data.get("user", "")))]
    return Redactor(settings.secrets).deep(found)


async def check_channel(client: AsyncWebClient, channel: str, name: str) -> CheckResult:
    """Is the bot, which is called `name`, in this channel."""
    if channel.startswith("D"):
        return CheckResult("Slack channel", OK, "a direct message needs no invitation")
    answer = await _asked(client, "conversations.info", channel=channel)
    place, invite = answer.data.get("channel") or {}, f"In that channel: /invite @{name}"
    shown = f"#{place['name']}" if place.get("name") else channel
    if answer.error in ("channel_not_found", "not_in_channel"):
        return CheckResult("Slack channel", FAILED, f"{shown} is not there, or private and without the bot", invite)
    if not answer.ok:
        return _untold("Slack channel", f"whether the bot is in {channel}", answer)
    if place.get("is_member") or place.get("is_im"):
        return CheckResult("Slack channel", OK, f"the bot is in {shown}")
    return CheckResult("Slack channel", FAILED, f"the bot is not in {shown}: it hears nothing there", invite)


def check_events(*, connected: bool, since: float, last: float | None, now: float) -> list[CheckResult]:
    """The socket, and the last event that came over it. All in unix seconds; `since`: when we began to listen."""
    return [_socket(connected), _since_start(since, last, now)]


def check_heard(last: float | None, now: float) -> CheckResult:
    """When an event came last, ever, in unix seconds: for who has no socket."""
    if last is None:
        return CheckResult("Slack events", WARNING, "no event has ever come from Slack", _SUBSCRIBE)
    return CheckResult("Slack events", OK, f"the last one came {_ago(last, now)}")


def _socket(connected: bool) -> CheckResult:
    if connected:
        return CheckResult("Slack socket", OK, "connected")
    remedy = f"{TOKENS_PAGE} Socket Mode must be on, and {APP} be of the same app. It is tried again by itself."
    return CheckResult("Slack socket", FAILED, "not connected: nothing is heard", remedy)


def _since_start(since: float, last: float | None, now: float) -> CheckResult:
    if last is not None and last >= since:
        return check_heard(last, now)
    before = f"; the last one came {_ago(last, now)}" if last is not None else ""
    return CheckResult(
        "Slack events", WARNING, f"none has come since the start, {_ago(since, now)}{before}", _SUBSCRIBE
    )


def _ago(moment: float, now: float) -> str:
    return f"{roughly(max(0.0, now - moment))} ago"


async def _asked(client: AsyncWebClient, method: str, **arguments: object) -> Answer:
    try:
        return await ask(client, method, **arguments)
    except SurfaceInDoubt:
        return NOTHING


def _address(who: Answer, url: str) -> list[CheckResult]:
    """Nothing where Slack has answered, were it a refusal."""
    if trouble := _passing(who):
        return [CheckResult("Slack", FAILED, trouble, _SOON)]
    if who.ok or who.error:
        return []
    if who == NOTHING:
        return [CheckResult("Slack", FAILED, f"{url} cannot be reached", _ADDRESS)]
    if who.status >= 500:
        said = f"{url} has an error of its own, or is not Slack's API"
        return [CheckResult("Slack", FAILED, said, f"{_SOON} {_ADDRESS}")]
    return [CheckResult("Slack", FAILED, f"{url} is not Slack's API", _ADDRESS)]


def _passing(answer: Answer) -> str:
    """What is wrong with Slack for the moment; empty where it is well, or nobody knows that it is Slack."""
    if answer.status == 429 or answer.error == "ratelimited":
        return "Slack asks us to wait"
    return "Slack has an error of its own" if answer.error in OWN_TROUBLE else ""


def _is_bot(who: Answer) -> bool:
    """An app token may pass auth.test as well, and is nobody."""
    return who.ok and bool(who.data.get("bot_id"))


def _bot_token(who: Answer) -> CheckResult:
    if _is_bot(who):
        return CheckResult(BOT, OK, f"accepted: @{who.data.get('user')} in {who.data.get('team')}")
    return _refused(BOT, "not_allowed_token_type" if who.ok else who.error)


async def _app_token(client: AsyncWebClient, settings: SlackSettings) -> CheckResult:
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None
    answer = await _asked(with_token(client, token), "apps.connections.open")
    if answer.ok:
        return CheckResult(APP, OK, "accepted: a socket may be opened")
    if _passing(answer) or not answer.error:
        return _untold(APP, "whether it is accepted", answer)
    return _refused(APP, answer.error)


def _refused(name: str, code: str) -> CheckResult:
    removed = f"{_REINSTALL}, then copy the token anew. " if name == BOT and code in _REMOVED else ""
    detail = _OF_A_TOKEN.get(code, f"is refused by Slack: {code[:60]}")
    return CheckResult(name, FAILED, detail, f"{removed}{where_to_find(name.lower())}")


def _scopes(who: Answer) -> CheckResult:
    """What is granted, beside what is needed."""
    if "x-oauth-scopes" not in who.headers:
        return CheckResult("Slack scopes", WARNING, "Slack does not say which are granted", _GRANT)
    granted = {scope.strip() for scope in who.headers["x-oauth-scopes"].split(",")}
    missing = [scope for scope in REQUIRED_SCOPES if scope not in granted]
    if not missing:
        return CheckResult("Slack scopes", OK, f"all {len(REQUIRED_SCOPES)} are granted")
    if _never_reinstalled(missing):
        detail = f"the app was not reinstalled after its manifest changed; not granted: {', '.join(missing)}"
        return CheckResult("Slack scopes", FAILED, detail, f"Paste manifest.yml if you have not. {_REINSTALL}.")
    named = "; ".join(f"{scope} ({REQUIRED_SCOPES[scope]})" for scope in missing)
    return CheckResult("Slack scopes", FAILED, f"not granted: {named}", _GRANT)


def _never_reinstalled(missing: Collection[str]) -> bool:
    return not FIRST_OF_ALL.isdisjoint(missing) or len(missing) > len(REQUIRED_SCOPES) // 2


async def _channels(client: AsyncWebClient, settings: SlackSettings, name: str) -> list[CheckResult]:
    """Those that the bot is allowed in, one by one; without a list, how many it is in."""
    if settings.slack_allowed_channels:
        return [await _listed(client, channel, name) for channel in sorted(settings.slack_allowed_channels)]
    return [await _anywhere(client, name)]


async def _listed(client: AsyncWebClient, channel: str, name: str) -> CheckResult:
    found = await check_channel(client, channel, name)
    if found.status is OK:
        return found
    remedy = f"{found.remedy} Or take {channel} out of SLACK_ALLOWED_CHANNELS."
    return CheckResult(found.name, found.status, found.detail, remedy)


async def _anywhere(client: AsyncWebClient, name: str) -> CheckResult:
    count, cursor = 0, ""
    for _ in range(MOST_PAGES):
        answer = await _asked(client, "users.conversations", cursor=cursor or None, **_PAGE)
        if not answer.ok:
            return _untold("Slack channels", "which channels the bot is in", answer)
        count += len(answer.data.get("channels") or ())
        cursor = (answer.data.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    if count:
        return CheckResult("Slack channels", OK, f"the bot is in {count}{' or more' if cursor else ''}")
    alone, invite = "the bot is in no channel: it hears direct messages alone", f"In a channel: /invite @{name}"
    return CheckResult("Slack channels", WARNING, alone, invite)


def _untold(name: str, what: str, answer: Answer) -> CheckResult:
    """Slack does not answer that."""
    if answer.error == "missing_scope":
        wanted = str(answer.data.get("needed") or "one more")[:200]
        remedy = f"In a direct message of several nothing is to be done. Else: {_REINSTALL}."
        return CheckResult(name, WARNING, f"it cannot be told {what}: that needs the scope {wanted}", remedy)
    why = _passing(answer) or answer.error[:60] or "Slack did not answer"
    return CheckResult(name, WARNING, f"it cannot be told {what}: {why}", _SOON)


async def _heard(database_url: str) -> list[CheckResult]:
    """A database that cannot be read is the core's to complain about."""
    try:
        async with open_store(database_url, lock_timeout=LOCKED) as store:
            return [check_heard(await store.heard("slack"), time.time())]
    except StoreError:
        return []
