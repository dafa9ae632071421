package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moiso/internal/device"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
)

// monday is the day of the audits; yesterday is one after which a server starts
// without asking whether its clock is right.
var monday = time.Date(2025, 7, 14, 8, 0, 0, 0, time.FixedZone("", 7*3600))

func yesterday() time.Time {
	y, m, d := time.Now().In(monday.Location()).Date()
	return time.Date(y, m, d-1, 8, 0, 0, 0, monday.Location())
}

// scripted writes a small day into a new data folder: a priority turn, a call out
// of turn with its reason, a parked ticket called back, a person who came back, and
// a call that was put back.
func scripted(t testing.TB, at time.Time) (dir string) {
	t.Helper()
	ctx := t.Context()
	dir = filepath.Join(t.TempDir(), "data")
	d, err := openData(dir, true, false, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var now atomic.Int64 // read by the centres while the day goes on
	now.Store(at.UnixNano())
	e, err := engine.Open(ctx, engine.Options{Log: d.log, Epoch: d.info.Epoch, Now: func() time.Time { return time.Unix(0, now.Load()) }, Synced: func() bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.DoCity(ctx, directory.AddCenter{ID: "thuan-hoa", Name: queue.Text{VI: "Thuận Hóa"}, Short: queue.Text{VI: "Thuận Hóa"}}, engine.Call{}); err != nil {
		t.Fatal(err)
	}
	do := func(after time.Duration, c queue.Command) {
		t.Helper()
		now.Add(int64(after))
		if _, err := e.Do(ctx, "thuan-hoa", c, engine.Call{Actor: "u_lan", Source: "desk", OutOfTurn: true}); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	ticket := func(n int) queue.TicketID { return queue.TicketID(fmt.Sprintf("%016d", n)) }
	for _, c := range []queue.Command{
		queue.SetCenter{Config: queue.CenterConfig{ID: "thuan-hoa", Name: queue.Text{VI: "Thuận Hóa"}, Short: queue.Text{VI: "Thuận Hóa"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		queue.SetHours{Hours: queue.Hours{AllDay: true}},
		queue.SetPolicy{Policy: queue.Policy{Mode: queue.Interleaved, Every: 1, GraceS: 1800, Classes: []queue.Class{{ID: "cao-tuoi", Name: queue.Text{VI: "Người cao tuổi"}, Rank: 1}}}},
		queue.SetService{Service: queue.Service{ID: "chung-thuc", Prefix: "A", Name: queue.Text{VI: "Chứng thực"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"chung-thuc"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 2, Services: []queue.ServiceID{"chung-thuc"}}},
		queue.OpenCounter{Counter: 1}, queue.OpenCounter{Counter: 2},
	} {
		do(0, c)
	}
	for n := 1; n <= 6; n++ {
		priority := queue.ClassID("")
		if n == 4 {
			priority = "cao-tuoi"
		}
		do(time.Minute, queue.Issue{ID: ticket(n), Service: "chung-thuc", Priority: priority})
	}
	do(time.Minute, queue.CallNext{Counter: 1}) // 1, by arrival
	do(time.Second, queue.Park{Counter: 1, Ticket: ticket(1), Reason: "đi photocopy"})
	do(time.Minute, queue.CallNext{Counter: 1})               // 4, a priority turn
	do(time.Minute, queue.CallNext{Counter: 2})               // 2
	do(time.Second, queue.PutBack{Counter: 2})                // nobody came; not a no-show
	do(time.Minute, queue.CallNext{Counter: 1, Finish: true}) // 2 again
	do(time.Minute, queue.NoShow{Counter: 1})
	do(time.Minute, queue.Return{Ticket: ticket(2)})
	do(time.Minute, queue.CallTicket{Counter: 2, Ticket: ticket(5), Reason: "xe cấp cứu chờ"}) // out of turn
	do(time.Minute, queue.CallTicket{Counter: 1, Ticket: ticket(1)})                           // the parked one
	do(time.Second, queue.Recall{Counter: 1})
	do(time.Minute, queue.CallNext{Counter: 2, Finish: true})
	do(time.Minute, queue.Finish{Counter: 1})
	do(time.Minute, queue.CallTicket{Counter: 1, Ticket: ticket(2)}) // back after the missed call
	if err := e.Close(context.WithoutCancel(ctx)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// plant appends a record behind the program's back, as a fault or a forger would.
func plant(t testing.TB, dir string, e queue.Event) {
	t.Helper()
	ctx := t.Context()
	d, err := openData(dir, false, false, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	h, err := d.log.Last(ctx, "thuan-hoa")
	if err != nil {
		t.Fatal(err)
	}
	b, err := queue.EncodeRecord(queue.Record{At: time.Date(2025, 7, 14, 9, 0, 0, 0, time.UTC), Day: "2025-07-14", Actor: "u_lan", Event: e})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.log.Append(ctx, journal.Append{Stream: "thuan-hoa", Expect: h.Pos, Day: "2025-07-14", Records: [][]byte{b}}); err != nil {
		t.Fatal(err)
	}
}

func TestTheAuditExplainsEachCallOfADay(t *testing.T) {
	dir := scripted(t, monday)
	golden(t, "audit.txt", must(t, "", "audit", "-data", dir, "-center", "thuan-hoa", "-day", "2025-07-14"))
	if out := must(t, "", "audit", "-data", dir, "-center", "thuan-hoa", "-day", "2025-07-15"); out != "thuan-hoa made no calls on 2025-07-15.\n" {
		t.Errorf("a day without calls: %q", out)
	}
	if a := invoke(t, "", "audit", "-data", dir, "-center", "hue", "-day", "2025-07-14"); a.code != 1 || !strings.Contains(a.stderr, `no centre "hue"`) || !strings.Contains(a.stderr, "thuan-hoa") {
		t.Errorf("an unknown centre: %+v", a)
	}
	if a := invoke(t, "", "audit", "-data", dir, "-center", engine.CityStream, "-day", "2025-07-14"); a.code != 1 || !strings.Contains(a.stderr, "no centre") {
		t.Errorf("the city's own stream: %+v", a)
	}
}

func TestTheAuditFindsACallThatBrokeTheRule(t *testing.T) {
	dir := scripted(t, monday)
	plant(t, dir, queue.CounterOpened{Counter: 2})
	plant(t, dir, queue.Finished{Ticket: "0000000000000003"})
	plant(t, dir, queue.CalledTo{Ticket: "0000000000000006", Counter: 1, Call: 99, Why: queue.ByArrival, Policy: 1})
	a := invoke(t, "", "audit", "-data", dir, "-center", "thuan-hoa", "-day", "2025-07-14")
	if a.code != 1 || strings.Count(a.stdout, "BROKE THE RULE") != 1 || !strings.Contains(a.stderr, "1 of 9 calls on 2025-07-14 broke the rule") {
		t.Errorf("exit %d\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// golden compares text with a file of testdata; MOISO_UPDATE=1 writes it anew.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("MOISO_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is\n%s\nwanted\n%s", name, got, want)
	}
}

func TestVerifyChecksAndReplaysEverything(t *testing.T) {
	dir := scripted(t, monday)
	out := must(t, "", "verify", "-data", dir)
	if !regexp.MustCompile(`^\d+ records of 2 streams in \d+ entries and \d+ sealed blocks: checksums and hash chains hold`).MatchString(out) || !strings.Contains(out, "all streams replay") {
		t.Errorf("it says\n%s", out)
	}
}

// One flipped bit anywhere in a record is found, and the place is named.
func TestVerifyNamesTheDamage(t *testing.T) {
	dir := scripted(t, monday)
	path := filepath.Join(dir, "journal.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(whole), "xe cấp cứu chờ")
	if i < 0 {
		t.Fatal("the reason does not stand in the file")
	}
	for n := strings.Count(string(whole), "xe cấp cứu chờ"); n > 0; n-- {
		whole[i] ^= 1
		if at := strings.Index(string(whole[i+1:]), "xe cấp cứu chờ"); at >= 0 {
			i += 1 + at
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	a := invoke(t, "", "verify", "-data", dir)
	if a.code != 1 || !strings.Contains(a.stderr, `stream "thuan-hoa" is damaged at position`) || !strings.Contains(a.stderr, "backup") || strings.Contains(a.stdout, "hold") {
		t.Errorf("exit %d\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// A backup is whole, verifies, goes on as another history, and never replaces anything.
func TestABackupIsWholeAndAHistoryOfItsOwn(t *testing.T) {
	dir, day := scripted(t, yesterday()), yesterday().Format(time.DateOnly)
	must(t, "một buổi sáng ở Huế\n", "user", "add", "-data", dir, "-role", "admin", "-password-stdin", "hoa")
	copied := filepath.Join(t.TempDir(), "deep", "copy")
	if out := must(t, "", "backup", "-data", dir, "-to", copied); !strings.Contains(out, "server verify -data "+copied) {
		t.Errorf("it says %q", out)
	}
	must(t, "", "verify", "-data", copied)
	of := func(dir string) string {
		return must(t, "", "audit", "-data", dir, "-center", "thuan-hoa", "-day", day) + must(t, "", "user", "list", "-data", dir)
	}
	if of(dir) != of(copied) {
		t.Error("the copy tells another day")
	}
	was, _ := readInfo(dir)
	is, err := readInfo(copied)
	if err != nil || is.Epoch == was.Epoch || is.Demo != was.Demo {
		t.Errorf("%+v became %+v, %v", was, is, err)
	}
	if !private(t, copied) {
		t.Error("others can read the backup")
	}
	if a := invoke(t, "", "backup", "-data", dir, "-to", copied); a.code != 1 || !strings.Contains(a.stderr, "exists already") {
		t.Errorf("over an older backup: %+v", a)
	}
	r := serve(t, real(copied)...)
	c := newCaller(r.url)
	var out struct{ Token string }
	if _, err := c.post("/api/v1/login", map[string]string{"username": "hoa", "password": "một buổi sáng ở Huế"}, "", &out); err != nil {
		t.Errorf("the account of the backup: %v", err)
	}
	var board struct{ Epoch string }
	if _, err := c.get("/api/v1/centers/thuan-hoa/board", &board); err != nil || board.Epoch != is.Epoch {
		t.Errorf("the board's epoch is %q, %v", board.Epoch, err)
	}
}

// The console's commands work on the data of a stopped server, and what they did is there.
func TestPeopleAndDevicesAtTheConsole(t *testing.T) {
	dir := scripted(t, yesterday())
	must(t, "một buổi sáng ở Huế\n", "user", "add", "-data", dir, "-role", "clerk", "-center", "thuan-hoa", "-password-stdin", "lan")
	out := must(t, "", "device", "add", "--data", dir, "--role", "kiosk", "--center=thuan-hoa", "cửa chính")
	token := regexp.MustCompile(`token \(shown this once\): (\S+)`).FindStringSubmatch(out)
	id := regexp.MustCompile(`^device (\S+) added`).FindStringSubmatch(out)
	if token == nil || id == nil {
		t.Fatalf("device add says %q", out)
	}
	issue := func() error {
		r := serve(t, real(dir)...)
		defer r.stop()
		// Through the kiosk's own page: the caller has no token.
		d, err := device.New(device.Options{Role: "kiosk", Server: r.url, Center: "thuan-hoa", Token: token[1], Listen: "127.0.0.1:0", View: "kiosk",
			Forward: []string{"POST /api/v1/centers/{c}/tickets"}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		pr, pw := io.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx, pw) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}()
		line, err := bufio.NewReader(pr).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		c := newCaller(regexp.MustCompile(`http://\S+`).FindString(line))
		_, err = c.post("/api/v1/centers/thuan-hoa/tickets", map[string]string{"service": "chung-thuc"}, "", nil)
		return err
	}
	if err := issue(); err != nil {
		t.Errorf("the kiosk takes a number: %v", err)
	}
	if out := must(t, "", "device", "list", "-data", dir); !strings.Contains(out, id[1]) || strings.Contains(out, token[1]) {
		t.Errorf("device list says\n%s", out)
	}
	must(t, "", "device", "revoke", "-data", dir, id[1])
	if err := issue(); refusedAs(err) != "not_signed_in" {
		t.Errorf("the revoked kiosk takes a number: %v", err)
	}
	must(t, "", "user", "disable", "-data", dir, "lan")
	if out := must(t, "", "user", "list", "-data", dir); !strings.Contains(out, "disabled") {
		t.Errorf("user list says\n%s", out)
	}
}
