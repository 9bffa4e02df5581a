"""**Pure.** `files.*`: the three steps of an upload, information, deletion."""

from __future__ import annotations

from sandbox.slack.chat import Chat
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal, arguments
from sandbox.slack.state import Channel, File, State
from sandbox.slack.wire import file_json


class Files:
    """One function a method; `Refusal` is the method's error."""

    def __init__(self, floor: Floor, chat: Chat) -> None:
        self._floor = floor
        self._world = floor.world
        self._chat = chat

    def address(self, caller: Caller, args: Args) -> Json:
        """Where to upload; the content is expected in exactly this length."""
        name, size = args.need("filename"), args.number("length", 0)
        if size < 1:
            raise arguments("must be greater than 0 [json-pointer:/length]")
        file = File(self._world.new_id("F"), name, name, caller.token.user, caller.team.id, size)
        self._world.files[file.id] = file
        return {"ok": True, "upload_url": f"{self._floor.payloads.base}/upload/v1/{file.id}", "file_id": file.id}

    def complete(self, caller: Caller, args: Args) -> Json:
        files = self._uploaded(caller, args)
        channels = [one for one in (args.text("channel_id"), *args.text("channels").split(",")) if one]
        targets = [self._chat.target(caller, one) for one in dict.fromkeys(channels)]
        threads = [self._chat.thread(channel, args.text("thread_ts")) for channel in targets]
        for channel, thread in zip(targets, threads, strict=True):
            self._share(caller, channel, thread, files, args.text("initial_comment"))
        for file in files:
            file.complete = True
        return {"ok": True, "files": [{"id": file.id, "title": file.title} for file in files]}

    def info(self, caller: Caller, args: Args) -> Json:
        file = self._found(caller, args.need("file"))
        return {"ok": True, "file": file_json(self._world, file, self._floor.payloads.base), "comments": []}

    def delete(self, caller: Caller, args: Args) -> Json:
        """The file goes, and with it a message that says nothing else."""
        file = self._found(caller, args.need("file"))
        if file.user != caller.token.user:
            raise Refusal("cant_delete_file")
        file.deleted, file.content = True, None
        for channel in [self._world.channels[one] for one in file.shared]:
            self._clear(channel, file, caller.token.user)
        return {"ok": True}

    def _clear(self, channel: Channel, file: File, by: str) -> None:
        for message in list(channel.messages.values()):
            gone = all(self._world.files[one].deleted for one in message.files)
            if file.id in message.files and gone and not message.text and not message.deleted:
                self._floor.remove(channel, message, by=by)

    def _found(self, caller: Caller, file_id: str) -> File:
        file = self._world.files.get(file_id)
        if file is None or file.team != caller.team.id:
            raise Refusal("file_not_found")
        if file.deleted:
            raise Refusal("file_deleted")
        return file

    def _uploaded(self, caller: Caller, args: Args) -> list[File]:
        given = args.data("files", "invalid_arguments")
        if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
            raise arguments("missing required field: files")
        files = [self._found(caller, str(one.get("id", ""))) for one in given]
        if any(file.content is None or file.complete for file in files):
            raise Refusal("file_not_found")
        for file, one in zip(files, given, strict=True):
            file.title = str(one.get("title") or file.name)
        return files

    def _share(self, caller: Caller, channel: Channel, thread: str, files: list[File], comment: str) -> None:
        message = self._chat.said(caller, channel, State(self._world.clock(), comment), thread)
        message.subtype, message.files = "file_share", [file.id for file in files]
        for file in files:
            file.shared.append(channel.id)
        self._floor.add(channel, message)
