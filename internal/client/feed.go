package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"moiso/internal/view"
)

// Feed names what a socket can watch.
type Feed struct {
	View    string // as in the API: "board", "ticket", …
	Center  string
	ID      string // of a ticket
	Counter int
}

func (f Feed) query() url.Values {
	q := url.Values{"view": {f.View}}
	for key, v := range map[string]string{"center": f.Center, "id": f.ID} {
		if v != "" {
			q.Set(key, v)
		}
	}
	if f.Counter != 0 {
		q.Set("counter", strconv.Itoa(f.Counter))
	}
	return q
}

// calm is how many times slower the heartbeats of a ticket's feed are.
const calm = 10

func (f Feed) slowness() int {
	if f.View == "ticket" {
		return calm
	}
	return 1
}

// FeedOf is a feed whose documents are T.
type FeedOf[T any] struct{ Feed }

// BoardFeed is what the lobby sees.
func BoardFeed(center string) FeedOf[view.Board] {
	return FeedOf[view.Board]{Feed{View: "board", Center: center}}
}

// KioskFeed is what a kiosk offers.
func KioskFeed(center string) FeedOf[view.Kiosk] {
	return FeedOf[view.Kiosk]{Feed{View: "kiosk", Center: center}}
}

// TicketFeed is what the holder of a ticket may know.
func TicketFeed(id string) FeedOf[view.TicketPage] {
	return FeedOf[view.TicketPage]{Feed{View: "ticket", ID: id}}
}

// CounterFeed is what a clerk works with.
func CounterFeed(center string, counter int) FeedOf[view.Desk] {
	return FeedOf[view.Desk]{Feed{View: "counter", Center: center, Counter: counter}}
}

// AssistFeed is what a floor helper sees.
func AssistFeed(center string) FeedOf[view.Assist] {
	return FeedOf[view.Assist]{Feed{View: "assist", Center: center}}
}

// MonitorFeed is the hall as its manager sees it.
func MonitorFeed(center string) FeedOf[view.Monitor] {
	return FeedOf[view.Monitor]{Feed{View: "monitor", Center: center}}
}

// CityFeed compares the centres.
func CityFeed() FeedOf[view.City] {
	return FeedOf[view.City]{Feed{View: "city"}}
}

// Follow is Watch for one who wants the documents decoded. Status may be nil. A
// document that is no T ends it with an error: the server is of another version.
func Follow[T any](ctx context.Context, c *Client, f FeedOf[T], document func(T), status func(Status)) error {
	return c.Watch(ctx, f.Feed, Watcher{
		Status: status,
		Document: func(text []byte, _ Head) error {
			var doc T
			if err := json.Unmarshal(text, &doc); err != nil {
				return fmt.Errorf("client: document of %s: %w", f.View, err)
			}
			document(doc)
			return nil
		},
	})
}
