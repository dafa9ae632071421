package pages

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"moiso/assets"
)

// The rules for words that a program can check: no exclamation, no familiar pronoun,
// a real ellipsis and a real dash, hours with two digits, the glossary's field.
var wordRules = []struct {
	lang, say string
	wrong     *regexp.Regexp
}{
	{"", "has an exclamation mark", regexp.MustCompile(`!`)},
	{"", "has three dots; write …", regexp.MustCompile(`\.\.\.`)},
	{"", "has a range with a hyphen; write –", regexp.MustCompile(`[\d}]\s*-\s*[\d{]`)},
	{"", "has a dash with a hyphen; write –", regexp.MustCompile(` - `)},
	{"", "has two blanks or one at an end", regexp.MustCompile(`  |^ | $`)},
	{"", "writes an hour with h or am", regexp.MustCompile(`\d+h\d*\b|\d (am|pm)\b`)},
	{"vi", "says bạn; quý vị, or no pronoun", regexp.MustCompile(`(?i)(^|[\s(])bạn([\s.,)]|$)`)},
	{"vi", "says dịch vụ; the word is lĩnh vực", regexp.MustCompile(`(?i)dịch vụ`)},
	{"vi", "is not in composed letters (NFC)", regexp.MustCompile(`[\x{0300}-\x{036F}]`)},
}

func TestTheWordsKeepTheRulesOfTheHouse(t *testing.T) {
	all, err := readLocales(assets.FS)
	if err != nil {
		t.Fatal(err)
	}
	for lang, texts := range all {
		for key, text := range texts {
			for _, r := range wordRules {
				if (r.lang == "" || r.lang == lang) && r.wrong.MatchString(text) {
					t.Errorf("%s in %s %s: %s", key, lang, r.say, text)
				}
			}
		}
	}
}

// TestFixturesKeepTheRulesOfTheHouse looks at the words that people would read in the
// gallery, where designers copy from.
func TestFixturesKeepTheRulesOfTheHouse(t *testing.T) {
	words := regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	err := fs.WalkDir(assets.FS, "fixtures", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		b, err := fs.ReadFile(assets.FS, name)
		// The postal service is called so by law; it is no field of a centre.
		text := strings.ReplaceAll(string(b), "dịch vụ bưu chính công ích", "bưu chính")
		for _, m := range words.FindAllStringSubmatch(text, -1) {
			if !strings.ContainsRune(m[1], ' ') {
				continue // an id, an hour or an address
			}
			for _, r := range wordRules {
				if r.wrong.MatchString(m[1]) {
					t.Errorf("%s %s: %s", name, r.say, m[1])
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
