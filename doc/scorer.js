/*
 * Scores of search results. The words of a query often match several pages equally: then pages with
 * more of the words in the title come first, and pages of the guide before examples and the
 * reference, and these before pages for developers.
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
  score: ([page, title, , , score, , kind]) => {
    if (kind !== "text") return score;
    const query = new URLSearchParams(window.location.search).get("q").toLowerCase();
    const words = new Set(query.match(/\w{3,}/g)), heading = title.toLowerCase();
    const later = /^(add_|design|contribut)/.test(page) ? 2 : /^(api|gallery)\//.test(page) ? 1 : 0;
    return score - later + [...words].filter((word) => heading.includes(word)).length;
  },
};
