// The signed years as they are shown, to compare with a paper: the shape of `document.years` in a verdict (verify/compared.py).

import { OLD_TRAITS, SUBJECTS, TRAITS } from "./tables.js";

const TIMES = ["học kì I", "học kì II", "cả năm", "sau đánh giá lại"];
const NAMES = new Map(Object.values(SUBJECTS));

export function comparedYears(claims) {
  return claims.years.map((year) => ({
    school_year: `${year.first_year}-${year.first_year + 1}`,
    grade: year.grade,
    subjects: year.subjects.map(row),
    results: Object.fromEntries(results(year).filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)])),
  }));
}

function row(one) {
  const subject = NAMES.get(one.subject);
  if (!one.marks) return { subject, level: one.exempt ? "M" : one.level, test: one.test };
  const [semester1, semester2, year, reassessed] = one.marks;
  return { subject, semester1, semester2, year, reassessed };
}

function results(year) {
  if (year.traits) return [
    ...(year.traits.length === TRAITS.length ? TRAITS : OLD_TRAITS).map((name, at) => [name, year.traits[at]]),
    ["Đánh giá kết quả giáo dục", year.result ?? null],
    ["Kết luận", year.completion],
    ["Số buổi nghỉ có phép", year.absences_excused],
    ["Số buổi nghỉ không phép", year.absences_unexcused],
  ];
  if (year.averages) return [
    ...timed("Điểm trung bình các môn", year.averages),
    ...timed("Học lực", year.learning),
    ...timed("Hạnh kiểm", year.conduct),
    ["Danh hiệu", year.honour],
    ["Kết luận", year.promotion],
    ["Số buổi nghỉ học", year.absences],
  ];
  return [
    ...timed("Kết quả học tập", year.learning),
    ...timed("Kết quả rèn luyện", year.conduct),
    ["Kết luận", year.promotion],
    ["Số buổi nghỉ học", year.absences],
  ];
}

function timed(name, values) {
  return values.map((value, at) => [`${name}, ${TIMES[at]}`, value]);
}
