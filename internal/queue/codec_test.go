package queue

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func init() {
	// The default of 30 steps is too short a walk for a day at three counters. The
	// command line still has the last word.
	if err := flag.Set("rapid.steps", "80"); err != nil {
		panic(err)
	}
}

// samples has one of every kind with every field filled.
func samples() []Event {
	due := morning.Add(time.Hour).UTC()
	hours := Hours{AllDay: true, LastIssueS: 1800, Periods: []Period{{From: "04-01", To: "09-30", Days: []time.Weekday{1, 5}, Spans: []Span{{"07:00", "11:30"}}}}}
	return []Event{
		Issued{Ticket: id(1), Number: "A001", Seq: 1, Place: 7, Service: notary, Priority: elder, Source: "kiosk", Language: "en", Reference: "H57.25-0001", Due: due},
		CalledTo{Ticket: id(1), Counter: 3, Call: 42, Why: ByTurn, Policy: 2, Reason: "xe chờ"},
		Recalled{Ticket: id(1), Call: 43}, Started{id(1)}, Finished{id(1)}, NotShown{id(1)}, CameBack{Ticket: id(1), After: 9}, SetAside{id(1), "đi sao y"}, Referred{id(1), "H57.25-0003"},
		Transferred{Ticket: id(1), Service: land, Target: 2, Place: 8, Second: true, Reason: "nhầm"}, WasPutBack{id(1)}, Reopened{id(1)},
		WasCancelled{id(1), "về nhà"}, Restored{id(1)}, ServiceChanged{id(1), civil}, PrioritySet{id(1), merit},
		CounterOpened{1, "lan"}, CounterPausedNow{1, true}, CounterClosedNow{1}, IssuingPaused{civil, "lỗi hệ thống", due}, IssuingResumed{civil},
		DayEnded{ByHand: true}, DayStarted{"2025-07-15"}, ClockSetBack{due}, ClockCaughtUp{},
		CenterSet{CenterConfig{ID: "thuan-hoa", Name: Text{"Trung tâm Thuận Hóa", "Thuan Hoa centre"}, Short: Text{"phường Thuận Hóa", "Thuan Hoa ward"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		HoursSet{hours}, PolicySet{Policy{Version: 3, Mode: Strict, Every: 2, GraceS: 1800, Classes: []Class{{ID: elder, Name: Text{VI: "Người cao tuổi"}, Basis: Text{VI: "Luật Người cao tuổi 2009"}, Rank: 1, MinAge: 60}}}},
		ServiceSet{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, Hint: Text{VI: "Sao y"}, Icon: "stamp", Where: Text{VI: "Tầng 1"}, Prepare: []Text{{VI: "Bản chính"}}, Hours: &hours, DailyLimit: 200, TargetS: 600, Collect: true}},
		Appointed{ID: id(6), Service: notary, Hour: due, Priority: elder, Language: "en", Reference: "H57.25-0004"}, AppointmentCancelled{id(6)},
		CheckedIn{Issued: Issued{Ticket: id(6), Number: "A002", Seq: 2, Place: 11, Service: notary, Priority: elder, Source: "kiosk", Language: "en", Reference: "H57.25-0004", Due: due}, Booked: due},
		ServiceRemoved{land}, CounterSet{CounterConfig{Number: 4, Services: []ServiceID{notary, civil}, Name: Text{VI: "Quầy ưu tiên"}}}, CounterRemoved{4},
		LaneGiven{"d_kiosk", "K"}, LaneWithdrawn{"d_kiosk"}, LaneFreed{"d_kiosk", true}, Renumbered{Ticket: id(1), Number: "AK012", IssuedAt: due, Place: 5, Arrived: due.Add(time.Minute)},
		Merged{Device: "d_kiosk", Tickets: []MergedTicket{{Ticket: id(2), Number: "AK013", Place: 9, Service: notary, Priority: elder, Language: "en", Reference: "H57.25-0002",
			IssuedAt: due, Arrived: due.Add(time.Minute), After: 2, Uncertain: true, Day: "2025-07-13", Expired: true, Cancelled: true}}},
		SlipRefusedNow{RefusedSlip{ID: id(3), Number: "AK014", Service: land, Device: "d_kiosk", Code: "unknown_service", IssuedAt: due, At: due}},
		Adopted{Ticket: id(4), Number: "AK015", Place: 10, Service: notary, Unidentified: true}, SlipIdentified{id(4), id(5)},
		PrintOrdered{ID: pid(1), Ticket: id(1), Device: "d_station", Again: true}, PrintEnded{pid(1), PrintFailed, "paper_out"},
		AlertRaised{Alert{Device: "d_1", Kind: AlertMany, Service: notary, Role: "kiosk", Place: "sảnh", Count: 5, Detail: "x", Since: due}}, AlertCleared{"d_1", AlertMany, notary},
		KioskSet{"d_1", KioskSettings{Services: []ServiceID{civil, notary}, Groups: []KioskGroup{{Text{VI: "Giấy tờ", EN: "Papers"}, []ServiceID{civil}}}, Languages: []string{"en", "vi"}, PaperDots: 384, Paperless: some(true),
			Lines: []Text{{VI: "Mời ngồi hàng ghế xanh"}}, Logo: []byte("png"), IdleS: 45, Volume: some(0), SessionLimit: 2, AlertCount: 4, ScanPrefix: "~", ScanSuffix: "\r"}},
		DisplaySet{"", DisplaySettings{Layout: "counter", Counter: 3, Voice: VoiceSettings{[]string{"vi"}, 1, some(true), some(false), []Span{{"12:00", "13:00"}}, some(60)},
			Ticker:   []Message{{Text{VI: "Nghỉ trưa"}, "11:00", "13:00"}},
			Playlist: []PlayItem{{strings.Repeat("ab", 32), 15, "07:00", "17:00"}}, Care: Care{some(false), []Span{{"18:00", "06:00"}}, []Span{{"22:00", "05:00"}}}}},
		MediaAdded{Medium{strings.Repeat("ab", 32), "Nộp hồ sơ.mp4", "video/mp4", 1 << 20}}, MediaRemoved{strings.Repeat("ab", 32)},
		CityMessagesSet{[]Message{{Text{"Nghỉ lễ 2/9", "Closed on 2 September"}, "07:00", "17:00"}}},
	}
}

func TestEveryEventHasAGoldenFile(t *testing.T) {
	have := map[string]bool{}
	for _, e := range samples() {
		have[e.kind()] = true
		r := Record{At: morning.Add(12 * time.Millisecond).UTC(), Day: "2025-07-14", Actor: "lan", Device: "desk-1", Source: "desk", Event: e}
		got := must(EncodeRecord(r))
		file := filepath.Join("testdata", "events", e.kind()+".json")
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want = bytes.TrimSpace(want); string(got) != string(want) {
			t.Errorf("%s is written as\n%s\nits golden file has\n%s", e.kind(), got, want)
		}
		back, err := DecodeRecord(want)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, back); d != "" {
			t.Errorf("%s read back (-want +got):\n%s", e.kind(), d)
		}
		if Kind(e) != e.kind() {
			t.Errorf("Kind is %s", Kind(e))
		}
	}
	for kind := range kinds {
		if !have[kind] {
			t.Errorf("there is no sample of %s", kind)
		}
	}
	files, err := os.ReadDir(filepath.Join("testdata", "events"))
	if err != nil || len(files) != len(kinds) {
		t.Errorf("%d golden files for %d kinds (%v): a kind once released is never dropped", len(files), len(kinds), err)
	}
	if len(kinds) != len(events) {
		t.Errorf("two events share a name")
	}
}

func TestARecordThatIsNotUnderstoodFailsLoudly(t *testing.T) {
	for in, want := range map[string]string{
		`{"v":1,"k":"teleported","at":0,"e":{}}`:      `unknown event "teleported"`,
		`{"v":2,"k":"issued","at":0,"e":{}}`:          "version 2; this program reads version 1",
		`{"k":"issued","at":0,"e":{}}`:                "version 0",
		`{"v":1,"k":"issued","at":0}`:                 "event issued",
		`{"v":1,"k":"issued","at":0,"e":{"q":"one"}}`: "event issued",
		`{"v":1,"k":"issued","at":"now","e":{}}`:      "not a record",
		`{"v":1,"k":"issued","at":0,"e":{}} {}`:       "not a record",
		``:                                            "not a record",
		`null`:                                        "version 0",
	} {
		if _, err := DecodeRecord([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %s", in, err, want)
		}
	}
}

func TestASnapshotThatDoesNotHoldTogetherFailsLoudly(t *testing.T) {
	for in, want := range map[string]string{
		``:                                       "not a snapshot",
		`{"v":1}`:                                "version 1",
		`{"v":9,"state":{}}`:                     "version 9",
		`{"v":1,"state":{"tickets":{"X":null}}}`: `ticket "X"`,
		`{"v":1,"state":{"tickets":{"X":{"id":"Y"}}}}`:                                                       `ticket "X"`,
		`{"v":1,"state":{"lines":[null]}}`:                                                                   "line",
		`{"v":1,"state":{"lines":[{"id":"a","waiting":["X"]}]}}`:                                             `ticket "X"`,
		`{"v":1,"state":{"lines":[{"id":"a","hours":{"last_issue_s":-1}}]}}`:                                 "last_issue_s",
		`{"v":1,"state":{"counters":[null]}}`:                                                                "counter",
		`{"v":1,"state":{"counters":[{"number":1,"ticket":"X"}]}}`:                                           `ticket "X"`,
		`{"v":1,"state":{"tickets":{"X":{"id":"X","state":"done"}},"counters":[{"number":1,"ticket":"X"}]}}`: `ticket "X"`,
		`{"v":1,"state":{"hours":{"periods":[{"from":"1","to":"2"}]}}}`:                                      "month and day",
	} {
		if _, err := RestoreSnapshot([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %s", in, err, want)
		}
	}
	s, err := RestoreSnapshot([]byte(`{"v":1,"state":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	s.Apply(Record{Event: Issued{Ticket: id(1)}}) // no map is missing
}

// A day's records can be read on their own: facts about things that are not known
// are passed over.
func TestApplyIsLenient(t *testing.T) {
	for _, e := range samples() {
		s := New()
		s.Apply(Record{At: morning, Event: e})
		for _, more := range samples() {
			s.Apply(Record{At: morning, Event: more})
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, e := range samples() {
		f.Add(must(EncodeRecord(Record{At: morning, Day: "2025-07-14", Event: e})))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := EncodeRecord(r)
		if err != nil {
			t.Fatalf("%+v was read and cannot be written: %v", r, err)
		}
		back, err := DecodeRecord(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if third := must(EncodeRecord(back)); !bytes.Equal(again, third) {
			t.Fatalf("%s became %s", again, third)
		}
		New().Apply(r)
		h := newHall(t)
		h.given(take(1, notary), take(2, notary), CallNext{Counter: 1})
		h.s.Apply(r)
		h.s.Apply(r)
		h.s.Apply(Record{At: morning, Event: DayEnded{}})
	})
}

func FuzzRestoreSnapshot(f *testing.F) {
	h := newHall(f)
	h.given(take(1, notary), takeAs(2, civil, elder), CallNext{Counter: 1}, PauseIssuing{Service: land, Reason: "x"})
	f.Add(must(h.s.Snapshot()))
	f.Add(must(New().Snapshot()))
	f.Add([]byte(`{"v":1,"state":{"lines":[{"id":"a"}],"counters":[{"number":1}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := RestoreSnapshot(b)
		if err != nil {
			return
		}
		once, err := s.Snapshot()
		if err != nil {
			t.Fatalf("restored and cannot be written: %v", err)
		}
		again, err := RestoreSnapshot(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := must(again.Snapshot()); !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s", once, twice)
		}
		for _, e := range samples() {
			s.Apply(Record{At: morning, Event: e})
		}
		for _, c := range s.Counters {
			s.Order(c.Number, morning, 0)
		}
		s.CallsAfter(0)
	})
}

func BenchmarkDecodeRecord(b *testing.B) {
	rec := must(EncodeRecord(Record{At: morning, Day: "2025-07-14", Actor: "lan", Source: "desk", Event: samples()[0]}))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeRecord(rec); err != nil {
			b.Fatal(err)
		}
	}
}
