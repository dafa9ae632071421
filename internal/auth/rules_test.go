package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestUserNames(t *testing.T) {
	for _, tc := range []struct{ in, want, problem string }{
		{"an.nguyen", "an.nguyen", ""},
		{"  An.Nguyễn ", "An.Nguyễn", ""},
		{"Nguye\u0302\u0303n", "Nguyễn", ""},
		{"an@hue.gov.vn", "an@hue.gov.vn", ""},
		{"9a", "9a", ""},
		{"a", "", "at least 2"},
		{"", "", "at least 2"},
		{strings.Repeat("a", 33), "", "at most 32"},
		{strings.Repeat("ễ", 32), strings.Repeat("ễ", 32), ""},
		{".an", "", "begins with"},
		{"an nguyen", "", `no ' '`},
		{"аdmin", "", "begins with"}, // Cyrillic а
		{"adмin", "", `no 'м'`},
		{"an\x00", "", `no '\x00'`},
		{"an\xff", "", "no "},
	} {
		got, err := CheckUsername(tc.in)
		switch {
		case tc.problem == "" && (err != nil || got != tc.want):
			t.Errorf("%q gives %q, %v; want %q", tc.in, got, err, tc.want)
		case tc.problem != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.problem)):
			t.Errorf("%q gives error %v, want one with %q", tc.in, err, tc.problem)
		}
	}
	if foldUsername("AN.NGUYỄN") != foldUsername("an.nguye\u0302\u0303n ") {
		t.Error("one user name typed in two ways is two")
	}
}

func TestPasswords(t *testing.T) {
	for _, tc := range []struct{ password, problem string }{
		{goodPassword, ""},
		{"hai mươi", ""},
		{"kh0ngd0an", ""},
		{"582047193648", ""},
		{"an.nguyen-ở-Huế-từ-1990", ""},
		{"bảy chữ", "at least 8 characters; this one has 7"},
		{"", "at least 8"},
		{strings.Repeat("mèo ", 80), "longer than 256"},
		{"20101990", "digits alone"},
		{"password", "first that are tried"},
		{"Matkhau@123", "first that are tried"},
		{"MẬT KHẨU 1", "first that are tried"},
		{"1q2w3e4r", "first that are tried"},
		{"abcabcabc", "repeats"},
		{"ếếếếếếếếế", "repeats"},
		{"an.nguyen1", "user name"},
		{"AN.NGUYEN!", "user name"},
		{"ba\tcon mèo", "cannot be typed"},
		{"ba con m\xff\xff", "cannot be typed"},
	} {
		err := CheckPassword(tc.password, "an.nguyen")
		switch {
		case tc.problem == "" && err != nil:
			t.Errorf("%q is refused: %v", tc.password, err)
		case tc.problem != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.problem)):
			t.Errorf("%q gives error %v, want one with %q", tc.password, err, tc.problem)
		}
		if err != nil && tc.password != "" && tc.password != "password" && strings.Contains(err.Error(), tc.password) {
			t.Errorf("the refusal %q tells the password", err)
		}
	}
}

func TestTheListsOfCommonPasswordsAreInTheFormTheyAreComparedIn(t *testing.T) {
	for _, p := range append(append([]string{}, commonPasswords...), commonWords...) {
		if foldUsername(p) != p {
			t.Errorf("%q would never be found; it compares as %q", p, foldUsername(p))
		}
	}
}
