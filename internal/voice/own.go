package voice

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Recordings are a centre's own: a folder of WAV files named by the ids of the pack,
// "vi-0.wav", that are used in place of its clips.
type Recordings struct {
	Dir      string
	Clips    map[string]Recording // by id
	Missing  []string             // ids of the pack that the folder lacks, of the languages it has
	Faults   []Fault              // what is wrong, in order of the files' names
	language map[string]bool
}

// Recording is a file that can be played.
type Recording struct {
	Seconds float64
	Levels  Levels
}

// Fault is something wrong with a file. One that is Unusable is left out; the others
// are played as they are.
type Fault struct {
	File     string
	What     string
	Unusable bool
}

func (f Fault) String() string { return f.File + ": " + f.What }

// maxFile is the largest file that is read: MaxClip seconds of 8 channels at 192 kHz
// are more than anybody records.
const maxFile = 32 << 20

// maxLead is the silence that a recording may begin with, in seconds: more would tear
// an announcement apart.
const maxLead = 0.3

// ReadRecordings looks through a folder. It fails only when the folder itself cannot
// be read; a bad file is a fault, and the rest is used.
func ReadRecordings(dir string, pack Index) (*Recordings, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("the recordings in %s cannot be read: %w", dir, err)
	}
	r := &Recordings{Dir: dir, Clips: map[string]Recording{}, language: map[string]bool{}}
	for _, e := range entries {
		id, isWAV := strings.CutSuffix(strings.ToLower(e.Name()), ".wav")
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !isWAV && strings.HasSuffix(id, ".txt") {
			continue
		}
		clip, known := pack.Clips[id]
		switch {
		case !isWAV:
			r.fault(e.Name(), false, "only WAV files are used")
		case !known:
			r.fault(e.Name(), false, "the pack has no word of this name%s", near(id, pack))
		case e.Name() != FileName(id):
			r.fault(e.Name(), true, "its name must be %s, in small letters", FileName(id))
		default:
			r.read(id, clip)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(pack.Clips)) {
		if _, have := r.Clips[id]; !have && id != Chime && r.language[pack.Clips[id].Lang] {
			r.Missing = append(r.Missing, id)
		}
	}
	return r, nil
}

// FileName is the file in which a word is recorded.
func FileName(id string) string { return id + ".wav" }

func (r *Recordings) fault(file string, unusable bool, format string, args ...any) {
	r.Faults = append(r.Faults, Fault{file, fmt.Sprintf(format, args...), unusable})
}

// read takes a file and says what is wrong with it.
func (r *Recordings) read(id string, clip Clip) {
	name := FileName(id)
	b, err := readLimited(filepath.Join(r.Dir, name))
	if err != nil {
		r.fault(name, true, "it cannot be read: %v", err)
		return
	}
	s, err := ReadWAV(b)
	if err != nil {
		r.fault(name, true, "it cannot be played: %v", err)
		return
	}
	l := Measure(s)
	if math.IsInf(l.Loudness, -1) {
		r.fault(name, true, "it is silent")
		return
	}
	want := Loudness
	if id == Chime {
		want = ChimeLoudness
	}
	switch n := clipped(s); {
	case n > 0:
		r.fault(name, false, "it is clipped at %d places; record it more softly", n)
	case l.Peak > PeakLimit:
		r.fault(name, false, "its peaks reach %.1f dBTP, more than %g", l.Peak, PeakLimit)
	}
	switch off := l.Loudness - want; {
	case off > LoudnessSlack:
		r.fault(name, false, "it is too loud: %.1f LUFS, and %g is wanted", l.Loudness, want)
	case off < -LoudnessSlack:
		r.fault(name, false, "it is too quiet: %.1f LUFS, and %g is wanted", l.Loudness, want)
	}
	if lead := lead(s); lead > maxLead {
		r.fault(name, false, "it begins with %.1f s of silence; cut them off", lead)
	}
	r.language[clip.Lang] = true
	r.Clips[id] = Recording{Seconds: s.Seconds(), Levels: l}
}

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is no ordinary file")
	case info.Size() > maxFile:
		err = fmt.Errorf("it has %d MB, and a word has less than %d", info.Size()>>20, maxFile>>20)
	default:
		return os.ReadFile(path)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return nil, err
}

// clipped counts the places where three samples or more stand at the limit.
func clipped(s Sound) int {
	const limit, run = 0.9995, 3
	n, length := 0, 0
	for _, v := range s.Samples {
		if math.Abs(v) < limit {
			length = 0
			continue
		}
		if length++; length == run {
			n++
		}
	}
	return n
}

// lead is the silence before a sound: what lies 40 dB below its highest sample.
func lead(s Sound) float64 {
	top := 0.0
	for _, v := range s.Samples {
		top = max(top, math.Abs(v))
	}
	for i, v := range s.Samples {
		if math.Abs(v) > top/100 {
			return float64(i) / float64(s.Rate)
		}
	}
	return 0
}

// near names a word whose id differs from a misspelled one by its language or a sign.
func near(id string, pack Index) string {
	plain := func(s string) string { return strings.NewReplacer("-", "", "_", "", " ", "").Replace(s) }
	for _, known := range slices.Sorted(maps.Keys(pack.Clips)) {
		if plain(known) == plain(id) || strings.TrimPrefix(known, "vi-") == id {
			return "; is it " + known + "?"
		}
	}
	return ""
}

// Over is the pack with the recordings in place of its clips; address makes the
// address of a clip's file.
func (r *Recordings) Over(pack Index, address func(id string) string) Index {
	clips := maps.Clone(pack.Clips)
	for id, own := range r.Clips {
		c := clips[id]
		c.Offset, c.Duration, c.URL = 0, own.Seconds, address(id)
		clips[id] = c
	}
	pack.Clips = clips
	return pack
}

// Warning says in one sentence what is used from elsewhere or left out, or "".
func (r *Recordings) Warning(pack Index) string {
	var parts []string
	if len(r.Clips) == 0 {
		parts = append(parts, "there is no recording that can be used")
	} else if len(r.Missing) > 0 {
		var words []string
		for _, id := range r.Missing {
			words = append(words, fmt.Sprintf("%s (%s)", id, pack.Clips[id].Text))
		}
		parts = append(parts, "the pack's own voice says what is not recorded: "+strings.Join(words, ", "))
	}
	for _, f := range r.Faults {
		parts = append(parts, f.String())
	}
	return strings.Join(parts, "; ")
}
