// Keeps the status page fresh and follows one's own jobs. Whatever comes from the server is put in
// as text, never as markup. The key stays in this page's memory.
"use strict";

const REFRESH_MS = 3000;
const NEWEST = 20;
const byId = (id) => document.getElementById(id);
const following = new Map(); // job id -> { abort, row, last }
let key = "";

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function cell(label, text) {
  const made = element("td", text);
  made.dataset.label = label;
  return made;
}

const megabytes = (bytes) => (bytes === 0 ? "–" : `${(bytes / 1048576).toFixed(0)} MB`);
const quantiles = (q) => `${q.p50} ms / ${q.p95} ms`;

function showStatus(status) {
  byId("queued").textContent = status.queued;
  byId("running").textContent = status.running;
  byId("minute").textContent = status.ended_in_last_minute;
  byId("wait").textContent = quantiles(status.wait_ms);
  byId("run").textContent = quantiles(status.run_ms);
  const rows = status.models.flatMap((model) => model.workers.map((worker) => {
    const row = document.createElement("tr");
    row.append(cell("Model", model.name), cell("Worker", worker.name),
      cell("State", worker.state.toLowerCase()), cell("Memory", megabytes(worker.memory_bytes)),
      cell("Restarts", worker.restarts), cell("Queued", model.queued), cell("Running", model.running));
    return row;
  }));
  byId("models").tBodies[0].replaceChildren(...rows);
  const errors = Object.entries(status.errors).map(([code, count]) => {
    const item = document.createElement("li");
    item.append(element("code", code), ` ${count}`);
    return item;
  });
  byId("errors").replaceChildren(...(errors.length ? errors : [element("li", "none")]));
}

async function refresh() {
  try {
    const answer = await fetch("/v1/status", { cache: "no-store" });
    showStatus(await answer.json());
    byId("fresh").textContent = `as of ${new Date().toLocaleTimeString()}`;
  } catch {
    byId("fresh").textContent = "the server does not answer";
  }
}

const withKey = (more = {}) => ({ headers: { Authorization: `Bearer ${key}`, ...more }, cache: "no-store" });

function jobRow(job) {
  const row = document.createElement("tr");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  const progress = cell("Progress", "");
  progress.append(bar);
  row.append(cell("Job", job.id.slice(0, 8)), cell("Model", job.model), cell("State", job.state),
    progress, cell("What happened", job.error ? `${job.error.code}: ${job.error.message}` : ""));
  return row;
}

function happened(row, name, data) {
  const [, , state, progress, what] = row.cells;
  const bar = progress.firstElementChild;
  if (name === "state") {
    state.textContent = data.state;
    if (data.error) what.textContent = `${data.error.code}: ${data.error.message}`;
    if (data.state === "COMPLETED") bar.value = bar.max;
  } else if (name === "position") {
    what.textContent = data.position === 0 ? "next" : `${data.position} before it`;
  } else if (name === "progress") {
    bar.max = Math.max(1, data.all);
    bar.value = data.done;
    what.textContent = `step ${data.done} of ${data.all}`;
  } else if (name === "log") {
    what.textContent = data.line;
  }
}

// Server-sent events by fetch: EventSource can't send a key.
async function follow(id, entry) {
  while (following.get(id) === entry) {
    try {
      const more = entry.last ? { "Last-Event-ID": entry.last } : {};
      const answer = await fetch(`/v1/jobs/${id}/events`, { ...withKey(more), signal: entry.abort.signal });
      if (!answer.ok) return;
      let text = "";
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        text += read.value;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          take(entry, text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
      if (entry.ended) return;
    } catch {
      if (entry.abort.signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function take(entry, block) {
  let name = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) entry.last = line.slice(4);
    if (line.startsWith("event: ")) name = line.slice(7);
    if (line.startsWith("data: ")) data = line.slice(6);
  }
  if (!name) return;
  const parsed = JSON.parse(data);
  if (["COMPLETED", "FAILED", "CANCELLED"].includes(parsed.state)) entry.ended = true;
  happened(entry.row, name, parsed);
}

async function showJobs() {
  if (!key) return;
  const answer = await fetch(`/v1/jobs?limit=${NEWEST}`, withKey());
  if (!answer.ok) {
    byId("trouble").textContent = answer.status === 401 ? "this key is not good" : `refused: ${answer.status}`;
    key = "";
    return;
  }
  byId("trouble").textContent = "";
  const { jobs } = await answer.json();
  const shown = jobs.map((job) => {
    let entry = following.get(job.id);
    if (!entry) {
      entry = { abort: new AbortController(), row: jobRow(job), last: "", ended: false };
      following.set(job.id, entry);
      if (!["COMPLETED", "FAILED", "CANCELLED"].includes(job.state)) follow(job.id, entry);
      else if (job.state === "COMPLETED") entry.row.cells[3].firstElementChild.value = 1;
    }
    return entry.row;
  });
  const table = byId("jobs");
  table.hidden = false;
  table.tBodies[0].replaceChildren(...shown);
}

byId("with-key").hidden = false;
byId("with-key").addEventListener("submit", (event) => {
  event.preventDefault();
  for (const entry of following.values()) entry.abort.abort();
  following.clear();
  key = byId("key").value.trim();
  showJobs();
});
refresh();
setInterval(() => { if (!document.hidden) { refresh(); showJobs(); } }, REFRESH_MS);
