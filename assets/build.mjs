// Writes verify/web/static/portal.css, the fonts and their licences from the sources in this folder and the packages in
// package-lock.json. `make assets` runs it; what it writes is committed, so that nobody needs Node to run or to test the portal.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const target = join(here, "../verify/web/static");

// tests/meta/test_assets.py computes the same digest: a source that changed without `make assets` is noticed.
const sources = readdirSync(here).filter((name) => name.endsWith(".scss") || name === "package-lock.json").sort();
const digest = createHash("sha256");
for (const name of sources) {
  digest.update(name + "\0").update(readFileSync(join(here, name))).update("\0");
}

const { css } = compile(join(here, "portal.scss"), { loadPaths: [packages], style: "compressed", quietDeps: true });
const head =
  `/*! hocba portal. Made by "make assets"; sources sha256 ${digest.digest("hex")}.\n` +
  " * Contains GOV.UK Frontend, MIT (licences/govuk-frontend.txt); fonts: Be Vietnam Pro, OFL 1.1 (licences/be-vietnam-pro.txt). */\n";
writeFileSync(join(target, "portal.css"), head + css.replace(/^\uFEFF/, "") + "\n");

mkdirSync(join(target, "fonts"), { recursive: true });
for (const weight of [400, 600]) {
  for (const subset of ["latin", "vietnamese"]) {
    const file = join(packages, `@fontsource/be-vietnam-pro/files/be-vietnam-pro-${subset}-${weight}-normal.woff2`);
    copyFileSync(file, join(target, `fonts/be-vietnam-pro-${subset}-${weight}.woff2`));
  }
}
mkdirSync(join(target, "licences"), { recursive: true });
copyFileSync(join(packages, "@fontsource/be-vietnam-pro/LICENSE"), join(target, "licences/be-vietnam-pro.txt"));
copyFileSync(join(here, "licences/govuk-frontend.txt"), join(target, "licences/govuk-frontend.txt"));

// What the offline page fetches only where a browser lacks it: Ed25519, and a reader of QR codes.
const vendor = join(target, "vendor");
const vendored = [
  ["@noble/ed25519/index.js", "noble-ed25519.js"],
  ["zxing-wasm/dist/es/reader/index.js", "zxing/reader/index.js"],
  ["zxing-wasm/dist/es/share.js", "zxing/share.js"],
  ["zxing-wasm/dist/reader/zxing_reader.wasm", "zxing/zxing_reader.wasm"],
];
for (const [from, to] of vendored) {
  mkdirSync(dirname(join(vendor, to)), { recursive: true });
  copyFileSync(join(packages, from), join(vendor, to));
}
copyFileSync(join(packages, "@noble/ed25519/LICENSE"), join(target, "licences/noble-ed25519.txt"));
copyFileSync(join(packages, "zxing-wasm/LICENSE"), join(target, "licences/zxing-wasm.txt"));
