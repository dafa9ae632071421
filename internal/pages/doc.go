// Package pages serves what a browser opens: the shells of the live pages, the
// ticket page and the start page as whole HTML, the static files behind them, and
// a gallery of every page state that needs no backend.
//
// It promises:
//
//   - No page carries inline script or style, and none asks another origin for
//     anything; the Content-Security-Policy says so on every answer.
//   - The ticket page tells everything without script, and all it transfers
//     (page, style, script, icon) is at most 15 KB compressed.
//   - A static file under its content hash never changes and may be kept for a
//     year; the same file under /assets/ is asked for again each time.
//   - Every text comes from assets/locales, Vietnamese and English.
//   - A page that does not exist says so in both languages, and a centre that does
//     not exist names those with similar names.
//
// It knows neither the API nor the engine: whoever wires the server gives it
// functions to ask (Source).
package pages
