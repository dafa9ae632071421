package queue

import (
	"strings"
	"testing"
)

func TestMedia(t *testing.T) {
	a, b := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	film := Medium{Hash: a, Name: "Nộp hồ sơ.mp4", Type: "video/mp4", Bytes: 3e6}
	playing := SetDisplay{"d_1", DisplaySettings{Playlist: []PlayItem{{Media: a}}}}
	with := func(f func(*Medium)) AddMedium { m := film; f(&m); return AddMedium{Medium: m} }
	try(t, []rule{
		{name: "a film", when: AddMedium{film, 5e6}, then: []Event{MediaAdded{film}}},
		{name: "the same bytes under another name", given: []step{AddMedium{film, 0}}, when: with(func(m *Medium) { m.Name = "x" }), same: true},
		{name: "one too many bytes", given: []step{AddMedium{film, 0}}, when: AddMedium{Medium{b, "b.png", "image/png", 3e6}, 5e6}, code: ErrMediaFull, words: []string{"3.0 MB", "5.0 MB"}},
		{name: "a kind that no screen shows", when: with(func(m *Medium) { m.Type = "image/svg+xml" }), code: ErrInvalid, words: []string{"image/svg+xml", "video/webm"}},
		{name: "no hash", when: with(func(m *Medium) { m.Hash = "../../etc/passwd" }), code: ErrInvalid},
		{name: "no name", when: with(func(m *Medium) { m.Name = " " }), code: ErrInvalid},
		{name: "a name of two lines", when: with(func(m *Medium) { m.Name = "a\nb" }), code: ErrInvalid},
		{name: "taken away", given: []step{AddMedium{film, 0}}, when: RemoveMedium{a}, then: []Event{MediaRemoved{a}},
			after: func(h *hall) {
				if len(h.s.Media) != 0 {
					h.t.Fatalf("left are %v", h.s.Media)
				}
			}},
		{name: "taken away while it is shown", given: []step{AddMedium{film, 0}, playing}, when: RemoveMedium{a}, code: ErrConflict, words: []string{film.Name, "playlist"}},
		{name: "taken away after it was shown", given: []step{AddMedium{film, 0}, playing, SetDisplay{"d_1", DisplaySettings{}}}, when: RemoveMedium{a}, then: []Event{MediaRemoved{a}}},
		{name: "taken away twice", when: RemoveMedium{a}, code: ErrUnknownMedium},
	})
}

func TestSetCityMessages(t *testing.T) {
	lunch := []Message{{Text: Text{VI: "Nghỉ lễ 2/9"}, From: "07:00", To: "17:00"}}
	try(t, []rule{
		{name: "a message", when: SetCityMessages{lunch}, then: []Event{CityMessagesSet{lunch}}},
		{name: "the same", given: []step{SetCityMessages{lunch}}, when: SetCityMessages{lunch}, same: true},
		{name: "none where there were none", when: SetCityMessages{}, same: true},
		{name: "none again", given: []step{SetCityMessages{lunch}}, when: SetCityMessages{}, then: []Event{CityMessagesSet{}}},
		{name: "without words", when: SetCityMessages{[]Message{{}}}, code: ErrInvalid},
		{name: "too many", when: SetCityMessages{make([]Message, 21)}, code: ErrInvalid},
	})
}
