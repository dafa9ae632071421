package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/sim"
)

// simulateOptions are the flags of "server simulate".
type simulateOptions struct {
	server, user, password string
	scenario               string
	speed                  float64
	seed                   uint64
	displays               int
	phones                 bool
	keep                   string
}

// runSimulate is "server simulate".
func runSimulate(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o simulateOptions
	f := flags("simulate", "send a crowd through a server and check what it promises", stdout)
	f.StringVar(&o.server, "server", "", "`URL` of a running server; without it one is started in a temporary folder")
	f.StringVar(&o.user, "user", "demo", "`name` to sign in with")
	f.StringVar(&o.password, "password", "demo", "its `password`")
	f.StringVar(&o.scenario, "scenario", "hue-day", "hue-day: 14 July 2025, 3,425 tickets at 40 centres; small: 120 tickets at 3 of them")
	f.Float64Var(&o.speed, "speed", 0, "times faster than the clock; 0 is as fast as it goes")
	f.Uint64Var(&o.seed, "seed", 20250714, "the day's seed; the same seed is the same day")
	f.IntVar(&o.displays, "displays", 1, "screens at each centre")
	f.BoolVar(&o.phones, "phones", true, "a phone watches each ticket")
	f.StringVar(&o.keep, "data", "", "`folder` for the data of the server it starts; kept afterwards")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	sc, err := scenario(o.scenario, o.seed)
	if err != nil {
		return err
	}
	if o.server != "" {
		return simulate(ctx, o, sc, o.server, stdout, stderr)
	}
	return simulateOwn(ctx, o, sc, stdout, stderr)
}

func (o *simulateOptions) check() error {
	u, err := url.Parse(o.server)
	switch {
	case o.server != "" && o.keep != "":
		return badUsage("-data belongs to a server that simulate starts itself; leave out -server")
	case o.server != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return badUsage("-server %q is not like http://127.0.0.1:8080", o.server)
	case !(o.speed >= 0) || math.IsInf(o.speed, 1):
		return badUsage("-speed %v is not 0 or more", o.speed)
	case o.displays < 1:
		return badUsage("-displays %d is not 1 or more", o.displays)
	}
	return nil
}

// scenario makes a day of the demo city.
func scenario(name string, seed uint64) (sim.Scenario, error) {
	city, err := readDemoCity()
	if err != nil {
		return sim.Scenario{}, err
	}
	var services []sim.Service
	for _, s := range city.Services {
		services = append(services, sim.Service{ID: string(s.ID), Share: s.Share, Service: time.Duration(s.ServiceS * float64(time.Second))})
	}
	out := sim.Scenario{Name: name, Behaviour: sim.DefaultBehaviour(), Open: 8 * time.Hour, Seed: seed}
	for _, c := range city.Centers {
		k := sim.Center{ID: string(c.ID), Tickets: c.Tickets, Services: services}
		for _, n := range c.Counters {
			var ids []string
			for _, id := range n.Services {
				ids = append(ids, string(id))
			}
			k.Counters = append(k.Counters, sim.Counter{Number: int(n.Number), Services: ids})
		}
		out.Centers = append(out.Centers, k)
	}
	switch name {
	case "hue-day":
		return out, nil
	case "small":
		out.Centers = out.Centers[:3]
		for i := range out.Centers {
			out.Centers[i].Tickets = 40
		}
		return out, nil
	}
	return out, badUsage("there is no scenario %q; there are hue-day and small", name)
}

// simulateOwn starts a server, sends the crowd, stops the server and checks that
// its journal replays to the state it stopped in.
func simulateOwn(ctx context.Context, o simulateOptions, sc sim.Scenario, stdout, stderr io.Writer) error {
	dir := o.keep
	if dir == "" {
		tmp, err := os.MkdirTemp("", "moiso-simulate-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		dir = tmp
	}
	so := serveOptions{listen: "127.0.0.1:0", data: dir, demo: true, demoHours: "always", demoCrowd: "off", maxPerAddr: 500}
	l, public, err := so.open()
	if err != nil {
		return err
	}
	// The server outlives a crowd that is sent home, so that nothing breaks under it.
	alive := context.WithoutCancel(ctx)
	s, err := newService(alive, so, public, slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	serving, stop := context.WithCancel(alive)
	stopped := make(chan error, 1)
	go func() { stopped <- s.run(serving, l) }()
	err = simulate(ctx, o, sc, "http://"+l.Addr().String(), stdout, stderr)
	stop()
	if e := <-stopped; e != nil && err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return verifyReplay(ctx, dir, stdout)
}

// verifyReplay compares every centre's last state, which the server saved when it
// stopped, with its records replayed from the first.
func verifyReplay(ctx context.Context, dir string, stdout io.Writer) error {
	d, err := openData(dir, false, true, boltlog.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	streams, err := d.log.Streams(ctx)
	if err != nil {
		return err
	}
	for _, name := range streams {
		if name == engine.CityStream {
			continue
		}
		if err := engine.CheckSnapshot(ctx, d.log, name); err != nil {
			return fmt.Errorf("BROKEN: the journal replays to the live state: %w", err)
		}
	}
	fmt.Fprintf(stdout, "The journal of %d centres replays to the state in which the server stopped.\n", len(streams)-1)
	return nil
}

// simulate sends the crowd to a server.
func simulate(ctx context.Context, o simulateOptions, sc sim.Scenario, server string, stdout, stderr io.Writer) error {
	link, err := sim.Connect(ctx, strings.TrimRight(server, "/"), o.user, o.password)
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions(1, progressbar.OptionSetWriter(stderr), progressbar.OptionSetDescription("visits"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	r, err := sim.Run(ctx, sim.Options{Scenario: sc, Link: link, Speed: o.speed, Displays: o.displays, Phones: o.phones,
		Progress: func(done, total int) {
			bar.ChangeMax(total)
			_ = bar.Set(done)
		}})
	_ = bar.Finish()
	r.Print(stdout)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped after %d of %d visits", r.Over, r.Visits)
	case errors.Is(err, sim.ErrStill): // a promise broken, and in the table
	case err != nil:
		return fmt.Errorf("the day could not be played to its end: %w", err)
	}
	if n := len(r.Broken); n > 0 {
		return fmt.Errorf("BROKEN: %s (%d in all)", r.Broken[0], n)
	}
	return nil
}

// crowdCenters is how many centres of the demo live: enough to see, few enough for
// a laptop.
const crowdCenters = 6

// crowd keeps some of the demo's centres lively, so that every page has something
// to show. The last counters of each are left to whoever tries the demo.
func (s *service) crowd(ctx context.Context, l net.Listener) error {
	sc, err := scenario("hue-day", uint64(time.Now().UnixNano()))
	if err != nil {
		return err
	}
	scheme := "http://"
	if s.o.tlsCert != "" {
		scheme = "https://"
	}
	link, err := sim.Connect(ctx, scheme+l.Addr().String(), "demo", "demo")
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("the demo's crowd stayed away", "error", err)
		}
		return nil
	}
	sim.Crowd(ctx, link, sc, crowdCenters, s.log)
	return nil
}
