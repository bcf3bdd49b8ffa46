// The scanning page: camera or photo, a verdict by the packs at once, and the server's as soon as it answers. What was scanned stays in
// this page's memory and is forgotten with it.

import { FormatError } from "./bytes.js";
import { parseQr } from "./qr.js";
import { readPicture } from "./reader.js";
import { make, showResult } from "./show.js";
import { fetchPack, listPacks, loadPacks, loadTrust } from "./store.js";
import { verifyQr } from "./verdict.js";
import { comparedYears } from "./years.js";

const words = JSON.parse(document.getElementById("words").textContent);
const part = (id) => document.getElementById(id);
const AGAIN = 15_000;
const FRAMES = 200;
const state = { trust: null, packs: new Map(), current: null, stream: null };

async function start() {
  part("scan").hidden = false;
  part("camera").addEventListener("click", () => (state.stream ? closeCamera() : openCamera()));
  part("photo").addEventListener("change", readPhoto);
  part("keep").addEventListener("submit", keepPack);
  state.trust = await loadTrust();
  if (!state.trust) return say(words.no_trust);
  state.packs = await loadPacks(state.trust);
  showPacks();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/scan/worker.js", { scope: "/scan/" }).catch(() => null);
  window.addEventListener("online", recheck);
  setInterval(recheck, AGAIN);
  await refreshPacks();
  document.body.dataset.ready = "yes";
  return undefined;
}

async function openCamera() {
  const camera = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: camera, audio: false });
  } catch {
    return say(words.no_camera);
  }
  const video = part("video");
  video.srcObject = state.stream;
  video.hidden = false;
  part("camera").textContent = words.stop;
  say(words.looking);
  await video.play();
  return readFrames(video);
}

function closeCamera() {
  state.stream?.getTracks().forEach((track) => track.stop());
  state.stream = null;
  part("video").hidden = true;
  part("camera").textContent = words.open;
}

async function readFrames(video) {
  while (state.stream) {
    if (video.videoWidth) {
      const frame = await createImageBitmap(video);
      const { text } = choose(await readPicture(frame, { thorough: false }).catch(() => []));
      frame.close();
      if (text !== null && state.stream) {
        closeCamera();
        await check(text);
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, FRAMES));
  }
}

async function readPhoto({ target }) {
  const [file] = target.files;
  if (!file) return;
  say(words.looking);
  const bitmap = await createImageBitmap(file).catch(() => null);
  const { text, word } = choose(bitmap ? await readPicture(bitmap, { thorough: true }).catch(() => []) : []);
  target.value = "";
  if (text) await check(text);
  else say(word);
}

// Of the codes in a picture the one of ours; of two of ours none, for nobody could tell which paper it is said of.
function choose(texts) {
  const ours = new Map(texts.filter(isOurs).map((text) => [text.split("/V/")[1], text]));
  if (ours.size > 1) return { text: null, word: words.two_codes };
  return { text: [...ours.values(), ...texts][0] ?? null, word: words.nothing_found };
}

function isOurs(text) {
  try {
    parseQr(text);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return false;
  }
}

async function check(text) {
  if (!state.trust) return say(words.no_trust);
  state.current = { text, isSure: false };
  const sent = askServer(text);
  try {
    const now = Math.floor(Date.now() / 1000);
    show(byPacks(await verifyQr(text, { trust: state.trust, packs: state.packs, now }), now));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    say(words.trust_expired);
  }
  return settle(await sent);
}

// Ask again whatever could not be asked before; what the record says takes the place of what the pack said.
async function recheck() {
  if (state.current && !state.current.isSure) await settle(await askServer(state.current.text));
}

async function askServer(text) {
  const body = JSON.stringify({ qr: text });
  const answer = await fetch("/api/v1/verify", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
  return answer?.ok ? { text, verdict: await answer.json() } : null;
}

async function settle(answered) {
  if (!answered || answered.text !== state.current?.text || state.current.isSure) return;
  state.current.isSure = true;
  show(byServer(answered.verdict));
  const school = answered.verdict.document?.school_code;
  if (school && (await fetchPack(school, state.trust, state.packs))) showPacks();
}

function byPacks(verdict, now) {
  const { claims, pack, form } = verdict;
  const document = claims && { school: pack?.name ?? claims.school_code, full_name: claims.full_name, birth_date: claims.birth_date, years: comparedYears(claims) };
  const notes = [...(words.check[`form_${form}`] ? [`form_${form}`] : []), ...verdict.notes];
  return {
    verdict: verdict.verdict,
    tone: words.tones[verdict.verdict],
    headline: words.headlines[`${verdict.verdict}_${form}`] ?? words.headlines[verdict.verdict],
    steps: words.next[verdict.verdict],
    source: `${words.offline} ${pack ? ageOf(pack, now) : words.check.no_pack}`,
    checks: Object.values(verdict.checks).map(({ status, word }) => ({ status, word: words.check[word] })),
    notes: notes.map((note) => words.check[note]),
    document,
  };
}

function byServer(verdict) {
  const said = (text) => text[document.documentElement.lang === "en" ? "en" : "vi"];
  return {
    verdict: verdict.verdict,
    tone: words.tones[verdict.verdict] ?? "neutral",
    headline: said(verdict.headline),
    steps: words.next[verdict.verdict] ?? [],
    source: words.online,
    checks: verdict.checks.map(({ status, detail }) => ({ status, word: said(detail) })),
    notes: verdict.notes.map(said),
    document: verdict.document,
  };
}

function show(result) {
  const heading = showResult(part("result"), result, words);
  say(result.headline);
  heading.focus();
}

function say(text) {
  part("status").textContent = text;
}

async function refreshPacks() {
  const offered = await listPacks();
  part("keep").hidden = offered === null;
  if (offered === null) return;
  part("school").replaceChildren(...offered.map(({ school, name }) => make("option", { value: school }, `${name} (${school})`)));
  for (const school of [...state.packs.keys()]) await fetchPack(school, state.trust, state.packs);
  showPacks();
}

async function keepPack(event) {
  event.preventDefault();
  const taken = await fetchPack(part("school").value, state.trust, state.packs);
  say(taken ? words.kept : words.not_kept);
  showPacks();
}

function showPacks() {
  const now = Math.floor(Date.now() / 1000);
  const kept = [...state.packs.values()].map((pack) => make("li", { "data-school": pack.school }, `${pack.name}: ${ageOf(pack, now)}`));
  part("packs").replaceChildren(...(kept.length ? kept : [make("li", {}, words.no_packs)]));
}

// How old a pack is, in words, and whether it still says how things stand.
function ageOf(pack, now) {
  const seconds = Math.max(0, now - pack.time);
  const [unit, name] = seconds >= 172800 ? [86400, "days"] : seconds >= 7200 ? [3600, "hours"] : [60, "minutes"];
  const age = seconds < 120 ? words.just_now : words[name].replace("N", Math.floor(seconds / unit));
  return `${words.pack_age} ${age}${pack.isFresh(now) ? "." : `. ${words.check.stale_pack}`}`;
}

start();
