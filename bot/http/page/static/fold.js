/* Pure. How a turn stands: a fold of its events, as `core/view.py` is on the server.

   state = fold(state, event)

   Events that were seen already change nothing, so that they may come again after a reconnect. */

export function begin(stages) {
  return { seq: 0, status: "queued", position: 1, startedAt: 0, stages: fresh(stages), ended: false };
}

function fresh(stages) {
  return Object.fromEntries(stages.map((name) => [name, { status: "pending", note: "", seconds: null, words: 0, parts: {} }]));
}

export function fold(state, event) {
  if (event.type === "stage.delta") return grown(state, event);
  if (event.seq <= state.seq && !event.payload) return state;
  return { ...after(state, event), seq: Math.max(state.seq, event.seq) };
}

function after(state, event) {
  switch (event.type) {
    case "turn.queued":
      return { ...anew(state), status: "queued", position: event.position };
    case "turn.started":
      return { ...anew(state), status: "running", startedAt: event.at };
    case "stage.started":
      return changed(state, event.stage, (stage) => started(stage, event));
    case "stage.completed":
      return changed(state, event.stage, (stage) => ({ ...stage, status: "done", note: event.note, seconds: event.seconds }));
    case "stage.failed":
      return changed(state, event.stage, (stage) => ({ ...stage, status: "failed" }));
    case "turn.stopped":
      return { ...state, stages: stopped(state.stages) };
    case "complete":
    case "error":
      return { ...state, ended: Boolean(event.payload) };
    default:
      return state;
  }
}

/** A turn that is retried begins again; what was kept is said again. */
function anew(state) {
  return { ...state, ended: false, stages: fresh(Object.keys(state.stages)) };
}

function changed(state, name, change) {
  const stage = state.stages[name];
  return stage ? { ...state, stages: { ...state.stages, [name]: change(stage) } } : state;
}

function started(stage, { part, attempt }) {
  const parts = { ...stage.parts, [part]: { attempt, text: "", length: 0 } };
  return { ...stage, status: "running", parts, words: counted(parts) };
}

function stopped(stages) {
  const entries = Object.entries(stages).map(([name, stage]) => [name, stage.status === "running" ? { ...stage, status: "stopped" } : stage]);
  return Object.fromEntries(entries);
}

function grown(state, event) {
  return changed(state, event.stage, (stage) => {
    const parts = { ...stage.parts, [event.part]: longer(stage.parts[event.part], event) };
    return { ...stage, status: "running", parts, words: counted(parts) };
  });
}

/** Offsets count characters as Python does: a letter beyond the first 65,536 is one. What was lost is a gap. */
function longer(part, { attempt, offset, text }) {
  const before = part && part.attempt === attempt && offset > 0 ? part : { attempt, text: "", length: 0 };
  const length = offset + Array.from(text).length;
  if (offset === before.length) return { attempt, text: before.text + text, length };
  if (offset > before.length) return { attempt, text: `${before.text}\n\n…\n\n${text}`, length };
  return { attempt, text: Array.from(before.text).slice(0, offset).join("") + text, length };
}

function counted(parts) {
  return textOf({ parts }).split(/\s+/).filter(Boolean).length;
}

/** What a stage has written so far, in the order of its parts. */
export function textOf(stage) {
  const numbers = Object.keys(stage.parts).map(Number).sort((a, b) => a - b);
  return numbers.map((number) => stage.parts[number].text).join("\n\n");
}

/** Which stage is the turn at, from 1. */
export function numberOf(state) {
  const stages = Object.values(state.stages);
  return Math.min(stages.filter((stage) => stage.status === "done").length + 1, stages.length);
}
