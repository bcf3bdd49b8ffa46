// What waits at the desk. Each archive is a line, and so are the other files of one drop; lines take turns, so nothing
// waits behind a large archive that came before it. What waits is listed, and anybody may take it off.
// A drop shares one budget, archives in archives included, as verify/desk/archive.py has it.
"use strict";
var deskWaiting = (function () {
  var MAX_MEMBERS = 20000, MAX_INFLATED = 2 * 1024 * 1024 * 1024, MOST_LISTED = 50;
  var box = document.getElementById("desk-waiting"), list = document.getElementById("desk-waiting-list");
  var title = document.getElementById("desk-waiting-title"), more = document.getElementById("desk-waiting-more");
  var lines = [], turn = 0, listing = 0;

  function makeDrop() { return { members: MAX_MEMBERS, bytes: MAX_INFLATED }; }

  // An archive's line has its name; that of plain files has none.
  function makeLine(name) { return { name: name, entries: [], isOff: false }; }

  // Those of an archive inside an archive go first: it is in memory until the last of them is done.
  function add(line, entries, isFirst) {
    line.entries = isFirst ? entries.concat(line.entries) : line.entries.concat(entries);
    if (line.entries.length && lines.indexOf(line) < 0) { lines.push(line); }
    draw();
  }

  function next() {
    if (!lines.length) { return null; }
    turn %= lines.length;
    var line = lines[turn], entry = line.entries.shift();
    if (line.entries.length) { turn += 1; } else { lines.splice(turn, 1); }
    draw();
    return entry;
  }

  function all() { return lines.reduce(function (found, line) { return found.concat(line.entries); }, []); }
  function size() { return lines.reduce(function (sum, line) { return sum + line.entries.length; }, 0); }

  // Gives what was taken off: one entry, or all that a line still holds.
  function takeOff(what) {
    var line = what.entries ? what : what.line, kept = [], taken = [];
    line.isOff = line === what;
    line.entries.forEach(function (one) { (one === what || line === what ? taken : kept).push(one); });
    line.entries = kept;
    if (!line.entries.length) { lines = lines.filter(function (one) { return one !== line; }); }
    draw();
    return taken;
  }

  // ------------------------------------------------------------------------------------------- shown

  var words, tell;

  function start(givenWords, whenTakenOff) {
    words = givenWords;
    tell = whenTakenOff;
    box.addEventListener("toggle", draw);
  }

  function fill(text, count) { return text.replace("{count}", count); }

  function button(what, name) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "desk-off";
    made.textContent = words.desk_take_off;
    made.setAttribute("aria-label", words.desk_take_off + ": " + name);
    made.addEventListener("click", function () { tell(what, takeOff(what)); });
    return made;
  }

  function row(what) {
    var made = document.createElement("li"), name = document.createElement("span"), count = document.createElement("span");
    name.className = "portal-code";
    name.textContent = what.name;
    made.what = what;
    made.count = count;
    made.append(name, " ", count, " ", button(what, what.name));
    if (what.entries) { made.append(inside(what)); }
    return made;
  }

  // The next of an archive's members, as they were when this was opened.
  function inside(line) {
    var made = document.createElement("details"), title = document.createElement("summary"), members = document.createElement("ul");
    title.textContent = words.desk_queue_inside;
    made.append(title, members);
    made.addEventListener("toggle", function () {
      members.replaceChildren.apply(members, made.open ? line.entries.slice(0, MOST_LISTED).map(row) : []);
      members.addEventListener("click", function (event) {
        if (event.target.type === "button") { event.target.parentNode.remove(); }
      });
    });
    return made;
  }

  // Rows stay what they are while they wait: one that is made anew under a finger cannot be pressed.
  function draw() {
    if (listing) { return; }
    listing = setTimeout(function () {
      listing = 0;
      box.hidden = !lines.length;
      title.textContent = fill(words.desk_queue, size());
      if (!box.open) { return; }
      var archives = lines.filter(function (line) { return line.name !== null; });
      var plain = lines.filter(function (line) { return line.name === null; })
        .reduce(function (found, line) { return found.concat(line.entries); }, []);
      var wanted = archives.concat(plain).slice(0, MOST_LISTED), rest = archives.length + plain.length - wanted.length;
      var shown = new Map();
      Array.from(list.children).forEach(function (each) {
        if (wanted.indexOf(each.what) < 0) { each.remove(); } else { shown.set(each.what, each); }
      });
      wanted.forEach(function (what) {
        var one = shown.get(what);
        if (!one) { list.append(one = row(what)); }
        one.count.textContent = what.entries ? "(" + fill(words.desk_queue_count, what.entries.length) + ")" : "";
      });
      more.textContent = rest ? fill(words.desk_queue_more, rest) : "";
    }, 200);
  }

  return { makeDrop: makeDrop, makeLine: makeLine, add: add, next: next, all: all, size: size, start: start };
})();
