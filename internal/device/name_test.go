package device

import (
	"os"
	"path/filepath"
	"testing"
)

// Started while the server is away it is who it was; with another token it is nobody.
func TestADeviceThatLearnedItsNameKnowsItWithoutTheServer(t *testing.T) {
	o := Options{Role: "kiosk", Server: "http://127.0.0.1:1", Center: "thuan-hoa", Token: "a", View: "kiosk", Dir: t.TempDir()}
	who := func(o Options) string {
		t.Helper()
		d, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		l := d.Local()
		return l.Device + " " + l.Place
	}
	if got := who(o); got != " " {
		t.Errorf("a new one is %q", got)
	}
	if err := o.keepName("d_1", "sảnh"); err != nil {
		t.Fatal(err)
	}
	if got := who(o); got != "d_1 sảnh" {
		t.Errorf("it is %q", got)
	}
	if info, err := os.Stat(filepath.Join(o.Dir, nameFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	for _, change := range []func(*Options){
		func(o *Options) { o.Token = "b" }, func(o *Options) { o.Center = "phu-xuan" }, func(o *Options) { o.Server = "http://127.0.0.1:2" },
	} {
		other := o
		if change(&other); who(other) != " " {
			t.Errorf("%+v is %q", other, who(other))
		}
	}
	paired := o
	if paired.Device = "d_2"; who(paired) != "d_2 " {
		t.Errorf("a paired one is %q", who(paired))
	}
	if err := os.WriteFile(filepath.Join(o.Dir, nameFile), []byte("{"), 0o600); err != nil || who(o) != " " {
		t.Errorf("of a damaged file it is %q (%v)", who(o), err)
	}
}
