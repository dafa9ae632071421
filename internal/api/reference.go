package api

import (
	"fmt"
	"net/http"
	"strings"
)

// ErrorReference is doc/errors.md.
func ErrorReference() string {
	domain := domainErrors()
	var b strings.Builder
	b.WriteString(`# Errors

Generated from the code by ` + "`go generate ./internal/api`" + `; do not edit.

Every refusal is a problem document (RFC 9457, ` + "`application/problem+json`" + `):

` + "```json" + `
{"type":"about:blank","title":"Conflict","status":409,"detail":"ticket A042 is being served at counter 3 and cannot be called again; allowed now: finish, park, transfer and put-back","code":"wrong_state","state":"serving","number":"A042"}
` + "```" + `

Programs go by ` + "`code`" + `, which is stable; ` + "`detail`" + ` is a sentence for a person and may change. Further members depend on the code. Answers 429 and 503 carry ` + "`Retry-After`" + ` in seconds.

| code | status | meaning | what to do |
|---|---|---|---|
`)
	for _, e := range reference {
		meaning := e.meaning
		if d := domain[e.code]; meaning == "" && d != nil {
			meaning = d.Message
		}
		fmt.Fprintf(&b, "| `%s` | %d %s | %s | %s |\n", e.code, e.status, http.StatusText(e.status), sentence(meaning), e.do)
	}
	return b.String()
}

// sentence makes a clause a sentence.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
