/* I/O. The access token: asked for once, kept until the tab is closed, in no address and no cookie. */

const KEY = "orchestrator.token";

export class Token {
  #asking = null;

  constructor(dialog) {
    this.dialog = dialog;
    this.field = dialog.querySelector("#token");
    this.wrong = dialog.querySelector("#token-wrong");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => this.#asking && dialog.showModal()); // a second Escape closes it all the same
  }

  /** The token; whoever has not said it yet is asked. */
  async known() {
    return sessionStorage.getItem(KEY) ?? this.#asked();
  }

  /** The server does not know this one: it is asked for again, unless somebody has said another meanwhile. */
  async refused(token) {
    if (sessionStorage.getItem(KEY) === token) {
      sessionStorage.removeItem(KEY);
      this.wrong.hidden = false;
    }
    await this.known();
  }

  #asked() {
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  #ask() {
    this.dialog.showModal();
    this.field.focus();
    return new Promise((resolve) => {
      const form = this.dialog.querySelector("form");
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const token = this.field.value.trim();
        sessionStorage.setItem(KEY, token);
        this.field.value = "";
        this.wrong.hidden = true;
        this.#asking = null;
        this.dialog.close();
        resolve(token);
      }, { once: true });
    });
  }
}
