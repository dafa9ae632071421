package voice_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moiso/internal/voice"
)

func record(t *testing.T, dir, name string, file []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), file, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tone at the pack's loudness: a full sine reads -3.01 LUFS.
func tone(lufs float64) voice.Sound { return sine(48000, 997, voice.Gain(lufs+3.01), 0, 0.5) }

func TestRecordingsStandInFrontOfThePackAndWhatIsMissingIsNamed(t *testing.T) {
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	record(t, dir, "vi-0.wav", tone(-18).WAV())
	record(t, dir, "vi-1.wav", tone(-18).WAV())
	record(t, dir, "notes.txt", []byte("recorded by Lan"))
	r, err := voice.ReadRecordings(dir, pack)
	if err != nil || len(r.Faults) > 0 {
		t.Fatalf("%v %v", err, r.Faults)
	}
	x := r.Over(pack, func(id string) string { return "/local/voice/" + id + ".wav" })
	if c := x.Clips["vi-0"]; c.URL != "/local/voice/vi-0.wav" || c.Duration != 0.5 || c.Text != "không" {
		t.Errorf("vi-0 is %+v", c)
	}
	if c := x.Clips["vi-2"]; c.URL != "" || c != pack.Clips["vi-2"] {
		t.Errorf("vi-2 is %+v, want the pack's", c)
	}
	if pack.Clips["vi-0"].URL != "" {
		t.Error("the pack itself was changed")
	}
	if !slices.Contains(r.Missing, "vi-2") || slices.Contains(r.Missing, "chime") || slices.Contains(r.Missing, "vi-0") || slices.Contains(r.Missing, "en-0") {
		t.Errorf("missing are %v; want the Vietnamese words, and neither the chime nor English, of which nothing is recorded", r.Missing)
	}
	if w := r.Warning(pack); !strings.Contains(w, "vi-2 (hai)") || strings.Contains(w, "vi-0") {
		t.Errorf("the warning is %q", w)
	}
}

func TestEachFaultOfARecordingIsSaid(t *testing.T) {
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	cut := tone(-18)
	for i := range cut.Samples {
		cut.Samples[i] = max(-1, min(1, cut.Samples[i]*20))
	}
	late := tone(-18)
	late.Samples = append(make([]float64, 48000), append(late.Samples, tone(-18).Samples...)...)
	hot := sine(48000, 12000, 1, 0.785398, 0.5) // crests between the samples
	for _, c := range []struct {
		file     string
		content  []byte
		want     string
		unusable bool
	}{
		{"vi-0.wav", tone(-10).WAV(), "too loud: -10.0 LUFS, and -18 is wanted", false},
		{"vi-1.wav", tone(-30).WAV(), "too quiet: -30.0 LUFS", false},
		{"vi-2.wav", cut.WAV(), "clipped at", false},
		{"vi-3.wav", hot.WAV(), "peaks reach", false},
		{"vi-4.wav", late.WAV(), "begins with 1.0 s of silence", false},
		{"vi-5.wav", make([]byte, 1000), "not a WAV file", true},
		{"vi-6.wav", voice.Sound{Rate: 48000, Samples: make([]float64, 48000)}.WAV(), "silent", true},
		{"vi-7.wav", nil, "not a WAV file", true},
		{"VI-8.WAV", tone(-18).WAV(), "its name must be vi-8.wav", true},
		{"vi_9.wav", tone(-18).WAV(), "is it vi-9?", false},
		{"hello.wav", tone(-18).WAV(), "no word of this name", false},
		{"vi-a.mp3", []byte("ID3"), "only WAV files", false},
	} {
		dir := t.TempDir()
		record(t, dir, c.file, c.content)
		r, err := voice.ReadRecordings(dir, pack)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Faults, func(f voice.Fault) bool { return strings.Contains(f.String(), c.want) })
		if i < 0 {
			t.Errorf("%s: the faults are %v, want %q", c.file, r.Faults, c.want)
			continue
		}
		if r.Faults[i].File != c.file || r.Faults[i].Unusable != c.unusable {
			t.Errorf("%s: %+v", c.file, r.Faults[i])
		}
		if _, used := r.Clips[strings.TrimSuffix(c.file, ".wav")]; used && c.unusable {
			t.Errorf("%s is used all the same", c.file)
		}
	}
}

func TestAFolderThatCannotBeReadIsOneSentence(t *testing.T) {
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	_, err = voice.ReadRecordings(filepath.Join(t.TempDir(), "nowhere"), pack)
	if err == nil || !strings.HasSuffix(err.Error(), "nowhere cannot be read: no such file or directory") {
		t.Errorf("%v", err)
	}
}
