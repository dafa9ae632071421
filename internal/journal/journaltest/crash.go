package journaltest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"moiso/internal/journal"
)

// crashImages writes, seals and saves, and then opens what a crash could have left at
// every moment of that.
func (s suite) crashImages(t *testing.T) {
	dir := t.TempDir()
	l, rec, err := s.Record(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a, b := newWriter(l, "a"), newWriter(l, "b")
	acked := make(map[*writer][]int) // writes done when each entry was acknowledged
	add := func(w *writer, n int) {
		w.append(t, "", n)
		acked[w] = append(acked[w], rec.Writes())
	}
	for i := range 30 {
		add(a, 1+i%3)
		if i%2 == 0 {
			add(b, 40)
		}
		if i%7 == 6 {
			if err := l.Seal(ctx, "a", a.wrote[i-2].Pos, [][10]byte{{byte(i)}}); err != nil {
				t.Fatal(err)
			}
			if err := l.SaveSnapshot(ctx, "a", journal.Snapshot{Pos: a.pos, Next: a.next, Bytes: []byte("state")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	images := 0
	for image := range rec.Images(t.TempDir()) {
		images++
		l, err := s.Open(image.Dir)
		if err != nil {
			t.Fatalf("%s: %v", image.Detail, err)
		}
		for _, w := range []*writer{a, b} {
			got, err := collect(l, w.stream, 0)
			if err != nil {
				t.Fatalf("%s: %v", image.Detail, err)
			}
			if len(got) > len(w.wrote) {
				t.Fatalf("%s: stream %s has %d entries of %d", image.Detail, w.stream, len(got), len(w.wrote))
			}
			same(t, got, w.wrote[:len(got)])
			if len(got) < len(w.wrote) && acked[w][len(got)] <= image.Sure {
				t.Fatalf("%s: stream %s has lost entry %d, which was acknowledged", image.Detail, w.stream, len(got))
			}
		}
		if _, err := l.Verify(ctx, nil); err != nil {
			t.Fatalf("%s: %v", image.Detail, err)
		}
		// It goes on from there.
		for _, w := range []*writer{a, b} {
			head, err := l.Last(ctx, w.stream)
			if err != nil {
				t.Fatalf("%s: %v", image.Detail, err)
			}
			next := &writer{log: l, stream: w.stream, pos: head.Pos, next: max(head.Next, 1)}
			if err := next.try("", 2); err != nil {
				t.Fatalf("%s: %v", image.Detail, err)
			}
		}
		if _, err := l.Verify(ctx, nil); err != nil {
			t.Fatalf("%s, after appending: %v", image.Detail, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if images < 100 {
		t.Fatalf("only %d images", images)
	}
	t.Logf("%d images of %d writes", images, rec.Writes())
}

// childEnv holds the folder in which the child process writes.
const childEnv = "MOISO_JOURNALTEST_CHILD"

const childStreams = 5

// child appends for ever and prints what was acknowledged, until it is killed.
func (s suite) child(t *testing.T, dir string) {
	l, err := s.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range childStreams {
		wg.Go(func() {
			w := newWriter(l, fmt.Sprint("s", i))
			head, err := l.Last(ctx, w.stream)
			if err != nil {
				t.Error(err)
				return
			}
			w.pos, w.next = head.Pos, max(head.Next, 1)
			for n := 0; ; n++ {
				err := w.try("", 1+n%4)
				if err == nil && n%50 == 49 {
					err = errors.Join(
						l.SaveSnapshot(ctx, w.stream, journal.Snapshot{Pos: w.pos, Next: w.next, Bytes: []byte(w.stream)}),
						l.Seal(ctx, w.stream, w.wrote[len(w.wrote)-10].Pos, [][10]byte{{byte(i), byte(n)}}))
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				fmt.Printf("acked %s %d\n", w.stream, w.next)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// killed kills a writing process again and again.
func (s suite) killed(t *testing.T) {
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(3, 4))
	acked := make(map[string]uint64) // number of the next record, by stream
	for round := range 12 {
		s.killOnce(t, dir, 1+rnd.IntN(400), acked)
		l, err := s.Open(dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := l.Verify(context.Background(), nil); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for stream, next := range acked {
			got, err := collect(l, stream, 0)
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			last := got[len(got)-1]
			if have := last.First + uint64(len(last.Records)); have < next {
				t.Fatalf("round %d: stream %s goes up to record %d, and %d was acknowledged", round, stream, have-1, next-1)
			}
			for _, e := range got {
				want := records(stream, e.First, len(e.Records))
				if err := differ(e, journal.Entry{Stream: stream, Pos: e.Pos, First: e.First, Records: want}); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killOnce kills the child after a number of acknowledgements and notes all it gave.
func (s suite) killOnce(t *testing.T, dir string, after int, acked map[string]uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+s.name+"$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var stream string
		var next uint64
		if _, err := fmt.Sscanf(lines.Text(), "acked %s %d", &stream, &next); err != nil {
			cmd.Process.Kill()
			t.Fatalf("the child said %q: %s", lines.Text(), stderr.String())
		}
		acked[stream] = max(acked[stream], next)
		if seen++; seen == after {
			cmd.Process.Kill()
		}
	}
	cmd.Wait()
	if seen < after {
		t.Fatalf("the child ended after %d of %d acknowledgements: %s", seen, after, stderr.String())
	}
}
