package load

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Own is the generator of this package.
type Own struct{ Now func() time.Time }

// Name returns "go".
func (Own) Name() string { return "go" }

// Run carries the order out.
func (g Own) Run(ctx context.Context, o Order) (Result, error) {
	sequence, addrs := NewSequence(o), o.addrs()
	return Run(ctx, Plan{Workers: o.Connections, Duration: o.Duration, Now: g.Now}, func(worker int) (Work, error) {
		client, err := Dial(ctx, addrs[worker%len(addrs)], g.Now)
		if err != nil {
			return Work{}, err
		}
		templates := make([]Template, len(o.Steps))
		for i, step := range o.Steps {
			templates[i] = step.Request.Render(o.Addr)
		}
		return Work{Close: client.Close, Do: func() error {
			step, id, err := sequence.Next()
			if err != nil {
				return err
			}
			answer, err := client.Ask(templates[step].With(id), nil)
			if err == nil && !IsGood(answer.Status) {
				err = fmt.Errorf("answered %d to %s", answer.Status, o.Steps[step].Request.Path)
			}
			return err
		}}, nil
	})
}

// IsGood says whether the status is that of a request that was carried out.
func IsGood(status int) bool {
	return status >= http.StatusOK && status < http.StatusMultipleChoices
}
