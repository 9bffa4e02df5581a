/* I/O. Follows a turn over the WebSocket to its end; comes back by itself, after growing pauses, for what it missed. */

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 30;
const OVER = 1000;
const REFUSED = 4000;
const CLOSING = 4503; // the server is going, and will be back

export class Follower {
  #socket = null;
  #timer = null;
  #pause = FIRST_PAUSE;
  #stopped = false;
  #opening = false;

  /** `after()`: the last `seq` that was seen. `told`: {event, over, refused, lost, back}. */
  constructor(turnId, token, after, told) {
    this.turnId = turnId;
    this.token = token;
    this.after = after;
    this.told = told;
    this.wake = () => this.#again();
    addEventListener("online", this.wake);
    addEventListener("offline", this.cut);
    this.#connect();
  }

  /** The browser knows that there is no network before the socket does. */
  cut = () => {
    const socket = this.#socket;
    if (!socket) return;
    this.#lose();
    socket.close();
  };

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.cut);
    this.#socket?.close();
  }

  async #connect() {
    this.#opening = true;
    const token = (this.sent = await this.token.known());
    this.#opening = false;
    if (this.#stopped) return;
    const address = new URL("v1/chat/stream", document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ turn_id: this.turnId, after: this.after(), token }));
      this.told.back(); // nothing may happen for a while
    };
    socket.onmessage = (message) => socket === this.#socket && this.#heard(JSON.parse(message.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  #heard(event) {
    if (event.turn_id === undefined) return; // it is refused: the code of the end says why
    this.#pause = FIRST_PAUSE;
    this.told.event(event);
  }

  #closed(socket, code) {
    if (this.#stopped || socket !== this.#socket) return;
    if (code === OVER) return this.told.over();
    if (code >= REFUSED && code !== CLOSING) return this.told.refused(code - REFUSED, this.sent);
    return this.#lose();
  }

  #lose() {
    this.#socket = null;
    this.told.lost(this.#pause);
    this.#timer = setTimeout(() => this.#again(), this.#pause * 1000);
    this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
  }

  #again() {
    if (this.#stopped || this.#socket || this.#opening) return;
    clearTimeout(this.#timer);
    this.#connect();
  }
}
