package pages

import (
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"moiso/internal/queue"
)

// Languages of the product, the first being the default.
var Languages = []string{"vi", "en"}

// langCookie keeps a choice made with ?lang=. Scripts write it too.
const langCookie = "lang"

// language chooses: the address, then the cookie, then the browser, then vi.
// A choice made in the address is kept.
func language(w http.ResponseWriter, r *http.Request) string {
	if l := known(r.URL.Query().Get("lang")); l != "" {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: l, Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode})
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l := known(c.Value); l != "" {
			return l
		}
	}
	return accepted(r.Header.Get("Accept-Language"))
}

func known(l string) string {
	for _, have := range Languages {
		if l == have {
			return l
		}
	}
	return ""
}

// accepted picks the language the browser likes best (RFC 9110, 12.5.4).
func accepted(header string) string {
	best, bestQ := Languages[0], 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = f
		}
		if known(base) != "" && q > bestQ {
			best, bestQ = base, q
		}
	}
	return best
}

// locales are all texts by language and key.
type locales map[string]map[string]string

// readLocales merges locales/<lang>/<area>.json. A key stands in one area only.
func readLocales(files fs.FS) (locales, error) {
	out := locales{}
	for _, lang := range Languages {
		out[lang] = map[string]string{}
		names, err := fs.Glob(files, path.Join("locales", lang, "*.json"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			b, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			var area map[string]string
			if err := json.Unmarshal(b, &area); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for k, v := range area {
				if _, twice := out[lang][k]; twice {
					return nil, fmt.Errorf("%s: key %q stands in another file too", name, k)
				}
				out[lang][k] = v
			}
		}
	}
	return out, nil
}

// words gives templates their texts in one language.
type words struct {
	Lang string
	all  locales
}

// find falls back to Vietnamese and then to the key, which the locale test keeps
// from ever being seen.
func (w words) find(key string) string {
	if s, ok := w.all[w.Lang][key]; ok {
		return s
	}
	if s, ok := w.all[Languages[0]][key]; ok {
		return s
	}
	return key
}

// T is a text; params are pairs of a placeholder's name and its value.
func (w words) T(key string, params ...any) string {
	s := w.find(key)
	for i := 0; i+1 < len(params); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(params[i])+"}", fmt.Sprint(params[i+1]))
	}
	return s
}

// Text is a name or sentence of the configuration in the page's language.
func (w words) Text(t queue.Text) string {
	if w.Lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.VI
}

// TN is a text that depends on a number: key.one or key.other (CLDR; Vietnamese
// has one form). {n} is the number.
func (w words) TN(key string, n int, params ...any) string {
	form := ".other"
	if n == 1 && w.Lang == "en" {
		form = ".one"
	}
	return w.T(key+form, append(params, "n", n)...)
}

// TF is a text whose values a script may change later: each placeholder becomes
// an element with data-f.
func (w words) TF(key string, params ...any) template.HTML {
	s := html.EscapeString(w.find(key))
	for i := 0; i+1 < len(params); i += 2 {
		name := html.EscapeString(fmt.Sprint(params[i]))
		s = strings.ReplaceAll(s, "{"+name+"}",
			`<b data-f="`+name+`">`+html.EscapeString(fmt.Sprint(params[i+1]))+`</b>`)
	}
	return template.HTML(s) // every part was escaped above
}

// Other is the language a switch leads to.
func (w words) Other() string {
	if w.Lang == "vi" {
		return "en"
	}
	return "vi"
}
