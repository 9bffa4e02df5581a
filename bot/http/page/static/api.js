/* I/O. Requests to the server, with the token; what goes wrong comes as a sentence for people. */

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export class Api {
  /** `token`: asks for it where it is not known, or not the right one. */
  constructor(token, words) {
    this.token = token;
    this.words = words;
    this.skew = 0;
  }

  /** Seconds of the server's clock. */
  now() {
    return Date.now() / 1000 + this.skew;
  }

  get(path) {
    return this.#json("GET", path);
  }

  post(path, body, headers = {}) {
    return this.#json("POST", path, { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } });
  }

  /** A file: its name and content. */
  async file(path) {
    const response = await this.#answered("GET", path);
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
    return { name: name ? name[1] : "turn.md", content: await response.blob() };
  }

  async #json(method, path, more) {
    return (await this.#answered(method, path, more)).json();
  }

  async #answered(method, path, more = {}) {
    const token = await this.token.known();
    const response = await this.#sent(method, path, more, token);
    if (response.status === 401) {
      await this.token.refused(token);
      return this.#answered(method, path, more);
    }
    if (!response.ok) throw new Problem(response.status, await detailOf(response, this.words.odd));
    return response;
  }

  async #sent(method, path, more, token) {
    try {
      const headers = { ...more.headers, Authorization: `Bearer ${token}` };
      const response = await fetch(path, { ...more, method, headers, cache: "no-store", credentials: "omit" });
      this.#learn(response.headers.get("Date"));
      return response;
    } catch {
      throw new Problem(0, this.words.no_server);
    }
  }

  #learn(date) {
    const at = Date.parse(date ?? "");
    if (Number.isFinite(at) && Math.abs(at - Date.now()) > 2000) this.skew = (at - Date.now()) / 1000;
  }
}

async function detailOf(response, otherwise) {
  try {
    return (await response.json()).detail ?? otherwise;
  } catch {
    return otherwise;
  }
}
