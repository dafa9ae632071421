package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"golang.org/x/sync/errgroup"

	"moiso/assets"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// demoCity is assets/demo/hue.json: the configuration of the 40 centres of Huế.
type demoCity struct {
	TimeZone string       `json:"time_zone"`
	Hours    queue.Hours  `json:"hours"`
	Policy   queue.Policy `json:"policy"`
	Services []struct {
		queue.Service
		Share    float64 `json:"share"`
		ServiceS float64 `json:"service_s"`
	} `json:"services"`
	Centers []struct {
		ID       queue.CenterID        `json:"id"`
		Name     queue.Text            `json:"name"`
		Short    queue.Text            `json:"short"`
		Tickets  int                   `json:"tickets"`
		Counters []queue.CounterConfig `json:"counters"`
	} `json:"centers"`
}

func readDemoCity() (demoCity, error) {
	var c demoCity
	b, err := assets.FS.ReadFile("demo/hue.json")
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(b, &c)
}

// hoursFor gives the hours that -demo-hours names.
func (c demoCity) hoursFor(name string) queue.Hours {
	if name == "real" {
		return c.Hours
	}
	return queue.Hours{AllDay: true}
}

// demoCall is who sends the demo's commands.
var demoCall = engine.Call{Source: "demo"}

// ensureDemo makes the demo city, once in the life of a data folder, so that what its
// managers change later stays. Only other hours than at the last start reach the centres
// again: those whose hours nobody has changed.
func ensureDemo(ctx context.Context, d *dataFolder, e *engine.Engine, hours string) error {
	var err error
	switch made := d.info.DemoHours; made {
	case hours:
		return nil
	case "":
		err = seedDemo(ctx, e, hours == "real")
	default:
		err = changeDemoHours(ctx, e, made, hours)
	}
	if err != nil {
		return err
	}
	d.info.DemoHours = hours
	return writeInfo(d.dir, d.info)
}

// changeDemoHours gives other hours to the centres that still keep the demo's.
func changeDemoHours(ctx context.Context, e *engine.Engine, from, to string) error {
	city, err := readDemoCity()
	if err != nil {
		return fmt.Errorf("the demo city cannot be read: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range city.Centers {
		g.Go(func() error {
			var kept bool
			err := e.View(ctx, c.ID, func(s *queue.State, _ view.Stamp) error {
				kept = reflect.DeepEqual(s.Hours, city.hoursFor(from))
				return nil
			})
			if err == nil && kept {
				_, err = e.Do(ctx, c.ID, queue.SetHours{Hours: city.hoursFor(to)}, demoCall)
			}
			if err != nil {
				return fmt.Errorf("hours of the demo centre %s: %w", c.ID, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// seedDemo sends the commands that make the demo city. Those that would change
// nothing make no events, so one that was cut off may be done again.
func seedDemo(ctx context.Context, e *engine.Engine, realHours bool) error {
	city, err := readDemoCity()
	if err != nil {
		return fmt.Errorf("the demo city cannot be read: %w", err)
	}
	hours := city.hoursFor("always")
	if realHours {
		hours = city.hoursFor("real")
	}
	call := demoCall
	for i, c := range city.Centers {
		if _, known := e.Register().Center(c.ID); !known {
			if err := e.DoCity(ctx, directory.AddCenter{ID: c.ID, Name: c.Name, Short: c.Short, Order: i + 1}, call); err != nil {
				return fmt.Errorf("demo centre %s: %w", c.ID, err)
			}
		}
	}
	// Centres are set up side by side, so that they share commits.
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range city.Centers {
		cmds := []queue.Command{
			queue.SetCenter{Config: queue.CenterConfig{ID: c.ID, Name: c.Name, Short: c.Short, TimeZone: city.TimeZone}},
			queue.SetHours{Hours: hours},
			queue.SetPolicy{Policy: city.Policy},
		}
		for _, s := range city.Services {
			cmds = append(cmds, queue.SetService{Service: s.Service})
		}
		for _, n := range c.Counters {
			cmds = append(cmds, queue.SetCounter{Config: n})
		}
		g.Go(func() error {
			for _, cmd := range cmds {
				if _, err := e.Do(ctx, c.ID, cmd, call); err != nil {
					return fmt.Errorf("demo centre %s: %T: %w", c.ID, cmd, err)
				}
			}
			return nil
		})
	}
	return g.Wait()
}
