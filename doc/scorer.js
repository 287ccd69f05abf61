/*
 * Scores of search results. The words of two pages often match equally: then a page of the guide
 * comes before an example and the reference, and these before pages for developers.
 */
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, , , , score, , kind]) => {
    if (kind !== "text") return score;
    if (/^(add_|design|contribut)/.test(page)) return score - 2;
    return /^(api|gallery)\//.test(page) ? score - 1 : score;
  },
};
