package queue

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func picture(wide, high int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, wide, high))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestSetKiosk(t *testing.T) {
	all := KioskSettings{Services: []ServiceID{civil, notary}, Groups: []KioskGroup{{Text{VI: "Giấy tờ"}, []ServiceID{civil, notary}}}, Languages: []string{"en", "vi"},
		PaperDots: 384, Paperless: some(true), Lines: []Text{{VI: "Mời ngồi"}}, Logo: picture(200, 80), IdleS: 45, Volume: some(0), SessionLimit: 2, AlertCount: 4, ScanPrefix: "~", ScanSuffix: "\r"}
	wrong := func(name, field string, f func(k *KioskSettings)) rule {
		k := all
		f(&k)
		return rule{name: name, when: SetKiosk{"", k}, code: ErrInvalid, after: func(h *hall) {
			_, err := h.try(SetKiosk{"", k})
			if got := err.(*Error).Detail["field"]; got != field {
				h.t.Fatalf("the refusal %v names the field %v, want %s", err, got, field)
			}
		}}
	}
	long := strings.Repeat("ư", 81)
	try(t, []rule{
		{name: "of the centre", when: SetKiosk{"", all}, then: []Event{KioskSet{"", all}}},
		{name: "of a device", when: SetKiosk{"d_1", all}, then: []Event{KioskSet{"d_1", all}}},
		{name: "the same", given: []step{SetKiosk{"d_1", all}}, when: SetKiosk{"d_1", all}, same: true},
		{name: "none where there were none", when: SetKiosk{"d_1", KioskSettings{Lines: []Text{}}}, same: true},
		{name: "none: as the others again", given: []step{SetKiosk{"d_1", all}}, when: SetKiosk{"d_1", KioskSettings{}}, then: []Event{KioskSet{"d_1", KioskSettings{}}},
			after: func(h *hall) {
				if len(h.s.Kiosks) != 0 {
					h.t.Fatalf("left are %v", h.s.Kiosks)
				}
			}},
		{name: "a device of no form", when: SetKiosk{"D 1", all}, code: ErrInvalid, words: []string{`"D 1"`}},
		{name: "a field that is not there", when: SetKiosk{"", KioskSettings{Services: []ServiceID{"x"}}}, code: ErrUnknownService, words: []string{`"x"`, "ho-tich"}},
		{name: "a field of a group that is not there", when: SetKiosk{"", KioskSettings{Groups: []KioskGroup{{Text{VI: "x"}, []ServiceID{"x"}}}}}, code: ErrUnknownService},
		wrong("a field twice", "services", func(k *KioskSettings) { k.Services = []ServiceID{civil, civil} }),
		wrong("a field in two groups", "groups", func(k *KioskSettings) { k.Groups = append(slices.Clone(k.Groups), k.Groups[0]) }),
		wrong("a group without a name", "groups", func(k *KioskSettings) { k.Groups = []KioskGroup{{Text{EN: "x"}, []ServiceID{civil}}} }),
		wrong("a group without fields", "groups", func(k *KioskSettings) { k.Groups = []KioskGroup{{Name: Text{VI: "x"}}} }),
		wrong("too many groups", "groups", func(k *KioskSettings) { k.Groups = make([]KioskGroup, 21) }),
		wrong("a language", "languages", func(k *KioskSettings) { k.Languages = []string{"fr"} }),
		wrong("a language twice", "languages", func(k *KioskSettings) { k.Languages = []string{"vi", "vi"} }),
		wrong("paper", "paper_dots", func(k *KioskSettings) { k.PaperDots = 400 }),
		wrong("five lines", "lines", func(k *KioskSettings) { k.Lines = make([]Text, 5) }),
		wrong("a long line", "lines", func(k *KioskSettings) { k.Lines = []Text{{VI: long}} }),
		wrong("a line of two", "lines", func(k *KioskSettings) { k.Lines = []Text{{VI: "a\nb"}} }),
		wrong("a large logo", "logo", func(k *KioskSettings) { k.Logo = make([]byte, MaxLogo+1) }),
		wrong("a wide logo", "logo", func(k *KioskSettings) { k.Logo = picture(577, 10) }),
		wrong("a logo that is none", "logo", func(k *KioskSettings) { k.Logo = []byte("GIF89a") }),
		wrong("half a logo", "logo", func(k *KioskSettings) { k.Logo = all.Logo[:len(all.Logo)/2] }),
		wrong("volume", "volume", func(k *KioskSettings) { k.Volume = some(101) }),
		wrong("idle time", "idle_s", func(k *KioskSettings) { k.IdleS = 5 }),
		wrong("limit", "session_limit", func(k *KioskSettings) { k.SessionLimit = -1 }),
		wrong("alert", "alert_count", func(k *KioskSettings) { k.AlertCount = 1 }),
		wrong("scanner's prefix", "scan_prefix", func(k *KioskSettings) { k.ScanPrefix = "ơ" }),
		wrong("nothing of the centre's", "none", func(k *KioskSettings) { *k = KioskSettings{None: []string{"lines"}} }),
		wrong("scanner's suffix", "scan_suffix", func(k *KioskSettings) { k.ScanSuffix = strings.Repeat("x", 17) }),
	})
}

