package announce_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"moiso/internal/announce"
	"moiso/internal/voice"
)

func pack(t *testing.T) voice.Index {
	t.Helper()
	x, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// said is an announcement in words.
func said(t *testing.T, x voice.Index, clips []string) string {
	t.Helper()
	var words []string
	for _, id := range clips {
		c, ok := x.Clips[id]
		if !ok {
			t.Fatalf("the pack has no clip %s", id)
		}
		words = append(words, c.Text)
	}
	return strings.Join(words, " ")
}

func TestTicketsAreSpelledAndCountersAreNumbers(t *testing.T) {
	x := pack(t)
	for _, c := range []struct {
		number  string
		counter int
		vi, en  string
	}{
		{"A005", 1, "A không không năm đến quầy số một", "A zero zero five please go to counter one"},
		{"H010", 2, "H không một không đến quầy số hai", "H zero one zero please go to counter two"},
		{"K015", 10, "K không một năm đến quầy số mười", "K zero one five please go to counter ten"},
		{"M021", 11, "M không hai một đến quầy số mười một", "M zero two one please go to counter eleven"},
		{"S105", 15, "S một không năm đến quầy số mười lăm", "S one zero five please go to counter fifteen"},
		{"A1005", 21, "A một không không năm đến quầy số hai mươi mốt", "A one zero zero five please go to counter twenty one"},
		{"AK012", 25, "A K không một hai đến quầy số hai mươi lăm", "A K zero one two please go to counter twenty five"},
		{"AK1012", 40, "A K một không một hai đến quầy số bốn mươi", "A K one zero one two please go to counter forty"},
	} {
		a := announce.Of(announce.Call{Number: c.number, Counter: c.counter}, announce.Style{Repeats: 1})
		want := "chime Xin mời số thứ tự " + c.vi + " Ticket " + c.en
		if got := said(t, x, a.Clips); got != want {
			t.Errorf("%s to %d:\n got %s\nwant %s", c.number, c.counter, got, want)
		}
	}
}

// The numbers as a Vietnamese reader wrote them down, not as the program makes them.
var counters = strings.Split("một,hai,ba,bốn,năm,sáu,bảy,tám,chín,mười,mười một,mười hai,mười ba,mười bốn,mười lăm,mười sáu,mười bảy,mười tám,mười chín,"+
	"hai mươi,hai mươi mốt,hai mươi hai,hai mươi ba,hai mươi bốn,hai mươi lăm,hai mươi sáu,hai mươi bảy,hai mươi tám,hai mươi chín,"+
	"ba mươi,ba mươi mốt,ba mươi hai,ba mươi ba,ba mươi bốn,ba mươi lăm,ba mươi sáu,ba mươi bảy,ba mươi tám,ba mươi chín,bốn mươi", ",")

var english = strings.Split("one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,seventeen,eighteen,nineteen,"+
	"twenty,twenty one,twenty two,twenty three,twenty four,twenty five,twenty six,twenty seven,twenty eight,twenty nine,"+
	"thirty,thirty one,thirty two,thirty three,thirty four,thirty five,thirty six,thirty seven,thirty eight,thirty nine,forty", ",")

func TestCountersOneToFortyAreSaidAsPeopleSayThem(t *testing.T) {
	x := pack(t)
	for i, want := range counters {
		if got := said(t, x, announce.Number("vi", i+1)); got != want {
			t.Errorf("counter %d is %q, want %q", i+1, got, want)
		}
		if got := said(t, x, announce.Number("en", i+1)); got != english[i] {
			t.Errorf("counter %d is %q, want %q", i+1, got, english[i])
		}
	}
	for n, want := range map[int]string{0: "không", 51: "năm mươi mốt", 100: "một trăm", 105: "một trăm linh năm", 115: "một trăm mười lăm", 421: "bốn trăm hai mươi mốt", 1005: "một không không năm"} {
		if got := said(t, x, announce.Number("vi", n)); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestEveryPrefixAndLaneIsSpelled(t *testing.T) {
	x := pack(t)
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			number := fmt.Sprintf("%c%c007", a, b)
			if got, want := said(t, x, announce.Spell("vi", number)), fmt.Sprintf("%c %c không không bảy", a, b); got != want {
				t.Errorf("%s is %q", number, got)
			}
		}
	}
	// Đ is no prefix: the rule of services takes A to Z only (queue.SetService).
	if got := announce.Spell("vi", "Đ001"); len(got) != 3 {
		t.Errorf("Đ001 is %v", got)
	}
}

func TestTheStyleOfACentre(t *testing.T) {
	call := announce.Call{Number: "A042", Counter: 3}
	english := announce.Call{Number: "A042", Counter: 3, Language: "en"}
	for _, c := range []struct {
		name  string
		call  announce.Call
		style announce.Style
		want  string // languages of the parts
	}{
		{"twice in both, by default", call, announce.Style{}, "vi en vi en"},
		{"the order is the centre's", call, announce.Style{Languages: []string{"en", "vi"}, Repeats: 1}, "en vi"},
		{"once", call, announce.Style{Languages: []string{"vi"}, Repeats: 1}, "vi"},
		{"a ticket in English also in English", english, announce.Style{Languages: []string{"vi"}}, "vi en vi en"},
		{"one waits: as usual", call, announce.Style{Waiting: 1}, "vi en vi en"},
		{"two wait: once, in the first language", call, announce.Style{Waiting: 2}, "vi"},
		{"two wait, a ticket in English", english, announce.Style{Waiting: 2}, "vi en"},
		{"two wait where English comes first", call, announce.Style{Languages: []string{"en", "vi"}, Waiting: 5}, "en"},
		{"chime only", english, announce.Style{ChimeOnly: true}, ""},
		{"a language that the pack lacks", call, announce.Style{Languages: []string{"fr"}, Repeats: 1}, "vi en"},
		{"a language named twice", call, announce.Style{Languages: []string{"vi", "vi"}, Repeats: 1}, "vi"},
		{"never more than five times", call, announce.Style{Languages: []string{"vi"}, Repeats: 99}, "vi vi vi vi vi"},
	} {
		a := announce.Of(c.call, c.style)
		var langs, clips []string
		for _, p := range a.Parts {
			langs, clips = append(langs, p.Language), append(clips, p.Clips...)
		}
		if got := strings.Join(langs, " "); got != c.want {
			t.Errorf("%s: the parts are %q, want %q", c.name, got, c.want)
		}
		if !slices.Equal(clips, a.Clips) || a.Clips[0] != voice.Chime || slices.Contains(a.Clips[1:], voice.Chime) {
			t.Errorf("%s: the clips %v do not begin with the one chime, or are not those of the parts %v", c.name, a.Clips, a.Parts)
		}
	}
}

func TestARecallSaysThatItIsOne(t *testing.T) {
	a := announce.Of(announce.Call{Number: "A042", Counter: 3, Again: true}, announce.Style{Repeats: 1})
	want := "chime Xin mời lại số thứ tự A không bốn hai đến quầy số ba Calling again: ticket A zero four two please go to counter three"
	if got := said(t, pack(t), a.Clips); got != want {
		t.Errorf("got %s", got)
	}
}

func TestOneVietnameseAnnouncementTakesAtMostEightSeconds(t *testing.T) {
	x := pack(t)
	length := func(clips []string) float64 {
		sum := voice.Gap * float64(len(clips)-1)
		for _, id := range clips {
			sum += x.Clips[id].Duration
		}
		return sum
	}
	// What a number costs adds up digit by digit, so the longest is one of equal digits.
	numbers := []int{5, 10, 15, 21, 105, 111, 222, 333, 444, 555, 666, 777, 888, 999, 1005, 1033}
	longest, which := 0.0, ""
	for prefix := 'A'; prefix <= 'Z'; prefix++ {
		for _, lane := range []string{"", "S"} {
			for _, n := range numbers {
				// Prefixes that sound apart have short names (A H K M S); the others have no lanes here.
				if lane != "" && (!strings.ContainsRune("AHKMS", prefix) || n > 999) {
					continue
				}
				for i := range 80 {
					c := announce.Call{Number: fmt.Sprintf("%c%s%03d", prefix, lane, n), Counter: i/2 + 1, Again: i%2 == 1}
					a := announce.Of(c, announce.Style{Languages: []string{"vi"}, Repeats: 1})
					if l := length(a.Clips); l > longest {
						longest, which = l, fmt.Sprintf("%s to %d", c.Number, c.Counter)
					}
				}
			}
		}
	}
	t.Logf("the longest is %s: %.2f s with its chime", which, longest)
	if longest > 8 {
		t.Errorf("%s takes %.2f s, more than 8", which, longest)
	}
}

func TestThePackHasEveryWordOfAnAnnouncement(t *testing.T) {
	x := pack(t)
	for _, lang := range announce.Languages {
		for _, id := range announce.Words(lang) {
			if _, ok := x.Clips[id]; !ok {
				t.Errorf("there is no clip %s", id)
			}
		}
	}
	if _, ok := x.Clips[voice.Chime]; !ok {
		t.Error("there is no chime")
	}
}
