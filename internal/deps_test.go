// Package internal_test holds the house to its plan: which room may import which.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "moiso/"

// room is what a package may import of ours, and why it is held to that.
type room struct {
	may  string // names under internal/, "assets" and "assets/paper"; "*" is all
	test string // what its tests may import besides
	why  string
}

// plan is the house, from the ground up. Arrows point down only, and rooms on one
// floor do not know each other unless it is written here (doc/decisions).
var plan = map[string]room{
	"internal/queue":               {why: "queue is the domain: it imports nothing of ours, so that its rules can be read, tested and replayed alone"},
	"internal/directory":           {may: "queue", why: "directory is a state machine like queue and shares only its names of things"},
	"internal/journal":             {why: "journal stores bytes and knows nothing of queues"},
	"internal/journal/boltlog":     {may: "journal", test: "journal/journaltest", why: "boltlog is one journal.Log and stores bytes"},
	"internal/journal/jetlog":      {may: "journal", test: "journal/journaltest", why: "jetlog is one journal.Log and stores bytes"},
	"internal/journal/journaltest": {may: "journal", why: "journaltest is the suite of every journal.Log and must not prefer one"},
	"internal/voice":               {may: "assets", why: "voice is clips and their levels, and knows no calls"},
	"internal/announce":            {may: "voice", why: "announce orders voice clips for a call and knows no screens"},
	"internal/ticket":              {may: "queue assets assets/paper", why: "ticket draws paper; its address comes in as text"},
	"internal/escpos":              {test: "printer/printertest queue ticket", why: "escpos turns a bitmap into bytes and knows no tickets"},
	"internal/printer":             {may: "escpos ticket", test: "printer/printertest queue", why: "printer puts pictures on paper: it knows neither centres nor the server, only what a slip looks like"},
	"internal/printer/printertest": {why: "printertest is a printer of its own making: it shares no code with what it checks"},
	"internal/eta":                 {may: "queue", why: "eta is a pure estimate over a queue.State"},
	"internal/media":               {why: "media keeps files by their hash, on the server and on a screen's own disk, and knows neither"},
	"internal/hub":                 {why: "hub carries documents and does not know what they say"},
	"internal/view":                {may: "queue directory eta", why: "view is pure: it computes wire documents from states, and clients decode its types"},
	"internal/report":              {may: "queue directory journal view", why: "report reads the journal and aggregates"},
	"internal/client":              {may: "queue view", test: "hub", why: "client speaks the wire documents and runs on devices without a server's rooms"},
	"internal/engine":              {may: "queue directory journal hub view eta", test: "journal/boltlog journal/journaltest", why: "engine is the only writer: it sees any journal through its interface and knows no HTTP"},
	"internal/auth":                {may: "queue directory", why: "auth keeps secrets apart from the log and knows no centres' halls"},
	"internal/fleet":               {may: "queue view", why: "fleet is what is known of devices at this moment; it keeps no files and speaks no HTTP"},
	"internal/sim":                 {may: "assets client journal queue view", test: "journal/boltlog", why: "sim is a crowd of real clients: it sees the server only over the wire, but for a past that it writes into a journal"},
	"internal/pages":               {may: "assets queue view", why: "pages know neither the API nor the engine; what they show comes in as functions"},
	"internal/device":              {may: "client hub ticket view pages supervisor version", test: "testbed", why: "device is a page and one connection: a kiosk or a screen knows the server only over the wire"},
	"internal/api":                 {may: "assets auth directory engine eta hub journal queue report ticket view announce media fleet version", test: "journal/boltlog journal/journaltest testbed", why: "api is commands in and documents out; it sees journals through their interface and serves no pages"},
	"internal/supervisor":          {why: "supervisor speaks sd_notify and asks the program its own address; it knows no rooms"},
	"internal/version":             {why: "version reads the build's own stamp"},
	"internal/testbed":             {why: "testbed is what tests of several rooms stand on and knows no room"},
	"internal":                     {why: "the rooms are the packages below"},
	"assets":                       {why: "assets are embedded files"},
	"assets/paper":                 {why: "assets are embedded files"},
	"server":                       {may: "*", why: "a main wires everything"},
	"kiosk":                        {may: "*", why: "a main wires everything"},
	"display":                      {may: "*", why: "a main wires everything"},
}

