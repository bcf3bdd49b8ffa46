// The admissions desk: every document is one upload, a few at a time; the list of results is held here and nowhere else.
// What the server has no time for now is tried again when it says.
"use strict";
(function () {
  var PARALLEL = 3, MAX_FILE = 10 * 1024 * 1024, MAX_INNER = 64 << 20, MAX_TRIES = 12;
  var form = document.getElementById("desk"), words = JSON.parse(form.dataset.words);
  var code = document.getElementById("code"), files = document.getElementById("files");
  var folder = document.getElementById("folder"), list = document.getElementById("applicants");
  var listProblem = document.getElementById("applicants-problem"), state = document.getElementById("desk-state");
  var counts = document.getElementById("desk-counts"), section = document.getElementById("desk-results");
  var bodies = { true: document.getElementById("desk-attention"), false: document.getElementById("desk-settled") };
  var template = document.getElementById("desk-row"), english = document.documentElement.lang === "en";
  var items = [], waiting = [], running = 0, expected = 0, pausedUntil = 0, firstNames = new Map(), missing = [];
  var drawing = 0, matching = 0, isSaved = true;
  var HOLD_NONE = { empty: 1, "office document": 1 }, REASONS = { lost: "lost", empty: "holds_none", "office document": "holds_none" };

  function say(text) { return english ? text.en : text.vi; }
  function fill(text, values) { return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; }); }
  function sleep(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }

  // ------------------------------------------------------------------------------------------- asking the server

  async function ask(address, body, headers) {
    for (var tries = 0; tries < MAX_TRIES; tries += 1) {
      while (Date.now() < pausedUntil) { await sleep(Math.min(1000, pausedUntil - Date.now())); draw(); }
      var answer = null;
      try {
        answer = await fetch(address, { method: "POST", body: body(), headers: headers || {}, credentials: "omit" });
      } catch (_) { /* no connection: waited for like a busy server, but not for long */ }
      if (answer && answer.status !== 429 && answer.status < 500) { return answer; }
      if (!answer && tries >= 4) { break; }
      var seconds = answer ? Number(answer.headers.get("Retry-After")) : 0;
      pausedUntil = Math.max(pausedUntil, Date.now() + 1000 * Math.min(120, Math.max(1, seconds || 1 << Math.min(tries, 5))));
      draw();
    }
    throw new Error("lost");
  }

  function part(name, blob, fileName) {
    return function () { var data = new FormData(); data.append(name, blob, fileName); return data; };
  }

  // ------------------------------------------------------------------------------------------- taking things in

  // The end of a name, in whole characters: what is cut in half is no text, and refuses the whole list.
  function shown(name) {
    return Array.from(name.replace(/[\uD800-\uDFFF]/gu, "\uFFFD")).slice(-200).join("");
  }

  // A document that nobody has checked, and why; only what can hold no transcript is done with.
  function unread(name, reason, holdsNone) {
    return {
      name: shown(name), verdict: "unreadable", reason: reason, unchecked: !holdsNone, notes: [], to_do: [],
      headline: holdsNone ? words.desk_unread_headline_both : words.desk_unchecked_headline_both,
      checked_at: new Date().toISOString().replace(/\.\d+/, "")
    };
  }

  function submit(name, open, depth) {
    expected += 1;
    waiting.push({ name: name, open: open, depth: depth });
  }

  function take(picked) {
    picked.forEach(function (one) { submit(one.name, function () { return Promise.resolve(one.file); }, 0); });
    go();
    code.focus();
  }

  function go() {
    while (running < PARALLEL && waiting.length) { running += 1; work(waiting.shift()); }
    draw();
  }

  async function work(one) {
    try {
      await check(one);
    } catch (error) {
      add(unread(one.name, words["desk_" + (REASONS[error.message] || "unread") + "_both"], error.message in HOLD_NONE));
    }
    running -= 1;
    go();
    if (!running && !waiting.length) { match(); }
  }

  async function check(one) {
    var blob = await one.open();
    if (await deskZip.isZip(blob)) {
      if (one.depth > 1) { throw new Error("too deep"); }
      if (one.depth === 1) { blob = await one.open(MAX_INNER); }
      var members = await deskZip.members(blob, MAX_FILE + 1);
      expected -= 1;
      members.forEach(function (member) { submit(one.name + "/" + member.name, member.open, one.depth + 1); });
      return;
    }
    var answer = await ask(form.dataset.document, part("file", blob.slice(0, MAX_FILE + 1), one.name));
    if (!answer.ok) { throw new Error("refused"); }
    add(await answer.json());
  }

  async function scan(text) {
    expected += 1;
    draw();
    try {
      var answer = await ask(form.dataset.code, function () { return new URLSearchParams({ code: text }); });
      if (!answer.ok) { throw new Error("refused"); }
      add(await answer.json());
    } catch (_) { add(unread(Array.from(text).slice(0, 24).join(""), words.desk_lost_both)); }
    if (!running && !waiting.length) { match(); }
  }

  // ------------------------------------------------------------------------------------------- the list

  function earlier(what, name) {
    if (what === null || what === undefined) { return null; }
    if (firstNames.has(what)) { return firstNames.get(what); }
    firstNames.set(what, name);
    return null;
  }

  function isSettled(outcome) {
    return outcome.verdict === "valid" && !outcome.duplicate_of && !outcome.same_serial_as && !outcome.to_do.length;
  }

  function add(outcome) {
    outcome.duplicate_of = earlier(outcome.sha256, outcome.name);
    // Other bytes of one transcript: its place in the record is its own, as its serial is.
    if (!outcome.duplicate_of && outcome.subject === "file") { outcome.same_serial_as = earlier(outcome.entry, outcome.name); }
    var item = { outcome: outcome, attention: !isSettled(outcome), match: "", applicants: [] };
    items.push(item);
    isSaved = false;
    show(item);
    draw();
  }

  function makeRows() {
    var fragment = template.content.cloneNode(true), parts = {};
    fragment.querySelectorAll("[data-part]").forEach(function (each) { parts[each.dataset.part] = each; });
    return { rows: Array.from(fragment.querySelectorAll("tr")), parts: parts };
  }

  function show(item) {
    var one = item.outcome;
    if (!item.shown) { item.shown = makeRows(); }
    // Who has handed in nothing has nothing to check again.
    if (!one) { item.shown.rows.length = 1; }
    var parts = item.shown.parts;
    parts.mark.textContent = item.attention ? "!" : "✓";
    parts.words.textContent = one ? say(one.headline) : item.words;
    parts.match.textContent = item.match;
    parts.applicants.textContent = item.applicants.join("; ");
    if (one) {
      parts.reason.textContent = one.duplicate_of ? words.desk_same_as + " " + one.duplicate_of
        : one.same_serial_as ? words.desk_same_serial + " " + one.same_serial_as : one.reason ? say(one.reason) : "";
      parts.to_do.textContent = one.to_do.length ? "→ " + one.to_do.map(say).join(" ") : "";
      parts.notes.textContent = one.notes.map(say).join(" ");
      parts.name.textContent = one.name;
      parts.school.textContent = one.school || "";
      if (one.full_name) {
        parts.who.textContent = one.full_name + ", " + one.birth_date.split("-").reverse().join("/");
      }
      parts.proof.textContent = words.desk_proof + ": " + [
        one.sha256 && "SHA-256 " + one.sha256, one.serial,
        one.tree_size && "#" + one.entry + "/" + one.tree_size + " " + (one.root || ""), one.checked_at
      ].filter(Boolean).join(" · ");
    }
    var body = bodies[item.attention];
    if (item.shown.rows[0].parentNode !== body) { item.shown.rows.forEach(function (row) { body.appendChild(row); }); }
  }

  function count(pairs) {
    counts.textContent = "";
    pairs.forEach(function (pair) {
      var box = document.createElement("div"), name = document.createElement("dt"), value = document.createElement("dd");
      name.textContent = pair[0];
      value.textContent = pair[1];
      box.append(name, value);
      counts.append(box);
    });
  }

  function draw() {
    if (drawing) { return; }
    drawing = setTimeout(function () {
      drawing = 0;
      section.hidden = !expected && !items.length;
      var rows = items.concat(missing), attention = rows.filter(function (each) { return each.attention; }).length;
      var pause = Math.ceil((pausedUntil - Date.now()) / 1000);
      state.textContent = fill(words.desk_working, { done: items.length, all: expected, attention: attention }) +
        (pause > 0 && items.length < expected ? " · " + fill(words.desk_waiting, { seconds: pause }) : "");
      section.setAttribute("aria-busy", String(items.length < expected));
      var verdicts = new Map();
      items.forEach(function (each) {
        var word = say(each.outcome.headline);
        verdicts.set(word, (verdicts.get(word) || 0) + 1);
      });
      var doubted = items.filter(function (each) { return each.outcome.to_do.length; }).length;
      if (doubted) { verdicts.set(words.desk_to_do, doubted); }
      count([[words.desk_total, rows.length], [words.desk_attention, attention]].concat(Array.from(verdicts), extra));
    }, 200);
  }
  var extra = [];

  // ------------------------------------------------------------------------------------------- matching, exports

  function results(kind) {
    return ask(form.dataset.results, function () {
      var data = new FormData(), outcomes = items.map(function (each) { return each.outcome; }).concat(waiting.map(function (each) {
        // What still waits is told as that: nobody passes for one who has handed in nothing meanwhile.
        return unread(each.name, words.desk_queued_both);
      }));
      data.append("outcomes", new Blob([JSON.stringify(outcomes)], { type: "application/json" }), "outcomes.json");
      if (list.files.length) { data.append("applicants", list.files[0]); }
      data.append("as", kind);
      return data;
    }, { "X-Hocba-Desk": "1" });
  }

  async function match() {
    listProblem.hidden = true;
    if (!list.files.length || !items.length) { return; }
    var mine = matching += 1, known = items.length, answer;
    try { answer = await results("json"); } catch (_) { return tell(words.desk_lost); }
    var said = await answer.json();
    // A later question is under way, or another document has come: its answer counts.
    if (mine !== matching || known !== items.length) { return; }
    if (!answer.ok) { return tell(say(said)); }
    missing.forEach(function (item) { item.shown.rows.forEach(function (row) { row.remove(); }); });
    missing = [];
    said.rows.forEach(function (row) {
      var item = row.position === null ? { outcome: null, words: row.words } : items[row.position];
      if (!item) { return; }
      item.attention = row.needs_attention;
      item.match = row.match;
      item.applicants = row.applicants;
      if (!item.outcome) { missing.push(item); }
      show(item);
    });
    extra = said.counts.filter(function (pair) {
      return pair[0] !== words.desk_to_do && !items.some(function (each) { return say(each.outcome.headline) === pair[0]; });
    });
    draw();
  }

  function tell(text) {
    listProblem.textContent = text;
    listProblem.hidden = false;
  }

  async function save(kind) {
    var answer;
    try { answer = await results(kind); } catch (_) { return tell(words.desk_lost); }
    if (!answer.ok) { return tell(say(await answer.json())); }
    var anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(await answer.blob());
    anchor.download = "ket-qua." + kind;
    anchor.click();
    setTimeout(function () { URL.revokeObjectURL(anchor.href); }, 60000);
    isSaved = true;
  }

  // ------------------------------------------------------------------------------------------- people's hands

  function picked(input) {
    var found = Array.from(input.files, function (file) { return { name: file.webkitRelativePath || file.name, file: file }; });
    take(found.filter(function (one) { return !deskZip.isByProduct(one.name); }));
    input.value = "";
  }

  async function walk(entry, found) {
    if (entry.isFile) {
      var file = await new Promise(function (done, fail) { entry.file(done, fail); });
      if (!deskZip.isByProduct(entry.fullPath)) { found.push({ name: entry.fullPath.replace(/^\//, ""), file: file }); }
      return;
    }
    var reader = entry.createReader();
    for (;;) {
      var some = await new Promise(function (done, fail) { reader.readEntries(done, fail); });
      if (!some.length) { return; }
      for (var at = 0; at < some.length; at += 1) { await walk(some[at], found); }
    }
  }

  form.querySelectorAll("[data-plain]").forEach(function (each) { each.remove(); });
  form.querySelectorAll("[data-scripted]").forEach(function (each) { each.hidden = false; });
  folder.webkitdirectory = true;
  files.addEventListener("change", function () { picked(files); });
  folder.addEventListener("change", function () { picked(folder); });
  list.addEventListener("change", function () { match(); code.focus(); });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var text = code.value.trim();
    code.value = "";
    code.focus();
    if (text) { scan(text); }
  });
  // A scanner types wherever the cursor is: what is typed outside a field goes to the one for codes.
  document.addEventListener("keydown", function (event) {
    var isTyping = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (isTyping && document.activeElement !== code) { code.focus(); }
  });
  document.addEventListener("dragover", function (event) { event.preventDefault(); document.body.classList.add("desk-dropping"); });
  document.addEventListener("dragleave", function (event) {
    if (!event.relatedTarget) { document.body.classList.remove("desk-dropping"); }
  });
  document.addEventListener("drop", async function (event) {
    event.preventDefault();
    document.body.classList.remove("desk-dropping");
    // All entries are asked for before the first wait: afterwards the browser gives none.
    var entries = Array.from(event.dataTransfer.items, function (item) { return item.webkitGetAsEntry(); }).filter(Boolean), found = [];
    for (var at = 0; at < entries.length; at += 1) { await walk(entries[at], found).catch(function () {}); }
    take(found);
  });
  document.getElementById("desk-xlsx").addEventListener("click", function () { save("xlsx"); });
  document.getElementById("desk-csv").addEventListener("click", function () { save("csv"); });
  document.getElementById("desk-print").addEventListener("click", function () { window.print(); });
  window.addEventListener("beforeunload", function (event) { if (!isSaved) { event.preventDefault(); } });
  code.focus();
})();
