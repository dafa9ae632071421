package auth

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"moiso/internal/directory"
)

var userVerbs = []verb{
	{"add", "[-data DIR] -role ROLE[@CENTRE],… [-center C] [-name NAME] [-password-stdin] USERNAME",
		"register a person; roles are volunteer, agent, clerk, manager, admin", (*Console).userAdd},
	{"passwd", "[-data DIR] [-password-stdin] USERNAME",
		"give a new password and end all sessions and tokens", (*Console).userPasswd},
	{"roles", "[-data DIR] -role ROLE[@CENTRE],… [-center C] USERNAME",
		"replace the roles", (*Console).userRoles},
	{"list", "[-data DIR]", "list everybody", (*Console).userList},
	{"disable", "[-data DIR] USERNAME", "end what a person may do", (*Console).userDisable},
	{"enable", "[-data DIR] USERNAME", "take that back", (*Console).userEnable},
	{"erase", "[-data DIR] USERNAME", "disable for good and forget the names and the password", (*Console).userErase},
}

// User runs "server user …".
func (c *Console) User(ctx context.Context, args []string) error {
	return c.dispatch(ctx, "user", userVerbs, args)
}

func (c *Console) userAdd(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("user", v)
	role := fs.String("role", "", "the `roles`, like clerk or clerk@thuan-hoa,manager@an-cuu")
	center := fs.String("center", "", "the `centre` of roles that name none; without it they are for all")
	name := fs.String("name", "", "the `name` shown to colleagues")
	stdin := fs.Bool("password-stdin", false, "read the password from standard input, one line")
	names, err := parse(fs, args, "USERNAME")
	if err != nil {
		return err
	}
	if *role == "" {
		return badUsage("say with -role what the person is: volunteer, agent, clerk, manager or admin")
	}
	grants, err := parseGrants(*role, *center)
	if err != nil {
		return err
	}
	if _, err := CheckUsername(names[0]); err != nil {
		return err
	}
	return c.with(ctx, *data, func(a *Auth) error {
		if _, err := a.AccountByName(names[0]); err == nil {
			return fmt.Errorf("there is a user %q already", names[0])
		}
		pw, err := c.password(*stdin)
		if err != nil {
			return err
		}
		acc, err := a.CreateAccount(ctx, NewAccount{Username: names[0], Name: *name, Password: pw, Roles: grants})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Stdout, "user %s added: %s\n", acc.Username, grantsText(acc.Roles))
		return err
	})
}

// change opens the data folder and does something to the one user named.
func (c *Console) change(ctx context.Context, v verb, args []string, done string, f func(*Auth, directory.AccountID) error) error {
	fs, data := c.flags("user", v)
	names, err := parse(fs, args, "USERNAME")
	if err != nil {
		return err
	}
	return c.withUser(ctx, *data, names[0], done, f)
}

func (c *Console) withUser(ctx context.Context, data, username, done string, f func(*Auth, directory.AccountID) error) error {
	return c.with(ctx, data, func(a *Auth) error {
		acc, err := a.AccountByName(username)
		if err != nil {
			return err
		}
		if err := f(a, acc.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Stdout, "user %s %s\n", acc.Username, done)
		return err
	})
}

func (c *Console) userPasswd(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("user", v)
	stdin := fs.Bool("password-stdin", false, "read the password from standard input, one line")
	names, err := parse(fs, args, "USERNAME")
	if err != nil {
		return err
	}
	return c.withUser(ctx, *data, names[0], "has a new password; all sessions and tokens ended", func(a *Auth, id directory.AccountID) error {
		pw, err := c.password(*stdin)
		if err != nil {
			return err
		}
		return a.SetPassword(ctx, id, pw)
	})
}

func (c *Console) userRoles(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("user", v)
	role := fs.String("role", "", "the `roles`, like clerk or clerk@thuan-hoa,manager@an-cuu")
	center := fs.String("center", "", "the `centre` of roles that name none; without it they are for all")
	names, err := parse(fs, args, "USERNAME")
	if err != nil {
		return err
	}
	grants, err := parseGrants(*role, *center)
	if err != nil {
		return err
	}
	return c.withUser(ctx, *data, names[0], "is now "+grantsText(grants), func(a *Auth, id directory.AccountID) error {
		return a.SetRoles(ctx, id, grants)
	})
}

func (c *Console) userDisable(ctx context.Context, v verb, args []string) error {
	return c.change(ctx, v, args, "disabled; all sessions and tokens ended", func(a *Auth, id directory.AccountID) error { return a.DisableAccount(ctx, id) })
}

func (c *Console) userEnable(ctx context.Context, v verb, args []string) error {
	return c.change(ctx, v, args, "enabled", func(a *Auth, id directory.AccountID) error { return a.EnableAccount(ctx, id) })
}

func (c *Console) userErase(ctx context.Context, v verb, args []string) error {
	return c.change(ctx, v, args, "disabled and erased", func(a *Auth, id directory.AccountID) error { return a.EraseAccount(ctx, id) })
}

func (c *Console) userList(ctx context.Context, v verb, args []string) error {
	fs, data := c.flags("user", v)
	if _, err := parse(fs, args); err != nil {
		return err
	}
	return c.with(ctx, *data, func(a *Auth) error {
		w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "USER\tNAME\tROLES\tSTATE\tSINCE\tID")
		for _, acc := range a.Accounts() {
			state := "active"
			if acc.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", acc.Username, acc.Name, grantsText(acc.Roles), state,
				acc.Since.Local().Format(time.DateOnly), acc.ID)
		}
		return w.Flush()
	})
}
