package repotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var partPromises = []promise{
	{"a part holds the messages that were asked for, and the session", partRange},
	{"parts of any size make up the whole", partWhole},
	{"a text is one message, and no messages are none", partKinds},
	{"a part of long messages ends after 4 MiB, and the next goes on there", partOfLong},
	{"a part far behind the end, or before the beginning, is what there is of it", partFarOff},
	{"a session that is not there, or was deleted, is ErrNotFound", partGone},
	{"a part is of one state, whatever is written meanwhile", partWhileChanging},
}

func (f *fixture) part(t testing.TB, id string, from, most int64) models.SessionPart {
	t.Helper()
	part, err := f.Sessions.Part(t.Context(), f.who, id, from, most)
	if err != nil {
		t.Fatalf("part of %q from %d, %d: %v", id, from, most, err)
	}
	return part
}

func partRange(t *testing.T, f *fixture) {
	f.save(t, "s-1", name("Alice"), email("a@example.com"), finalizedAt("2026-03-14 09:00:00"), messages("[ 1 ,\n{\"role\":\"user\"}\t, [2] ]"))
	for _, test := range []struct {
		from, most int64
		want       []string
	}{
		{0, 10, []string{"1", `{"role":"user"}`, "[2]"}},
		{0, 3, []string{"1", `{"role":"user"}`, "[2]"}},
		{0, 1, []string{"1"}},
		{1, 1, []string{`{"role":"user"}`}},
		{2, 5, []string{"[2]"}},
		{3, 5, nil},
		{0, 0, nil},
	} {
		part := f.part(t, "s-1", test.from, test.most)
		if !slices.Equal(part.Messages, test.want) || part.Kind != models.KindArray || part.Session.MessageCount != 3 {
			t.Errorf("%+v: %+v", test, part)
		}
		whole := f.get(t, "s-1")
		got, err := viewOf(&part.Session, func(yield func(string, error) bool) { yield("[1,2,3]", nil) })
		wantError(t, err, nil)
		got.Messages = whole.Messages
		wantView(t, got, whole)
	}
}

// partWhole takes texts of every kind, and what was appended to them.
func partWhole(t *testing.T, f *fixture) {
	random := repeatable(11)
	for i := range 40 {
		id := fmt.Sprint("s-", i)
		f.save(t, id, messages(anyArray(random.IntN, random.IntN(30))))
		for range random.IntN(4) {
			f.append(t, id, `{"role":"user"}`, `{"role": "assistant" , "content":[1, 2]}`)
		}
		var want []string
		var elements []json.RawMessage
		whole := f.text(t, id)
		wantError(t, json.Unmarshal([]byte(whole), &elements), nil)
		for _, element := range elements {
			want = append(want, string(element))
		}
		for _, size := range []int64{1, 3, 7, 100} {
			var got []string
			for from := int64(0); from <= int64(len(want)); from += size {
				got = append(got, f.part(t, id, from, size).Messages...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s in parts of %d:\n got %q\nwant %q", whole, size, got, want)
			}
		}
	}
}

// anyArray is a JSON array with white space wherever it may be.
func anyArray(intN func(int) int, n int) string {
	space := func() string { return strings.Repeat(" \t\r\n", 2)[:intN(9)] }
	elements := []string{"1", `"a,b"`, `" [ "`, `"\\\""`, "{}", `{"role":"user","content":"Grüße, 日本語"}`, "[[],[ ]]", "null", `", "`}
	var b bytes.Buffer
	b.WriteString(space() + "[")
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(space() + elements[intN(len(elements))] + space())
	}
	b.WriteString(space() + "]" + space())
	return b.String()
}

// text is the messages text of a session.
func (f *fixture) text(t testing.TB, id string) string {
	t.Helper()
	var whole *string
	err := f.Sessions.List(t.Context(), f.who, models.SessionFilter{ID: id, Limit: 1}, repository.SessionReader{
		Total:   func(int64) error { return nil },
		Session: func(_ *models.Session, text models.Text) (err error) { whole, err = read(text); return err },
	})
	if err != nil || whole == nil {
		t.Fatalf("%q: %v, %v", id, whole, err)
	}
	return *whole
}

