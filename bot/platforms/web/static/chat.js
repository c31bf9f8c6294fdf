// The chat works without this script, page by page. With it, messages come and go in place.
"use strict";
(() => {
  const main = document.querySelector("main[data-person]");
  if (!main) return;
  const log = document.getElementById("log");
  const dialog = document.getElementById("dialog");
  const status = document.getElementById("status");
  const text = document.getElementById("text");
  const person = main.dataset.person;
  let version = Number(main.dataset.version);
  let asking = false;

  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const toEnd = () => {
    const last = log.lastElementChild;
    if (!last) return;
    const long = last.offsetHeight > log.clientHeight && log.scrollHeight > log.clientHeight;
    last.scrollIntoView({ block: long ? "start" : "nearest" });
  };

  function put(line) {
    const holder = document.createElement("template");
    holder.innerHTML = line.html.trim();
    const fresh = holder.content.firstElementChild;
    const old = document.getElementById(fresh.id);
    if (old && old.dataset.version === fresh.dataset.version) return false;
    if (old) old.replaceWith(fresh); else log.append(fresh);
    return true;
  }

  // Which messages of the others have been seen is a matter of this browser alone.
  const seenKey = (conversation) => `seen:${conversation}`;
  function markUnread(newest) {
    for (const item of document.querySelectorAll("#personas li")) {
      const conversation = item.dataset.conversation;
      const latest = Number(newest[conversation] || 0);
      const mine = item.querySelector("[aria-current]");
      if (mine) localStorage.setItem(seenKey(conversation), latest);
      const seen = Number(localStorage.getItem(seenKey(conversation)) || 0);
      item.querySelector(".unread").hidden = Boolean(mine) || latest <= seen;
    }
  }

  function show(news) {
    const changed = news.lines.map(put).some(Boolean);
    version = news.version;
    document.getElementById("today").textContent = news.today;
    document.getElementById("to").min = news.date;
    markUnread(news.newest);
    if (changed) toEnd();
  }

  function openForm(html) {
    dialog.innerHTML = html || "";
    const first = dialog.querySelector(".summary a, textarea, input:not([type=hidden]), select");
    if (html && first) {
      dialog.scrollIntoView({ block: "nearest" });
      (dialog.querySelector("[aria-invalid]") || first).focus();
    }
  }

  async function send(form, submitter) {
    if (submitter && submitter.dataset.confirm && !window.confirm(submitter.dataset.confirm)) return;
    const data = new FormData(form);
    if (submitter && submitter.name) data.append(submitter.name, submitter.value);
    data.append("after", version);
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => { button.disabled = true; });
    status.textContent = "Sending…";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok) throw new Error(await answer.text());
      const news = await answer.json();
      status.textContent = "";
      const inDialog = dialog.contains(form);
      if (form.classList.contains("composer")) text.value = "";
      show(news);
      if (news.form || inDialog) openForm(news.form);
      if (!news.form && (inDialog || form.classList.contains("composer"))) text.focus();
    } catch (error) {
      status.textContent = error instanceof TypeError ? "Covenant can't be reached. Check that it is running, then send again." : error.message;
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
      const key = form.querySelector("input[name=key]");
      if (key && status.textContent === "") key.value = newKey();
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-fetch]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    text.form.requestSubmit();
  });

  const find = document.getElementById("find");
  find.hidden = false;
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const item of document.querySelectorAll("#personas li")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });
  if (window.matchMedia("(max-width: 46rem)").matches) document.querySelector("nav details").open = false;

  async function poll() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(`/chat/${person}/lines?after=${version}`);
      if (answer.ok) show(await answer.json());
    } catch { /* The next poll tries again; sending says so if it fails. */ }
    asking = false;
  }
  const newest = {};
  for (const item of document.querySelectorAll("#personas li")) newest[item.dataset.conversation] = item.dataset.newest;
  markUnread(newest);
  history.scrollRestoration = "manual";
  document.querySelector("#personas [aria-current]")?.scrollIntoView({ block: "nearest" });
  toEnd();
  setInterval(poll, 1500);
})();
