"""**Pure.** `views.*`: modals, opened with a trigger that lasts three seconds and works once."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from sandbox.slack.blocks import MOST_IN_VIEW, checked, problems_of, with_ids
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.kit import Modal
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal, arguments
from sandbox.slack.state import Trigger, View
from sandbox.slack.wire import view_hash, view_json

MODAL: TypeAdapter[Modal] = TypeAdapter(Modal)


class Views:
    """One function a method; `Refusal` is the method's error."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._world = floor.world

    def open(self, caller: Caller, args: Args) -> Json:
        trigger_id = args.need("trigger_id")
        body = self.body(args.data("view", "invalid_arguments"))
        trigger = self._trigger(trigger_id)
        trigger.used = True
        view = View(self._world.new_id("V"), trigger.user, caller.team.id, trigger_id, body, self._world.clock())
        self._world.views[view.id] = view
        return {"ok": True, "view": view_json(view)}

    def update(self, caller: Caller, args: Args) -> Json:
        view = self._world.views.get(args.need("view_id"))
        if view is None or view.closed:
            raise Refusal("not_found")
        if args.has("hash") and args.text("hash") != view_hash(view):
            raise Refusal("hash_conflict")
        self.replace(view, self.body(args.data("view", "invalid_arguments")))
        return {"ok": True, "view": view_json(view)}

    def replace(self, view: View, body: Json) -> None:
        """The view shows something else."""
        view.body = body
        view.updates += 1

    def body(self, given: Any) -> Json:
        """A view, if Slack would take it. Raises `invalid_arguments`, `invalid_blocks`."""
        if not isinstance(given, dict):
            raise arguments("missing required field: view")
        problems = problems_of(MODAL, given, "/view")
        if problems:
            raise arguments(*problems)
        blocks = checked(given["blocks"], most=MOST_IN_VIEW)
        if any(block["type"] == "input" for block in blocks) and "submit" not in given:
            raise arguments("missing required field: submit, as there are input blocks [json-pointer:/view]")
        return {**given, "blocks": with_ids(blocks, lambda: self._world.new_id("b"))}

    def _trigger(self, trigger_id: str) -> Trigger:
        trigger = self._world.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self._world.clock() - trigger.at > self._floor.limits.trigger:
            raise Refusal("expired_trigger_id")
        return trigger
