package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"unicode"
	"unicode/utf8"

	"moiso/internal/voice"
)

// rate of everything in the pack: Opus knows no other.
const rate = 48000

// Silence inside a clip, in seconds.
const (
	afterComma    = 0.2
	afterSentence = 0.35
)

// Words a minute for espeak-ng. Inside a phrase it shrinks short words to 0.2 s, too
// short for a hall: letters, digits and numbers are spoken alone, and slowly. A phrase
// that everyone knows by heart may pass faster; it keeps an announcement short.
const (
	aloneWPM  = 135
	phraseWPM = 150
	textWPM   = 125 // what is read to somebody who stands before the kiosk
)

// speaker turns text into sound. What was spoken is kept, because texts share much.
type speaker struct{ spoken map[string][]float64 }

// word speaks a word, or a phrase in one piece, for an announcement.
func (s *speaker) word(w spoken, text string) ([]float64, error) {
	wpm := aloneWPM
	if strings.Contains(text, " ") {
		wpm = phraseWPM
	}
	return s.speak(w.Lang, text, cmp.Or(w.WPM, wpm))
}

// text speaks sentences, clause by clause.
func (s *speaker) text(w spoken, text string) ([]float64, error) {
	var out []float64
	for text != "" {
		end := strings.IndexAny(text, ",;.:?!…")
		clause, pause := text, afterSentence
		if end < 0 {
			text = ""
		} else {
			_, width := utf8.DecodeRuneInString(text[end:])
			clause = text[:end]
			if text[end] == ',' || text[end] == ';' {
				pause = afterComma
			}
			text = text[end+width:]
		}
		if !strings.ContainsFunc(clause, unicode.IsLetter) && !strings.ContainsFunc(clause, unicode.IsDigit) {
			continue
		}
		sound, err := s.speak(w.Lang, strings.ToLower(strings.TrimSpace(clause)), textWPM)
		if err != nil {
			return nil, err
		}
		out = append(append(out, sound...), silence(pause)...)
	}
	return trim(out), nil
}

func (s *speaker) speak(lang, text string, wpm int) ([]float64, error) {
	key := fmt.Sprint(lang, wpm, text)
	if w, ok := s.spoken[key]; ok {
		return w, nil
	}
	cmd := exec.Command("espeak-ng", "-v", "vi+Annie", "-s", fmt.Sprint(wpm), "--stdout", text)
	if lang == "en" {
		cmd = exec.Command("flite", "-voice", "slt", "-t", text, "-o", "/dev/stdout")
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	b, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w %s", cmd, err, errs.String())
	}
	sound, err := voice.ReadWAV(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	w := trim(resample(sound))
	if len(w) == 0 {
		return nil, fmt.Errorf("%q is silent", text)
	}
	s.spoken[key] = w
	return w, nil
}

func silence(seconds float64) []float64 { return make([]float64, int(seconds*rate)) }

// trim cuts the silence around a sound and lets its ends swell and fade, so that no
// cut clicks.
func trim(x []float64) []float64 {
	const quiet, fadeIn, fadeOut = 0.02, rate * 3 / 1000, rate * 15 / 1000
	top := 0.0
	for _, v := range x {
		top = max(top, math.Abs(v))
	}
	from, to := 0, len(x)
	for from < to && math.Abs(x[from]) <= top*quiet {
		from++
	}
	for to > from && math.Abs(x[to-1]) <= top*quiet {
		to--
	}
	from, to = max(0, from-fadeIn), min(len(x), to+fadeOut)
	out := append([]float64(nil), x[from:to]...)
	for i := range min(fadeIn, len(out)) {
		out[i] *= float64(i) / fadeIn
	}
	for i := range min(fadeOut, len(out)) {
		out[len(out)-1-i] *= float64(i) / fadeOut
	}
	return out
}

// resample brings a sound to the pack's rate by a windowed sinc; the speakers' own
// rates are lower, so nothing folds over.
func resample(s voice.Sound) []float64 {
	if s.Rate == rate {
		return s.Samples
	}
	const half = 32
	out := make([]float64, len(s.Samples)*rate/s.Rate)
	for n := range out {
		at := float64(n) * float64(s.Rate) / rate
		first := int(math.Floor(at)) - half + 1
		sum := 0.0
		for i := max(0, first); i < min(len(s.Samples), first+2*half); i++ {
			d := float64(i) - at
			h := 0.5 + 0.5*math.Cos(math.Pi*d/half)
			if d != 0 {
				h *= math.Sin(math.Pi*d) / (math.Pi * d)
			}
			sum += h * s.Samples[i]
		}
		out[n] = sum
	}
	return out
}
