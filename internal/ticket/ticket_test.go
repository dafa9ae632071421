package ticket

import (
	"net/url"
	"testing"
)

func TestThePrintedAddressIsInUpperCaseAndKeepsPortAndPrefix(t *testing.T) {
	for _, c := range []struct{ public, want string }{
		{"https://so.hue.gov.vn", "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A"},
		{"https://so.hue.gov.vn/", "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A"},
		{"http://192.168.1.5:8080", "HTTP://192.168.1.5:8080/T/7K3M9QX2PDR4WN5A"},
		{"https://hue.gov.vn/moi-so/", "HTTPS://HUE.GOV.VN/moi-so/T/7K3M9QX2PDR4WN5A"},
		{"https://hue.gov.vn/a%20b?x=1#y", "HTTPS://HUE.GOV.VN/a%20b/T/7K3M9QX2PDR4WN5A"},
	} {
		public, err := url.Parse(c.public)
		if err != nil {
			t.Fatal(err)
		}
		if got := URL(public, "7k3m9qx2pdr4wn5a"); got != c.want {
			t.Errorf("address under %s is %s, want %s", c.public, got, c.want)
		}
	}
}
