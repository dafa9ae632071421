package voice_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"moiso/assets"
	"moiso/internal/voice"
)

// readAloud says where a kiosk's sentences come from: the whole of script.js, and of
// the scripts that it asks, the functions that it calls.
var readAloud = map[string][]string{
	"kiosk/script.js":  nil,
	"kiosk/away.js":    {"export function troubleOf("},
	"kiosk/done.js":    {"export const HEADS", "export function failure("},
	"kiosk/field.js":   {"export function why("},
	"kiosk/found.js":   {"export function more(", "export function hour("},
	"kiosk/notices.js": {"export function refusal("},
	"kiosk/strips.js":  {"export function suggestion("},
	"core/i18n.js":     {"export function range("},
}

// voiceless are texts that a kiosk shows and cannot say, and why. Anything else that it
// may read aloud needs a clip: make voice. The words of others (why a field is paused,
// a field that a centre added, an error that the server explains) have none either:
// they are no texts of ours, and stand large in the caption.
var voiceless = map[string]string{}

var quoted = regexp.MustCompile("['`]([a-z_]+(?:\\.[a-z_]+)*\\.?)(['`]|\\$\\{)")

// spokenKeys are the locale keys that a kiosk may read aloud.
func spokenKeys(t *testing.T, words map[string]string) []string {
	t.Helper()
	keys := map[string]bool{}
	for name, parts := range readAloud {
		b, err := assets.FS.ReadFile("js/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if parts != nil {
			all := text
			text = ""
			for _, begin := range parts {
				_, rest, ok := strings.Cut(all, "\n"+begin)
				end := strings.Index(rest, "\n}\n")
				if strings.HasPrefix(begin, "export const") {
					end = strings.Index(rest, ";\n")
				}
				if !ok || end < 0 {
					t.Fatalf("%s has no %q any more", name, begin)
				}
				text += rest[:end]
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			for key := range words {
				plural, _ := strings.CutSuffix(key, ".one")
				plural, _ = strings.CutSuffix(plural, ".other")
				if plural == m[1] || m[2] == "${" && strings.HasSuffix(m[1], ".") && strings.HasPrefix(key, m[1]) {
					keys[key] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func TestEverySentenceThatAKioskReadsAloudHasAClip(t *testing.T) {
	known := map[string]bool{}
	for _, name := range []string{voice.Calls, voice.Texts} {
		x, err := voice.Default(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range x.Clips {
			known[c.Lang+" "+voice.Key(c.Text)] = true
		}
	}
	for _, lang := range []string{"vi", "en"} {
		words := map[string]string{}
		for _, area := range []string{"common", "kiosk"} {
			readJSON(t, "locales/"+lang+"/"+area+".json", &words)
		}
		keys := spokenKeys(t, words)
		if len(keys) < 90 {
			t.Errorf("only %d sentences were found: %q", len(keys), keys)
		}
		t.Logf("%s: %d sentences", lang, len(keys))
		for key, text := range demoTexts(t, lang) {
			words[key] = text
			keys = append(keys, key)
		}
		for _, key := range keys {
			mute := slices.DeleteFunc(voice.Pieces(words[key]), func(p string) bool { return known[lang+" "+voice.Key(p)] })
			why, listed := voiceless[key]
			switch {
			case len(mute) > 0 && !listed:
				t.Errorf("%s: %s has no clip for %q: make voice, or say in this test why there is none", lang, key, mute)
			case len(mute) == 0 && listed:
				t.Errorf("%s: %s is said to have no clip (%s), and has one", lang, key, why)
			}
		}
	}
}

// demoTexts are what the demo city's centres call their fields and groups.
func demoTexts(t *testing.T, lang string) map[string]string {
	t.Helper()
	var city struct {
		Services []struct {
			ID          string
			Name, Where map[string]string
		}
		Policy struct {
			Classes []struct {
				ID   string
				Name map[string]string
			}
		}
	}
	readJSON(t, "demo/hue.json", &city)
	out := map[string]string{}
	for _, s := range city.Services {
		out["field "+s.ID], out["place of "+s.ID] = s.Name[lang], s.Where[lang]
	}
	for _, c := range city.Policy.Classes {
		out["group "+c.ID] = c.Name[lang]
	}
	if len(out) < 15 {
		t.Errorf("the demo city has only %d texts", len(out))
	}
	return out
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	b, err := assets.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
