// Package announce turns a call into what the loudspeaker says: an ordered list of
// clips of the voice pack (assets/voice). It is pure; the same call and the same
// style give the same words on the server, on a screen and in a test.
//
//	Xin mời số thứ tự A, không, bốn, hai, đến quầy số ba.
//	Ticket A zero four two, please go to counter three.
//
// Letters and digits of a ticket are said one by one, so that 015 cannot be heard as
// fifty; a counter is said as a number.
package announce

import (
	"slices"
	"strconv"
	"strings"

	"moiso/internal/voice"
)

// Languages that the pack speaks, in the usual order.
var Languages = []string{"vi", "en"}

// Call is what is announced.
type Call struct {
	Number   string // of the ticket, "A042" or "AK012"
	Counter  int    // 0 says the number alone, as a kiosk reads it aloud
	Again    bool   // a recall
	Language string // in which the ticket was issued, "" for none
}

// Style is how a centre wants it.
type Style struct {
	Languages []string // in order; none is Languages
	Repeats   int      // how often it is said; 0 is 2
	ChimeOnly bool     // the chime, and nobody speaks
	Waiting   int      // other calls that wait to be spoken
}

// Crowd is how many calls have to wait to be spoken for each to be said only once and
// in the first language.
const Crowd = 2

// MaxRepeats is the most that anybody may ask for.
const MaxRepeats = 5

// Part is a stretch of an announcement that is said in one go; between two there is a
// short pause, and where more calls have come meanwhile a screen may stop there.
type Part struct {
	Language string   `json:"language,omitempty"`
	Clips    []string `json:"clips"`
}

// Announcement is what is said.
type Announcement struct {
	Clips []string `json:"clips"`
	Parts []Part   `json:"parts"`
}

// Of makes the announcement of a call. A ticket issued in a language that the pack
// speaks is called in it too, also when time is short.
func Of(c Call, s Style) Announcement {
	parts := []Part{{Clips: []string{voice.Chime}}}
	if !s.ChimeOnly {
		for i := range s.repeats() {
			for j, lang := range s.languages(c) {
				clips := sentence(c, lang)
				if i == 0 && j == 0 {
					parts[0].Language, parts[0].Clips = lang, append(parts[0].Clips, clips...)
					continue
				}
				parts = append(parts, Part{lang, clips})
			}
		}
	}
	a := Announcement{Parts: parts}
	for _, p := range parts {
		a.Clips = append(a.Clips, p.Clips...)
	}
	return a
}

func (s Style) repeats() int {
	switch {
	case s.Waiting >= Crowd:
		return 1
	case s.Repeats == 0:
		return 2
	}
	return max(1, min(MaxRepeats, s.Repeats))
}

func (s Style) languages(c Call) []string {
	var out []string
	for _, lang := range s.Languages {
		if slices.Contains(Languages, lang) && !slices.Contains(out, lang) {
			out = append(out, lang)
		}
	}
	if len(out) == 0 {
		out = slices.Clone(Languages)
	}
	if s.Waiting >= Crowd {
		out = out[:1]
	}
	if slices.Contains(Languages, c.Language) && !slices.Contains(out, c.Language) {
		out = append(out, c.Language)
	}
	return out
}

func sentence(c Call, lang string) []string {
	if c.Counter <= 0 {
		return Spell(lang, c.Number)
	}
	first := "call"
	if c.Again {
		first = "again"
	}
	clips := append([]string{id(lang, first)}, Spell(lang, c.Number)...)
	clips = append(clips, id(lang, "counter"))
	return append(clips, Number(lang, c.Counter)...)
}

func id(lang, word string) string { return lang + "-" + word }

// Spell says the letters and digits of a ticket's number one by one. What the pack
// has no word for is passed over: a number is made of A to Z and 0 to 9.
func Spell(lang, number string) []string {
	var out []string
	for _, r := range strings.ToLower(number) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			out = append(out, id(lang, string(r)))
		}
	}
	return out
}

// MaxNumber is the largest number that is said as one; beyond, its digits are.
const MaxNumber = 999

// Number says a number from 0 as people say it.
func Number(lang string, n int) []string {
	if n < 0 || n > MaxNumber {
		return Spell(lang, strconv.Itoa(n))
	}
	words := vietnamese(n)
	if lang == "en" {
		words = english(n)
	}
	for i := range words {
		words[i] = id(lang, words[i])
	}
	return words
}

// vietnamese: mười, mười một, mười lăm, hai mươi, hai mươi mốt, hai mươi lăm, một trăm
// linh năm. After mươi, 1 is mốt; after mười and mươi, 5 is lăm.
func vietnamese(n int) []string {
	if n >= 100 {
		words := []string{strconv.Itoa(n / 100), "hundred"}
		switch rest := n % 100; {
		case rest == 0:
			return words
		case rest < 10:
			return append(words, "odd", strconv.Itoa(rest))
		default:
			return append(words, vietnamese(rest)...)
		}
	}
	tens, ones := n/10, n%10
	if tens == 0 {
		return []string{strconv.Itoa(n)}
	}
	words := []string{"10"}
	if tens > 1 {
		words = []string{strconv.Itoa(tens), "ten"}
	}
	switch {
	case ones == 0:
	case ones == 1 && tens > 1:
		words = append(words, "one-after-ten")
	case ones == 5:
		words = append(words, "five-after-ten")
	default:
		words = append(words, strconv.Itoa(ones))
	}
	return words
}

func english(n int) []string {
	switch {
	case n >= 100 && n%100 == 0:
		return []string{strconv.Itoa(n / 100), "hundred"}
	case n >= 100:
		return append([]string{strconv.Itoa(n / 100), "hundred"}, english(n%100)...)
	case n <= 20:
		return []string{strconv.Itoa(n)}
	case n%10 == 0:
		return []string{strconv.Itoa(n)}
	}
	return []string{strconv.Itoa(n / 10 * 10), strconv.Itoa(n % 10)}
}

// Words are the ids of every clip that an announcement may need: what a centre that
// records its own voice has to record.
func Words(lang string) []string {
	out := []string{id(lang, "call"), id(lang, "again"), id(lang, "counter")}
	out = append(out, Spell(lang, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")...)
	for n := range MaxNumber + 1 {
		for _, w := range Number(lang, n) {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}
