package directory

import (
	"fmt"
	"strings"

	"moiso/internal/queue"
)

// Error is a refusal, of the same type as the domain's, so that the edge
// translates both in one place.
type Error = queue.Error

// The refusals. The message of each is its meaning in general.
var (
	ErrUnknownCenter  = &Error{Code: "unknown_center", Message: "the city has no such centre"}
	ErrUnknownAccount = &Error{Code: "unknown_account", Message: "there is no such account"}
	ErrUnknownDevice  = &Error{Code: "unknown_device", Message: "there is no such device"}
	ErrIDTaken        = &Error{Code: "id_taken", Message: "the id is in use"}
	ErrLastAdmin      = &Error{Code: "last_admin", Message: "the last administrator cannot be taken away"}
	ErrInvalid        = queue.ErrInvalid
)

// Errors lists every refusal that is the register's own, for the reference.
func Errors() []*Error {
	return []*Error{ErrUnknownCenter, ErrUnknownAccount, ErrUnknownDevice, ErrIDTaken, ErrLastAdmin}
}

func refuse(base *Error, format string, args ...any) *Error {
	return &Error{Code: base.Code, Message: fmt.Sprintf(format, args...), Detail: base.Detail}
}

func invalid(field, format string, args ...any) error {
	return refuse(ErrInvalid, format, args...).With("field", field)
}

func list[T ~string](items []T) string {
	var b strings.Builder
	for i, it := range items {
		switch {
		case i > 0 && i == len(items)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(it))
	}
	return b.String()
}
