// The admissions desk: every document is one upload, a few at a time; the list of results is held here and nowhere else.
"use strict";
(function () {
  var PARALLEL = 3, MAX_FILE = 10 * 1024 * 1024, MAX_INNER = 64 << 20;
  var MAX_ROWS = 10000, MAX_REQUEST = 10 * 1024 * 1024;
  var form = document.getElementById("desk"), words = JSON.parse(form.dataset.words);
  var code = document.getElementById("code"), files = document.getElementById("files");
  var folder = document.getElementById("folder"), list = document.getElementById("applicants");
  var listProblem = document.getElementById("applicants-problem"), state = document.getElementById("desk-state");
  var counts = document.getElementById("desk-counts"), section = document.getElementById("desk-results");
  var bodies = { true: document.getElementById("desk-attention"), false: document.getElementById("desk-settled") };
  var template = document.getElementById("desk-row"), english = document.documentElement.lang === "en";
  var items = [], busy = [], expected = 0, firstNames = new Map(), missing = [];
  var drawing = 0, matching = 0, changes = 0, isSaved = true;
  var HOLD_NONE = { empty: 1, "office document": 1 };
  var REASONS = { lost: "lost", off: "off", "too many": "too_many", empty: "holds_none", "office document": "holds_none" };

  function say(text) { return english ? text.en : text.vi; }
  function fill(text, values) { return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; }); }
  function both(name, values) {
    var text = words["desk_" + name + "_both"];
    return { vi: fill(text.vi, values), en: fill(text.en, values) };
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

  function take(picked) {
    var drop = deskWaiting.makeDrop(), line = deskWaiting.makeLine(null);
    expected += picked.length;
    changes += 1;
    deskWaiting.add(line, picked.map(function (one) {
      return { name: one.name, open: function () { return Promise.resolve(one.file); }, depth: 0, line: line, drop: drop };
    }));
    go();
    code.focus();
  }

  function go() {
    for (var one; busy.length < PARALLEL && (one = deskWaiting.next());) { busy.push(one); work(one); }
    draw();
  }

  // What was taken off is one row, whatever it held: nobody passes for one whose file was looked at.
  function takenOff(what, entries) {
    // Its turn came before the button was pressed.
    if (!entries.length) { return; }
    expected += 1 - entries.length;
    add(unread(what.name, both("off", { count: entries.length })));
    code.focus();
    settle();
  }

  function isIdle() { return !busy.length && !deskWaiting.size(); }
  function settle() { if (isIdle()) { match(); } }

  async function work(one) {
    try {
      await check(one);
    } catch (error) {
      add(unread(one.name, both(REASONS[error.message] || "unread", { count: 1 }), error.message in HOLD_NONE));
    }
    busy.splice(busy.indexOf(one), 1);
    go();
    settle();
  }

  async function check(one) {
    var blob = await opened(one);
    if (await deskZip.isZip(blob)) {
      if (one.depth > 1) { throw new Error("too deep"); }
      if (one.depth === 1) { blob = await opened(one, MAX_INNER); }
      return queue(one, await deskZip.members(blob, MAX_FILE + 1));
    }
    var answer = await deskServer.ask(form.dataset.document, part("file", blob.slice(0, MAX_FILE + 1), one.name), {}, function () { return one.line.isOff; });
    if (!answer.ok) { throw new Error("refused"); }
    add(await answer.json());
  }

  async function opened(one, most) {
    if (one.drop.bytes <= 0) { throw new Error("too many"); }
    var blob = await one.open(most);
    // A file as it lies on the disk is not inflated, and not in memory.
    if (one.depth) { one.drop.bytes -= blob.size; }
    return blob;
  }

  function queue(one, members) {
    if (one.line.isOff) { throw new Error("off"); }
    var line = one.depth ? one.line : deskWaiting.makeLine(one.name), taken = members.slice(0, one.drop.members);
    one.drop.members -= taken.length;
    expected += taken.length - 1;
    deskWaiting.add(line, taken.map(function (member) {
      return { name: one.name + "/" + member.name, open: member.open, depth: one.depth + 1, line: line, drop: one.drop };
    }), one.depth > 0);
    if (taken.length < members.length) {
      expected += 1;
      add(unread(one.name, both("too_many")));
    }
  }

  async function scan(text) {
    expected += 1;
    draw();
    try {
      var answer = await deskServer.ask(form.dataset.code, function () { return new URLSearchParams({ code: text }); });
      if (!answer.ok) { throw new Error("refused"); }
      add(await answer.json());
    } catch (_) { add(unread(Array.from(text).slice(0, 24).join(""), words.desk_lost_both)); }
    settle();
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
    changes += 1;
    isSaved = false;
    show(item);
    draw();
  }

  // Only what nobody has checked may leave the list: of what was checked, people want to know what came out.
  function remove(item) {
    items.splice(items.indexOf(item), 1);
    expected -= 1;
    changes += 1;
    item.shown.rows.forEach(function (row) { row.remove(); });
    code.focus();
    draw();
    settle();
  }

  function makeRows() {
    var fragment = template.content.cloneNode(true), parts = {};
    fragment.querySelectorAll("[data-part]").forEach(function (each) { parts[each.dataset.part] = each; });
    return { rows: Array.from(fragment.querySelectorAll("tr")), parts: parts };
  }

  function show(item) {
    var one = item.outcome;
    if (!item.shown) {
      item.shown = makeRows();
      item.shown.parts.off.hidden = !one || !one.unchecked;
      item.shown.parts.off.addEventListener("click", function () { remove(item); });
    }
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
      parts.off.setAttribute("aria-label", parts.off.textContent.trim() + ": " + one.name);
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
      var pause = deskServer.pause();
      state.textContent = fill(words.desk_working, { done: items.length, all: expected, attention: attention }) +
        (pause ? " · " + fill(words.desk_waiting, { seconds: pause }) : "");
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

  // What the server is asked about: all rows, what still waits among them, so that nobody passes for one who has
  // handed in nothing; in parts that one request can hold. What a list can name comes first, then what nobody has
  // checked: then the first part alone says of each applicant what all of them would.
  function parts() {
    var rows = items.map(function (item) { return { item: item, outcome: item.outcome }; });
    busy.concat(deskWaiting.all()).forEach(function (one) { rows.push({ item: null, outcome: unread(one.name, both("queued")) }); });
    var encoder = new TextEncoder(), size = 0;
    var room = Math.max(MAX_REQUEST / 4, MAX_REQUEST - (list.files.length ? list.files[0].size : 0));
    rows.forEach(function (row) {
      row.json = JSON.stringify(row.outcome, function (_, value) { return value === null ? undefined : value; });
      row.size = encoder.encode(row.json).length + 1;
      row.rank = row.outcome.full_name || row.outcome.serial ? 0 : row.outcome.verdict === "valid" || row.outcome.unchecked ? 1 : 2;
      size += row.size;
    });
    if (rows.length > MAX_ROWS || size > room) { rows.sort(function (one, other) { return one.rank - other.rank; }); }
    var made = [[]], left = room;
    rows.forEach(function (row) {
      if (made[made.length - 1].length === MAX_ROWS || row.size > left) { made.push([]); left = room; }
      made[made.length - 1].push(row);
      left -= row.size;
    });
    // A list is for one part: two would each miss those whom the other has.
    made.fitsList = !made.slice(1).some(function (part) { return part.some(function (row) { return !row.rank; }); });
    return made;
  }

  function results(kind, part, withList) {
    var json = "[" + part.map(function (row) { return row.json; }).join(",") + "]";
    return deskServer.ask(form.dataset.results, function () {
      var data = new FormData();
      data.append("outcomes", new Blob([json], { type: "application/json" }), "outcomes.json");
      if (withList) { data.append("applicants", list.files[0]); }
      data.append("as", kind);
      return data;
    }, { "X-Hocba-Desk": "1" });
  }

  async function match() {
    listProblem.hidden = true;
    if (!list.files.length || !items.length) { return; }
    var mine = matching += 1, known = changes, asked = parts();
    if (!asked.fitsList) { return tell(words.desk_many); }
    try {
      var answer = await results("json", asked[0], true), said = await answer.json();
    } catch (_) { return tell(words.desk_lost); }
    // A later question is under way, or the list of documents is another by now: its answer counts.
    if (mine !== matching || known !== changes) { return; }
    if (!answer.ok) { return tell(say(said)); }
    missing.forEach(function (item) { item.shown.rows.forEach(function (row) { row.remove(); }); });
    missing = [];
    // What the list cannot name is settled by no list.
    asked.slice(1).forEach(function (part) { part.forEach(function (row) {
      if (row.item) { row.item.attention = true; show(row.item); }
    }); });
    said.rows.forEach(function (row) {
      var item = row.position === null ? { outcome: null, words: row.words } : asked[0][row.position].item;
      if (!item) { return; }
      item.attention = row.needs_attention;
      item.match = row.match;
      item.applicants = row.applicants;
      if (!item.outcome) { missing.push(item); }
      show(item);
    });
    var told = [words.desk_to_do, say(words.desk_unchecked_headline_both)];
    extra = said.counts.filter(function (pair) {
      return told.indexOf(pair[0]) < 0 && !items.some(function (each) { return say(each.outcome.headline) === pair[0]; });
    });
    draw();
  }

  function tell(text) {
    listProblem.textContent = text;
    listProblem.hidden = false;
  }

  async function save(kind) {
    var made = parts(), usesList = list.files.length > 0 && made.fitsList;
    listProblem.hidden = true;
    for (var at = 0; at < made.length; at += 1) {
      var answer = null, said = null;
      try {
        answer = await results(kind, made[at], usesList && at === 0);
        said = answer.ok ? await answer.blob() : await answer.json();
      } catch (_) { return tell(words.desk_lost); }
      if (!answer.ok) { return tell(say(said)); }
      give(said, "ket-qua" + (made.length > 1 ? "-" + (at + 1) : "") + "." + kind);
    }
    isSaved = true;
    if (list.files.length && !usesList) { tell(words.desk_many); }
  }

  function give(blob, name) {
    var anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = name;
    anchor.click();
    setTimeout(function () { URL.revokeObjectURL(anchor.href); }, 60000);
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
  deskWaiting.start(words, takenOff);
  deskServer.start(draw);
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
