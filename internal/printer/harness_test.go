package printer

import (
	"context"
	"fmt"
	"image"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/escpos"
	"moiso/internal/printer/printertest"
	"moiso/internal/queue"
	"moiso/internal/ticket"
)

// slip is a ticket's picture on a wide roll.
func slip(t testing.TB, number string) *ticket.Bitmap {
	t.Helper()
	before := 3
	b, err := ticket.Render(ticket.Paper{
		Center: queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa"}, Service: queue.Text{VI: "Chứng thực", EN: "Certification"},
		Number: number, URL: "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A", Ahead: &before,
		At: time.Date(2025, 7, 14, 9, 42, 0, 0, time.UTC),
	}, ticket.Wide)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pipe is a cable to a printer in the same process, as a serial one is: with nobody
// at the other end it can still be opened.
type pipe struct{ net.Conn }

func (p pipe) Abort() { _ = p.Close() }

// inside runs a printer and one of its kind in a bubble of synctest.
func inside(t *testing.T, kind printertest.Character, test func(t *testing.T, p *Printer, there *printertest.Printer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		there := printertest.New(kind)
		d := func(context.Context) (line, error) {
			near, far := net.Pipe()
			go func() { _ = there.Serve(ctx, far) }()
			return pipe{near}, nil
		}
		o := Options{}.filled()
		p := open("pipe", newReceipt(d, o, escpos.Options{Cut: o.Cut, Feed: escpos.DefaultFeed, Skip: true}, false), o)
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		test(t, p, there)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := there.Err(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

// until waits for a condition, for at most a minute of the test's clock.
func until(t testing.TB, p *Printer, what string, met func(s Status) bool) {
	t.Helper()
	timeout := time.NewTimer(time.Minute)
	defer timeout.Stop()
	for {
		changed := p.Changed()
		if met(p.Status()) {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			s := p.Status()
			job := "none"
			if s.Job != nil {
				job = fmt.Sprintf("%+v", *s.Job)
			}
			t.Fatalf("%s did not come: state %s (%s), slip %s", what, s.State, s.Detail, job)
		}
	}
}

func untilState(t testing.TB, p *Printer, want State) {
	t.Helper()
	until(t, p, "state "+string(want), func(s Status) bool { return s.State == want })
}

func untilJob(t testing.TB, p *Printer, id string, want JobState) {
	t.Helper()
	until(t, p, "slip "+id+" "+string(want), func(s Status) bool { return s.Job != nil && s.Job.Ticket == id && s.Job.State == want })
}

func print(t testing.TB, p *Printer, id string) Job {
	t.Helper()
	j := Job{Ticket: id, Number: strings.ToUpper(id), Bitmap: slip(t, strings.ToUpper(id))}
	if err := p.Print(j); err != nil {
		t.Fatal(err)
	}
	return j
}

// onPaper says whether a slip from the tray is a bitmap, "" when it is.
func onPaper(s printertest.Slip, want *ticket.Bitmap) string {
	img := s.Image(want.Width)
	if img.Bounds().Dy() < want.Height {
		return fmt.Sprintf("%d rows of %d", img.Bounds().Dy(), want.Height)
	}
	return differs(img, want)
}

func differs(img *image.Gray, want *ticket.Bitmap) string {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if (img.GrayAt(x, y).Y == 0) != want.Black(x, y) {
				return fmt.Sprintf("dot %d,%d differs", x, y)
			}
		}
	}
	return ""
}

// inTray holds the tray to the slips that are expected, oldest first; pieces of torn
// ones are nil.
func inTray(t testing.TB, there *printertest.Printer, want ...*ticket.Bitmap) {
	t.Helper()
	got := there.Slips()
	if len(got) != len(want) {
		t.Fatalf("%d slips lie in the tray, want %d", len(got), len(want))
	}
	for i, w := range want {
		if w == nil {
			continue
		}
		if diff := onPaper(got[i], w); diff != "" {
			t.Errorf("slip %d: %s", i, diff)
		}
	}
}

func marked(t testing.TB, b *ticket.Bitmap) *ticket.Bitmap {
	t.Helper()
	m, err := b.Reprint()
	if err != nil {
		t.Fatal(err)
	}
	return m
}