// only says who may import a module of others, tests of theirs included.
var only = []struct {
	path  string
	rooms string
	why   string
}{
	{"github.com/gorilla/websocket", "internal/hub internal/client", "sockets live in hub (server) and client (devices) only, so that deadlines and limits are set in two places"},
	{"go.etcd.io/bbolt", "internal/journal/boltlog internal/auth kiosk", "bbolt belongs to the journal, to the store of sessions and to the kiosk's spool; nobody else keeps files"},
	{"github.com/skip2/go-qrcode", "internal/ticket", "only ticket draws QR codes, so that every one has the size and level that scan"},
	{"go.bug.st/serial", "internal/printer", "serial ports lead to printers"},
	{"github.com/danielgtaylor/huma", "internal/api", "the API's framework stays in the API"},
	{"github.com/alexedwards/scs", "internal/auth", "sessions are auth's own affair"},
}

// outsiders are rooms whose tests stand outside of a running program and look at it
// with the library itself: a raw socket, a file opened by hand.
var outsiders = []string{"server", "internal/device"}

// testOnly must not reach a shipped program.
var testOnly = []string{"pgregory.net/rapid", "github.com/google/go-cmp", "github.com/anishathalye/porcupine", "github.com/chromedp",
	"github.com/makiuchi-d/gozxing", "rsc.io/qr", "moiso/internal/journal/journaltest", "moiso/internal/printer/printertest", "moiso/internal/testbed", "github.com/creack/pty", "testing", "testing/synctest"}

// impure is what the deterministic rooms must not import.
var impure = []string{"os", "io/fs", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "sync", "sync/atomic", "context", "unsafe"}

type source struct {
	room string // folder under the module
	name string
	test bool
	file *ast.File
	imps []string
}

// sources reads every Go file of the module.
func sources(t *testing.T, mode parser.Mode) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	root := ".."
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (n == "testdata" || n == "vendor" || n == "node_modules" || strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, mode)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		s := source{room: path.Dir(rel), name: rel, test: strings.HasSuffix(rel, "_test.go"), file: f}
		for _, i := range f.Imports {
			v, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imps = append(s.imps, v)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d Go files were found; the walk is wrong", len(out))
	}
	return out
}

// under reports whether an import is a module or one of its packages.
func under(imp, mod string) bool { return imp == mod || strings.HasPrefix(imp, mod+"/") }

// fault says which rule a file breaks by an import, or "".
func fault(s source, imp string) string {
	p, known := plan[s.room]
	if !known && strings.HasPrefix(s.room, "scripts") {
		p, known = room{may: "*"}, true // tools of the house, not part of it
	}
	if !known {
		return "the room " + s.room + " is not in the plan of the house; give it a floor in internal/deps_test.go and say why"
	}
	if strings.HasPrefix(imp, module) {
		ours := strings.TrimPrefix(strings.TrimPrefix(imp, module), "internal/")
		may := strings.Fields(p.may)
		if s.test {
			may = append(may, strings.Fields(p.test)...)
			may = append(may, strings.TrimPrefix(s.room, "internal/")) // an external test of itself
		}
		if p.may != "*" && !slices.Contains(may, ours) {
			return s.name + " imports " + imp + ", and may import of ours only [" + strings.Join(may, " ") + "]: " + p.why
		}
	}
	for _, o := range only {
		outside := s.test && slices.Contains(outsiders, s.room)
		if under(imp, o.path) && !outside && !slices.Contains(strings.Fields(o.rooms), s.room) {
			return s.name + " imports " + imp + ", which is for " + o.rooms + ": " + o.why
		}
	}
	if !s.test && s.room != "internal/journal/journaltest" && s.room != "internal/testbed" {
		for _, m := range testOnly {
			if under(imp, m) && (m != "testing" || imp == "testing") {
				return s.name + " imports " + imp + ", which is for tests: what ships carries no test code"
			}
		}
	}
	return ""
}

