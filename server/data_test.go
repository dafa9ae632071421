package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/journal/boltlog"
)

// contents of a folder: every file's bytes by name.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[n.Name()] = string(b)
	}
	return out
}

// begun is a data folder in which a server has run and stopped.
func begun(t testing.TB, demo bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	d, err := openData(dir, true, demo, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A folder that is not for this server is refused with one line, and stays as it is.
func TestAFolderForAnotherIsRefusedAndStaysAsItIs(t *testing.T) {
	overwrite := func(name, text string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	}
	for _, c := range []struct {
		name string
		demo bool
		with func(dir string) error
		args []string
		want string
	}{
		{"a demo's started for real", true, nil, []string{"-public-url", "https://so.example.vn"}, "are a demo's; start with -demo"},
		{"real data started as a demo", false, nil, []string{"-demo"}, "are real; start without -demo"},
		{"a newer format", false, overwrite("moiso.json", `{"format":99,"epoch":"ABC","demo":false}`), nil, "format 99 and this program knows 1"},
		{"damaged", false, overwrite("moiso.json", `{"format":1,`), nil, "moiso.json is damaged"},
		{"empty", false, overwrite("moiso.json", ``), nil, "moiso.json is damaged"},
		{"without an epoch", false, overwrite("moiso.json", `{"format":1}`), nil, "moiso.json is damaged"},
		{"moiso.json lost", false, func(dir string) error { return os.Remove(filepath.Join(dir, "moiso.json")) }, nil, "has a journal but no moiso.json"},
		{"the journal is something else", false, overwrite("journal.db", strings.Repeat("not a journal", 5000)), nil, "open the data in"},
		{"the journal is a folder", false, func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "journal.db")), os.Mkdir(filepath.Join(dir, "journal.db"), 0o700))
		}, nil, "open the data in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := begun(t, c.demo)
			if c.with != nil {
				if err := c.with(dir); err != nil {
					t.Fatal(err)
				}
			}
			args := append([]string{"serve", "-listen", "127.0.0.1:0", "-data", dir}, c.args...)
			if len(c.args) == 0 {
				args = append(args, real(dir)...)
			}
			files := !strings.Contains(c.name, "folder")
			var before map[string]string
			if files {
				before = contents(t, dir)
			}
			a := invoke(t, "", args...)
			if a.code != 1 || a.stdout != "" || !strings.Contains(a.stderr, c.want) || strings.Count(a.stderr, "\n") != 1 {
				t.Fatalf("exit %d, wanted %q\n%s%s", a.code, c.want, a.stdout, a.stderr)
			}
			if files {
				if after := contents(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
					t.Error("the folder was changed")
				}
			}
		})
	}
}

func TestAFolderBelongsToOneServerAtATime(t *testing.T) {
	dir := begun(t, false)
	r := serve(t, real(dir)...)
	for _, args := range [][]string{
		append([]string{"serve", "-listen", "127.0.0.1:0"}, real(dir)...),
		{"verify", "-data", dir}, {"audit", "-data", dir, "-center", "a", "-day", "2025-07-14"}, {"backup", "-data", dir, "-to", dir + "-copy"},
		{"user", "list", "-data", dir}, {"device", "list", "-data", dir},
	} {
		a := invoke(t, "", args...)
		if a.code != 1 || !strings.Contains(a.stderr, "stop it") || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("server %s beside a running one: exit %d\n%s%s", args[0], a.code, a.stdout, a.stderr)
		}
	}
	if _, err := os.Stat(dir + "-copy"); err == nil {
		t.Error("a backup that was refused left a folder")
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, r.stderr)
	}
	must(t, "", "verify", "-data", dir)
}

func TestANewFolderIsMarked(t *testing.T) {
	for _, demo := range []bool{true, false} {
		info, err := readInfo(begun(t, demo))
		if err != nil || info.Demo != demo || info.Format != dataFormat || len(info.Epoch) != 12 {
			t.Errorf("demo %v: %+v, %v", demo, info, err)
		}
	}
	a, _ := readInfo(begun(t, false))
	b, _ := readInfo(begun(t, false))
	if a.Epoch == b.Epoch {
		t.Error("two histories have one name")
	}
	if s := begun(t, false); !private(t, s) {
		t.Error("others can read the data folder")
	}
	var w map[string]any
	if err := json.Unmarshal([]byte(contents(t, begun(t, false))["moiso.json"]), &w); err != nil || len(w) != 3 {
		t.Errorf("moiso.json has %v, %v", w, err)
	}
}

func private(t testing.TB, dir string) bool {
	t.Helper()
	st, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	return st.Mode().Perm()&0o077 == 0
}
