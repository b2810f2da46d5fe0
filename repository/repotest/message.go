package repotest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

var messagePromises = []promise{
	{"a text comes back byte for byte, whatever it replaces", messagesReplaceAnything},
	{"a continuing text writes only its tail", messagesContinue},
	{"a text that is cut short removes only the rest", messagesCut},
	{"a change in the middle leaves what stands before it", messagesMiddle},
	{"white space around the array rewrites no message", messagesFrame},
	{"the same text writes nothing but updatedAt", messagesSame},
	{"more messages than one statement inserts", messagesMany},
	{"equal messages are kept apart", messagesEqual},
	{"the character U+0000 is kept, or else refused", messagesNUL},
}

// texts are messages texts of all kinds. Their number is prime: see messagesReplaceAnything.
func texts() []string {
	return []string{
		"", "null", "{}", "not JSON", `"[1]"`, "[1", "[1]]", "\x00", "[]", "[ ]", " [] ", "\n[\t\n]\r",
		`[1]`, `[1,2]`, `[1, 2]`, `[1,2 ]`, "[1\n,2]", `[2,1]`, `[1,2,3,4,5]`,
		`[{"role":"user","content":"a,]}\"[{"}]`, `[{"role":"user"} , {"role":"assistant","content":[[],{}]}]`,
		`["日本語","\ud83d\ude00 😀"]`, `[1,1,1]`,
	}
}

func messagesReplaceAnything(t *testing.T, f *fixture) {
	all := texts()
	if len(all) != 23 {
		t.Fatalf("%d texts", len(all))
	}
	for step := 1; step < len(all); step++ { // going round in every step, each follows each once
		id := fmt.Sprint("s-", step)
		f.save(t, id, messages(f.kept(all[0])))
		for i := range all {
			before, text := f.kept(all[i*step%len(all)]), f.kept(all[(i+1)*step%len(all)])
			f.save(t, id, messages(text))
			if v := f.get(t, id); v.Messages != shown(text) {
				t.Fatalf("%q over %q came back as %s", text, before, v.Messages)
			}
		}
		f.save(t, id, func(p *models.SessionPatch) { p.Messages = cleared[string]() })
		if v := f.get(t, id); v.Messages != "null" || len(f.stored(t, id)) != 0 {
			t.Fatalf("cleared messages are %s, rows %v", v.Messages, f.stored(t, id))
		}
	}
}

func messagesNUL(t *testing.T, f *fixture) {
	err := f.trySave(t.Context(), "s-1", messages("a\x00b"))
	if f.kept("\x00") != "\x00" {
		wantError(t, err, models.ErrInvalid)
		return
	}
	wantError(t, err, nil)
	if v := f.get(t, "s-1"); v.Messages != shown("a\x00b") {
		t.Errorf("it came back as %s", v.Messages)
	}
}

// wantKept says that the first rows stand as they stood. Without encryption a row that is
// written anew looks the same.
func wantKept(t *testing.T, before, after []string, kept int) {
	t.Helper()
	for i := range min(len(before), len(after)) {
		if same := before[i] == after[i]; same != (i < kept) && (i < kept || strings.Contains(before[i], " v1.")) {
			t.Errorf("row %d: kept is %v\n%s\n%s", i, same, before[i], after[i])
		}
	}
}

func array(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(`{"role":"user","content":"message %d"}`, i)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func messagesContinue(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(array(10)))
	for _, n := range []int{11, 12, 40} {
		before := f.stored(t, "s-1")
		f.save(t, "s-1", messages(array(n)))
		after := f.stored(t, "s-1")
		if len(after) != n {
			t.Fatalf("%d rows of %d", len(after), n)
		}
		wantKept(t, before, after, len(before))
	}
	before := f.stored(t, "s-1")
	if n := f.append(t, "s-1", `{"role":"user"}`); n != 41 {
		t.Errorf("%d messages", n)
	}
	f.save(t, "s-1", messages(strings.TrimSuffix(array(40), "]")+`,{"role":"user"},{"role":"assistant"}]`))
	wantKept(t, before, f.stored(t, "s-1"), 40)
}

func messagesCut(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(array(20)))
	for _, n := range []int{19, 5, 0} {
		before := f.stored(t, "s-1")
		f.save(t, "s-1", messages(array(n)))
		after := f.stored(t, "s-1")
		if len(after) != n || f.get(t, "s-1").Messages != shown(array(n)) {
			t.Fatalf("%d rows of %d", len(after), n)
		}
		wantKept(t, before, after, n)
	}
}

func messagesMiddle(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(array(10)))
	before := f.stored(t, "s-1")
	changed := strings.Replace(array(12), "message 4", "message four", 1)
	f.save(t, "s-1", messages(changed))
	wantKept(t, before, f.stored(t, "s-1"), 4)
	if v := f.get(t, "s-1"); v.Messages != shown(changed) {
		t.Errorf("got %s", v.Messages)
	}
}

func messagesFrame(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(array(3)))
	before := f.stored(t, "s-1")
	for _, text := range []string{" " + array(3), array(3) + "\n", strings.TrimSuffix(array(3), "]") + " ]", array(3)} {
		f.save(t, "s-1", messages(text))
		wantKept(t, before, f.stored(t, "s-1"), 3)
		if v := f.get(t, "s-1"); v.Messages != shown(text) {
			t.Errorf("%q came back as %s", text, v.Messages)
		}
	}
}

func messagesSame(t *testing.T, f *fixture) {
	for _, text := range []string{array(3), "no array", " [ ] "} {
		f.save(t, "s-1", messages(text))
		want, before := f.get(t, "s-1"), f.stored(t, "s-1")
		f.clock.Step(time.Second)
		f.save(t, "s-1", messages(text))
		want.Updated = stamp(f.clock.stored())
		wantView(t, f.get(t, "s-1"), want)
		if after := f.stored(t, "s-1"); !reflect.DeepEqual(before, after) {
			t.Errorf("%q was written again", text)
		}
	}
}

func messagesMany(t *testing.T, f *fixture) {
	for _, n := range []int{499, 500, 501, 1203} {
		f.save(t, "s-1", messages(array(n)))
		if rows := f.stored(t, "s-1"); len(rows) != n || f.get(t, "s-1").Messages != shown(array(n)) {
			t.Errorf("%d rows of %d", len(rows), n)
		}
	}
}

func messagesEqual(t *testing.T, f *fixture) {
	for _, n := range []int{3, 5, 2, 4} {
		text := "[" + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + "]"
		f.save(t, "s-1", messages(text))
		if v := f.get(t, "s-1"); v.Messages != shown(text) || len(f.stored(t, "s-1")) != n {
			t.Errorf("%s came back as %s", text, v.Messages)
		}
	}
}