func TestArrowsPointDown(t *testing.T) {
	for _, s := range sources(t, parser.ImportsOnly) {
		if len(s.imps) == 0 {
			s.imps = []string{""} // a new room is found even when it imports nothing
		}
		for _, imp := range s.imps {
			if f := fault(s, imp); f != "" {
				t.Error(f)
			}
		}
	}
}

// The plan itself has no circle and names only rooms that it describes.
func TestThePlanHasNoCircle(t *testing.T) {
	var visit func(room string, trail []string)
	visit = func(room string, trail []string) {
		if slices.Contains(trail, room) {
			t.Fatalf("the plan allows a circle: %s", strings.Join(append(trail, room), " → "))
		}
		for _, m := range strings.Fields(plan[room].may) {
			if m == "*" {
				return
			}
			next := m
			if !strings.HasPrefix(m, "assets") {
				next = "internal/" + m
			}
			if _, ok := plan[next]; !ok {
				t.Errorf("%s may import %s, which the plan does not describe", room, next)
			}
			visit(next, append(trail, room))
		}
	}
	for room, p := range plan {
		if p.why == "" {
			t.Errorf("the plan does not say why %s is held to it", room)
		}
		visit(room, nil)
	}
}

// A rule that nothing could break would be no rule.
func TestTheRulesBite(t *testing.T) {
	for imp, s := range map[string]source{
		"moiso/internal/view":            {room: "internal/queue", name: "a.go"},
		"moiso/internal/engine":          {room: "internal/view", name: "a.go"},
		"moiso/internal/queue":           {room: "internal/hub", name: "a.go"},
		"moiso/internal/pages":           {room: "internal/api", name: "a.go"},
		"moiso/internal/journal/boltlog": {room: "internal/engine", name: "a.go"},
		"github.com/gorilla/websocket":   {room: "internal/api", name: "a_test.go", test: true},
		"go.etcd.io/bbolt/errors":        {room: "internal/engine", name: "a.go"},
		"github.com/skip2/go-qrcode":     {room: "internal/pages", name: "a.go"},
		"pgregory.net/rapid":             {room: "internal/queue", name: "a.go"},
		"testing":                        {room: "server", name: "a.go"},
		"fmt":                            {room: "internal/drawer", name: "a.go"},
	} {
		if fault(s, imp) == "" {
			t.Errorf("%s may import %s", s.room, imp)
		}
	}
	for imp, s := range map[string]source{
		"moiso/internal/queue":           {room: "internal/view", name: "a.go"},
		"moiso/internal/journal/boltlog": {room: "internal/engine", name: "a_test.go", test: true},
		"go.etcd.io/bbolt":               {room: "internal/auth", name: "a.go"},
		"moiso/internal/sim":             {room: "server", name: "a.go"},
	} {
		if f := fault(s, imp); f != "" {
			t.Error(f)
		}
	}
}

// The domain, the register and the views are deterministic: time and ids come in.
func TestThePureRoomsHaveNoClockNoChanceAndNoIO(t *testing.T) {
	pure := []string{"internal/queue", "internal/directory", "internal/view", "internal/eta", "internal/escpos"}
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || !slices.Contains(pure, s.room) {
			continue
		}
		for _, imp := range s.imps {
			if slices.Contains(impure, imp) {
				t.Errorf("%s imports %s: %s promises no I/O, no randomness and no goroutine, so that a replay gives the same state", s.name, imp, s.room)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: %s promises none", s.name, s.room)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
					t.Errorf("%s asks time.%s: the hour comes in with the command, or a replay would differ", s.name, n.Sel.Name)
				}
			}
			return true
		})
	}
}