func TestSetDisplay(t *testing.T) {
	all := DisplaySettings{Layout: "counter", Counter: 3, Voice: VoiceSettings{Languages: []string{"en"}, Repeats: 1, ChimeOnly: some(true), Off: some(false), Quiet: []Span{{"22:00", "06:00"}}, Volume: some(60)},
		Ticker: []Message{{Text: Text{VI: "Nghỉ trưa"}, From: "11:00", To: "13:00"}, {Text: Text{VI: "Chào"}}}, Playlist: []PlayItem{{Media: strings.Repeat("0f", 32), Seconds: 20}},
		Care: Care{Shift: some(false), Dim: []Span{{"18:00", "24:00"}}, Off: []Span{{"22:00", "05:00"}}}}
	wrong := func(name, field string, f func(d *DisplaySettings)) rule {
		d := all
		f(&d)
		return rule{name: name, when: SetDisplay{"", d}, code: ErrInvalid, after: func(h *hall) {
			_, err := h.try(SetDisplay{"", d})
			if got := err.(*Error).Detail["field"]; got != field {
				h.t.Fatalf("the refusal %v names the field %v, want %s", err, got, field)
			}
		}}
	}
	try(t, []rule{
		{name: "of the centre", when: SetDisplay{"", all}, then: []Event{DisplaySet{"", all}}},
		{name: "the same", given: []step{SetDisplay{"d_1", all}}, when: SetDisplay{"d_1", all}, same: true},
		{name: "none: as the others again", given: []step{SetDisplay{"d_1", all}}, when: SetDisplay{"d_1", DisplaySettings{}}, then: []Event{DisplaySet{"d_1", DisplaySettings{}}},
			after: func(h *hall) {
				if len(h.s.Displays) != 0 {
					h.t.Fatalf("left are %v", h.s.Displays)
				}
			}},
		{name: "a device of no form", when: SetDisplay{"d 1", all}, code: ErrInvalid},
		{name: "a counter that is not there", when: SetDisplay{"", DisplaySettings{Layout: "counter", Counter: 9}}, code: ErrUnknownCounter},
		wrong("a layout", "layout", func(d *DisplaySettings) { d.Layout = "mosaic" }),
		wrong("a counter's layout without one", "counter", func(d *DisplaySettings) { d.Counter = 0 }),
		wrong("language", "voice.languages", func(d *DisplaySettings) { d.Voice.Languages = []string{"VI"} }),
		wrong("repeats", "voice.repeats", func(d *DisplaySettings) { d.Voice.Repeats = 4 }),
		wrong("volume", "voice.volume", func(d *DisplaySettings) { d.Voice.Volume = some(-1) }),
		wrong("hour", "voice.quiet", func(d *DisplaySettings) { d.Voice.Quiet = []Span{{"7:30", "08:00"}} }),
		wrong("no hour", "voice.quiet", func(d *DisplaySettings) { d.Voice.Quiet = []Span{{}} }),
		wrong("too many hours", "voice.quiet", func(d *DisplaySettings) { d.Voice.Quiet = make([]Span, 11) }),
		wrong("a message without words", "ticker", func(d *DisplaySettings) { d.Ticker = []Message{{}} }),
		wrong("a message of half a time", "ticker", func(d *DisplaySettings) { d.Ticker = []Message{{Text: Text{VI: "x"}, From: "08:00"}} }),
		wrong("a message of no time", "ticker", func(d *DisplaySettings) { d.Ticker = []Message{{Text: Text{VI: "x"}, From: "08:00", To: "08:00"}} }),
		wrong("too many messages", "ticker", func(d *DisplaySettings) { d.Ticker = make([]Message, 21) }),
		wrong("media", "playlist", func(d *DisplaySettings) { d.Playlist = []PlayItem{{Media: "../x"}} }),
		wrong("seconds", "playlist", func(d *DisplaySettings) { d.Playlist = []PlayItem{{Media: all.Playlist[0].Media, Seconds: 3601}} }),
		wrong("an item's hours", "playlist", func(d *DisplaySettings) { d.Playlist = []PlayItem{{Media: all.Playlist[0].Media, To: "25:00"}} }),
		wrong("too many items", "playlist", func(d *DisplaySettings) { d.Playlist = make([]PlayItem, 101) }),
		wrong("dim", "care.dim", func(d *DisplaySettings) { d.Care.Dim = []Span{{"a", "b"}} }),
		wrong("nothing of the centre's", "none", func(d *DisplaySettings) { *d = DisplaySettings{None: []string{"ticker"}} }),
		wrong("off", "care.off", func(d *DisplaySettings) { d.Care.Off = []Span{{"a", "b"}} }),
	})
}

