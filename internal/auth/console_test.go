package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// desk is a console on a data folder whose register outlives each command.
type desk struct {
	dir      string
	register *memory
	locked   bool
	closed   int
}

func newDesk(t *testing.T) *desk { return &desk{dir: t.TempDir(), register: newMemory()} }

func (d *desk) Close() error { d.closed++; return nil }

// run runs a command line without the leading "server".
func (d *desk) run(t *testing.T, stdin, line string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs strings.Builder
	c := Console{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Open: func(_ context.Context, dir string) (Directory, io.Closer, error) {
			if d.locked {
				return nil, nil, fmt.Errorf("open %s: %w", dir, ErrLocked)
			}
			return d.register, d, nil
		}}
	args := strings.Fields(line)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", d.dir)
		args[i] = strings.ReplaceAll(args[i], "_", " ")
	}
	if args[0] == "user" {
		err = c.User(t.Context(), args[1:])
	} else {
		err = c.Device(t.Context(), args[1:])
	}
	return out.String(), errs.String(), err
}

func (d *desk) must(t *testing.T, stdin, line string) string {
	t.Helper()
	out, errs, err := d.run(t, stdin, line)
	if err != nil || errs != "" {
		t.Fatalf("%s: %v\n%s", line, err, errs)
	}
	return out
}

func (d *desk) login(t *testing.T, user, password string) (*Principal, error) {
	t.Helper()
	a, err := Open(Options{Path: filepath.Join(d.dir, StoreFile), Directory: d.register})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	p, _, err := a.Login(t.Context(), user, password, home)
	return p, err
}

func TestAnAccountsLifeAtTheConsole(t *testing.T) {
	d := newDesk(t)
	out := d.must(t, goodPassword+"\n", "user add -data DIR -role clerk -center thuan-hoa -name Lê_An -password-stdin an")
	if out != "user an added: clerk@thuan-hoa\n" {
		t.Errorf("it says %q", out)
	}
	if p, err := d.login(t, "an", goodPassword); err != nil || p.Name != "Lê An" || !p.May(Serve, "thuan-hoa") {
		t.Errorf("an is %+v, %v", p, err)
	}
	d.must(t, "một mật khẩu khác\r\n", "user add boss -password-stdin -data DIR -role admin") // flags after the name
	if out := d.must(t, "một mật khẩu khác", "user passwd -data DIR -password-stdin AN"); !strings.Contains(out, "user an has a new password") {
		t.Errorf("it says %q", out)
	}
	if _, err := d.login(t, "an", "một mật khẩu khác"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if out := d.must(t, "", "user roles -data DIR -role volunteer@an-cuu,clerk -center thuan-hoa an"); out != "user an is now volunteer@an-cuu,clerk@thuan-hoa\n" {
		t.Errorf("it says %q", out)
	}
	d.must(t, "", "user disable -data DIR an")
	list := d.must(t, "", "user list -data DIR")
	if !regexp.MustCompile(`(?m)^an +Lê An +volunteer@an-cuu,clerk@thuan-hoa +disabled +\d{4}-\d\d-\d\d +u_[a-z0-9]{16}$`).MatchString(list) ||
		!regexp.MustCompile(`(?m)^boss +admin +active `).MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}
	if _, err := d.login(t, "an", "một mật khẩu khác"); !errors.Is(err, ErrLoginFailed) {
		t.Errorf("a disabled login: %v", err)
	}
	d.must(t, "", "user enable -data DIR an")
	if _, err := d.login(t, "an", "một mật khẩu khác"); err != nil {
		t.Errorf("an enabled login: %v", err)
	}
	d.must(t, "", "user erase -data DIR an")
	if list := d.must(t, "", "user list -data DIR"); strings.Contains(list, "Lê") {
		t.Errorf("the list is\n%s", list)
	}
	for _, r := range d.register.records[2:] {
		if r.Source != "console" {
			t.Errorf("the log says that %+v came from %q", r.Event, r.Source)
		}
	}
	if d.closed != 9 {
		t.Errorf("the register was closed %d times", d.closed)
	}
}

