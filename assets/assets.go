// Package assets carries everything a browser needs, so that each program is one
// file: pages, styles, scripts, type, icons, words, voices, and the demo city. Nothing
// here is fetched from elsewhere, when building or when running.
package assets

import "embed"

// FS holds the folders beside this file under their own names: "css/tokens.css".
//
//go:embed all:css all:demo all:fixtures all:fonts all:html all:icons all:js all:locales all:vendor all:voice
var FS embed.FS