func TestADeviceIsAsTheCentreWhereItSaysNothingAndTheCentreAsTheDefault(t *testing.T) {
	h := newHall(t)
	if d := cmp.Diff(DefaultKiosk(), h.s.KioskFor("d_1"), sameEmpty); d != "" {
		t.Errorf("nothing set (-default +got):\n%s", d)
	}
	if d := cmp.Diff(DefaultDisplay(), h.s.DisplayFor("d_1"), sameEmpty); d != "" {
		t.Errorf("nothing set (-default +got):\n%s", d)
	}
	h.given(SetKiosk{"", KioskSettings{Services: []ServiceID{land, civil}, IdleS: 90, Volume: some(30), Lines: []Text{{VI: "của trung tâm"}}, Groups: []KioskGroup{{Text{VI: "a"}, []ServiceID{land}}, {Text{VI: "b"}, []ServiceID{civil}}}}},
		SetKiosk{"d_1", KioskSettings{Volume: some(0), PaperDots: 384}},
		SetDisplay{"", DisplaySettings{Layout: "calls", Voice: VoiceSettings{Repeats: 1, Off: some(true)}, Care: Care{Dim: []Span{{"18:00", "06:00"}}}}},
		SetDisplay{"d_2", DisplaySettings{Layout: "portrait", Voice: VoiceSettings{Off: some(false)}}})
	k, other := h.s.KioskFor("d_1"), h.s.KioskFor("d_9")
	if *k.Volume != 0 || k.PaperDots != 384 || k.IdleS != 90 || k.SessionLimit != 3 || !slices.Equal(k.Services, []ServiceID{land, civil}) || k.Lines[0].VI != "của trung tâm" {
		t.Errorf("the device has %+v", k)
	}
	if *other.Volume != 30 || other.PaperDots != 576 {
		t.Errorf("another device has %+v", other)
	}
	if v := h.s.DisplayFor("d_2"); v.Layout != "portrait" || v.Voice.Repeats != 1 || *v.Voice.Off || len(v.Care.Dim) != 1 || !*v.Care.Shift {
		t.Errorf("the screen has %+v", v)
	}
	if got := SetDevices(h.s.Kiosks); !slices.Equal(got, []string{"d_1"}) {
		t.Errorf("devices with settings are %v", got)
	}
	// A field that is no longer offered does not stay on the kiosk.
	h.given(RemoveService{land})
	if k := h.s.KioskFor("d_1"); !slices.Equal(k.Services, []ServiceID{civil}) || len(k.Groups) != 1 || k.Groups[0].Name.VI != "b" {
		t.Errorf("after the removal the device has %v %v", k.Services, k.Groups)
	}
	back := must(RestoreSnapshot(must(h.s.Snapshot())))
	if d := cmp.Diff(h.s.KioskFor("d_1"), back.KioskFor("d_1")) + cmp.Diff(h.s.DisplayFor("d_2"), back.DisplayFor("d_2")); d != "" {
		t.Errorf("a snapshot changes settings (-before +after):\n%s", d)
	}
}

