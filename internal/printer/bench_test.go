//go:build bench

package printer

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"moiso/internal/queue"
	"moiso/internal/ticket"
)

// TestFromTheTouchToTheLastByte measures what printing adds to an issue: drawing the
// slip, making its bytes, and handing the last of them to the line. The other end
// drains at once and says nothing, so that no question is waited for.
func TestFromTheTouchToTheLastByte(t *testing.T) {
	const slips, warm, goal = 500, 20, 20 * time.Millisecond
	for _, c := range []struct {
		name string
		sink func(t *testing.T) string
	}{{"TCP", tcpSink}, {"serial port (pty)", func(t *testing.T) string { return "serial://" + ptySink(t) }}, {"device file (pty)", func(t *testing.T) string { return "usb://" + ptySink(t) }}} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Open(c.sink(t), Options{Poll: time.Hour, Answer: 10 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			handed := make(chan time.Time, 1)
			r := p.machine.(*receipt)
			r.silent = 2 // known to say nothing
			r.handed = func() { handed <- time.Now() }
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx) }()
			defer func() { cancel(); <-done }()
			var each []time.Duration
			before := 14
			for i := range warm + slips {
				start := time.Now()
				b, err := ticket.Render(ticket.Paper{
					Center:  queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa"},
					Service: queue.Text{VI: "Bảo trợ xã hội, người có công", EN: "Social support, people with merit"},
					Number:  fmt.Sprintf("A%03d", i), URL: fmt.Sprintf("HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4%04d", i),
					Where: queue.Text{VI: "Khu ghế xanh, trước các quầy đầu tiên", EN: "Blue seats, in front of the first counters"},
					Ahead: &before, Wait: &ticket.Wait{P50: 22 * time.Minute, P90: 38 * time.Minute}, At: start,
				}, ticket.Wide)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Print(Job{Ticket: fmt.Sprint(i), Number: "A", Bitmap: b}); err != nil {
					t.Fatal(err)
				}
				took := (<-handed).Sub(start)
				for changed := p.Changed(); p.Status().Job.State != JobPrinted; changed = p.Changed() {
					<-changed
				}
				if i >= warm {
					each = append(each, took)
				}
			}
			slices.Sort(each)
			at := func(share float64) time.Duration {
				return each[int(share*float64(len(each)-1))].Round(10 * time.Microsecond)
			}
			t.Logf("%s: %d slips, p50 %v, p90 %v, p99 %v, longest %v", c.name, len(each), at(0.5), at(0.9), at(0.99), at(1))
			if p99 := at(0.99); p99 > goal {
				t.Errorf("p99 is %v, want at most %v", p99, goal)
			}
		})
	}
}

func tcpSink(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	return "tcp://" + l.Addr().String()
}

func ptySink(t *testing.T) string {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(near.Fd())); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func(f *os.File) { _, _ = io.Copy(io.Discard, f); close(done) }(far)
	t.Cleanup(func() { _ = near.Close(); <-done; _ = far.Close() })
	return near.Name()
}
