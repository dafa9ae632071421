package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// console runs a sub-command of the server on a data folder whose server is stopped.
func console(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	bin, err := programs.Build("server")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("server %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// TestAFloorHelperHelpsWithAPhoneInOneHand is the helper's morning: a number with
// priority, a lost slip, a wrong field, a cancelled number and someone who is back.
func TestAFloorHelperHelpsWithAPhoneInOneHand(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	h.p.kill()
	console(t, "một mật khẩu dài\n", "user", "add", "-data", h.dir, "-role", "volunteer", "-center", "thuan-hoa", "-name", "Lê Thị Hoa", "-password-stdin", "hoa")
	h.start()
	h.issue("chung-thuc")
	lost := h.issue("ho-tich")
	missing := h.issue("dat-dai")
	h.counter(6, "open", nil)
	h.counter(6, "call-next", nil)
	h.counter(6, "no-show", nil)

	p := openTab(t, "assist", phoneScreen)
	h.enter(p, "/assist/thuan-hoa", "hoa", "một mật khẩu dài")
	p.until("the fields", `document.querySelectorAll('.a-field').length === 9`)
	p.shot("1-fields")

	p.press(".a-field", "Chứng thực")
	p.press("dialog label", "Người cao tuổi")
	p.shot("2-priority")
	p.press("dialog .a-go", "")
	p.until("the number and its code", `document.querySelector('.a-qr')?.naturalWidth && document.querySelector('.a-number').innerText === 'A002'`)
	address := seenCode(p, "3-issued")
	id := address[strings.LastIndex(address, "/")+1:]
	if k := h.ticket(id); k.Number != "A002" || k.Priority != "cao-tuoi" {
		t.Errorf("the code leads to %+v", k)
	}
	p.press("dialog .btn--primary", "Xong")

	// The slip is lost; its owner remembers the field and about when.
	p.press(".a-tabs button", "Tìm phiếu")
	p.choose("#f-field", "Hộ tịch")
	at := lost.IssuedAt.In(hueZone(t)).Truncate(30 * time.Minute)
	p.choose("#f-from", at.Format("15:04"))
	if to := at.Add(30 * time.Minute); to.Day() == at.Day() {
		p.choose("#f-to", to.Format("15:04"))
	}
	p.until("the one slip", `/Tìm thấy 1 phiếu/.test(document.body.innerText) && document.querySelectorAll('.a-row').length === 1`)
	p.shot("4-found")
	p.press(".a-row", lost.Number)
	p.until("the slip", fmt.Sprintf("document.querySelector('dialog .a-number')?.innerText === %q", lost.Number))

	p.press("dialog button", "Đổi lĩnh vực")
	p.choose("#t-field", "Cư trú")
	p.until("the new field", `/Cư trú/.test(document.querySelector('.a-of').innerText)`)
	if k := h.ticket(lost.ID); k.Service != "cu-tru" || k.State != "waiting" {
		t.Errorf("after the change the ticket is %+v", k)
	}
	p.shot("5-changed")
	p.press("dialog button", "Hủy số này")
	p.until("cancelled", `document.querySelector('dialog .a-st--cancelled')`)
	p.shot("6-cancelled")
	p.press("dialog button", "Lấy lại số này")
	p.until("restored", `document.querySelector('dialog .a-st--waiting')`)
	if k := h.ticket(lost.ID); k.State != "waiting" || k.Number != lost.Number {
		t.Errorf("after it was restored the ticket is %+v", k)
	}
	p.press("dialog button", "Đóng")

	p.press(".a-tabs button", "Vắng mặt")
	p.until("the missing person", fmt.Sprintf("document.querySelector('.a-missed')?.innerText.includes(%q)", missing.Number))
	p.shot("7-missing")
	p.press(".a-missed button", "Đã quay lại")
	p.until("nobody is missing", `!document.querySelector('.a-missed')`)
	if k := h.ticket(missing.ID); k.State != "waiting" {
		t.Errorf("who is back is %s", k.State)
	}
	p.shot("8-back")
	flaws(p)
	barriers(p, "")
}
