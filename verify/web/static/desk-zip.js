// Opens a .zip in the browser, member by member: nothing is inflated before its turn, and never more than a document may hold.
// Mirrors verify/desk/archive.py, which does the same where there is no script.
"use strict";
var deskZip = (function () {
  var MAX_MEMBERS = 20000, MAX_DIRECTORY = 8 << 20, MAX_RATIO = 200;

  function view(blob) { return blob.arrayBuffer().then(function (bytes) { return new DataView(bytes); }); }

  function isZip(blob) {
    return view(blob.slice(0, 4)).then(function (head) {
      if (head.byteLength < 4) { return false; }
      var signature = head.getUint32(0, true);
      return signature === 0x04034b50 || signature === 0x06054b50;
    });
  }

  function isByProduct(name) {
    var parts = name.split(/[\/\\]/), last = parts[parts.length - 1];
    return parts.indexOf("__MACOSX") >= 0 || last[0] === "." || /^(thumbs\.db|desktop\.ini)$/i.test(last);
  }

  // Gives [{name, open()}]; `open` gives a Blob of at most `most` bytes. Whatever is wrong rejects.
  async function members(blob, most) {
    var tailStart = Math.max(0, blob.size - 65557);
    var tail = await view(blob.slice(tailStart)), at = tail.byteLength - 22;
    while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) { at -= 1; }
    if (at < 0) { throw new Error("no end"); }
    var count = tail.getUint16(at + 10, true), size = tail.getUint32(at + 12, true), start = tail.getUint32(at + 16, true);
    if (count > MAX_MEMBERS || size > MAX_DIRECTORY || start + size > blob.size) { throw new Error("too many"); }
    var directory = await view(blob.slice(start, start + size)), found = [], p = 0;
    for (var number = 0; number < count; number += 1) {
      if (directory.getUint32(p, true) !== 0x02014b50) { throw new Error("directory"); }
      var length = directory.getUint16(p + 28, true);
      var member = {
        flags: directory.getUint16(p + 8, true),
        method: directory.getUint16(p + 10, true),
        packed: directory.getUint32(p + 20, true),
        size: directory.getUint32(p + 24, true),
        link: ((directory.getUint32(p + 38, true) >>> 28) & 15) === 10,
        at: directory.getUint32(p + 42, true)
      };
      var raw = new Uint8Array(directory.buffer, p + 46, length);
      member.name = nameOf(raw);
      p += 46 + length + directory.getUint16(p + 30, true) + directory.getUint16(p + 32, true);
      if (/[\/\\]$/.test(member.name) || isByProduct(member.name)) { continue; }
      if (/^(\[Content_Types\]\.xml|META-INF\/manifest\.xml)$/.test(member.name)) { throw new Error("office document"); }
      found.push({ name: member.name, open: opener(blob, member, most) });
    }
    if (!found.length) { throw new Error("empty"); }
    return found;
  }

  // Without the mark of UTF-8 a name is that all the same, or that of a Vietnamese Windows.
  function nameOf(raw) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(raw);
    } catch (_) {
      return new TextDecoder("windows-1258").decode(raw).normalize("NFC");
    }
  }

  function opener(blob, member, most) {
    return async function (limit) {
      var wanted = limit || most;
      if (member.link || (member.flags & 1) || (member.method !== 0 && member.method !== 8)) { throw new Error("member"); }
      if (member.size > MAX_RATIO * Math.max(member.packed, 1)) { throw new Error("swollen"); }
      var head = await view(blob.slice(member.at, member.at + 30));
      if (head.getUint32(0, true) !== 0x04034b50) { throw new Error("header"); }
      var begin = member.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
      var packed = blob.slice(begin, begin + member.packed);
      if (member.method === 0) { return packed.slice(0, wanted); }
      return inflate(packed, wanted);
    };
  }

  async function inflate(packed, most) {
    var reader = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader(), parts = [], size = 0;
    for (;;) {
      var step = await reader.read();
      if (step.done) { break; }
      parts.push(step.value);
      size += step.value.byteLength;
      if (size >= most) { reader.cancel().catch(function () {}); break; }
    }
    return new Blob(parts).slice(0, most);
  }

  return { isZip: isZip, members: members, isByProduct: isByProduct };
})();
