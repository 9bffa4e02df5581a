/* I/O. The access token: asked for once, kept until the tab is closed, in no address and no cookie. */

const KEY = "orchestrator.token";
const SENDABLE = /^[!-~]+$/; // what a header carries

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
      const said = (event) => {
        event.preventDefault();
        const token = this.field.value.trim();
        this.field.value = "";
        this.wrong.hidden = SENDABLE.test(token);
        if (!this.wrong.hidden) return;
        form.removeEventListener("submit", said);
        sessionStorage.setItem(KEY, token);
        this.#asking = null;
        this.dialog.close();
        resolve(token);
      };
      form.addEventListener("submit", said);
    });
  }
}
