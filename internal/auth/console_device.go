package auth

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

var deviceVerbs = []verb{
	{"add", "[-data DIR] -role kiosk|display|printer -center C PLACE",
		"register a device and print its token, once; PLACE is where it stands", (*Console).deviceAdd},
	{"list", "[-data DIR] [-center C]", "list devices", (*Console).deviceList},
	{"revoke", "[-data DIR] ID", "end a device's token", (*Console).deviceRevoke},
}

// Device runs "server device …".
func (c *Console) Device(ctx context.Context, args []string) error {
	return c.dispatch(ctx, "device", deviceVerbs, args)
}

func (c *Console) deviceAdd(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("device", v)
	role := fs.String("role", "", "kiosk, display or printer")
	center := fs.String("center", "", "the `centre` it stands in")
	names, err := parse(fs, args, "PLACE")
	if err != nil {
		return err
	}
	if *role == "" || *center == "" {
		return badUsage("say with -role and -center what the device is and which centre it stands in")
	}
	return c.with(ctx, *data, func(a *Auth) error {
		d, tok, err := a.CreateDevice(ctx, Role(*role), queue.CenterID(*center), names[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Stdout, "device %s added: %s at %s, %s\ntoken (shown this once): %s\n", d.ID, d.Role, d.Center, d.Place, tok)
		return err
	})
}

func (c *Console) deviceList(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("device", v)
	center := fs.String("center", "", "only those of this `centre`")
	if _, err := parse(fs, args); err != nil {
		return err
	}
	return c.with(ctx, *data, func(a *Auth) error {
		w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tROLE\tCENTRE\tPLACE\tSTATE\tLAST USED")
		for _, d := range a.Devices(queue.CenterID(*center)) {
			state := "active"
			if d.Revoked {
				state = "revoked"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Role, d.Center, d.Place, state, cmp.Or(d.Used, "never"))
		}
		return w.Flush()
	})
}

func (c *Console) deviceRevoke(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("device", v)
	names, err := parse(fs, args, "ID")
	if err != nil {
		return err
	}
	return c.with(ctx, *data, func(a *Auth) error {
		if err := a.RevokeDevice(ctx, directory.DeviceID(names[0])); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.Stdout, "device %s revoked\n", names[0])
		return err
	})
}