// Three things are told apart: as the centre, something else, and nothing.
func TestADeviceCanGoWithoutWhatItsCentreHas(t *testing.T) {
	h := newHall(t)
	hours := []Span{{"18:00", "06:00"}}
	logo := picture(8, 8)
	h.given(SetKiosk{"", KioskSettings{Lines: []Text{{VI: "của trung tâm"}}, Groups: []KioskGroup{{Text{VI: "a"}, []ServiceID{land}}}, Logo: logo, ScanPrefix: "~", ScanSuffix: "\r"}},
		SetDisplay{"", DisplaySettings{Ticker: []Message{{Text: Text{VI: "tin"}}}, Playlist: []PlayItem{{Media: strings.Repeat("a", 64)}}, Voice: VoiceSettings{Quiet: hours}, Care: Care{Dim: hours, Off: hours}}},
		SetKiosk{"d_1", KioskSettings{None: KioskWithout}}, SetDisplay{"d_2", DisplaySettings{None: DisplayWithout}},
		SetKiosk{"d_3", KioskSettings{None: []string{"logo"}, Lines: []Text{{VI: "của máy"}}}})
	if k := h.s.KioskFor("d_1"); len(k.Lines)+len(k.Groups)+len(k.Logo)+len(k.ScanPrefix)+len(k.ScanSuffix) != 0 {
		t.Errorf("a kiosk without has %+v", k)
	}
	if k := h.s.KioskFor("d_3"); k.Lines[0].VI != "của máy" || len(k.Logo) != 0 || k.ScanPrefix != "~" || len(k.Groups) != 1 {
		t.Errorf("a kiosk with some of it has %+v", k)
	}
	if k := h.s.KioskFor("d_4"); len(k.Lines) != 1 || !slices.Equal(k.Logo, logo) {
		t.Errorf("a kiosk that says nothing has %+v", k)
	}
	if d := h.s.DisplayFor("d_2"); len(d.Ticker)+len(d.Playlist)+len(d.Voice.Quiet)+len(d.Care.Dim)+len(d.Care.Off) != 0 {
		t.Errorf("a screen without has %+v", d)
	}
	if d := h.s.DisplayFor("d_9"); len(d.Ticker) != 1 || len(d.Care.Off) != 1 {
		t.Errorf("a screen that says nothing has %+v", d)
	}
	for name, c := range map[string]Command{
		"what there is not": SetKiosk{"d_1", KioskSettings{None: []string{"services"}}},
		"twice":             SetDisplay{"d_1", DisplaySettings{None: []string{"ticker", "ticker"}}},
		"and with it":       SetKiosk{"d_1", KioskSettings{None: []string{"scan_prefix"}, ScanPrefix: "x"}},
		"and with them":     SetDisplay{"d_1", DisplaySettings{None: []string{"care.dim"}, Care: Care{Dim: hours}}},
	} {
		if _, err := h.try(c); !errors.Is(err, ErrInvalid) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// sameEmpty takes an empty list and none as one.
var sameEmpty = cmp.FilterValues(func(a, b any) bool { return same(a, b) }, cmp.Comparer(func(any, any) bool { return true }))
