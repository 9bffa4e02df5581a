"""**Pure.** Block Kit as models: every field that Slack knows, with its length. Other fields are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(max_length=255)]
Link = Annotated[str, Field(max_length=3000)]
Value = Annotated[str, Field(max_length=2000)]
Free = list[dict[str, Any]]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Plain(Shape):
    type: Literal["plain_text"]
    text: Annotated[str, Field(min_length=1, max_length=3000)]
    emoji: bool = True


class Mrkdwn(Shape):
    type: Literal["mrkdwn"]
    text: Annotated[str, Field(min_length=1, max_length=3000)]
    verbatim: bool = False


class Plain24(Plain):
    text: Annotated[str, Field(min_length=1, max_length=24)]


class Plain75(Plain):
    text: Annotated[str, Field(min_length=1, max_length=75)]


class Plain150(Plain):
    text: Annotated[str, Field(min_length=1, max_length=150)]


class Plain2000(Plain):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class Mrkdwn2000(Mrkdwn):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


Text = Annotated[Plain | Mrkdwn, Field(discriminator="type")]
FieldText = Annotated[Plain2000 | Mrkdwn2000, Field(discriminator="type")]


class Confirm(Shape):
    title: Annotated[Plain, Field()]
    text: Text
    confirm: Plain
    deny: Plain
    style: Literal["primary", "danger"] | None = None


class Option(Shape):
    text: Annotated[Plain75 | Mrkdwn, Field(discriminator="type")]
    value: Annotated[str, Field(max_length=150)]
    description: Plain75 | None = None
    url: Link | None = None


class Element(Shape):
    action_id: Id | None = None
    confirm: Confirm | None = None
    focus_on_load: bool | None = None


class Button(Element):
    type: Literal["button"]
    text: Plain75
    value: Value | None = None
    url: Link | None = None
    style: Literal["primary", "danger"] | None = None
    accessibility_label: Annotated[str, Field(max_length=75)] | None = None


class Overflow(Element):
    type: Literal["overflow"]
    options: Annotated[list[Option], Field(min_length=1, max_length=5)]


class Select(Element):
    type: Literal["static_select", "multi_static_select"]
    placeholder: Plain150 | None = None
    options: Annotated[list[Option], Field(min_length=1, max_length=100)] | None = None
    option_groups: Free | None = None
    initial_option: Option | None = None
    initial_options: list[Option] | None = None
    max_selected_items: int | None = None

    @model_validator(mode="after")
    def _has_options(self) -> Select:
        if self.options is None and self.option_groups is None:
            raise ValueError("missing required field: options")
        return self


class Boxes(Element):
    type: Literal["checkboxes", "radio_buttons"]
    options: Annotated[list[Option], Field(min_length=1, max_length=10)]
    initial_option: Option | None = None
    initial_options: list[Option] | None = None


class Picker(Element):
    type: Literal["users_select", "conversations_select", "channels_select", "datepicker"]
    placeholder: Plain150 | None = None
    initial_user: str | None = None
    initial_conversation: str | None = None
    initial_channel: str | None = None
    initial_date: str | None = None
    default_to_current_conversation: bool | None = None
    response_url_enabled: bool | None = None
    filter: dict[str, Any] | None = None


class Input(Element):
    type: Literal["plain_text_input"]
    initial_value: str | None = None
    multiline: bool = False
    min_length: Annotated[int, Field(ge=0, le=3000)] | None = None
    max_length: Annotated[int, Field(ge=1, le=3000)] | None = None
    placeholder: Plain150 | None = None
    dispatch_action_config: dict[str, Any] | None = None


class FeedbackButton(Shape):
    text: Plain75
    value: Value
    accessibility_label: Annotated[str, Field(max_length=75)] | None = None


class FeedbackButtons(Shape):
    type: Literal["feedback_buttons"]
    action_id: Id | None = None
    positive_button: FeedbackButton
    negative_button: FeedbackButton


class IconButton(Element):
    type: Literal["icon_button"]
    icon: Literal["trash"]
    text: Plain75
    value: Value | None = None
    visible_to_user_ids: list[str] | None = None
    accessibility_label: Annotated[str, Field(max_length=75)] | None = None


class Picture(Shape):
    type: Literal["image"]
    alt_text: Value
    image_url: Link | None = None
    slack_file: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_source(self) -> Picture:
        if (self.image_url is None) == (self.slack_file is None):
            raise ValueError("must have either image_url or slack_file")
        return self


Interactive = Annotated[Button | Overflow | Select | Boxes | Picker, Field(discriminator="type")]
Accessory = Annotated[Button | Overflow | Select | Boxes | Picker | Picture, Field(discriminator="type")]
InputElement = Annotated[Input | Select | Boxes | Picker, Field(discriminator="type")]
InContext = Annotated[Plain | Mrkdwn | Picture, Field(discriminator="type")]


class Base(Shape):
    block_id: Id | None = None


class Section(Base):
    type: Literal["section"]
    text: Text | None = None
    fields: Annotated[list[FieldText], Field(min_length=1, max_length=10)] | None = None
    accessory: Accessory | None = None
    expand: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Section:
        if self.text is None and self.fields is None:
            raise ValueError("must define either `text` or `fields`")
        return self


class Header(Base):
    type: Literal["header"]
    text: Plain150


class Divider(Base):
    type: Literal["divider"]


class Context(Base):
    type: Literal["context"]
    elements: Annotated[list[InContext], Field(min_length=1, max_length=10)]


class Actions(Base):
    type: Literal["actions"]
    elements: Annotated[list[Interactive], Field(min_length=1, max_length=25)]


class Markdown(Base):
    type: Literal["markdown"]
    text: Annotated[str, Field(min_length=1, max_length=12_000)]


class Image(Picture, Base):
    title: Plain2000 | None = None


class InputBlock(Base):
    type: Literal["input"]
    label: Plain2000
    element: InputElement
    hint: Plain2000 | None = None
    optional: bool = False
    dispatch_action: bool = False


class RichText(Base):
    type: Literal["rich_text"]
    elements: Annotated[Free, Field(min_length=1)]


class ContextActions(Base):
    type: Literal["context_actions"]
    elements: Annotated[
        list[Annotated[FeedbackButtons | IconButton, Field(discriminator="type")]], Field(min_length=1, max_length=5)
    ]


class Table(Base):
    type: Literal["table"]
    rows: Annotated[list[Annotated[Free, Field(max_length=20)]], Field(min_length=1, max_length=100)]
    column_settings: Annotated[list[dict[str, Any] | None], Field(max_length=20)] | None = None


class TaskCard(Base):
    type: Literal["task_card"]
    task_id: str
    title: str
    status: Literal["pending", "in_progress", "complete", "error"] | None = None
    details: RichText | None = None
    output: RichText | None = None
    sources: Free | None = None


class Plan(Base):
    type: Literal["plan"]
    title: str
    tasks: list[TaskCard] | None = None


Block = Annotated[
    Section | Header | Divider | Context | Actions | Markdown | Image | InputBlock | RichText | ContextActions
    | Table | TaskCard | Plan,
    Field(discriminator="type"),
]  # fmt: skip


class Modal(Shape):
    """A view for `views.open`; its blocks are checked apart."""

    type: Literal["modal"]
    title: Plain24
    blocks: list[Any]
    submit: Plain24 | None = None
    close: Plain24 | None = None
    callback_id: Id | None = None
    private_metadata: Annotated[str, Field(max_length=3000)] | None = None
    clear_on_close: bool = False
    notify_on_close: bool = False
    external_id: Id | None = None
    submit_disabled: bool = False
