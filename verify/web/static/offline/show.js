// The result of a scan as elements of the page, in the shapes and classes of templates/result/*.html. What comes from a code is text, never
// markup.

const ICONS = {
  pass: "M12 0a12 12 0 1 0 0 24 12 12 0 0 0 0-24Zm-1.7 17.6-5-5 2-2 3 3 6.4-6.4 2 2Z",
  bad: "M7.2 0 0 7.2v9.6L7.2 24h9.6l7.2-7.2V7.2L16.8 0Zm9.9 15.1-2 2-3.1-3.1-3.1 3.1-2-2 3.1-3.1-3.1-3.1 2-2 3.1 3.1 3.1-3.1 2 2-3.1 3.1Z",
  warn: "M12 1 0 22.5h24Zm1.4 18.4h-2.8v-2.7h2.8Zm0-4.4h-2.8V8.6h2.8Z",
  neutral: "M12 0a12 12 0 1 0 0 24 12 12 0 0 0 0-24Zm1.5 18.5h-3v-8.5h3Zm0-10.5h-3V5h3Z",
};
ICONS.fail = ICONS.bad;
ICONS.unknown = ICONS.neutral;

export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// `result`: tone, headline, steps, checks [{status, word}], notes, and document or null, as in a verdict's JSON.
export function showResult(place, result, words) {
  const heading = make("h2", { class: "govuk-heading-l", tabindex: "-1" }, result.headline);
  const steps = make("ul", { class: "govuk-list" }, ...result.steps.map((step) => make("li", {}, step)));
  const verdict = make("div", { class: `portal-verdict portal-verdict--${result.tone}`, "data-verdict": result.verdict });
  verdict.append(icon(result.tone), make("div", { class: "portal-verdict__words" }, heading, steps));
  const checks = result.checks.map(({ status, word }) => {
    const said = make("span", { class: `portal-check portal-check--${status}` }, icon(status), words[status]);
    return make("li", {}, said, " ", make("span", {}, word));
  });
  const notes = result.notes.map((note) => make("li", {}, note));
  place.replaceChildren(
    verdict,
    make("p", { class: "govuk-body portal-when" }, result.source),
    ...(result.document ? content(result.document, words) : []),
    make("h3", { class: "govuk-heading-m" }, words.checks),
    make("ol", { class: "portal-checks" }, ...checks),
    ...(notes.length ? [make("h3", { class: "govuk-heading-m" }, words.notes), make("ul", { class: "govuk-list govuk-list--bullet" }, ...notes)] : []),
  );
  return heading;
}

function content(document, words) {
  const [year, month, day] = document.birth_date.split("-");
  const facts = [[words.student, document.full_name], [words.birth_date, `${day}/${month}/${year}`], [words.school, document.school]];
  return [
    make("h3", { class: "govuk-heading-m" }, words.compare),
    list(facts),
    ...document.years.flatMap((one) => [marks(one, words), list(Object.entries(one.results))]),
  ];
}

function marks(year, words) {
  const names = year.grade <= 5 ? ["level", "test"] : ["semester1", "semester2", "year", "reassessed"];
  const titles = { level: words.level, test: words.year_test };
  const head = [words.subject, ...names.map((name) => titles[name] ?? words[name])];
  const rows = year.subjects.map((row) =>
    make(
      "tr",
      { class: "govuk-table__row" },
      make("th", { scope: "row", class: "govuk-table__header" }, row.subject),
      ...names.map((name) => make("td", { class: "govuk-table__cell" }, spelled(row[name]))),
    ),
  );
  const caption = `${words.school_year} ${year.school_year}, ${words.grade} ${year.grade}`;
  const table = make(
    "table",
    { class: "govuk-table" },
    make("caption", { class: "govuk-table__caption govuk-table__caption--s" }, caption),
    make("thead", { class: "govuk-table__head" }, make("tr", { class: "govuk-table__row" }, ...head.map((title) => make("th", { scope: "col", class: "govuk-table__header" }, title)))),
    make("tbody", { class: "govuk-table__body" }, ...rows),
  );
  return make("div", { class: "portal-marks", tabindex: "0", role: "region", "aria-label": caption }, table);
}

function list(facts) {
  const rows = facts.map(([name, value]) =>
    make(
      "div",
      { class: "govuk-summary-list__row" },
      make("dt", { class: "govuk-summary-list__key" }, name),
      make("dd", { class: "govuk-summary-list__value" }, value),
    ),
  );
  return make("dl", { class: "govuk-summary-list" }, ...rows);
}

// Decimal comma in Vietnamese.
function spelled(value) {
  const text = String(value ?? "");
  return document.documentElement.lang === "en" ? text : text.replace(".", ",");
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const attributes = { viewBox: "0 0 24 24", fill: "currentColor", "aria-hidden": "true", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name] ?? ICONS.neutral);
  svg.append(path);
  return svg;
}
