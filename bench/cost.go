package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
	"sessionhub/crypto"
)

// cost is what the disk and the processor take for what cannot be left out.
type cost struct {
	Sync    float64 `json:"syncMilliseconds"`       // 4 KiB appended, on disk
	Opening float64 `json:"openEncodeMicroseconds"` // processor time for a list of 1,000
}

const syncRounds = 200

// measureCost measures both, the disk last: creates at c=1 are measured next, and compared with it.
func measureCost(dir string, list *opening) (cost, error) {
	took, err := list.measure()
	if err != nil {
		return cost{}, err
	}
	times, err := machine.SyncTimes(dir, syncRounds, now)
	if err != nil {
		return cost{}, err
	}
	return cost{Sync: millis(load.Percentiles(times, 50)[0]), Opening: float64(took.Nanoseconds()) / 1e3}, nil
}

// opening is the list of 1,000 as the service has it: the sealed fields, and the rest.
type opening struct {
	box           *crypto.Box
	sessions      []listedSession
	names, emails []string // sealed
	places        []crypto.Place
	answer        []byte
}

// listedSession is a session as the service's list has it.
type listedSession struct {
	ID               string  `json:"id"`
	AgentID          string  `json:"agentId"`
	UserName         *string `json:"userName"`
	UserEmail        *string `json:"userEmail"`
	AcceptTerms      *string `json:"acceptTerms"`
	Messages         *string `json:"messages"`
	PromptTokens     *int64  `json:"promptTokens"`
	CompletionTokens *int64  `json:"completionTokens"`
	CreatedAt        string  `json:"createdAt"`
	UpdatedAt        string  `json:"updatedAt"`
	FinalizedAt      *string `json:"finalizedAt"`
}

// newOpening asks the service for the list, and seals its fields with a key of its own, which
// costs what the service's key costs.
func newOpening(ctx context.Context, w web) (*opening, error) {
	o := &opening{}
	var err error
	if o.answer, err = w.probe(ctx, list1k, load.ID{}); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(o.answer, &o.sessions); err != nil {
		return nil, err
	}
	if err := expect(len(o.sessions), listed); err != nil {
		return nil, err
	}
	if o.box, err = crypto.NewBox(nil, crypto.Key{ID: "k1", Bytes: masterKey}); err != nil {
		return nil, err
	}
	for _, s := range o.sessions {
		at := crypto.Place{Tenant: string(bytes.Repeat([]byte("0"), 64)), Table: "sessions", Column: "user_name", Row: s.ID}
		o.places = append(o.places, at)
		o.names = append(o.names, o.box.Seal(*s.UserName, at))
		at.Column = "user_email"
		o.emails = append(o.emails, o.box.Seal(*s.UserEmail, at))
	}
	return o, o.check()
}

// check holds what is measured to what the service does: the same answer, to the byte.
func (o *opening) check() error {
	text, err := o.openAndEncode()
	if err == nil && !bytes.Equal(bytes.TrimSpace(text), bytes.TrimSpace(o.answer)) {
		err = fmt.Errorf("a list of the service is no longer what encoding/json makes of it: %.200s, and %.200s", o.answer, text)
	}
	return err
}

const openingTime = 500 * time.Millisecond // enough for some hundred times

// measure returns the processor time for one list.
func (o *opening) measure() (time.Duration, error) {
	before, err := machine.OwnCPU()
	if err != nil {
		return 0, err
	}
	n := 0
	for began := now(); now().Sub(began) < openingTime; n++ {
		if _, err := o.openAndEncode(); err != nil {
			return 0, err
		}
	}
	after, err := machine.OwnCPU()
	return (after - before) / time.Duration(n), err
}

func (o *opening) openAndEncode() ([]byte, error) {
	for i, at := range o.places {
		name, err := o.box.Open(o.names[i], at)
		if err != nil {
			return nil, err
		}
		at.Column = "user_email"
		email, err := o.box.Open(o.emails[i], at)
		if err != nil {
			return nil, err
		}
		o.sessions[i].UserName, o.sessions[i].UserEmail = &name, &email
	}
	return json.Marshal(o.sessions)
}
