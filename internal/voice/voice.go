// Package voice is what the loudspeaker says, as sound: the pack of clips that comes
// with the program, the folder of recordings that a centre may put in front of it,
// and the meter that both are held to.
//
// A pack is an index (clip by id: where it lies in the sprite, how long it is, what
// it says) and the sprite twice, as WebM/Opus and as MP3. Which clips a call needs,
// and in which order, is internal/announce's affair.
package voice

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"moiso/assets"
)

// What every clip is held to. Loudness is that of EBU R128 (ITU-R BS.1770-4), taken
// of the clip repeated to three seconds: R128 needs 400 ms, and words are shorter.
const (
	Loudness      = -18.0 // LUFS
	ChimeLoudness = Loudness + 3
	LoudnessSlack = 1.0  // LU, either way
	PeakLimit     = -1.0 // dBTP
)

// Gap is the silence between two clips of an announcement, in seconds; Pause that
// between two readings of it.
const (
	Gap   = 0.12
	Pause = 0.45
)

// Chime is the id of the clip that comes first.
const Chime = "chime"

// Clip is a word or a phrase. It lies in the sprite of its index at Offset, or is a
// file of its own at URL.
type Clip struct {
	Offset   float64 `json:"offset_s"`
	Duration float64 `json:"duration_s"`
	Text     string  `json:"text"`
	Lang     string  `json:"lang,omitempty"` // "" for the chime
	URL      string  `json:"url,omitempty"`
}

// Index says what a sprite holds. Files stand beside the index.
type Index struct {
	WebM  string          `json:"webm"`
	MP3   string          `json:"mp3,omitempty"`
	Gap   float64         `json:"gap_s"`
	Pause float64         `json:"pause_s"`
	Clips map[string]Clip `json:"clips"`
	// Numbers are the words of 0, 1, 2, … by language, without the language's prefix, for
	// a page that reads a text aloud.
	Numbers map[string][]string `json:"numbers,omitempty"`
}

// The two packs: the words of announcements, which every display loads, and the
// texts that a kiosk reads aloud on demand.
const (
	Calls = "index"
	Texts = "texts"
)

// Default reads the index of a pack that comes with the program.
func Default(name string) (Index, error) { return ReadIndex(assets.FS, "voice/"+name+".json") }

// ReadIndex reads an index and refuses one whose clips cannot be.
func ReadIndex(files fs.FS, name string) (Index, error) {
	var x Index
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(b, &x); err != nil {
		return x, fmt.Errorf("%s is not an index of clips: %w", name, err)
	}
	for id, c := range x.Clips {
		if c.Duration <= 0 || c.Offset < 0 {
			return x, fmt.Errorf("%s: the clip %s lies at %g s for %g s", name, id, c.Offset, c.Duration)
		}
	}
	return x, nil
}
