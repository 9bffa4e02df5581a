"""**Pure.** What follows when the app has acknowledged a command or an interaction, or has not."""

from __future__ import annotations

from sandbox.slack.answering import Answering
from sandbox.slack.record import Delivery, Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import Ephemeral, ResponseUrl, View, World
from sandbox.slack.views import Views


class Outcome:
    """Shows what came with an acknowledgement, and tells the user where none came."""

    def __init__(self, world: World, answering: Answering, views: Views) -> None:
        self._world, self._answering, self._views = world, answering, views

    def acked(self, delivery: Delivery) -> None:
        """An answer that Slack cannot take is shown to the user as a failure."""
        try:
            self._answered(delivery)
        except Refusal as refusal:
            delivery.failed = refusal.error
            self.failed(delivery)

    def failed(self, delivery: Delivery) -> None:
        """Slack tells the user of a command that it failed, and why."""
        if delivery.kind == "slash_commands":
            payload = delivery.payload
            text = f"{payload['command']} failed with the error “{delivery.failed}”"
            place, user, at = payload["channel_id"], payload["user_id"], self._world.clock()
            self._world.ephemerals.append(Ephemeral(place, self._world.new_ts(), user, text, [], "slack", at))

    def _answered(self, delivery: Delivery) -> None:
        payload, answer = delivery.payload, delivery.answer
        if delivery.kind == "slash_commands" and answer:
            place = payload["channel_id"], payload["user_id"], payload["team_id"]
            self._answering.show(ResponseUrl(*place, self._world.clock()), answer, "acknowledgement")
        elif payload.get("type") == "view_submission":
            self._submitted(self._world.views[payload["view"]["id"]], answer)

    def _submitted(self, view: View, answer: Json) -> None:
        """The modal closes, unless the answer says something else; errors leave it as it is."""
        match answer.get("response_action", "clear"):
            case "errors":
                return
            case "update":
                self._views.replace(view, self._views.body(answer.get("view")))
            case "push":
                body, at = self._views.body(answer.get("view")), self._world.clock()
                pushed = View(self._world.new_id("V"), view.user, view.team, view.trigger_id, body, at)
                self._world.views[pushed.id] = pushed
            case _:
                view.closed = True
