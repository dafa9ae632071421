// Command voice makes assets/voice: the words of announcements and the texts that a
// kiosk reads aloud, spoken by espeak-ng (Vietnamese) and flite (English), a chime
// made of sines, all at one loudness, packed by ffmpeg. The same words and the same
// versions of the programs make the same bytes.
//
// Run it from the module's root: go run ./scripts/voice [calls|texts]
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"moiso/internal/voice"
)

const out = "assets/voice"

// spoken is a line of a word list: what a clip says, and how that is spelled for the
// speaker where it would misread it.
type spoken struct {
	Lang string `json:"lang"`
	Text string `json:"text"`
	Say  string `json:"say,omitempty"`
	WPM  int    `json:"wpm,omitempty"` // words a minute, where the usual pace takes too long
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "voice:", err)
		os.Exit(1)
	}
}

func run(which []string) error {
	for _, tool := range []string{"espeak-ng", "flite", "ffmpeg"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is needed: apt-get install espeak-ng flite ffmpeg", tool)
		}
	}
	s := &speaker{spoken: map[string][]float64{}}
	if len(which) == 0 || slices.Contains(which, "calls") {
		if err := calls(s); err != nil {
			return err
		}
	}
	if len(which) == 0 || slices.Contains(which, "texts") {
		return texts(s)
	}
	return nil
}

func calls(s *speaker) error {
	var list map[string]spoken
	if err := readJSON("scripts/voice/calls.json", &list); err != nil {
		return err
	}
	clips := []*clip{{id: voice.Chime, text: "chime", raw: chime(), loudness: voice.ChimeLoudness}}
	more, err := s.clips(list, s.word)
	if err != nil {
		return err
	}
	return pack(voice.Calls, append(clips, more...), formats("24k", "40k"))
}

func (s *speaker) clips(list map[string]spoken, speak func(w spoken, text string) ([]float64, error)) ([]*clip, error) {
	var out []*clip
	for _, id := range slices.Sorted(maps.Keys(list)) {
		w := list[id]
		say := w.Say
		if say == "" {
			say = w.Text
		}
		raw, err := speak(w, say)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		out = append(out, &clip{id: id, lang: w.Lang, text: w.Text, raw: raw, loudness: voice.Loudness})
	}
	return out, nil
}

func pack(name string, clips []*clip, forms []format) error {
	files, err := sprite(name, clips, forms)
	if err != nil {
		return err
	}
	files["json"] = index(name, clips, forms)
	for ext, b := range files {
		if err := os.WriteFile(filepath.Join(out, name+"."+ext), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// quote is JSON that a person reads.
func quote(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings and numbers always encode
	return string(bytes.TrimSpace(b.Bytes()))
}
