package voice

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// gap is a place in a text where something else stands each time: a parameter of a
// locale's text. core/voice.js parts the shown text at the numbers that stand there.
var gap = regexp.MustCompile(`\{\w+\}`)

// Pieces are the parts of a text that are always the same, in order.
func Pieces(text string) []string {
	var out []string
	for _, p := range gap.Split(text, -1) {
		p = strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if strings.ContainsFunc(p, unicode.IsLetter) {
			out = append(out, p)
		}
	}
	return out
}

// Key is the form in which two texts are the same: case, blanks and the signs around
// words do not matter. core/clips.js has the same rule.
func Key(text string) string {
	var out []string
	for _, w := range strings.Fields(strings.ToLower(norm.NFC.String(text))) {
		if w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}
