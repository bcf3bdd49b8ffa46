// The desk asks the server: what it has no time for now is asked again when it says, and the page says that it waits.
"use strict";
var deskServer = (function () {
  var MAX_TRIES = 12, MAX_LOST = 5, LONGEST_WAIT = 120;
  var waits = new Map(), draw = function () {};

  function sleep(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }

  function start(whenChanged) { draw = whenChanged; }

  // In how many seconds it goes on by itself; 0 where nothing waits.
  function pause() {
    var longest = 0;
    waits.forEach(function (wait) { if (wait.asking) { longest = Math.max(longest, wait.until - Date.now()); } });
    return Math.ceil(longest / 1000);
  }

  // Each address has a wait of its own: no download waits for the uploads of many documents.
  async function ask(address, body, headers, isOff) {
    if (!waits.has(address)) { waits.set(address, { asking: 0, until: 0 }); }
    var wait = waits.get(address);
    wait.asking += 1;
    try { return await answerOf(address, body, headers, isOff, wait); } finally { wait.asking -= 1; draw(); }
  }

  async function answerOf(address, body, headers, isOff, wait) {
    for (var tries = 0; ;) {
      while (Date.now() < wait.until) {
        await sleep(Math.min(1000, wait.until - Date.now()));
        draw();
        if (isOff && isOff()) { throw new Error("off"); }
      }
      var answer = null;
      try {
        answer = await fetch(address, { method: "POST", body: body(), headers: headers || {}, credentials: "omit" });
      } catch (_) { /* no connection: waited for like a busy server, but not for long */ }
      if (answer && answer.status !== 429 && answer.status < 500) { return answer; }
      var seconds = answer ? Number(answer.headers.get("Retry-After")) || 0 : 0;
      // Who says when to come again is busy, not broken, and is waited for however often; anything else is a try.
      if (!seconds) { tries += 1; }
      if (tries >= (answer ? MAX_TRIES : MAX_LOST)) { throw new Error("lost"); }
      var pause = Math.min(LONGEST_WAIT, Math.max(1, seconds || 1 << Math.min(tries - 1, 5)));
      wait.until = Math.max(wait.until, Date.now() + 1000 * pause);
      draw();
    }
  }

  return { ask: ask, pause: pause, start: start };
})();
