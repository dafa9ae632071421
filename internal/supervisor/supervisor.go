// Package supervisor tells systemd how a program is doing (sd_notify(3)): ready once it
// answers, alive while it goes on answering, stopping when it does. Where no supervisor
// asks it does nothing.
//
// It promises: a program that no longer answers its own address sends no sign of life,
// so that the supervisor, whose patience is WatchdogSec, starts it again.
package supervisor

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Run sends the signs until ctx ends. alive says whether the program still answers; it
// must respect its context.
func Run(ctx context.Context, log *slog.Logger, alive func(context.Context) error) error {
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the supervisor's watchdog time cannot be read; no signs of life are sent", "error", err)
		patience = 0
	}
	notify(log, daemon.SdNotifyReady)
	defer notify(log, daemon.SdNotifyStopping)
	if patience <= 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(patience / 3) // sd_watchdog_enabled(3) asks for half at most
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := within(ctx, patience/4, alive); err != nil {
			if ctx.Err() == nil {
				log.Error("this program does not answer itself; without a change the supervisor starts it again", "error", err)
			}
			continue
		}
		notify(log, daemon.SdNotifyWatchdog)
	}
}

func within(ctx context.Context, limit time.Duration, alive func(context.Context) error) error {
	ctx, done := context.WithTimeout(ctx, limit)
	defer done()
	return alive(ctx)
}

func notify(log *slog.Logger, sign string) {
	if _, err := daemon.SdNotify(false, sign); err != nil {
		log.Warn("the supervisor could not be told", "sign", sign, "error", err)
	}
}

// Answering asks /healthz of the program's own listener, as anyone would.
func Answering(l net.Listener, secure bool) func(context.Context) error {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // each question finds out whether a new connection is taken
		// The certificate is the public name's; what is asked here is only ourselves.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec
	}}
	url := scheme + "://" + l.Addr().String() + "/healthz"
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("/healthz answers %s", resp.Status)
		}
		return nil
	}
}
