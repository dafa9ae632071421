package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"moiso/internal/voice"
)

// wordList is scripts/voice/texts.json.
type wordList struct {
	// Locales are the areas of assets/locales whose every text is spoken, but for those
	// whose keys begin with one of Unspoken: what stands there for staff, or on a key.
	Locales  []string `json:"locales"`
	Unspoken []string `json:"unspoken"`
	// Texts are spoken besides, by id.
	Texts map[string]map[string]string `json:"texts"`
	// Say respells what a speaker would misread, by language: pattern and spelling, in order.
	Say map[string][][2]string `json:"say"`
}

// texts makes the second pack: what a kiosk shows, for those who want it read to
// them. A text with a number in it is spoken in pieces around the number.
func texts(s *speaker) error {
	var list wordList
	if err := readJSON("scripts/voice/texts.json", &list); err != nil {
		return err
	}
	all := map[string]spoken{}
	for _, lang := range []string{"vi", "en"} {
		add := func(id, text string) error {
			for i, piece := range voice.Pieces(text) {
				name := fmt.Sprintf("%s-%s", lang, id)
				if i > 0 {
					name = fmt.Sprintf("%s.%d", name, i+1)
				}
				say, err := respell(piece, list.Say[lang])
				if err != nil {
					return err
				}
				all[name] = spoken{Lang: lang, Text: piece, Say: say}
			}
			return nil
		}
		if err := eachText(lang, list, add); err != nil {
			return err
		}
	}
	clips, err := s.clips(all, s.text)
	if err != nil {
		return err
	}
	first := map[string]*clip{}
	for _, c := range clips {
		key := c.lang + voice.Key(c.text)
		if c.same = first[key]; c.same == nil {
			first[key] = c
		}
	}
	return pack(voice.Texts, clips, formats("16k", "24k")[:1]) // a kiosk brings its browser along: no fallback
}

// eachText gives the texts of a language in turn: the locales', the list's own, the
// demo city's.
func eachText(lang string, list wordList, add func(id, text string) error) error {
	for _, area := range list.Locales {
		var words map[string]string
		if err := readJSON("assets/locales/"+lang+"/"+area+".json", &words); err != nil {
			return err
		}
		for key, text := range words {
			if slices.ContainsFunc(list.Unspoken, func(begin string) bool { return strings.HasPrefix(key, begin) }) {
				continue
			}
			if err := add(key, text); err != nil {
				return err
			}
		}
	}
	for id, text := range list.Texts {
		if err := add(id, text[lang]); err != nil {
			return err
		}
	}
	var city struct {
		Services []struct {
			ID                string
			Name, Hint, Where map[string]string
		}
		Policy struct {
			Classes []struct {
				ID   string
				Name map[string]string
			}
		}
	}
	if err := readJSON("assets/demo/hue.json", &city); err != nil {
		return err
	}
	for _, f := range city.Services {
		for part, text := range map[string]string{"": f.Name[lang], ".hint": f.Hint[lang], ".where": f.Where[lang]} {
			if err := add("field."+f.ID+part, text); err != nil {
				return err
			}
		}
	}
	for _, c := range city.Policy.Classes {
		if err := add("priority."+c.ID, c.Name[lang]); err != nil {
			return err
		}
	}
	return nil
}

func respell(text string, rules [][2]string) (string, error) {
	for _, r := range rules {
		p, err := regexp.Compile(r[0])
		if err != nil {
			return "", fmt.Errorf("texts.json: %w", err)
		}
		text = p.ReplaceAllString(text, r[1])
	}
	return strings.TrimSpace(text), nil
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
