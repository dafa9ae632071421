package pages

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"moiso/assets"
)

// A text is used where a script or a template names its key. A key put together at
// run time, t(`counter.state.${x}`), uses all keys that begin so.
var (
	jsKey      = regexp.MustCompile(`(?:^|[^.\w])(?:t|has|say)\(\s*(?:[\w.?: ]+\?\s*)?['"]([\w.\-]+)['"](?:\s*:\s*['"]([\w.\-]+)['"])?`)
	jsBuilt    = regexp.MustCompile("`([a-z][\\w\\-]*\\.[\\w.\\-]*|[a-z]+\\.)\\$\\{")
	jsString   = regexp.MustCompile(`['"]([a-z][\w\-]*(?:\.[\w\-]+)*)['"]`)
	htmlKey    = regexp.MustCompile(`\.(?:T|TN|TF) "([\w.\-]+)"`)
	htmlBuilt  = regexp.MustCompile(`\.T \(printf "([\w.\-]*)%s([\w.\-]*)"`)
	goKey      = regexp.MustCompile(`\.T\("([\w.\-]+)"[,)]`)
	goBuilt    = regexp.MustCompile(`(?:\.T\(|key := )"([\w.\-]+\.)" ?\+`)
	pluralForm = regexp.MustCompile(`\.(one|other)$`)
)

type usage struct {
	keys  map[string]string // key to the file that names it
	built map[string]string // prefix, or prefix*suffix
	loose map[string]bool   // every string of a script, for keys handed through variables
}

func readUsage(t *testing.T) usage {
	u := usage{keys: map[string]string{}, built: map[string]string{}, loose: map[string]bool{}}
	read := func(fsys fs.FS, root string, ext string, f func(name, text string)) {
		err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ext || strings.HasSuffix(name, "_test.go") {
				return err
			}
			b, err := fs.ReadFile(fsys, name)
			f(name, string(b))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(name, text string, plain, built *regexp.Regexp) {
		for _, m := range plain.FindAllStringSubmatch(text, -1) {
			for _, key := range m[1:] {
				if key != "" {
					u.keys[key] = name
				}
			}
		}
		for _, m := range built.FindAllStringSubmatch(text, -1) {
			suffix := ""
			if len(m) > 2 {
				suffix = m[2]
			}
			u.built[m[1]+"*"+suffix] = name
		}
	}
	read(assets.FS, "js", ".js", func(name, text string) {
		add(name, text, jsKey, jsBuilt)
		for _, m := range jsString.FindAllStringSubmatch(text, -1) {
			u.loose[m[1]] = true
		}
	})
	read(assets.FS, "html", ".html", func(name, text string) { add(name, text, htmlKey, htmlBuilt) })
	read(packageFiles, ".", ".go", func(name, text string) { add(name, text, goKey, goBuilt) })
	return u
}

func (u usage) uses(key string) bool {
	base := pluralForm.ReplaceAllString(key, "")
	for _, k := range []string{key, base} {
		if _, ok := u.keys[k]; ok || u.loose[k] {
			return true
		}
	}
	for pattern := range u.built {
		prefix, suffix, _ := strings.Cut(pattern, "*")
		if strings.HasPrefix(base, prefix) && strings.HasSuffix(base, suffix) {
			return true
		}
	}
	return false
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	all, err := readLocales(assets.FS)
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for key, vi := range all["vi"] {
		en, ok := all["en"][key]
		if !ok {
			t.Errorf("%s has no English", key)
			continue
		}
		if strings.TrimSpace(vi) == "" || strings.TrimSpace(en) == "" {
			t.Errorf("%s is empty", key)
		}
		a, b := placeholder.FindAllString(vi, -1), placeholder.FindAllString(en, -1)
		sort.Strings(a)
		sort.Strings(b)
		// A singular may write the number as a word.
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) && !strings.HasSuffix(key, ".one") {
			t.Errorf("%s: placeholders %v in Vietnamese, %v in English", key, a, b)
		}
	}
	for key := range all["en"] {
		// Vietnamese has one form for all numbers.
		other := strings.TrimSuffix(key, ".one") + ".other"
		if all["vi"][key] == "" && all["vi"][other] == "" {
			t.Errorf("%s has no Vietnamese", key)
		}
	}
}

func TestEveryTextThatIsUsedExists(t *testing.T) {
	all, err := readLocales(assets.FS)
	if err != nil {
		t.Fatal(err)
	}
	exists := func(key string) bool {
		_, whole := all["vi"][key]
		_, plural := all["vi"][key+".other"]
		return whole || plural
	}
	u := readUsage(t)
	for key, file := range u.keys {
		if !exists(key) {
			t.Errorf("%s uses %q, which is in no locale", file, key)
		}
	}
	for pattern, file := range u.built {
		prefix, suffix, _ := strings.Cut(pattern, "*")
		some := prefix == "moiso." // a key of the browser's storage
		for key := range all["vi"] {
			some = some || strings.HasPrefix(key, prefix) && strings.HasSuffix(pluralForm.ReplaceAllString(key, ""), suffix)
		}
		if !some {
			t.Errorf("%s builds keys like %q, of which there is none", file, pattern)
		}
	}
	if len(u.keys) < 200 {
		t.Errorf("found %d used keys only; the patterns of this test have come apart from the code", len(u.keys))
	}
}

func TestNoTextIsUnused(t *testing.T) {
	all, err := readLocales(assets.FS)
	if err != nil {
		t.Fatal(err)
	}
	u := readUsage(t)
	for key := range all["vi"] {
		if strings.HasPrefix(key, "error.") {
			continue // named by the server's answers; the next test holds them together
		}
		if !u.uses(key) {
			t.Errorf("%q is used nowhere", key)
		}
	}
}
