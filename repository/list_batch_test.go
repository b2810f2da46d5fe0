package repository_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/pgtest"
	"sessionhub/repository/repotest"
)

// Messages of many sessions come in one answer of the server: who reads less of one than there is must
// find the next all the same, and who ends in the middle must leave a connection that can be used.
func TestMessagesOfAListAreReadAsFarAsTheyAreWanted(t *testing.T) {
	s := open(t, repository.Options{URL: pgtest.Schema(t, os.Getenv("TEST_POSTGRES")), Now: repotest.NewClock().Now, Connections: 4})
	ready(t, s)
	who := newTenant(t, s, repository.NewTenant{})
	const sessions, messages = 300, 9 // more than a batch
	for i := range sessions {
		text := "[0,1,2,3,4,5,6,7,8]"
		if i%4 == 3 {
			text = "[]"
		}
		save(t, s, who, fmt.Sprintf("s-%03d", i), text)
	}
	ended := errors.New("ended")
	for _, stop := range []int{-1, 0, 150, 299} {
		at := 0
		err := s.Sessions.List(t.Context(), who, everySession(), repository.SessionReader{
			Total: func(int64) error { return nil },
			Session: func(m *models.Session, text models.Text) error {
				if at == stop {
					return ended
				}
				at++
				return readSome(m.ID, text, (at*5)%(messages+3))
			},
		})
		if stop < 0 && (err != nil || at != sessions) || stop >= 0 && !errors.Is(err, ended) {
			t.Errorf("stopped at %d: %d sessions, error %v", stop, at, err)
		}
	}
	if got := ids(t, s, who); len(got) != sessions {
		t.Errorf("%d sessions", len(got))
	}
}

// readSome reads the first parts of a conversation: the bracket, and messages with their commas.
func readSome(id string, text models.Text, most int) error {
	var got []string
	for part, err := range text {
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		if len(got) == most {
			break
		}
		got = append(got, part)
	}
	want := []string{"[", "0", ",1", ",2", ",3", ",4", ",5", ",6", ",7", ",8", "]"}
	if len(got) == 2 && got[1] == "]" {
		return nil
	}
	if most = min(most, len(want)); !slices.Equal(got, want[:most]) && !slices.Equal(got, []string{"[", "]"}[:min(most, 2)]) {
		return fmt.Errorf("%s: %q, want the first %d of %q", id, got, most, want)
	}
	return nil
}
