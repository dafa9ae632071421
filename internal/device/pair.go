package device

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"moiso/internal/client"
	"moiso/internal/version"
)

// pollEvery is how often a device asks whether its code was approved.
const pollEvery = 2 * time.Second

// pairUntilIn shows a code until a manager lets the device in. notice is the state that
// the screen shows with it: waiting, or revoked. told hears of each code.
func (d *Device) pairUntilIn(ctx context.Context, notice string, told func(client.Pairing)) (*client.Credential, error) {
	said := ""
	for {
		p, err := d.client.Pair(ctx, d.o.Role, version.String())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			said = ""
			d.o.Logger.Info("a manager lets this device in with its code", "code", p.Code, "at", p.URL)
			d.Change(func(l *Local) {
				l.Pairing = &Pairing{State: notice, Code: p.Code, URL: p.URL, QR: "/local/pairing.svg?code=" + p.Code, Expires: p.Expires}
			})
			told(p)
			c, err := d.poll(ctx, p)
			if c != nil || ctx.Err() != nil {
				return c, err
			}
			continue // its time is over, or the server began anew: a new code
		}
		if err.Error() != said {
			said = err.Error()
			d.o.Logger.Warn("the server gives this device no code; it goes on asking", "error", err)
		}
		state := "unreachable"
		var refused *client.Error
		if errors.As(err, &refused) && refused.Code != "" {
			state = "refused"
		}
		d.Change(func(l *Local) { l.Pairing = &Pairing{State: state} })
		wait := 3 * time.Second
		if refused != nil {
			wait = max(wait, refused.RetryAfter)
		}
		if !d.pause(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

// poll asks until the code was approved or is over. While the server is away the code
// stays on the screen: it may still be good.
func (d *Device) poll(ctx context.Context, p client.Pairing) (*client.Credential, error) {
	for {
		if !d.pause(ctx, pollEvery) {
			return nil, ctx.Err()
		}
		c, err := d.client.PollPairing(ctx, p.Secret)
		switch {
		case c != nil:
			return c, nil
		case client.Code(err) == "pairing_over":
			return nil, nil
		case err != nil && time.Now().After(p.Expires):
			return nil, nil
		}
	}
}

// learn asks the server who this device is, until it says so: one that was given its
// token by hand does not know, and has its own settings by that name.
func (d *Device) learn(ctx context.Context) error {
	for wait := pollEvery; ; wait = min(2*wait, time.Minute) {
		me, err := d.client.Self(ctx)
		if err == nil && me.ID != "" {
			d.Change(func(l *Local) { l.Device, l.Place = me.ID, me.Place })
			if err := d.o.keepName(me.ID, me.Place); err != nil {
				d.o.Logger.Warn("started without the server it will have the settings of its centre", "error", err)
			}
			return nil
		}
		if !d.pause(ctx, wait) {
			return nil
		}
	}
}

// pause waits, shorter in tests.
func (d *Device) pause(ctx context.Context, t time.Duration) bool {
	if d.o.Retry < retry {
		t = min(t, d.o.Retry)
	}
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// revoked reports whether the server says that the credential is no longer good.
func revoked(err error) bool {
	var refused *client.Error
	return errors.As(err, &refused) && refused.Status == http.StatusUnauthorized && strings.TrimSpace(refused.Code) == "not_signed_in"
}
