/* The buttons of turns: what each does when it is pressed. */

export class Acting {
  constructor(conversation, about) {
    this.conversation = conversation;
    this.about = about;
    conversation.place.addEventListener("click", (event) => this.#pressed(event));
    conversation.place.addEventListener("toggle", (event) => this.#opened(event), true);
    conversation.place.addEventListener("keydown", closeMenu);
    document.addEventListener("click", (event) => closeOthers(event.target));
  }

  #pressed(event) {
    const button = event.target.closest("button[data-action]");
    const turn = button && this.#turnOf(button);
    if (turn) this.#tried(turn, button);
  }

  #turnOf(element) {
    return this.conversation.turns.get(element.closest(".turn").dataset.turn);
  }

  /** One press at a time; what does not work is said, and what has changed meanwhile is shown. */
  async #tried(turn, button) {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true"; // not disabled: who came with the keyboard would be thrown out of it
    try {
      this.about.lines.notice("");
      await this.#act(turn, button);
    } catch (problem) {
      this.about.lines.notice(problem.message);
      if (problem.status === 409) await turn.refresh().catch(() => {});
    } finally {
      button.ariaBusy = null;
    }
  }

  #act(turn, button) {
    switch (button.dataset.action) {
      case "stop":
        return this.#said(turn, "stop", {});
      case "go_on":
        return this.#again(turn, {});
      case "retry":
        return this.#again(turn, { stage: button.dataset.stage });
      case "praise":
      case "complain":
        return this.#vote(turn, button);
      case "copy":
        return this.#copy(turn, button);
      default:
        return this.#export(turn);
    }
  }

  async #said(turn, what, body) {
    const { message } = await this.about.api.post(`v1/turns/${turn.id}/${what}`, body);
    this.about.lines.speak(message);
  }

  async #again(turn, from) {
    await this.about.api.post(`v1/turns/${turn.id}/retry`, { ...from, generation: turn.generation });
    await turn.refresh();
    this.conversation.changed(this.conversation.id);
  }

  async #vote(turn, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    const opinion = on ? button.dataset.opinion : "neutral";
    await this.#said(turn, "feedback", { opinion, generation: turn.generation });
    for (const one of turn.article.querySelectorAll("[aria-pressed]")) {
      one.setAttribute("aria-pressed", String(on && one === button));
    }
  }

  async #copy(turn, button) {
    await copied(turn.markdown);
    const { words, lines } = this.about;
    button.textContent = words.copied;
    lines.speak(words.copied);
    setTimeout(() => (button.textContent = words.copy), 2000);
  }

  async #export(turn) {
    const { name, content } = await this.about.api.file(`v1/turns/${turn.id}/export?format=markdown`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** What each agent wrote is asked for when somebody wants to see it. */
  async #opened(event) {
    const details = event.target;
    if (!details.open || !details.classList.contains("work") || details.dataset.filled) return;
    details.dataset.filled = "yes";
    const inside = details.querySelector(".inside");
    inside.textContent = this.about.words.loading;
    try {
      const { html } = await this.about.api.get(`page/turns/${this.#turnOf(details).id}/work`);
      inside.innerHTML = html;
    } catch (problem) {
      inside.textContent = problem.message;
      delete details.dataset.filled;
    }
  }
}

/** Without leave to the clipboard, as on a plain http address, by the old way. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return undefined;
}

function closeMenu(event) {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function closeOthers(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) || target.closest("button")) menu.open = false;
  }
}
