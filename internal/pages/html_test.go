package pages

import (
	"html"
	"regexp"
	"strings"
)

var (
	spaces     = regexp.MustCompile(`\s+`)
	reference  = regexp.MustCompile(`<(?:link rel="(?:stylesheet|icon)" href|script[^>]* src)="([^"]+)"`)
	unseen     = map[string]bool{"head": true, "noscript": true, "script": true, "style": true}
	voidTags   = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "img": true, "path": true, "circle": true, "use": true, "hr": true}
	tagAndName = regexp.MustCompile(`^<(/?)([a-zA-Z0-9]+)([^>]*)>`)
	isHidden   = regexp.MustCompile(`\shidden(\s|=|/|$)`)
)

// references are the files that a page asks for by itself.
func references(page string) []string {
	var out []string
	for _, m := range reference.FindAllStringSubmatch(page, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// visible is the text that a person reads without script: what stands in hidden
// elements is left out.
func visible(page string) string {
	var out strings.Builder
	depth, hiddenAt := 0, -1
	for len(page) > 0 {
		m := tagAndName.FindStringSubmatch(page)
		if m == nil {
			if page[0] == '<' { // doctype, comment
				page = page[strings.IndexByte(page, '>')+1:]
				continue
			}
			next := strings.IndexByte(page, '<')
			if next < 0 {
				next = len(page)
			}
			if hiddenAt < 0 {
				out.WriteString(page[:next])
			}
			page = page[next:]
			continue
		}
		page = page[len(m[0]):]
		name := strings.ToLower(m[2])
		switch {
		case voidTags[name] || strings.HasSuffix(m[3], "/"):
		case m[1] == "/":
			depth--
			if depth == hiddenAt {
				hiddenAt = -1
			}
		default:
			if hiddenAt < 0 && (unseen[name] || isHidden.MatchString(m[3])) {
				hiddenAt = depth
			}
			depth++
		}
		if hiddenAt < 0 && (name == "p" || name == "div" || name == "li" || name == "section") {
			out.WriteByte(' ')
		}
	}
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(out.String()), " "))
}