func TestADevicesLifeAtTheConsole(t *testing.T) {
	d := newDesk(t)
	out := d.must(t, "", "device add -data DIR -role kiosk -center thuan-hoa sảnh_chính")
	m := regexp.MustCompile(`^device (d_\w+) added: kiosk at thuan-hoa, sảnh chính\ntoken \(shown this once\): (msd_\w+)\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("it says %q", out)
	}
	if list := d.must(t, "", "device list -data DIR"); !regexp.MustCompile(m[1]+` +kiosk +thuan-hoa +sảnh chính +active +never`).MatchString(list) || strings.Contains(list, m[2]) {
		t.Errorf("the list is\n%s", list)
	}
	if list := d.must(t, "", "device list -data DIR -center an-cuu"); strings.Contains(list, m[1]) {
		t.Errorf("the list of another centre is\n%s", list)
	}
	// Not by run, which takes the underscore of the id for a space.
	var sb strings.Builder
	c := Console{Stdout: &sb, Stderr: &sb, Open: func(context.Context, string) (Directory, io.Closer, error) { return d.register, d, nil }}
	if err := c.Device(t.Context(), []string{"revoke", "-data", d.dir, m[1]}); err != nil || sb.String() != "device "+m[1]+" revoked\n" {
		t.Errorf("it says %q, %v", sb.String(), err)
	}
	if list := d.must(t, "", "device list -data DIR"); !strings.Contains(list, "revoked") {
		t.Errorf("the list is\n%s", list)
	}
}

func TestTheConsoleSaysInOneLineWhatIsWrong(t *testing.T) {
	d := newDesk(t)
	d.must(t, goodPassword, "user add -data DIR -role admin -password-stdin boss")
	for _, tc := range []struct{ stdin, line, want string }{
		{goodPassword, "user add -data DIR -role admin -password-stdin Boss", `there is a user "Boss" already`},
		{goodPassword, "user add -data DIR -role admin -password-stdin b", "at least 2 characters"},
		{"short", "user add -data DIR -role admin -password-stdin an", "at least 8 characters"},
		{goodPassword, "user add -data DIR -password-stdin an", "say with -role"},
		{goodPassword, "user add -data DIR -role king -password-stdin an", `"king" is not a role of a person`},
		{goodPassword, "user add -data DIR -role clerk@nowhere -password-stdin an", `there is no centre "nowhere"`},
		{goodPassword, "user add -data DIR -role clerk, -password-stdin an", "empty one"},
		{goodPassword, "user add -data DIR -role clerk an", "-password-stdin"},
		{"", "user add -data DIR -role clerk", "add: USERNAME is missing"},
		{"", "user passwd -data DIR -password-stdin nobody", `there is no user "nobody"`},
		{"", "user passwd -data DIR boss", "-password-stdin"},
		{"", "user disable -data DIR boss", "last administrator"},
		{"", "user disable -data DIR nobody", `there is no user "nobody"`},
		{"", "user disable -data DIR", "USERNAME is missing"},
		{"", "user list -data DIR/none", "there is no data folder"},
		{"", "user list -data DIR extra", `"extra" is not expected here`},
		{"", "user list -colour", "flag provided but not defined"},
		{"", "user dance", `there is no "dance"; there are add, passwd, roles`},
		{"", "user", "say what to do: add, passwd, roles, list, disable, enable, erase"},
		{"", "device add -data DIR -role kiosk sảnh", "say with -role and -center"},
		{"", "device add -data DIR -role clerk -center thuan-hoa sảnh", "not a role of a device"},
		{"", "device revoke -data DIR d1", `there is no device "d1"`},
		{"", "device", "say what to do: add, list, revoke"},
	} {
		before := len(d.register.records)
		out, errs, err := d.run(t, tc.stdin, tc.line)
		if err == nil || errs != "" || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") || out != "" {
			t.Errorf("%s: prints %q and fails with %v, want %q", tc.line, out, err, tc.want)
		}
		if len(d.register.records) != before {
			t.Errorf("%s: failed and changed something", tc.line)
		}
	}
	if list := d.must(t, "", "user list -data DIR"); strings.Count(list, "\n") != 2 {
		t.Errorf("after all that there are\n%s", list)
	}
}

func TestACommandLineThatIsNotUnderstoodIsToldApart(t *testing.T) {
	d := newDesk(t)
	var bad *UsageError
	for line, want := range map[string]bool{"user": true, "user dance": true, "user list -colour": true, "user list more": true,
		"user disable": true, "user disable -data DIR nobody": false, "device add -data DIR x": true} {
		if _, _, err := d.run(t, "", line); err == nil || errors.As(err, &bad) != want {
			t.Errorf("%s fails with %v", line, err)
		}
	}
}

func TestTheConsoleSaysThatTheServerIsRunning(t *testing.T) {
	d := newDesk(t)
	want := "the server is running; stop it before you change " + d.dir + ", or use its pages"
	d.locked = true
	if _, _, err := d.run(t, "", "user list -data DIR"); err == nil || err.Error() != want {
		t.Errorf("with the journal locked: %v", err)
	}
	d.locked = false
	a, err := Open(Options{Path: filepath.Join(d.dir, StoreFile), Directory: d.register})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = d.run(t, "", "user list -data DIR")
	if err == nil || err.Error() != want {
		t.Errorf("with the accounts locked: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHelpIsPrintedWithoutAnError(t *testing.T) {
	d := newDesk(t)
	for _, line := range []string{"user help", "user -h", "device --help"} {
		if out, _, err := d.run(t, "", line); err != nil || !strings.Contains(out, "-data DIR") {
			t.Errorf("%s prints %q, %v", line, out, err)
		}
	}
	if out, errs, err := d.run(t, "", "user add -h"); err != nil || errs != "" || !strings.Contains(out, "Usage: server user add [-data DIR]") || !strings.Contains(out, "-password-stdin") {
		t.Errorf("the help of a verb is %q, %v", out, err)
	}
}

func TestAPasswordIsNotAskedOfAPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	c := Console{Stdin: r, Stderr: io.Discard}
	if _, err := c.password(false); err == nil || !strings.Contains(err.Error(), "no terminal") {
		t.Errorf("error %v", err)
	}
}