func partKinds(t *testing.T, f *fixture) {
	f.create(t, "none")
	if part := f.part(t, "none", 0, 10); part.Kind != models.KindNone || len(part.Messages) != 0 || part.Session.MessageCount != 0 {
		t.Errorf("%+v", part)
	}
	f.save(t, "empty", messages("[]"))
	if part := f.part(t, "empty", 0, 10); part.Kind != models.KindArray || len(part.Messages) != 0 || part.Session.MessageCount != 0 {
		t.Errorf("%+v", part)
	}
	for _, text := range []string{"", " , x ", "not JSON", `{"role":"user"}`, "[1,"} {
		f.save(t, "text", messages(text))
		part := f.part(t, "text", 0, 10)
		if part.Kind != models.KindText || !slices.Equal(part.Messages, []string{text}) || part.Session.MessageCount != 1 {
			t.Errorf("%q: %+v", text, part)
		}
		if part := f.part(t, "text", 1, 10); len(part.Messages) != 0 {
			t.Errorf("%q: behind it there is %+v", text, part)
		}
	}
}

func partFarOff(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages("[0,1,2]"))
	for _, test := range []struct {
		from, most int64
		want       int
	}{
		{math.MaxInt64, 10, 0},
		{math.MaxInt64, math.MaxInt64, 0},
		{0, math.MaxInt64, 3},
		{2, math.MaxInt64, 1},
		{1 << 40, 10, 0},
		{-1, 2, 2},
		{math.MinInt64, 1, 1},
		{0, -1, 0},
		{math.MinInt64, math.MinInt64, 0},
	} {
		if part := f.part(t, "s-1", test.from, test.most); len(part.Messages) != test.want || part.Session.ID != "s-1" {
			t.Errorf("%+v: %+v", test, part)
		}
	}
}

func partGone(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages("[1]"))
	f.delete(t, "s-1")
	for _, id := range []string{"s-1", "s-2", ""} {
		part, err := f.Sessions.Part(t.Context(), f.who, id, 0, 1)
		wantError(t, err, repository.ErrNotFound)
		if errors.Is(err, repository.ErrDeleted) || part.Session.ID != "" {
			t.Errorf("%+v, %v", part, err)
		}
	}
	f.create(t, "s-1")
	if part := f.part(t, "s-1", 0, 1); len(part.Messages) != 0 {
		t.Errorf("what was deleted is back: %+v", part)
	}
}

// partWhileChanging has messages that tell which text they are of, and how many it has.
func partWhileChanging(t *testing.T, f *fixture) {
	text := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(fmt.Sprint(n, ","), n), ",") + "]"
	}
	f.save(t, "s-1", messages(text(1)))
	second, ctx := f.second(t), t.Context()
	enough, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			if err := f.trySave(ctx, "s-1", messages(text(1+i*7%20))); err != nil {
				done <- err
				return
			}
			select {
			case <-enough:
				done <- nil
				return
			default:
			}
		}
	}()
	for range 60 {
		part, err := second.Sessions.Part(ctx, f.who, "s-1", 0, 50)
		wantError(t, err, nil)
		for _, message := range part.Messages {
			if message != fmt.Sprint(len(part.Messages)) || part.Session.MessageCount != int64(len(part.Messages)) {
				t.Fatalf("of two states: %+v", part)
			}
		}
	}
	close(enough)
	wantError(t, <-done, nil)
}

func partOfLong(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	long := `{"role":"user","content":"` + strings.Repeat("x", 3<<20) + `"}`
	for range 5 {
		f.append(t, "s-1", long)
	}
	for from, want := range map[int64]int{0: 2, 1: 2, 3: 2, 4: 1, 5: 0} {
		if part := f.part(t, "s-1", from, 100); len(part.Messages) != want || part.Session.MessageCount != 5 {
			t.Errorf("from %d: %d of %d messages", from, len(part.Messages), part.Session.MessageCount)
		}
	}
}
