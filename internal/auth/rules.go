package auth

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	minPassword = 8
	maxPassword = 256 // bytes; longer ones only cost time
	minUsername = 2
	maxUsername = 32
	maxName     = 80
)

// foldUsername is the form in which user names are compared: "An.Nguyễn" and
// "an.nguyễn" are one, however they were typed.
func foldUsername(s string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(s))))
}

// CheckUsername gives the form in which a user name is kept, or says what is
// wrong with it. Only Latin letters: a Cyrillic "а" would make a second "admin".
func CheckUsername(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	n := utf8.RuneCountInString(s)
	switch {
	case n < minUsername:
		return "", invalid("username", "a user name has at least %d characters", minUsername)
	case n > maxUsername:
		return "", invalid("username", "a user name has at most %d characters", maxUsername)
	}
	for i, r := range s {
		letter := unicode.Is(unicode.Latin, r) || r >= '0' && r <= '9'
		if i == 0 && !letter {
			return "", invalid("username", "a user name begins with a letter or a digit")
		}
		if !letter && !strings.ContainsRune("._-@", r) {
			return "", invalid("username", "a user name has no %q; use letters, digits and . _ - @", r)
		}
	}
	return s, nil
}

// checkName is for the name shown to colleagues; it may be left out.
func checkName(s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if utf8.RuneCountInString(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) {
		return "", invalid("name", "a name is one line of at most %d characters", maxName)
	}
	return s, nil
}

// CheckPassword says what is wrong with a new password. Length is what counts
// (NIST SP 800-63B 3.1.1.2); no rules about kinds of characters.
func CheckPassword(password, username string) error {
	p := norm.NFC.String(password)
	switch n := utf8.RuneCountInString(p); {
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return invalid("password", "the password has characters that cannot be typed")
	case n < minPassword:
		return invalid("password", "a password has at least %d characters; this one has %d", minPassword, n)
	case len(p) > maxPassword:
		return invalid("password", "the password is longer than %d bytes", maxPassword)
	}
	low, user := foldUsername(p), foldUsername(username)
	bare := strings.TrimFunc(low, func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case user != "" && strings.Contains(low, user) && utf8.RuneCountInString(low)-utf8.RuneCountInString(user) < 6:
		return invalid("password", "the password is little more than the user name")
	case slices.Contains(commonPasswords, low) || slices.Contains(commonWords, bare):
		return invalid("password", "this password is among the first that are tried; take another")
	case len(p) < 12 && strings.Trim(p, "0123456789") == "":
		return invalid("password", "a password of digits alone has at least 12 of them")
	case repeats(low):
		return invalid("password", "the password repeats one short piece")
	}
	return nil
}

// repeats reports whether s is one piece of up to three characters over and over.
func repeats(s string) bool {
	r := []rune(s)
	for n := 1; n <= 3; n++ {
		same := true
		for i := n; i < len(r) && same; i++ {
			same = r[i] == r[i-n]
		}
		if same {
			return true
		}
	}
	return false
}

// commonWords are refused also with digits and signs around them: "matkhau@123".
var commonWords = []string{
	"password", "passw0rd", "p@ssw0rd", "p@ssword", "qwerty", "qwertyuiop", "asdfghjkl", "zxcvbnm", "administrator", "admin", "letmein",
	"welcome", "iloveyou", "abcdefgh", "abcdef", "abcd", "abc", "test", "demo", "user", "root", "guest", "changeme", "default", "secret",
	"matkhau", "mật khẩu", "mat khau", "mậtkhẩu", "anhyeuem", "emyeuanh", "iloveu", "vietnam", "việtnam", "việt nam", "hanoi", "hue",
	"huế", "saigon", "moiso", "mời số", "motcua", "một cửa", "khongbiet", "khongco", "hethong", "hanhchinh", "hành chính", "xinchao",
	"xin chào", "chucmung", "thuanhoa", "phuxuan", "conmeo", "giadinh", "gia đình",
}

var commonPasswords = []string{
	"1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "q1w2e3r4", "zaq12wsx", "a1b2c3d4", "qwer1234", "1234qwer", "asdf1234", "abcd1234", "abc12345",
	"qazwsxedc", "trustno1", "pass1234", "sunshine", "princess", "football", "baseball", "superman", "dragon123", "monkey123",
}
