package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"moiso/internal/view"
)

// hallOp is a request of one client, and hallAnswer what it was told.
type hallOp struct {
	verb    string // issue, call-next, finish, put-back
	counter int
}

type hallAnswer struct {
	number string
	call   uint64
	code   string // of a refusal; "nobody" for 204
}

// hall is the plain model: one line, three counters. It is compared with ==.
type hall struct {
	last    int    // number given out
	calls   uint64 // last call
	held    [4]int
	waiting string // numbers in order, a rune each
}

func (h hall) step(op hallOp) (hallAnswer, hall) {
	number := func(n int) string { return fmt.Sprintf("%03d", n) }
	switch at := h.held[op.counter]; {
	case op.verb == "issue":
		h.last++
		h.waiting += string(rune(h.last))
		return hallAnswer{number: number(h.last)}, h
	case op.verb == "call-next" && at != 0:
		return hallAnswer{code: "counter_busy"}, h
	case op.verb == "call-next" && h.waiting == "":
		return hallAnswer{code: "nobody"}, h
	case op.verb == "call-next":
		line := []rune(h.waiting)
		h.held[op.counter], h.waiting = int(line[0]), string(line[1:])
		h.calls++
		return hallAnswer{number: number(int(line[0])), call: h.calls}, h
	case at == 0:
		return hallAnswer{code: "no_ticket"}, h
	case op.verb == "put-back":
		line := append([]rune(h.waiting), rune(at))
		slices.Sort(line) // at its old place
		h.waiting = string(line)
	}
	a := hallAnswer{number: number(h.held[op.counter])}
	h.held[op.counter] = 0
	return a, h
}

var hallModel = porcupine.Model{
	Init: func() any { return hall{} },
	Step: func(state, input, output any) (bool, any) {
		want, next := state.(hall).step(input.(hallOp))
		return want == output.(hallAnswer), next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

// TestEightClientsAtOneCentreSeeOneOrderOfEvents sends what eight clients ask at the
// same time over HTTP, and checks that some order of the requests, in which none moves
// before its question or behind its answer, gives every answer (Herlihy and Wing 1990).
func TestEightClientsAtOneCentreSeeOneOrderOfEvents(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil, "-demo", "-listen", "127.0.0.1:0", "-data", t.TempDir()+"/data", "-log-level", "error")
	c := newCaller(p.url)
	c.login(t)
	const center = "/api/v1/centers/thuan-hoa"
	for n := 1; n <= 3; n++ {
		if _, err := c.post(fmt.Sprintf("%s/counters/%d/open", center, n), map[string]string{}, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	start := time.Now()
	histories := make([][]porcupine.Operation, 8)
	var wg sync.WaitGroup
	for client := range histories {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(client)))
			for range 100 {
				op := hallOp{verb: []string{"issue", "issue", "call-next", "call-next", "finish", "put-back"}[rng.IntN(6)]}
				path, body := center+"/tickets", map[string]string{"service": "chung-thuc"}
				if op.verb != "issue" {
					op.counter = 1 + rng.IntN(3)
					path, body = fmt.Sprintf("%s/counters/%d/%s", center, op.counter, op.verb), map[string]string{}
				}
				asked := time.Since(start)
				var k view.Ticket
				status, err := c.post(path, body, "", &k)
				a := hallAnswer{number: strings.TrimLeft(k.Number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), code: refusedAs(err)}
				if op.verb == "call-next" {
					a.call = k.Call
				}
				if status == 204 {
					a.code = "nobody"
				}
				if err != nil && a.code == "" {
					t.Errorf("%+v: %v", op, err)
					return
				}
				histories[client] = append(histories[client], porcupine.Operation{ClientId: client, Input: op, Call: int64(asked), Output: a, Return: int64(time.Since(start))})
			}
		})
	}
	wg.Wait()
	history := slices.Concat(histories...)
	answers := map[string]int{}
	for _, o := range history {
		a := o.Output.(hallAnswer)
		answers[o.Input.(hallOp).verb+" "+a.code]++
	}
	t.Logf("answers: %v", answers)
	for _, what := range []string{"issue ", "call-next ", "call-next counter_busy", "finish ", "finish no_ticket", "put-back "} {
		if answers[what] == 0 {
			t.Errorf("the history has no answer of the kind %q", what)
		}
	}
	result, info := porcupine.CheckOperationsVerbose(hallModel, history, time.Minute)
	if result != porcupine.Ok {
		t.Errorf("the history is not linearizable: %v; longest prefix %v", result, len(info.PartialLinearizations()[0]))
	}
	// The check must be able to fail: two tickets change places, a call is answered twice.
	for what, spoil := range map[string]func(a *hallAnswer){
		"a number given twice": func(a *hallAnswer) { a.number = "001" },
		"a call out of turn":   func(a *hallAnswer) { a.call++ },
	} {
		bad := slices.Clone(history)
		last := -1
		for i, o := range bad {
			if o.Input.(hallOp).verb == "call-next" && o.Output.(hallAnswer).call > 1 {
				last = i
			}
		}
		a := bad[last].Output.(hallAnswer)
		spoil(&a)
		bad[last].Output = a
		if porcupine.CheckOperationsTimeout(hallModel, bad, 20*time.Second) == porcupine.Ok {
			t.Errorf("a history with %s passed the check", what)
		}
	}
}
